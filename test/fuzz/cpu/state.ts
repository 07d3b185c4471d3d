/** The registers of a case, before and after, as the native runner has them: the same bytes (`struct state` in runner.c). */
import { guestAddress } from "../../../runtime/base/guest-address.js";
import { generalRegisterNames, type RegisterSnapshot } from "../../../runtime/engine/machine.js";
import { physicalRegister } from "../../../runtime/x86/x87/unit.js";

export const stateSize = 816;
const places = { general: 0, rip: 128, flags: 136, fs: 144, gs: 152, mxcsr: 160, fcw: 164, fsw: 166, ftw: 168 };
const [stackPlace, vectorPlace] = [176, 304];
const mask64 = (1n << 64n) - 1n;

export class CpuState {
  readonly view: DataView;

  constructor(readonly bytes: Uint8Array = new Uint8Array(stateSize)) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, stateSize);
  }

  copy(): CpuState {
    return new CpuState(this.bytes.slice());
  }

  /** In hardware order. */
  general(index: number): bigint {
    return this.view.getBigUint64(places.general + 8 * index, true);
  }

  setGeneral(index: number, value: bigint): void {
    this.view.setBigUint64(places.general + 8 * index, BigInt.asUintN(64, value), true);
  }

  word(name: "rip" | "flags" | "fs" | "gs"): bigint {
    return this.view.getBigUint64(places[name], true);
  }

  setWord(name: "rip" | "flags" | "fs" | "gs", value: bigint): void {
    this.view.setBigUint64(places[name], BigInt.asUintN(64, value), true);
  }

  /** `ftw`: a bit for each physical register that is not empty. */
  control(name: "mxcsr" | "fcw" | "fsw" | "ftw"): number {
    if (name === "ftw") return this.view.getUint8(places.ftw);
    return name === "mxcsr" ? this.view.getUint32(places.mxcsr, true) : this.view.getUint16(places[name], true);
  }

  setControl(name: "mxcsr" | "fcw" | "fsw" | "ftw", value: number): void {
    if (name === "ftw") this.view.setUint8(places.ftw, value);
    else if (name === "mxcsr") this.view.setUint32(places.mxcsr, value, true);
    else this.view.setUint16(places[name], value, true);
  }

  /** Relative to the top of the stack; 80 bits. */
  st(index: number): bigint {
    return this.wide(stackPlace + 16 * index, 2);
  }

  setSt(index: number, value: bigint): void {
    this.setWide(stackPlace + 16 * index, 2, value);
  }

  /** 256 bits. */
  ymm(index: number): bigint {
    return this.wide(vectorPlace + 32 * index, 4);
  }

  setYmm(index: number, value: bigint): void {
    this.setWide(vectorPlace + 32 * index, 4, value);
  }

  toSnapshot(): RegisterSnapshot {
    const status = this.control("fsw");
    const registers = Array<bigint>(8).fill(0n);
    for (let i = 0; i < 8; i++) registers[physicalRegister(status, i)] = this.st(i);
    return {
      general: generalRegisterNames.map((_, i) => this.general(i)),
      rip: guestAddress(this.word("rip")),
      flags: this.word("flags"),
      fsBase: this.word("fs"),
      gsBase: this.word("gs"),
      xmm: generalRegisterNames.map((_, i) => this.wide(vectorPlace + 32 * i, 2)),
      ymmUpper: generalRegisterNames.map((_, i) => this.wide(vectorPlace + 32 * i + 16, 2)),
      mxcsr: this.control("mxcsr"),
      x87: { registers, control: this.control("fcw"), status, tags: this.control("ftw") },
    };
  }

  static fromSnapshot(snapshot: RegisterSnapshot): CpuState {
    const state = new CpuState();
    for (const [i, value] of snapshot.general.entries()) state.setGeneral(i, value);
    state.setWord("rip", snapshot.rip);
    state.setWord("flags", snapshot.flags);
    state.setWord("fs", snapshot.fsBase);
    state.setWord("gs", snapshot.gsBase);
    state.setControl("mxcsr", snapshot.mxcsr);
    const { control, status, tags, registers } = snapshot.x87;
    state.setControl("fcw", control);
    state.setControl("fsw", status);
    state.setControl("ftw", tags);
    for (let i = 0; i < 8; i++) state.setSt(i, registers[physicalRegister(status, i)] ?? 0n);
    for (const [i, value] of snapshot.xmm.entries()) state.setWide(vectorPlace + 32 * i, 2, value);
    for (const [i, value] of snapshot.ymmUpper.entries()) state.setWide(vectorPlace + 32 * i + 16, 2, value);
    return state;
  }

  private wide(place: number, words: number): bigint {
    let value = 0n;
    for (let i = words - 1; i >= 0; i--) value = (value << 64n) | this.view.getBigUint64(place + 8 * i, true);
    return value;
  }

  private setWide(place: number, words: number, value: bigint): void {
    for (let i = 0; i < words; i++) this.view.setBigUint64(place + 8 * i, (value >> BigInt(64 * i)) & mask64, true);
  }
}
