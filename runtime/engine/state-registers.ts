/** The register file: a view of the processor's state in the engine's area. */
import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import { fixedFlags, otherUserFlags, statusFlags } from "../x86/flags.js";
import { initialControl } from "../x86/x87/unit.js";
import type { EngineMemory } from "./engine-memory.js";
import { flagKinds, state, vectorAddress } from "./layout.js";
import {
  type GeneralRegister,
  generalRegisterNames,
  type KeptRegisters,
  type RegisterFile,
  type RegisterSnapshot,
  type X87State,
} from "./machine.js";
import { switching } from "./switch-layout.js";

const defaultMxcsr = 0x1f80;
/** After FNINIT: all exceptions masked, 80-bit precision, every register empty. */
export const initialX87: X87State = {
  registers: Array<bigint>(8).fill(0n),
  control: initialControl,
  status: 0,
  tags: 0,
};

export class StateRegisters implements RegisterFile {
  constructor(
    private readonly memory: EngineMemory,
    /** Computes the status flags from what the last instruction left. */
    private readonly statusFlags: () => number,
    /** The same from the four parts of the flags. */
    private readonly flagsFrom: (kind: number, a: bigint, b: bigint, result: bigint) => bigint,
  ) {
    this.resetFloatingPoint();
  }

  resetFloatingPoint(): void {
    this.mxcsr = defaultMxcsr;
    this.x87 = initialX87;
    for (let index = 0; index < 16; index++) {
      this.setXmm(index, 0n);
      this.setYmmUpper(index, 0n);
    }
  }

  general(register: GeneralRegister): bigint {
    return this.word(state.general + 8 * generalRegisterNames.indexOf(register));
  }

  setGeneral(register: GeneralRegister, value: bigint): void {
    this.setWord(state.general + 8 * generalRegisterNames.indexOf(register), value);
  }

  get rip(): GuestAddress {
    return guestAddress(this.word(state.instructionPointer));
  }

  set rip(value: GuestAddress) {
    this.setWord(state.instructionPointer, value);
  }

  get flags(): bigint {
    return BigInt(this.statusFlags() | this.memory.data.getUint32(state.otherFlags, true) | fixedFlags);
  }

  /** Bits that user code cannot change are ignored. */
  get otherFlags(): number {
    return this.memory.data.getUint32(state.otherFlags, true);
  }

  set flags(value: bigint) {
    this.memory.version++;
    const bits = Number(BigInt.asUintN(32, value));
    this.memory.data.setUint32(state.flagKind, flagKinds.explicit, true);
    this.setWord(state.flagA, BigInt(bits & statusFlags));
    this.memory.data.setUint32(state.otherFlags, bits & otherUserFlags, true);
  }

  get fsBase(): bigint {
    return this.word(state.fsBase);
  }

  set fsBase(value: bigint) {
    this.setWord(state.fsBase, value);
  }

  get gsBase(): bigint {
    return this.word(state.gsBase);
  }

  set gsBase(value: bigint) {
    this.setWord(state.gsBase, value);
  }

  get mxcsr(): number {
    return this.memory.data.getUint32(state.mxcsr, true);
  }

  set mxcsr(value: number) {
    this.memory.version++;
    this.memory.data.setUint32(state.mxcsr, value, true);
    this.memory.data.setUint32(switching.restChanged, 1, true);
  }

  xmm(index: number): bigint {
    return vectorAt(this.memory.words, vectorAddress(index) / 8);
  }

  setXmm(index: number, value: bigint): void {
    this.setVector(vectorAddress(index), value);
  }

  ymmUpper(index: number): bigint {
    return vectorAt(this.memory.words, vectorAddress(index) / 8 + 2);
  }

  setYmmUpper(index: number, value: bigint): void {
    this.setVector(vectorAddress(index) + 16, value);
  }

  get x87(): X87State {
    return x87At(this.memory.words, 0);
  }

  set x87(value: X87State) {
    for (const [index, register] of value.registers.entries()) this.setVector(state.x87 + 16 * index, register);
    this.setWord(state.x87Control, BigInt(value.control & 0xffff) | (BigInt(value.status & 0xffff) << 32n));
    this.setWord(state.x87Tags, BigInt(value.tags & 0xff));
  }

  get stackPointer(): number {
    return this.number(state.general + 8 * 4);
  }

  get instructionPointer(): number {
    return this.number(state.instructionPointer);
  }

  keep(into?: KeptRegisters): KeptRegisters {
    const copy = into instanceof RawRegisters ? into : new RawRegisters(this.memory);
    copy.halves.set(this.memory.registers);
    copy.flags = this.statusFlags() | this.memory.data.getUint32(state.otherFlags, true) | fixedFlags;
    return copy;
  }

