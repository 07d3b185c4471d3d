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
