/** The register file: a view of the processor's state in the engine's area. */
import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import { fixedFlags, otherUserFlags, statusFlags } from "../x86/flags.js";
import type { EngineMemory } from "./engine-memory.js";
import { flagKinds, state } from "./layout.js";
import {
  type GeneralRegister,
  generalRegisterNames,
  type KeptRegisters,
  type RegisterFile,
  type RegisterSnapshot,
} from "./machine.js";

const defaultMxcsr = 0x1f80;

export class StateRegisters implements RegisterFile {
  constructor(
    private readonly memory: EngineMemory,
    /** Computes the status flags from what the last instruction left. */
    private readonly statusFlags: () => number,
  ) {
    this.mxcsr = defaultMxcsr;
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
  }

  xmm(index: number): bigint {
    const address = state.xmm + 16 * index;
    const [low, high] = [this.word(address), this.word(address + 8)];
    return high === 0n ? low : low | (high << 64n);
  }

  setXmm(index: number, value: bigint): void {
    const address = state.xmm + 16 * index;
    this.setWord(address, value);
    this.setWord(address + 8, value >> 64n);
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

  snapshot(): RegisterSnapshot {
    const xmm: bigint[] = [];
    for (let index = 0; index < 16; index++) xmm.push(this.xmm(index));
    const first = state.general / 8;
    return {
      general: Array.from(this.memory.words.subarray(first, first + 16)),
      rip: this.rip,
      flags: this.flags,
      fsBase: this.fsBase,
      gsBase: this.gsBase,
      xmm,
      mxcsr: this.mxcsr,
    };
  }

  restore(snapshot: RegisterSnapshot): void {
    for (const [index, value] of snapshot.general.entries()) this.setWord(state.general + 8 * index, value);
    for (const [index, value] of snapshot.xmm.entries()) this.setXmm(index, value);
    this.rip = snapshot.rip;
    this.flags = snapshot.flags;
    this.fsBase = snapshot.fsBase;
    this.gsBase = snapshot.gsBase;
    this.mxcsr = snapshot.mxcsr;
  }

  private number(address: number): number {
    const { data } = this.memory;
    return data.getUint32(address, true) + data.getUint32(address + 4, true) * 2 ** 32;
  }

  /** A typed array has the byte order of the host: little-endian, as wherever VS Code runs. */
  private word(address: number): bigint {
    return this.memory.words[address / 8] ?? 0n;
  }

  private setWord(address: number, value: bigint): void {
    this.memory.version++;
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
    return {
      general: generalRegisterNames.map((_, index) => this.general(index)),
      rip: guestAddress(this.word(state.instructionPointer)),
      flags: BigInt(this.flags),
      fsBase: this.word(state.fsBase),
      gsBase: this.word(state.gsBase),
      xmm: generalRegisterNames.map((_, index) => {
        const address = state.xmm + 16 * index;
        return this.word(address) | (this.word(address + 8) << 64n);
      }),
      mxcsr: this.halves[(state.mxcsr - state.general) / 4] ?? 0,
    };
  }

  private word(address: number): bigint {
    const index = (address - state.general) / 4;
    return BigInt(this.halves[index] ?? 0) | (BigInt(this.halves[index + 1] ?? 0) << 32n);
  }
}
