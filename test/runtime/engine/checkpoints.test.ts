/** Going back to checkpoints: everything is as it was, and runs on as it did. */
import { describe, expect, it } from "vitest";
import { type GuestAddress, guestAddress } from "../../../runtime/base/guest-address.js";
import { createMachine, type EngineMachine } from "../../../runtime/engine/create-machine.js";
import type { MachineCheckpoint } from "../../../runtime/engine/machine.js";
import { load, state } from "./loaded-machine.js";
import { bytes, codeAt, machineWith } from "./program.js";
import { Random, randomProgram } from "./random-program.js";

const pageSize = 4096;
const area = 0x600000;
const pages = 10;
const permissions = [
  { read: true, write: true, execute: false },
  { read: true, write: false, execute: false },
  { read: true, write: true, execute: true },
  { read: false, write: false, execute: false },
] as const;
const pageAt = (page: number): GuestAddress => guestAddress(area + page * pageSize);

/** Mappings and every mapped byte. */
function picture({ memory }: EngineMachine): unknown {
  return memory.mappings().map(({ start, end, permissions }) => {
    let hash = 0;
    const { buffer } = memory.read(start, Number(end - start));
    for (const word of new Uint32Array(buffer)) hash = (Math.imul(hash, 31) + word) | 0;
    return { start, end, permissions, hash };
  });
}

/** Maps, unmaps, protects or writes somewhere in the area, as a system call would. */
function changeSomething({ memory }: EngineMachine, random: Random): void {
  const page = random.below(pages);
  const length = (1 + random.below(Math.min(4, pages - page))) * pageSize;
  switch (random.below(5)) {
    case 0:
      memory.map(pageAt(page), length, random.pick(permissions));
      break;
    case 1:
      memory.unmap(pageAt(page), length);
      break;
    case 2:
      memory.protect(pageAt(page), length, random.pick(permissions));
      break;
    default: {
      const content = Uint8Array.from({ length: 1 + random.below(100) }, () => random.below(256));
      memory.write(guestAddress(pageAt(page) + BigInt(random.below(pageSize))), content);
    }
  }
}

describe("checkpoints", () => {
  it("bring memory and its permissions back, whatever was mapped, unmapped, protected and written", () => {
    const random = new Random(77);
    const machine = createMachine();
    /** In the order of time. */
    const kept: { checkpoint: MachineCheckpoint; picture: unknown }[] = [];
    let restored = 0;
    for (let round = 0; round < 600; round++) {
      const choice = random.below(20);
      if (choice === 0) {
        kept.push({ checkpoint: machine.checkpoint(), picture: picture(machine) });
      } else if (choice === 1 && kept.length > 0) {
        const index = random.below(kept.length);
        const { checkpoint, picture: expected } = random.pick(kept.slice(index, index + 1));
        machine.restore(checkpoint);
        expect(picture(machine)).toEqual(expected);
        kept.length = index + 1;
        restored++;
      } else if (choice === 2 && kept.length > 3) {
        const [dropped] = kept.splice(random.below(kept.length), 1);
        if (dropped) machine.dropCheckpoint(dropped.checkpoint);
      } else {
        changeSomething(machine, random);
      }
    }
    expect(restored).toBeGreaterThan(15);
  });

  it.each(["interpreter", "tiered", "regions"] as const)("are run on from with the same result (%s)", (mode) => {
    const random = new Random(5);
    for (let seed = 300; seed < 308; seed++) {
      const machine = load(randomProgram(seed), mode);
      const seen = new Map<number, unknown>();
      const checkpoints: MachineCheckpoint[] = [];
      for (let round = 0; round < 60; round++) {
        const stop = machine.run(1 + random.below(3000));
        const count = machine.instructionCount;
        const before = seen.get(count);
        if (before) expect(state(machine)).toEqual(before);
        else seen.set(count, state(machine));
        if (stop.kind === "limit" && random.below(3) === 0) checkpoints.push(machine.checkpoint());
        if (checkpoints.length === 0 || (stop.kind === "limit" && random.below(4) > 0)) continue;
        const index = random.below(checkpoints.length);
        const [checkpoint] = checkpoints.splice(index, checkpoints.length, ...checkpoints.slice(index, index + 1));
        if (!checkpoint) continue;
        machine.restore(checkpoint);
        expect(machine.instructionCount).toBe(checkpoint.instructionCount);
        expect(state(machine)).toEqual(seen.get(checkpoint.instructionCount));
        // To a count that was seen before, with other steps in between.
        const known = [...seen.keys()].filter((each) => each > machine.instructionCount);
        const target = known.length > 0 ? random.pick(known) : undefined;
        while (target !== undefined && machine.instructionCount < target) {
          const left = target - machine.instructionCount;
          if (machine.run(Math.min(left, 1 + random.below(1000))).kind !== "limit") break;
        }
        if (target !== undefined) expect(state(machine)).toEqual(seen.get(machine.instructionCount));
      }
    }
  });

  it("bring back code that rewrote itself", () => {
    const lines = [
      ["c70504000000 31c09090", "movl $0x9090c031, code(%rip)"],
      ["90909090", "code: nop nop nop nop"],
      ["ebfa", "jmp code"],
    ] as const;
    const machine = machineWith(lines);
    machine.memory.protect(codeAt, 4096, { read: true, write: true, execute: true });
    machine.memory.write(codeAt, bytes("c70500000000b0019090"));
    machine.registers.setGeneral("rax", 7n);
    const checkpoint = machine.checkpoint();
    for (let round = 0; round < 3; round++) {
      machine.run(2000);
      expect(machine.registers.general("rax")).toBe(1n);
      machine.restore(checkpoint);
      expect(machine.registers.general("rax")).toBe(7n);
      expect(machine.memory.read(guestAddress(codeAt + 10n), 4)).toEqual(bytes("90909090"));
    }
  });

  it("keep copies of the pages that were written, and no others", () => {
    const machine = machineWith([
      ["c60001", "movb $1, (%rax)"],
      ["480500100000", "add $4096, %rax"],
      ["ebf5", "jmp back"],
    ]);
    machine.memory.map(guestAddress(area), 2 ** 27, permissions[0]);
    machine.registers.setGeneral("rax", BigInt(area));
    const checkpoint = machine.checkpoint();
    machine.run(30);
    expect(checkpoint.pages.size).toBe(10 * pageSize);
    machine.restore(checkpoint);
    expect(checkpoint.pages.size).toBe(0);
    expect(machine.memory.read(guestAddress(area), 1)).toEqual(bytes("00"));
  });

  it("are refused once they are gone", () => {
    const machine = machineWith([["ebfe", "jmp ."]]);
    const [first, second] = [machine.checkpoint(), machine.checkpoint()];
    machine.restore(first);
    expect(() => machine.restore(second)).toThrow("dropped");
    machine.dropCheckpoint(first);
    expect(() => machine.restore(first)).toThrow("dropped");
  });
});
