/** Compiled regions and the interpreter, side by side: the same state at every count, fault and breakpoint. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type GuestAddress, guestAddress } from "../../../runtime/base/guest-address.js";
import { readExecutable } from "../../../runtime/debuggee.js";
import { createMachine, type EngineMachine } from "../../../runtime/engine/create-machine.js";
import { layout, stackLow } from "../../../runtime/linux/address-space.js";
import { LinuxProcess } from "../../../runtime/linux/linux-process.js";
import { executableOf, programs } from "../../bench/programs.js";
import { load, type Mode, pageSize, state } from "./loaded-machine.js";
import { codeAt, machineWith } from "./program.js";
import { Random, randomProgram } from "./random-program.js";

/** Runs both in steps of the same random lengths; they must agree after each. Returns the number of comparisons. */
function compare(
  reference: EngineMachine,
  other: EngineMachine,
  random: Random,
  longest: number,
  most: number,
): number {
  for (let compared = 1; ; compared++) {
    const steps = 1 + random.below(longest);
    const expected = reference.run(steps);
    expect(other.run(steps)).toEqual(expected);
    expect(state(other)).toEqual(state(reference));
    if (expected.kind !== "limit" || compared === most) return compared;
  }
}

const random = new Random(2024);

describe.each(["regions", "tiered"] as const)("mode %s", (mode) => {
  it("agrees with the interpreter at random counts of random programs", () => {
    let compared = 0;
    for (let seed = 1; seed <= 24; seed++) {
      const image = randomProgram(seed);
      const machine = load(image, mode);
      compared += compare(load(image, "interpreter"), machine, random, random.pick([40, 400, 4000]), 100);
    }
    expect(compared).toBeGreaterThan(1000);
  });

  it("agrees at the fault when the data becomes read-only on the way", () => {
    let faults = 0;
    for (let seed = 100; seed < 112; seed++) {
      const image = randomProgram(seed);
      const [reference, machine] = [load(image, "interpreter"), load(image, mode)];
      compare(reference, machine, random, 3000, 4);
      for (const { memory, registers } of [reference, machine]) {
        memory.protect(guestAddress(registers.general("rbx")), 1, { read: true, write: false, execute: false });
      }
      compare(reference, machine, random, 3000, 10);
      if (machine.run(1).kind === "fault") faults++;
    }
    expect(faults).toBeGreaterThan(5);
  });

  it("agrees at breakpoints that come and go", () => {
    for (let seed = 200; seed < 210; seed++) {
      const image = randomProgram(seed);
      const [reference, machine] = [load(image, "interpreter"), load(image, mode)];
      const seen: GuestAddress[] = [];
      for (let round = 0; round < 40; round++) {
        const breakpoints = seen.filter(() => random.below(4) === 0);
        reference.setBreakpoints(breakpoints);
        machine.setBreakpoints(breakpoints);
        const options = { ignoreFirstBreakpoint: true };
        const steps = 1 + random.below(3000);
        const expected = reference.run(steps, options);
        expect(machine.run(steps, options)).toEqual(expected);
        expect(state(machine)).toEqual(state(reference));
        seen.push(reference.registers.rip);
        if (expected.kind === "fault" || expected.kind === "systemCall") break;
      }
    }
  });

  it("notices code that rewrites itself inside its loop", () => {
    const program = [
      ["48c7c1d0070000", "mov $2000, %rcx"],
      ["488d1d05000000", "lea 5(%rip), %rbx (the constant of the addition)"],
      ["31c0", "xor %eax, %eax"],
      ["90", "nop"],
      ["0501000000", "loop: add $1, %eax"],
      ["f6c10f", "test $15, %cl"],
      ["7502", "jne on"],
      ["fe03", "incb (%rbx)"],
      ["48ffc9", "on: dec %rcx"],
      ["75ef", "jne loop"],
      ["0f05", "syscall"],
    ] as const;
    const machines = ["interpreter" as const, mode].map((each) => {
      const machine = machineWith(program, { mode: each });
      machine.memory.protect(codeAt, pageSize, { read: true, write: true, execute: true });
      machine.registers.setGeneral("rbx", codeAt + 18n);
      return machine;
    });
    const [reference, machine] = machines;
    if (!reference || !machine) throw new Error("two machines were made");
    expect(compare(reference, machine, random, 200, 1000)).toBeGreaterThan(20);
    expect(reference.registers.general("rax")).toBeGreaterThan(100_000n);
  });

  const ofIntegers = programs.filter(({ name }) => ["hash", "mix", "yields"].includes(name));
  it.each(ofIntegers)(
    "agrees with the interpreter in the $title, system calls and stack switches included",
    (program) => {
      const image = readExecutable(readFileSync(executableOf(program)));
      if (!image.ok) throw new Error(image.error);
      const start = (each: Mode) => {
        const machine = createMachine({ mode: each });
        const process = LinuxProcess.start(machine, image.value, {
          arguments: ["program", "100"],
          environment: {},
          output() {},
          note() {},
          describeAddress: String,
        });
        if (!process.ok) throw new Error(process.error);
        machine.setStackWindow(guestAddress(stackLow), guestAddress(layout.stackHigh));
        return { machine, process: process.value };
      };
      const [reference, other] = [start("interpreter"), start(mode)];
      for (let round = 0; round < 300; round++) {
        // The window is left open now and then: switches are then made inside regions.
        if (round % 3 === 0) {
          const isOpen = round % 2 === 0;
          for (const { machine } of [reference, other]) {
            if (isOpen) machine.setStackWindow(guestAddress(0), guestAddress(-1));
            else machine.setStackWindow(guestAddress(stackLow), guestAddress(layout.stackHigh));
          }
        }
        const steps = 1 + random.below(random.pick([10, 1000, 20_000]));
        const expected = reference.machine.run(steps);
        expect(other.machine.run(steps)).toEqual(expected);
        expect(other.machine.registers.snapshot()).toEqual(reference.machine.registers.snapshot());
        expect(other.machine.instructionCount).toBe(reference.machine.instructionCount);
        if (expected.kind === "systemCall") {
          expect(other.process.systemCall()).toEqual(reference.process.systemCall());
        }
      }
      expect(state(other.machine)).toEqual(state(reference.machine));
      expect(other.machine.regions?.statistics.regions).toBeGreaterThan(0);
    },
  );
});