  /** The same with the values that `fill` writes, in the engine's own form. */
  keepFrom(fill: (halves: Uint32Array) => void, into?: KeptRegisters): KeptRegisters {
    const copy = into instanceof RawRegisters ? into : new RawRegisters(this.memory);
    fill(copy.halves);
    const half = (address: number) => copy.halves[(address - state.general) / 4] ?? 0;
    const word = (address: number) => BigInt.asIntN(64, BigInt(half(address)) | (BigInt(half(address + 4)) << 32n));
    const { flagKind, flagA, flagB, flagResult, otherFlags } = state;
    const status = Number(this.flagsFrom(half(flagKind), word(flagA), word(flagB), word(flagResult)));
    copy.flags = status | half(otherFlags) | fixedFlags;
    return copy;
  }

  snapshot(): RegisterSnapshot {
    return decodeRegisters(this.memory.words, 0, this.flags);
  }

  restore(snapshot: RegisterSnapshot): void {
    for (const [index, value] of snapshot.general.entries()) this.setWord(state.general + 8 * index, value);
    for (const [index, value] of snapshot.xmm.entries()) this.setXmm(index, value);
    for (const [index, value] of snapshot.ymmUpper.entries()) this.setYmmUpper(index, value);
    this.rip = snapshot.rip;
    this.flags = snapshot.flags;
    this.fsBase = snapshot.fsBase;
    this.gsBase = snapshot.gsBase;
    this.mxcsr = snapshot.mxcsr;
    this.x87 = snapshot.x87;
  }

  private number(address: number): number {
    const { data } = this.memory;
    return data.getUint32(address, true) + data.getUint32(address + 4, true) * 2 ** 32;
  }

  /** A typed array has the byte order of the host: little-endian, as wherever VS Code runs. */
  private word(address: number): bigint {
    return this.memory.words[address / 8] ?? 0n;
  }

  private setVector(address: number, value: bigint): void {
    this.setWord(address, value);
    this.setWord(address + 8, value >> 64n);
  }

  private setWord(address: number, value: bigint): void {
    this.memory.version++;
    if (address >= state.fsBase) this.memory.data.setUint32(switching.restChanged, 1, true);
    this.memory.data.setBigUint64(address, BigInt.asUintN(64, value), true);
  }
}

/** The register file as 32-bit words, and the flags, which are computed when they are kept. */
class RawRegisters implements KeptRegisters {
  readonly halves = new Uint32Array(state.registersSize / 4);
  flags = 0;

  constructor(private readonly memory: EngineMemory) {}

  general(index: number): bigint {
    return this.word(state.general + 8 * index);
  }

  generalNumber(index: number): number {
    return (this.halves[2 * index] ?? 0) + (this.halves[2 * index + 1] ?? 0) * 2 ** 32;
  }

  setGeneral(index: number, value: bigint): void {
    this.halves[2 * index] = Number(BigInt.asUintN(32, value));
    this.halves[2 * index + 1] = Number(BigInt.asUintN(32, value >> 32n));
  }

  load(index: number, address: number): boolean {
    if (!this.memory.isWordMapped(address)) return false;
    const { data } = this.memory;
    this.halves[2 * index] = data.getUint32(address, true);
    this.halves[2 * index + 1] = data.getUint32(address + 4, true);
    return true;
  }

  snapshot(): RegisterSnapshot {
    return decodeRegisters(new BigUint64Array(this.halves.buffer), state.general, BigInt(this.flags));
  }

  private word(address: number): bigint {
    const index = (address - state.general) / 4;
    return BigInt(this.halves[index] ?? 0) | (BigInt(this.halves[index + 1] ?? 0) << 32n);
  }
}

/** The registers in `words`, which begin at address `start` of the engine's area. */
function decodeRegisters(words: BigUint64Array, start: number, flags: bigint): RegisterSnapshot {
  const at = (address: number) => (address - start) / 8;
  const halves = (offset: number) =>
    generalRegisterNames.map((_, index) => vectorAt(words, at(vectorAddress(index) + offset)));
  return {
    general: Array.from(words.subarray(at(state.general), at(state.general) + 16)),
    rip: guestAddress(words[at(state.instructionPointer)] ?? 0n),
    flags,
    fsBase: words[at(state.fsBase)] ?? 0n,
    gsBase: words[at(state.gsBase)] ?? 0n,
    xmm: halves(0),
    ymmUpper: halves(16),
    mxcsr: Number((words[at(state.mxcsr)] ?? 0n) & 0xffffffffn),
    x87: x87At(words, start),
  };
}

function x87At(words: BigUint64Array, start: number): X87State {
  const at = (address: number) => (address - start) / 8;
  const [control = 0n, tags = 0n] = [words[at(state.x87Control)], words[at(state.x87Tags)]];
  return {
    registers: initialX87.registers.map((_, index) => vectorAt(words, at(state.x87) + 2 * index)),
    control: Number(control & 0xffffn),
    status: Number((control >> 32n) & 0xffffn),
    tags: Number(tags & 0xffn),
  };
}

/** The 128 bits at `index`, which counts words of 64 bits. */
function vectorAt(words: BigUint64Array, index: number): bigint {
  const [low = 0n, high = 0n] = [words[index], words[index + 1]];
  return high === 0n ? low : low | (high << 64n);
}
