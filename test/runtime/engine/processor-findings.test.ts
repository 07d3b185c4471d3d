/** What random instructions beside the processor (`npm run fuzz:cpu`) found, one by one: what this AMD processor does. */
import { describe, expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import type { EngineMachine, MachineOptions } from "../../../runtime/engine/create-machine.js";
import type { GeneralRegister, MachineStop } from "../../../runtime/engine/machine.js";
import { bytes, codeAt, dataAt, machineWith } from "./program.js";

type Mode = NonNullable<MachineOptions["mode"]>;
const codeEnd = codeAt + 4096n;
const dataEnd = dataAt + 8192n;
const fetchFault = { kind: "pageFault", address: codeEnd, access: "execute", mapped: false };

function run(
  code: string,
  mode: Mode,
  registers: Partial<Record<GeneralRegister, bigint>> = {},
  prepare: (machine: EngineMachine) => void = () => {},
): { machine: EngineMachine; stop: MachineStop } {
  const machine = machineWith([[code, ""]], { mode });
  for (const [name, value] of Object.entries(registers)) machine.registers.setGeneral(name as GeneralRegister, value);
  prepare(machine);
  return { machine, stop: machine.run(1) };
}

/** The fault of the bytes at the end of what may be executed. */
function faultAtEnd(code: string, mode: Mode): unknown {
  const { stop } = run("90", mode, {}, (machine) => {
    const start = guestAddress(codeEnd - BigInt(bytes(code).length));
    machine.memory.write(start, bytes(code));
    machine.registers.rip = start;
  });
  return stop.kind === "fault" ? stop.fault : stop;
}

describe.each(["interpreter", "regions"] satisfies Mode[])("mode %s", (mode) => {
  it.each([
    ["an opcode that there is not is none at once", "66440fff", { kind: "invalidOpcode" }],
    ["LOCK where it does not belong is seen when all is there", "f067490fc404", fetchFault],
    ["a repetition that does not belong there, too", "f266410fe30c", fetchFault],
    ["a VEX prefix that is cut off", "64c4", fetchFault],
    ["a VEX form that is none, and cut off", "c4635fd4bb1de621", fetchFault],
    ["a VEX form that is none, and all there", "c5f8ffc0", { kind: "invalidOpcode" }],
    ["an opcode behind 0F 3A that there is not, and cut off", "26660f3a8f488d", fetchFault],
    ["an instruction with a prefix that it needs, cut off", "f366440fb84d", fetchFault],
    ["the far jump of 32-bit mode, cut off", "ea0b13", fetchFault],
    ["an immediate that is cut off", "c5b972e5", fetchFault],
    ["a VEX form with an opcode that there is nowhere", "c5b727", { kind: "invalidOpcode" }],
    ["prefixes alone", "6667", fetchFault],
  ])("at the end of executable memory: %s", (_name, code, expected) => {
    expect(faultAtEnd(code, mode)).toMatchObject(expected);
  });

  it("CMPS reads its second operand first", () => {
    const { stop } = run("a6", mode, { rsi: 0x10n, rdi: 0x20n });
    expect(stop).toMatchObject({ fault: { kind: "pageFault", address: 0x20n } });
  });

  it("MOVSXD to 16 bits reads 32", () => {
    const { stop } = run("666308", mode, { rax: dataEnd - 2n });
    expect(stop).toMatchObject({ fault: { kind: "pageFault", address: dataEnd, access: "read" } });
  });

  it("an offset in a segment must be canonical, not only the address", () => {
    const { stop } = run("648b00", mode, { rax: 0xffff_1000_0000_0000n }, ({ registers }) => {
      registers.fsBase = 0x7000_0000_0000n;
    });
    expect(stop).toMatchObject({ fault: { kind: "generalProtection", reason: "nonCanonicalAddress" } });
  });

  it("MASKMOVQ takes the x87 unit before it looks at memory", () => {
    const { machine, stop } = run("0ff7c0", mode, { rdi: 16n }, ({ registers }) => {
      const registersOfUnit = Array<bigint>(8).fill((0xffffn << 64n) | 0x80n);
      registers.x87 = { registers: registersOfUnit, control: 0x37f, status: 0x800, tags: 0 };
    });
    expect(stop).toMatchObject({ fault: { kind: "pageFault", address: 16n } });
    expect(machine.registers.x87).toMatchObject({ status: 0, tags: 0xff });
  });

  it("an address that is not canonical is found before a wrong alignment", () => {
    const { stop } = run("0fae0c24", mode, { rsp: 0x8000_0000_0000_0001n });
    expect(stop).toMatchObject({ fault: { reason: "nonCanonicalAddress", isStack: true } });
  });

  it.each([
    ["a far call", "ff18"],
    ["a far jump", "48ff28"],
  ])("%s is no near one", (_name, code) => {
    const { stop } = run(code, mode, { rax: BigInt(dataAt) });
    expect(stop).toMatchObject({ fault: { kind: "invalidOpcode" } });
  });

  it("CLDEMOTE does nothing", () => {
    expect(run("0f1c00", mode).stop).toEqual({ kind: "limit" });
  });

  it("CVTPI2PS takes the x87 unit before an exception of the conversion", () => {
    const { machine, stop } = run("0f2ac0", mode, {}, ({ registers }) => {
      const data = Array<bigint>(8).fill(0n);
      data[0] = (0xffffn << 64n) | 0x7fffffffn;
      registers.x87 = { registers: data, control: 0x37f, status: 0x3800, tags: 0 };
      registers.mxcsr = 0x0f80;
    });
    expect(stop).toMatchObject({ fault: { kind: "simdException" } });
    expect(machine.registers.x87).toMatchObject({ status: 0, tags: 0xff });
  });

  it("x87 division by zero reports no denormal dividend", () => {
    const { machine } = run("d8f9", mode, {}, ({ registers }) => {
      const data = Array<bigint>(8).fill(0n);
      data[1] = 0x4000_0000_0000_0005n;
      registers.x87 = { registers: data, control: 0x37f, status: 0, tags: 3 };
    });
    expect(machine.registers.x87.status).toBe(4);
  });

  it("VCVTPS2PH looks at its place in memory before it converts", () => {
    const { machine, stop } = run("c4e3791d0000", mode, { rax: dataEnd - 4n }, ({ registers }) => {
      registers.setXmm(0, 0x7f80_0001n);
    });
    expect(stop).toMatchObject({ fault: { kind: "pageFault", address: dataEnd, access: "write" } });
    expect(machine.registers.mxcsr).toBe(0x1f80);
  });
});
