import { describe, expect, it } from "vitest";
import { MappedRanges } from "../../../runtime/linux/mapped-ranges.js";

describe("mapped ranges", () => {
  it("know after any sequence of changes what a list of all addresses knows", () => {
    const size = 60;
    const used = new Array<boolean>(size).fill(false);
    const ranges = new MappedRanges([]);
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % below;
    };
    for (let round = 0; round < 3000; round++) {
      const start = random(size - 1);
      const end = start + 1 + random(Math.min(12, size - start));
      const isAdded = random(2) === 0;
      if (isAdded) ranges.add(start, end);
      else ranges.remove(start, end);
      used.fill(isAdded, start, end);
      const [from, length] = [random(size), 1 + random(8)];
      const isFree = (at: number): boolean => !used.slice(at, at + length).includes(true);
      expect(ranges.isFree(from, from + length)).toBe(isFree(from));
      const candidates = Array.from({ length: size }, (_, at) => at).filter((at) => at >= from && at + length <= size);
      expect(ranges.firstFree(from, size, length)).toBe(candidates.find(isFree));
    }
  });
});
