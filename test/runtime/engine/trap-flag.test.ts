/** The trap flag, as the engine sees it; what programs see of it is compared with the processor (`single-step.c`). */
import { describe, expect, it } from "vitest";
import type { MachineOptions } from "../../../runtime/engine/create-machine.js";
import { general, lineAddress, machineWith } from "./program.js";

const lines = [
  ["9c", "pushf"],
  ["810c2400010000", "orl $0x100, (%rsp)"],
  ["9d", "popf"],
  ["ffc0", "inc %eax"],
  ["ffc0", "inc %eax"],
  ["f3aa", "rep stosb"],
  ["ebfe", "jmp ."],
] as const;
const trap = { kind: "fault", fault: { kind: "debugTrap", isSingleStep: true } };

describe.each(["interpreter", "regions", "tiered"] satisfies MachineOptions["mode"][])("mode %s", (mode) => {
  it("stops behind every instruction, and behind every round of a repeated one", () => {
    const machine = machineWith(lines, { mode });
    machine.registers.setGeneral("rcx", 2n);
    machine.registers.setGeneral("rdi", 0x500000n);
    const places: [number, number][] = [];
    for (let i = 0; i < 6; i++) {
      expect(machine.run(100)).toEqual(trap);
      places.push([Number(machine.registers.rip), machine.instructionCount]);
    }
    const at = (line: number) => Number(lineAddress(lines, line));
    expect(places).toEqual([
      [at(4), 4],
      [at(5), 5],
      [at(5), 6],
      [at(6), 7],
      [at(6), 8],
      [at(6), 9],
    ]);
    expect(general(machine, "rax", "rcx", "rdi")).toEqual([2n, 0n, 0x500002n]);
    machine.registers.flags &= ~0x100n;
    expect(machine.run(10)).toEqual({ kind: "limit" });
  });

  it("is told behind a breakpoint, not instead of it", () => {
    const machine = machineWith(lines, { mode });
    machine.setBreakpoints([lineAddress(lines, 4)]);
    expect(machine.run(3)).toEqual({ kind: "limit" });
    expect(machine.run(100)).toEqual(trap);
    expect(machine.run(100)).toEqual({ kind: "breakpoint" });
    expect(machine.run(100, { ignoreFirstBreakpoint: true })).toEqual(trap);
    expect(general(machine, "rax")).toEqual([2n]);
  });
});
