import { expect, test } from "vitest";
import counters from "../../../samples/counters/counters.s";
import { Guest } from "./guest.js";
import { ShadowStack } from "./shadow-stack.js";

/** Walks a program to its end; compares at every instruction, or with that chance at each (a fixed sequence). */
function walk(text: string, chance = 1): ShadowStack {
  const guest = new Guest(text);
  const shadow = new ShadowStack(guest);
  let random = 12345;
  while (!guest.isOver) {
    random = (random * 1103515245 + 12345) % 2147483648;
    if (chance === 1 || random / 2147483648 < chance) expect(shadow.differences()).toEqual([]);
    shadow.step();
  }
  expect(guest.fault).toBeUndefined();
  return shadow;
}

test("counters: every thread's stack is right at every instruction", () => {
  const shadow = walk(counters);
  expect(shadow.guest.exitStatus).toBe(0);
});
