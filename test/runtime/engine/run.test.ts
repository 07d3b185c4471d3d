import { describe, expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import type { Machine } from "../../../runtime/engine/machine.js";
import { codeAt, dataAt, general, lineAddress, machineWith, stackTop } from "./program.js";

/** Counts rcx down from 1000 with calls, memory, rare instructions and a repeated string store on the way. */
const busyLoop = [
  ["48c7c1e8030000", "mov $1000, %rcx"],
  ["48c7c300005000", "mov $0x500000, %rbx"],
  ["e802000000", "loop: call f"],
  ["eb12", "jmp on"],
  ["51", "f: push %rcx"],
  ["4889df", "mov %rbx, %rdi"],
  ["b903000000", "mov $3, %ecx"],
  ["f348ab", "rep stosq"],
  ["59", "pop %rcx"],
  ["480fc8", "bswap %rax"],
  ["c3", "ret"],
  ["90", "nop"],
  ["4869c039300000", "on: imul $12345, %rax, %rax"],
  ["48ffc0", "inc %rax"],
  ["48d1c8", "ror $1, %rax"],
  ["e2d8", "loop loop"],
  ["0f05", "syscall"],
] as const;

function state(machine: Machine): unknown {
  return {
    registers: machine.registers.snapshot(),
    count: machine.instructionCount,
    data: machine.memory.read(dataAt, 64),
    stack: machine.memory.read(guestAddress(stackTop - 64n), 64),
  };
}

describe("the instruction budget is exact", () => {
  it("ends a run after that many instructions", () => {
    const machine = machineWith(busyLoop);
    expect(machine.run(4)).toEqual({ kind: "limit" });
    expect(machine.instructionCount).toBe(4);
    expect(machine.registers.rip).toBe(lineAddress(busyLoop, 5));
  });

  it("gives the same state for single steps as for one run", () => {
    const [whole, stepped] = [machineWith(busyLoop), machineWith(busyLoop)];
    whole.run(3000);
    for (let i = 0; i < 3000; i++) stepped.run(1);
    expect(state(stepped)).toEqual(state(whole));
  });

  it("gives the same state however the run is split", () => {
    let random = 12345;
    const next = () => {
      random = (Math.imul(random, 1103515245) + 12345) >>> 0;
      return 1 + ((random >>> 16) % 700);
    };
    const whole = machineWith(busyLoop);
    expect(whole.run(1_000_000)).toEqual({ kind: "systemCall" });
    const split = machineWith(busyLoop);
    let stop = split.run(next());
    while (stop.kind === "limit") stop = split.run(next());
    expect(stop).toEqual({ kind: "systemCall" });
    expect(state(split)).toEqual(state(whole));
  });

  it("is deterministic", () => {
    const [first, second] = [machineWith(busyLoop), machineWith(busyLoop)];
    first.run(5000);
    second.run(5000);
    expect(state(first)).toEqual(state(second));
  });

  it("counts a repeated string instruction once", () => {
    const lines = [
      ["f348ab", "rep stosq"],
      ["90", "nop"],
    ] as const;
    const machine = machineWith(lines);
    machine.registers.setGeneral("rcx", 100n);
    machine.registers.setGeneral("rdi", dataAt);
    machine.run(1);
    expect(machine.registers.rip).toBe(lineAddress(lines, 1));
    expect(general(machine, "rcx", "rdi")).toEqual([0n, dataAt + 800n]);
  });

  it("is the clock that rdtsc shows", () => {
    const machine = machineWith([
      ["90", "nop"],
      ["90", "nop"],
      ["0f31", "rdtsc"],
    ]);
    machine.run(3);
    expect(general(machine, "rax", "rdx")).toEqual([2n, 0n]);
  });
});

describe("a system call", () => {
  it("stops behind the instruction with rcx and r11 as the processor leaves them", () => {
    const lines = [
      ["4831c0", "xor %rax, %rax"],
      ["0f05", "syscall"],
    ] as const;
    const machine = machineWith(lines);
    expect(machine.run(10)).toEqual({ kind: "systemCall" });
    expect(machine.instructionCount).toBe(2);
    expect(general(machine, "rcx", "r11")).toEqual([lineAddress(lines, 2), 0x246n]);
    expect(machine.registers.rip).toBe(lineAddress(lines, 2));
  });
});

describe("breakpoints", () => {
  const lines = [
    ["48ffc0", "inc %rax"],
    ["48ffc3", "inc %rbx"],
    ["ebf8", "jmp back to the start"],
  ] as const;

  it("stop before the instruction, and again in the next round", () => {
    const machine = machineWith(lines);
    machine.setBreakpoints([lineAddress(lines, 1)]);
    expect(machine.run(100)).toEqual({ kind: "breakpoint" });
    expect(general(machine, "rax", "rbx")).toEqual([1n, 0n]);
    expect(machine.run(100)).toEqual({ kind: "breakpoint" });
    expect(machine.instructionCount).toBe(1);
    expect(machine.run(100, { ignoreFirstBreakpoint: true })).toEqual({ kind: "breakpoint" });
    expect(general(machine, "rax", "rbx")).toEqual([2n, 1n]);
    expect(machine.instructionCount).toBe(4);
  });

  it("may be set and removed where code has run already", () => {
    const machine = machineWith(lines);
    machine.run(30);
    machine.setBreakpoints([lineAddress(lines, 2)]);
    expect(machine.run(100)).toEqual({ kind: "breakpoint" });
    expect(machine.registers.rip).toBe(lineAddress(lines, 2));
    machine.setBreakpoints([]);
    expect(machine.run(100)).toEqual({ kind: "limit" });
    expect(machine.instructionCount).toBe(132);
  });

  it("are stepped over one instruction at a time", () => {
    const machine = machineWith(lines);
    machine.setBreakpoints([0, 1, 2].map((line) => lineAddress(lines, line)));
    for (let i = 0; i < 30; i++) expect(machine.run(1, { ignoreFirstBreakpoint: true })).toEqual({ kind: "limit" });
    expect(general(machine, "rax", "rbx")).toEqual([10n, 10n]);
    expect(machine.registers.rip).toBe(codeAt);
  });
});

describe("cpuid", () => {
  it("names the vendor", () => {
    const machine = machineWith([["0fa2", "cpuid"]]);
    machine.run(1);
    const text = general(machine, "rbx", "rdx", "rcx").map((word) =>
      String.fromCharCode(...[0n, 8n, 16n, 24n].map((shift) => Number((word >> shift) & 0xffn))),
    );
    expect(text.join("")).toBe("AuthenticAMD");
  });

  /** Leaf, register and bit of a feature (Intel SDM vol. 2, CPUID), and an instruction that only it has. */
  const features = [
    ["cmov", 1, "rdx", 15, "0f44c0"],
    ["SSE", 1, "rdx", 25, "0f58c0"],
    ["SSE2", 1, "rdx", 26, "f20f58c0"],
    ["SSE3", 1, "rcx", 0, "f20f7cc0"],
    ["PCLMULQDQ", 1, "rcx", 1, "660f3a44c000"],
    ["SSSE3", 1, "rcx", 9, "660f3800c0"],
    ["FMA", 1, "rcx", 12, "c4e2f998c0"],
    ["SSE4.1", 1, "rcx", 19, "660f3840c0"],
    ["SSE4.2", 1, "rcx", 20, "f20f38f1c0"],
    ["MOVBE", 1, "rcx", 22, "0f38f04424f8"],
    ["POPCNT", 1, "rcx", 23, "f30fb8c0"],
    ["AES", 1, "rcx", 25, "660f38dcc0"],
    ["XSAVE", 1, "rcx", 26, "0f01d0"],
    ["OSXSAVE", 1, "rcx", 27, "0f01d0"],
    ["AVX", 1, "rcx", 28, "c5f458c0"],
    ["F16C", 1, "rcx", 29, "c4e27913c0"],
    ["AVX2", 7, "rbx", 5, "c5f5fcc0"],
    ["AVX512F", 7, "rbx", 16, "62f17c4858c0"],
    ["XOP", 0x80000001, "rcx", 11, "8fe978c2c0"],
    ["SHA", 7, "rbx", 29, "0f38c8c0"],
    ["CLFLUSH", 1, "rdx", 19, "0fae3c24"],
    ["RDRAND", 1, "rcx", 30, "0fc7f0"],
    ["GFNI", 7, "rcx", 8, "660f38cfc0"],
    ["VAES", 7, "rcx", 9, "c4e27ddcc0"],
    ["BMI1", 7, "rbx", 3, "c4e278f2c0"],
    ["BMI2", 7, "rbx", 8, "c4e279f7c0"],
    ["ADX", 7, "rbx", 19, "660f38f6c0"],
    ["LZCNT", 0x80000001, "rcx", 5, "f30fbdc0"],
  ] as const;
  it.each(features)("announces %s if and only if it is there", (_name, leaf, register, bit, code) => {
    const asking = machineWith([["0fa2", "cpuid"]]);
    asking.registers.setGeneral("rax", BigInt(leaf));
    asking.run(1);
    const isAnnounced = ((asking.registers.general(register) >> BigInt(bit)) & 1n) === 1n;
    const executing = machineWith([[code, "an instruction of the feature"]]);
    const stop = executing.run(1);
    expect(stop.kind).toBe(isAnnounced ? "limit" : "fault");
  });
});
