/**
 * Instruction cases recorded on a real processor, and how one is run and judged. A case is a line of JSON: the state
 * before, and what differs after. The world of every case: code at 0x40000000, three pages of data at 0x20000000, two of
 * stack at 0x30000000.
 */

import { guestAddress } from "../../runtime/base/guest-address.js";
import { createMachine, type MachineOptions } from "../../runtime/engine/create-machine.js";
import { faultVector, generalRegisterNames, type Machine } from "../../runtime/engine/machine.js";
import { initialX87 } from "../../runtime/engine/state-registers.js";

export interface OracleCase {
  readonly id: number;
  readonly mn: string;
  readonly cat: string;
  readonly asm: readonly string[];
  readonly bytes: string;
  readonly in: {
    readonly gpr: readonly string[];
    readonly flags: string;
    readonly xmm?: readonly string[];
    readonly mxcsr?: string;
    readonly fs?: string;
    readonly gs?: string;
    readonly mem?: readonly (readonly [string, string])[];
  };
  readonly out: {
    readonly gpr: Readonly<Record<string, string>>;
    readonly flags: string;
    readonly xmm?: Readonly<Record<string, string>>;
    readonly mxcsr?: string;
    readonly mem?: readonly (readonly [string, string])[];
  };
  /** Flags that are not compared. */
  readonly undef: string;
  /** Registers that are not compared. */
  readonly undef_gpr?: readonly string[];
  /** Results of estimates: relative error up to 1.5 · 2⁻¹². */
  readonly approx?: boolean;
  readonly fault?: { readonly vec: number; readonly rip: number; readonly addr?: string };
}

const codeBase = 0x40000000n;
const regions = [
  { address: 0x20000000n, size: 0x3000 },
  { address: 0x30000000n, size: 0x2000 },
] as const;
const comparedFlags = 0xcd5;
const readWrite = { read: true, write: true, execute: false };
const pageSize = 4096;
/** Cases have at most ten instructions, and loops are short. */
const instructionLimit = 1000;

const word = (text: string) => BigInt(`0x${text}`);
const bytesOf = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** A machine with the world of the cases. */
export function oracleMachine(options: MachineOptions = {}): Machine {
  const machine = createMachine(options);
  for (const { address, size } of regions) machine.memory.map(guestAddress(address), size, readWrite);
  machine.memory.map(guestAddress(codeBase), pageSize, { read: true, write: false, execute: true });
  return machine;
}

const precisionNoted = 0x20n;
const precisionMasked = 0x1000n;

/**
 * The case with the precision exception noted before: it stays so, and nothing else changes. Compiled regions take shorter
 * ways then. Undefined for what stores or loads MXCSR, and where that exception is not masked.
 */
export function withPrecisionNoted(test: OracleCase): OracleCase | undefined {
  const before = word(test.in.mxcsr ?? "1f80");
  if (!test.in.xmm || (before & precisionMasked) === 0n || /mxcsr|fxsave|fxrstor/.test(test.asm.join()))
    return undefined;
  const noted = (mxcsr: bigint) => ({ mxcsr: (mxcsr | precisionNoted).toString(16) });
  const after = word(test.out.mxcsr ?? before.toString(16));
  return { ...test, in: { ...test.in, ...noted(before) }, out: { ...test.out, ...noted(after) } };
}

/** Runs the case; returns what is wrong, a line per difference. The machine is left clean for the next one. */
export function runCase(machine: Machine, test: OracleCase): string[] {
  const code = bytesOf(test.bytes);
  const windows = [...(test.in.mem ?? []), ...(test.out.mem ?? [])];
  const expectedMemory = new Map<bigint, Uint8Array>();
  for (const [address, content] of test.in.mem ?? [])
    machine.memory.write(guestAddress(word(address)), bytesOf(content));
  machine.memory.write(guestAddress(codeBase), code);
  setRegisters(machine, test);

  const end = guestAddress(codeBase + BigInt(code.length));
  machine.setBreakpoints([end]);
  const stop = machine.run(instructionLimit);

  const wrong: string[] = [];
  if (test.fault) {
    if (stop.kind !== "fault") {
      wrong.push(`no fault, expected vector ${test.fault.vec}`);
    } else {
      const { fault } = stop;
      if (faultVector(fault) !== test.fault.vec) wrong.push(`fault ${fault.kind}, expected vector ${test.fault.vec}`);
      else if (fault.kind === "pageFault" && fault.address !== word(test.fault.addr ?? "0")) {
        wrong.push(`fault at ${fault.address.toString(16)}, expected ${test.fault.addr}`);
      }
    }
    // A trap is reported by the processor behind the instruction, by the machine at it.
    const trapLength = test.fault.vec === 3 ? 1 : 0;
    expectRegister(wrong, "rip", machine.registers.rip, codeBase + BigInt(test.fault.rip - trapLength));
  } else if (stop.kind !== "breakpoint") {
    const mnemonic = stop.kind === "fault" && stop.fault.kind === "invalidOpcode" ? ` ${stop.fault.mnemonic}` : "";
    wrong.push(`stopped by ${stop.kind === "fault" ? stop.fault.kind : stop.kind}${mnemonic}`);
  }
  compareRegisters(wrong, machine, test);

  for (const { address, size } of regions) expectedMemory.set(address, new Uint8Array(size));
  for (const [address, content] of windows) put(expectedMemory, word(address), bytesOf(content));
  for (const [address, expected] of expectedMemory) {
    const actual = machine.memory.read(guestAddress(address), expected.length);
    const at = firstDifference(expected, actual);
    if (at >= 0) {
      const place = (address + BigInt(at)).toString(16);
      wrong.push(`memory ${place}: ${actual[at]?.toString(16)}, expected ${expected[at]?.toString(16)}`);
    }
    if (windows.length > 0 || at >= 0) machine.memory.write(guestAddress(address), new Uint8Array(expected.length));
  }
  return wrong;
}

