/** Floating point and vectors in compiled regions and in the interpreter, side by side, MXCSR and the x87 unit included. */
import { describe, expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import type { EngineMachine } from "../../../runtime/engine/create-machine.js";
import { load, pageSize, state } from "./loaded-machine.js";
import { type FloatStyle, randomFloatProgram } from "./random-float-program.js";
import { Random } from "./random-program.js";

const standard = 0x1f80;
const roundings = [0x3f80, 0x5f80, 0x7f80];
const precisionNoted = 0x1fa0;
const everyKind = { usesAvx: true, usesX87: true, isWhole: false } as const;
/** By name: what a group of programs computes with. */
const styles: Readonly<Record<string, FloatStyle>> = {
  "ordinary numbers": { ...everyKind, specials: 0, controls: [standard] },
  "ordinary numbers without AVX and x87": {
    specials: 0,
    controls: [standard],
    usesAvx: false,
    usesX87: false,
    isWhole: false,
  },
  "whole numbers, whose sums and products are exact": {
    ...everyKind,
    usesX87: false,
    specials: 0,
    controls: [standard],
    isWhole: true,
  },
  "some NaNs, infinities and denormal numbers": { ...everyKind, specials: 12, controls: [precisionNoted] },
  "many of them": { ...everyKind, specials: 2, controls: [standard] },
  "all ways of rounding": {
    ...everyKind,
    specials: 20,
    controls: [precisionNoted, standard, ...roundings, precisionNoted],
  },
  "denormal numbers taken for zero": { ...everyKind, specials: 4, controls: [0x9fa0, 0x1fe0, 0x9fc0, precisionNoted] },
  "exceptions that are not masked": {
    ...everyKind,
    specials: 8,
    controls: [precisionNoted, 0x1f00, 0x1d80, 0x1e80, 0x0f80, 0x17a0, 0x1ba0],
  },
};

interface Tally {
  compared: number;
  faults: number;
}

/** Runs both to random counts; at a SIMD exception, goes on with all of them masked. */
function compare(reference: EngineMachine, other: EngineMachine, random: Random, longest: number, most: number): Tally {
  const tally: Tally = { compared: 0, faults: 0 };
  while (tally.compared < most) {
    const steps = 1 + random.below(longest);
    const expected = reference.run(steps);
    expect(other.run(steps)).toEqual(expected);
    expect(state(other)).toEqual(state(reference));
    tally.compared++;
    if (expected.kind === "limit") continue;
    if (expected.kind !== "fault" || expected.fault.kind !== "simdException") break;
    tally.faults++;
    for (const { registers } of [reference, other]) registers.mxcsr = standard | (registers.mxcsr & 0x603f);
  }
  return tally;
}

describe.each(["regions", "tiered"] as const)("mode %s", (mode) => {
  it.each(Object.entries(styles))("agrees with the interpreter on %s", (name, style) => {
    const random = new Random(name.length * 7919 + 5);
    let [compared, faults] = [0, 0];
    for (let count = 0; count < 3; count++) {
      const image = randomFloatProgram(random, style);
      const longest = random.pick([60, 500, 3000]);
      const tally = compare(load(image, "interpreter"), load(image, mode), random, longest, 50);
      compared += tally.compared;
      faults += tally.faults;
    }
    expect(compared).toBeGreaterThan(60);
    expect(faults > 0).toBe(name === "exceptions that are not masked");
  });

  it("agrees at the fault when the numbers become inaccessible on the way", () => {
    const random = new Random(77);
    let faults = 0;
    for (let count = 0; count < 10; count++) {
      const image = randomFloatProgram(random, { ...everyKind, specials: 12, controls: [precisionNoted] });
      const machines = [load(image, "interpreter"), load(image, mode)] as const;
      compare(...machines, random, 3000, 4);
      const isReadable = count % 2 === 0;
      for (const { memory, registers } of machines) {
        const page = guestAddress(registers.general("rbx"));
        memory.protect(page, pageSize, { read: isReadable, write: false, execute: false });
      }
      const [reference, other] = machines;
      for (let step = 0; step < 10; step++) {
        const expected = reference.run(2000);
        expect(other.run(2000)).toEqual(expected);
        expect(other.registers.snapshot()).toEqual(reference.registers.snapshot());
        if (expected.kind !== "fault") continue;
        faults++;
        break;
      }
    }
    expect(faults).toBeGreaterThan(5);
  });
});
