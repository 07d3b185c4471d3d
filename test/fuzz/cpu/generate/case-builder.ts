/** A case in the making: registers take their values when the first instruction wants them to be something. */
import type { Random } from "../../../runtime/engine/random-program.js";
import { type FuzzCase, type Patch, pageSize, type Unit, world } from "../fuzz-case.js";
import { inspect } from "../inspect.js";
import { CpuState } from "../state.js";
import { float80, integer64, vector, word64 } from "./values.js";

const [stackPointer, generalCount] = [4, 16];
const mask64 = (1n << 64n) - 1n;
const statusFlags = 0x8d5;
const directionFlag = 0x400;

export class CaseBuilder {
  readonly units: Unit[] = [];
  readonly patches: Patch[] = [];
  /** The values that registers have at the beginning, where something depends on them. */
  readonly general: (bigint | undefined)[] = Array<bigint | undefined>(generalCount).fill(undefined);
  /** Registers that some instruction has written, and those that hold addresses. */
  readonly written = new Set<number>();
  readonly pointers = new Set<number>();
  /** Registers that instructions should leave alone: they count rounds. */
  readonly reserved = new Set<number>();
  /**
   * The x87 exceptions for operands are masked: where they are not, processors disagree on whether comparisons leave
   * their result.
   */
  masksOperands = false;
  /** ST(0) is between −1/4 and 1/4: outside, some instructions are undefined. */
  hasSmallTop = false;
  /** YMM registers that something depends on. */
  readonly vectors = new Map<number, bigint>();
  readonly fsBase: bigint;
  readonly gsBase: bigint;
  private readonly origin: number;
  private length = 0;

  constructor(
    readonly random: Random,
    readonly isSequence: boolean,
  ) {
    const bases = [0n, 0n, 0x10000000n, 0x800n, BigInt(world.data), 0x7000_0000_0000n];
    this.fsBase = random.pick(bases) & mask64;
    this.gsBase = random.pick(bases) & mask64;
    this.origin = world.code + this.pickOffset();
    const top = world.stack + pageSize + 8 * random.below(64);
    const odd = random.below(40);
    const edges = [world.stack + random.below(16), world.stack + world.stackSize - random.below(16), 1, 2 ** 47 - 4];
    this.setGeneral(stackPointer, BigInt(odd < edges.length ? (edges[odd] ?? top) : odd === 9 ? top + 3 : top));
  }

  /** Anywhere, at an edge between pages, or (seldom) such that the code ends on a page that is not executable. */
  private pickOffset(): number {
    const { random } = this;
    switch (random.below(16)) {
      case 0:
      case 1:
        return pageSize - random.below(24);
      case 2:
        return random.below(4) === 0 ? world.codeSize - 1 - random.below(24) : 0;
      default:
        return random.below(world.codeSize - 512);
    }
  }

  get next(): number {
    return this.origin + this.length;
  }

  add(unit: Unit): void {
    this.units.push(unit);
    this.length += unit.bytes.length;
    for (const register of inspect(unit.bytes)?.writes ?? []) this.written.add(register);
  }

  setGeneral(register: number, value: bigint): void {
    this.general[register] = value & mask64;
  }

  /** The register's value, as far as it is known before the next instruction. */
  known(register: number): bigint | undefined {
    return this.written.has(register) ? undefined : this.general[register];
  }

  /** Gives the register a value, if that is still free. */
  suggest(register: number, value: bigint): void {
    if (this.general[register] === undefined) this.setGeneral(register, value);
  }

  pickRegister(): number {
    const { random } = this;
    for (;;) {
      const register = random.below(generalCount);
      const isBad = register === stackPointer || (this.isSequence && this.pointers.has(register));
      if (this.reserved.has(register) || (isBad && random.below(12) > 0)) continue;
      return register;
    }
  }

  finish(): FuzzCase {
    const { random } = this;
    const state = new CpuState();
    for (let i = 0; i < generalCount; i++) state.setGeneral(i, this.general[i] ?? integer64(random));
    state.setWord("rip", BigInt(this.origin));
    const direction = random.below(8) === 0 ? directionFlag : 0;
    state.setWord("flags", BigInt((random.below(0x1000) & statusFlags) | direction | 0x202));
    state.setWord("fs", this.fsBase);
    state.setWord("gs", this.gsBase);
    setFloatingPoint(state, random, this.masksOperands);
    for (const [register, value] of this.vectors) state.setYmm(register, value);
    if (this.hasSmallTop) state.setSt(0, (BigInt(random.pick(smallExponents)) << 64n) | word64(random) | (1n << 63n));
    return { units: this.units, state, patches: this.patches };
  }
}

const smallExponents = [0x3ffc, 0xbffc, 0x3ff0, 0xbfe0, 0x3fb0, 0x3ffb];
const [defaultMxcsr, defaultControl] = [0x1f80, 0x37f];

function setFloatingPoint(state: CpuState, random: Random, masksOperands: boolean): void {
  for (let i = 0; i < generalCount; i++) state.setYmm(i, vector(random, 32));
  const masks = random.below(6) === 0 ? random.below(64) << 7 : defaultMxcsr;
  const modes = (random.below(4) << 13) | (random.below(3) === 0 ? 0x8000 : 0) | (random.below(3) === 0 ? 0x40 : 0);
  const sticky = random.below(64);
  state.setControl("mxcsr", random.below(2) === 0 ? defaultMxcsr : masks | modes | sticky);

  for (let i = 0; i < 8; i++) {
    // MMX wants any 64 bits, marked as MMX instructions mark them.
    state.setSt(i, random.below(4) === 0 ? word64(random) | (0xffffn << 64n) : float80(random));
  }
  const control =
    (masksOperands ? 3 : 0) |
    (random.below(2) === 0
      ? defaultControl
      : (random.below(4) << 10) | (random.below(4) << 8) | 0x40 | (random.below(6) === 0 ? random.below(64) : 0x3f));
  const exceptions = random.below(4) === 0 ? random.below(128) : 0;
  const pending = exceptions & ~control & 0x3f;
  const codes = random.below(2) === 0 ? 0 : random.below(0x8000) & 0x4700;
  // Exceptions that are pending stop everything: seldom.
  const status = (pending === 0 || random.below(4) === 0 ? exceptions | (pending ? 0x8080 : 0) : 0) | codes;
  state.setControl("fcw", control);
  state.setControl("fsw", status | (random.below(8) << 11));
  state.setControl("ftw", random.pick([0, 0xff, 0xff, random.below(256), random.below(256)]));
}