/** SSE instructions leave the upper halves alone. */
const ymmUppers = Array.from({ length: 16 }, (_, index) => 0x0123456789abcdef0011223344556677n * BigInt(index + 1));

/** Index of the first byte that differs, or -1; by words, since most cases leave all their pages alike. */
function firstDifference(expected: Uint8Array, actual: Uint8Array): number {
  const [words, others] = [expected, actual].map(({ buffer, byteOffset, length }) => {
    return new Uint32Array(buffer, byteOffset, length >> 2);
  });
  const different = words?.findIndex((word, index) => word !== others?.[index]) ?? -1;
  if (different < 0) return -1;
  return expected.findIndex((byte, index) => index >= 4 * different && byte !== actual[index]);
}

function put(memory: ReadonlyMap<bigint, Uint8Array>, at: bigint, content: Uint8Array): void {
  for (const [address, bytes] of memory) {
    const offset = Number(at - address);
    if (offset >= 0 && offset < bytes.length) bytes.set(content, offset);
  }
}

function setRegisters(machine: Machine, test: OracleCase): void {
  machine.registers.restore({
    general: test.in.gpr.map(word),
    rip: guestAddress(codeBase),
    flags: word(test.in.flags) | 0x202n,
    fsBase: word(test.in.fs ?? "0"),
    gsBase: word(test.in.gs ?? "0"),
    xmm: Array.from({ length: 16 }, (_, i) => word(test.in.xmm?.[i] ?? "0")),
    ymmUpper: ymmUppers,
    x87: initialX87,
    mxcsr: Number(word(test.in.mxcsr ?? "1f80")),
  });
}

function expectRegister(wrong: string[], name: string, actual: bigint, expected: bigint): void {
  if (actual !== expected) wrong.push(`${name} ${actual.toString(16)}, expected ${expected.toString(16)}`);
}

function compareRegisters(wrong: string[], machine: Machine, test: OracleCase): void {
  const state = machine.registers.snapshot();
  const mask = BigInt(comparedFlags & ~Number.parseInt(test.undef, 16));
  expectRegister(wrong, "flags", state.flags & mask, word(test.out.flags) & mask);
  for (const [index, name] of generalRegisterNames.entries()) {
    if (test.undef_gpr?.includes(name)) continue;
    const expected = word(test.out.gpr[name] ?? test.in.gpr[index] ?? "0");
    expectRegister(wrong, name, state.general[index] ?? 0n, expected);
  }
  for (const [index, actual] of state.xmm.entries()) {
    const expected = word(test.out.xmm?.[index] ?? test.in.xmm?.[index] ?? "0");
    if (test.approx ? !isNear(actual, expected) : actual !== expected) {
      expectRegister(wrong, `xmm${index}`, actual, expected);
    }
  }
  for (const [index, actual] of state.ymmUpper.entries()) {
    expectRegister(wrong, `upper half of ymm${index}`, actual, ymmUppers[index] ?? 0n);
  }
  const mxcsr = word(test.out.mxcsr ?? test.in.mxcsr ?? "1f80");
  expectRegister(wrong, "mxcsr", BigInt(state.mxcsr), mxcsr);
}

/** Each of the four floats within the precision of an estimate. */
export function isNear(actual: bigint, expected: bigint): boolean {
  const float = (bits: bigint) => new Float32Array(new Uint32Array([Number(bits & 0xffffffffn)]).buffer)[0] ?? 0;
  return [0n, 32n, 64n, 96n].every((shift) => {
    const [p, q] = [float(actual >> shift), float(expected >> shift)];
    return Object.is(p, q) || (Number.isNaN(p) && Number.isNaN(q)) || Math.abs(p - q) <= Math.abs(q) * 1.5 * 2 ** -11;
  });
}
