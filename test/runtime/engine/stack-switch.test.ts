import { describe, expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import { dataAt, lineAddress, machineWith, stackTop } from "./program.js";

const low = guestAddress(stackTop - 16384n);
const lines = [
  ["48b8 0010500000000000", "movabs $0x501000, %rax"],
  ["54", "push %rsp"],
  ["4883ec20", "sub $32, %rsp"],
  ["4889c4", "mov %rax, %rsp"],
  ["90", "nop"],
] as const;
const report = {
  kind: "stackSwitch",
  instruction: lineAddress(lines, 3),
  from: guestAddress(stackTop - 40n),
};

describe("moves of the stack pointer", () => {
  it("are reported when they leave the window", () => {
    const machine = machineWith(lines);
    machine.setStackWindow(low, stackTop);
    expect(machine.run(100)).toEqual(report);
    expect(machine.registers.rip).toBe(lineAddress(lines, 4));
    expect(machine.registers.general("rsp")).toBe(0x501000n);
    expect(machine.instructionCount).toBe(4);
  });

  it("are reported also when the limit falls on them", () => {
    const machine = machineWith(lines);
    machine.setStackWindow(low, stackTop);
    for (let i = 0; i < 3; i++) expect(machine.run(1)).toEqual({ kind: "limit" });
    expect(machine.run(1)).toEqual(report);
    expect(machine.run(1)).toEqual({ kind: "limit" });
  });

  it("are reported also when a breakpoint is stepped over", () => {
    const machine = machineWith(lines);
    machine.setStackWindow(low, stackTop);
    machine.setBreakpoints([lineAddress(lines, 3)]);
    expect(machine.run(100)).toEqual({ kind: "breakpoint" });
    expect(machine.run(1, { ignoreFirstBreakpoint: true })).toEqual(report);
  });

  it("are not reported inside the window, whose bounds belong to it", () => {
    const machine = machineWith(lines);
    machine.setStackWindow(guestAddress(0x501000), guestAddress(0x501000));
    expect(machine.run(5)).toEqual({ kind: "limit" });
  });

  it("are not reported without a window", () => {
    expect(machineWith(lines).run(5)).toEqual({ kind: "limit" });
  });

  for (const [code, text] of [
    ["4894", "xchg %rax, %rsp"],
    ["488b23", "mov (%rbx), %rsp"],
    ["488d23", "lea (%rbx), %rsp"],
    ["4801dc", "add %rbx, %rsp"],
    ["480f44e3", "cmove %rbx, %rsp"],
    ["c9", "leave"],
  ] as const) {
    it(`are seen in ${text}`, () => {
      const machine = machineWith([[code, text]]);
      machine.setStackWindow(low, stackTop);
      machine.registers.flags = 0x40n;
      machine.registers.setGeneral("rbx", dataAt);
      machine.registers.setGeneral("rbp", dataAt);
      expect(machine.run(1)).toMatchObject({ kind: "stackSwitch", from: stackTop });
    });
  }

  for (const [code, text] of [
    ["4881ec00000100", "sub $0x10000, %rsp"],
    ["488da42400000100", "lea 0x10000(%rsp), %rsp"],
    ["58", "pop %rax"],
    ["c3", "ret"],
    ["4839dc", "cmp %rbx, %rsp"],
  ] as const) {
    it(`are no business of ${text}`, () => {
      const machine = machineWith([[code, text]]);
      machine.setStackWindow(guestAddress(stackTop - 8n), guestAddress(stackTop - 8n));
      machine.registers.setGeneral("rsp", stackTop - 8n);
      expect(machine.run(1)).toEqual({ kind: "limit" });
    });
  }
});
