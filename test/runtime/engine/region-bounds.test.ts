/** The bounds of what is kept compiled, and a host that compiles nothing: the program does the same. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import type { EngineMachine } from "../../../runtime/engine/create-machine.js";
import { bytes, codeAt, general, machineWith } from "./program.js";

afterEach(() => vi.restoreAllMocks());

/** Adds the numbers from `rcx` down to 1 in `rax`. */
const summing = [
  ["4801c8", "add %rcx, %rax"],
  ["48ffc9", "dec %rcx"],
  ["75f8", "jnz back"],
  ["0f0b", "ud2"],
] as const;

function sumTo(machine: EngineMachine, count: bigint): bigint {
  machine.registers.rip = codeAt;
  machine.registers.setGeneral("rax", 0n);
  machine.registers.setGeneral("rcx", count);
  expect(machine.run(1_000_000)).toMatchObject({ kind: "fault", fault: { kind: "invalidOpcode" } });
  return general(machine, "rax")[0] ?? 0n;
}

describe("compiled regions", () => {
  it("fault at a jump to address 0, where no region is", () => {
    const machine = machineWith([["ffe0", "jmp *%rax"]], { mode: "regions" });
    for (let round = 0; round < 2; round++) {
      machine.registers.rip = codeAt;
      expect(machine.run(10)).toMatchObject({ kind: "fault", fault: { kind: "pageFault", address: 0n } });
      expect(machine.registers.rip).toBe(0n);
    }
  });

  it("are all dropped when there are too many, and come again", () => {
    const machine = machineWith([], { mode: "regions" });
    const places = 2100;
    const start = 0x1000000;
    machine.memory.map(guestAddress(start), 16 * places, { read: true, write: false, execute: true });
    // inc %rax; ud2
    const code = bytes("48ffc0 0f0b");
    for (let i = 0; i < places; i++) machine.memory.write(guestAddress(start + 16 * i), code);
    const visit = (place: number) => {
      machine.registers.rip = guestAddress(start + 16 * place);
      expect(machine.run(10)).toMatchObject({ kind: "fault", fault: { kind: "invalidOpcode" } });
    };
    for (let i = 0; i < places; i++) visit(i);
    expect(general(machine, "rax")).toEqual([BigInt(places)]);
    const compiled = machine.regions?.statistics.regions ?? 0;
    expect(compiled).toBeGreaterThanOrEqual(places);
    // The last one is still there; the first is not.
    visit(places - 1);
    expect(machine.regions?.statistics.regions).toBe(compiled);
    visit(0);
    expect(machine.regions?.statistics.regions).toBe(compiled + 1);
    expect(general(machine, "rax")).toEqual([BigInt(places + 2)]);
  });

  it.each([true, false])("hand over to each other (tail calls: %s)", (hasTailCalls) => {
    if (!hasTailCalls) vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    const machines = (["interpreter", "regions", "tiered"] as const).map((mode) =>
      machineWith(
        [
          ["4801c8", "loop: add %rcx, %rax"],
          ["4c8d0506000000", "lea back(%rip), %r8"],
          ["4150", "push %r8"],
          ["ffe3", "jmp *%rbx"],
          ["0f0b", "ud2"],
          ["48ffc9", "back: dec %rcx"],
          ["75eb", "jnz loop"],
          ["0f0b", "ud2"],
          ["4883c003", "add $3, %rax"],
          ["c3", "ret"],
        ],
        { mode },
      ),
    );
    const runs = machines.map((machine) => {
      const stack = 0x1000000n;
      machine.memory.map(guestAddress(stack), 4096, { read: true, write: true, execute: false });
      machine.registers.setGeneral("rsp", stack + 4096n);
      machine.registers.setGeneral("rbx", codeAt + 0x17n);
      machine.registers.rip = codeAt;
      machine.registers.setGeneral("rcx", 5000n);
      const counts = [1, 2, 3, 4, 5, 6, 7, 8, 100, 1001, 30_000];
      const seen = counts.map((count) => [machine.run(count), machine.registers.snapshot()]);
      return [...seen, machine.run(1_000_000), machine.registers.snapshot(), machine.instructionCount];
    });
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    expect(machines.map((machine) => general(machine, "rax")[0])).toEqual(
      runs.map(() => (5000n * 5001n) / 2n + 15_000n),
    );
    expect(machines.map((machine) => (machine.regions?.statistics.regions ?? 0) > 1)).toEqual([false, true, true]);
  });

  it.each(["tiered", "regions"] as const)("are done without where the host refuses to compile, mode %s", (mode) => {
    const machine = machineWith(summing, { mode });
    const refusal = vi.spyOn(WebAssembly, "Module").mockImplementation(() => {
      throw new RangeError("out of memory");
    });
    expect(sumTo(machine, 5000n)).toBe((5000n * 5001n) / 2n);
    expect(refusal).toHaveBeenCalled();
    expect(machine.regions?.statistics.regions).toBe(0);
    const { calls } = refusal.mock;
    const before = calls.length;
    // It is not asked again and again.
    expect(sumTo(machine, 5000n)).toBe((5000n * 5001n) / 2n);
    expect(calls.length - before).toBeLessThanOrEqual(1);
  });
});
