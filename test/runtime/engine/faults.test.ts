import { describe, expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import { codeAt, dataAt, general, lineAddress, machineWith, stackTop } from "./program.js";

const fault = (details: object) => ({ kind: "fault", fault: details });

describe("faults leave the state before the instruction", () => {
  it("page fault of a load", () => {
    const lines = [
      ["48ffc0", "inc %rax"],
      ["488b00", "mov (%rax), %rax"],
    ] as const;
    const machine = machineWith(lines);
    machine.registers.setGeneral("rax", 0x600000n);
    expect(machine.run(10)).toEqual(fault({ kind: "pageFault", address: 0x600001n, access: "read", mapped: false }));
    expect(machine.registers.rip).toBe(lineAddress(lines, 1));
    expect(general(machine, "rax")).toEqual([0x600001n]);
    expect(machine.instructionCount).toBe(1);
  });

  it("page fault of a store to code, which is mapped", () => {
    const machine = machineWith([["48 01 00", "add %rax, (%rax)"]]);
    machine.registers.setGeneral("rax", codeAt);
    machine.registers.flags = 0x8d7n;
    expect(machine.run(10)).toEqual(fault({ kind: "pageFault", address: codeAt, access: "write", mapped: true }));
    expect(machine.registers.flags).toBe(0xad7n);
  });

  it("page fault in the second page of an access, at its first byte", () => {
    const machine = machineWith([["488903", "mov %rax, (%rbx)"]]);
    machine.registers.setGeneral("rbx", dataAt + 8189n);
    machine.registers.setGeneral("rax", -1n);
    expect(machine.run(1)).toEqual(
      fault({ kind: "pageFault", address: dataAt + 8192n, access: "write", mapped: false }),
    );
    expect(machine.memory.read(guestAddress(dataAt + 8184n), 8)).toEqual(new Uint8Array(8));
  });

  it("a repeated string store keeps its progress", () => {
    const machine = machineWith([["f3aa", "rep stosb"]]);
    machine.registers.setGeneral("rdi", dataAt + 8190n);
    machine.registers.setGeneral("rcx", 10n);
    expect(machine.run(1)).toMatchObject(fault({ kind: "pageFault", address: dataAt + 8192n }));
    expect(general(machine, "rdi", "rcx")).toEqual([dataAt + 8192n, 8n]);
    expect(machine.registers.rip).toBe(codeAt);
    expect(machine.instructionCount).toBe(0);
  });

  it("a jump to unmapped memory faults there", () => {
    const machine = machineWith([["ffe0", "jmp *%rax"]]);
    expect(machine.run(10)).toEqual(fault({ kind: "pageFault", address: 0n, access: "execute", mapped: false }));
    expect(machine.registers.rip).toBe(0n);
    expect(machine.instructionCount).toBe(1);
  });

  it("a jump to data faults although it is mapped", () => {
    const machine = machineWith([["ffe0", "jmp *%rax"]]);
    machine.registers.setGeneral("rax", dataAt);
    expect(machine.run(10)).toEqual(fault({ kind: "pageFault", address: dataAt, access: "execute", mapped: true }));
  });

  it("a jump above 4 GiB faults there", () => {
    const machine = machineWith([["ffe0", "jmp *%rax"]]);
    machine.registers.setGeneral("rax", 0x1_0040_1000n);
    expect(machine.run(10)).toMatchObject(fault({ kind: "pageFault", address: 0x1_0040_1000n, access: "execute" }));
  });

  it("an instruction that runs into unmapped memory faults at the boundary", () => {
    const machine = machineWith([]);
    machine.memory.write(guestAddress(codeAt + 4094n), Uint8Array.of(0x48, 0xb8));
    machine.registers.rip = guestAddress(codeAt + 4094n);
    expect(machine.run(1)).toMatchObject(fault({ kind: "pageFault", address: codeAt + 4096n, access: "execute" }));
    expect(machine.registers.rip).toBe(codeAt + 4094n);
  });

  it("a call without room on the stack changes nothing", () => {
    const machine = machineWith([["e800000000", "call on"]]);
    machine.registers.setGeneral("rsp", stackTop - 16384n);
    expect(machine.run(1)).toMatchObject(fault({ kind: "pageFault", address: stackTop - 16392n, access: "write" }));
    expect(machine.registers.general("rsp")).toBe(stackTop - 16384n);
  });

  for (const [name, code, expected] of [
    [
      "a misaligned SSE access",
      "0f2803",
      { kind: "generalProtection", reason: "misalignedOperand", address: dataAt + 8n },
    ],
    ["a privileged instruction", "f4", { kind: "generalProtection", reason: "privilegedInstruction" }],
    ["a division by zero", "48f7f1", { kind: "divideError" }],
    ["a breakpoint instruction", "cc", { kind: "breakpointTrap" }],
    ["a trap instruction", "f1", { kind: "debugTrap", isSingleStep: false }],
    ["ud2", "0f0b", { kind: "invalidOpcode", mnemonic: "ud2", bytes: Uint8Array.of(0x0f, 0x0b) }],
    [
      "an unknown instruction",
      "c4e27150c2",
      { kind: "invalidOpcode", mnemonic: "vpdpbusd", bytes: Uint8Array.of(0xc4, 0xe2, 0x71, 0x50, 0xc2) },
    ],
  ] as const) {
    it(name, () => {
      const machine = machineWith([[code, name]]);
      machine.registers.setGeneral("rbx", dataAt + 8n);
      expect(machine.run(1)).toEqual(fault(expected));
      expect(machine.registers.rip).toBe(codeAt);
      expect(machine.instructionCount).toBe(0);
    });
  }

  it("an access whose last bytes have a non-canonical address", () => {
    const machine = machineWith([["488b00", "mov (%rax), %rax"]]);
    machine.registers.setGeneral("rax", (1n << 47n) - 4n);
    expect(machine.run(1)).toMatchObject(fault({ kind: "generalProtection", reason: "nonCanonicalAddress" }));
  });

  it("a non-canonical address", () => {
    const machine = machineWith([["488b00", "mov (%rax), %rax"]]);
    machine.registers.setGeneral("rax", 1n << 47n);
    expect(machine.run(1)).toEqual(
      fault({ kind: "generalProtection", reason: "nonCanonicalAddress", address: 1n << 47n }),
    );
  });
});
