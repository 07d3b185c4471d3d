/** The state of the x87 FPU as its quick instructions use it: words, without objects around them. */
import { kinds, read80 } from "./quick-operands.js";
import { initialControl, physicalRegister, statusBits, unitPlace } from "./unit.js";
import type { Wide } from "./wide.js";

const { c1 } = statusBits;
const roundingField = 0xc00;
const signBit = 0x8000;

export const status = (words: Uint32Array) => words[unitPlace.status] ?? 0;
export const isUsual = (words: Uint32Array) => words[unitPlace.control] === initialControl;
/** Truncating to integers, as compilers set it for conversions, or to nearest. */
export const isUsualOrTruncating = (words: Uint32Array) =>
  isUsual(words) || words[unitPlace.control] === (initialControl | roundingField);

/** Reads ST(i); `other` where the register is empty, too. */
export function readRegister(words: Uint32Array, index: number, into: Wide): number {
  const register = physicalRegister(status(words), index);
  if (((words[unitPlace.tags] ?? 0) & (1 << register)) === 0) return kinds.other;
  return read80(words, 4 * register, into);
}

/** Writes a register by its own number. */
export function write(words: Uint32Array, register: number, x: Wide): void {
  const at = 4 * register;
  words[at] = x.low;
  words[at + 1] = x.high;
  words[at + 2] = (x.negative ? signBit : 0) | x.exponent;
}

export function setC1(words: Uint32Array, isSet: boolean): void {
  words[unitPlace.status] = (status(words) & ~c1) | (isSet ? c1 : 0);
}

export function pop(words: Uint32Array): void {
  const before = status(words);
  words[unitPlace.tags] = (words[unitPlace.tags] ?? 0) & ~(1 << physicalRegister(before, 0));
  setTop(words, before, 1);
}

export function setTop(words: Uint32Array, before: number, by: number): void {
  words[unitPlace.status] = (before & ~0x3800) | (physicalRegister(before, by & 7) << 11);
}

/** Makes room at the top; false where there is none. The new top is written by the caller. */
export function push(words: Uint32Array, x: Wide): boolean {
  const before = status(words);
  const register = physicalRegister(before, 7);
  const tags = words[unitPlace.tags] ?? 0;
  if ((tags & (1 << register)) !== 0) return false;
  words[unitPlace.tags] = tags | (1 << register);
  setTop(words, before & ~c1, -1);
  write(words, register, x);
  return true;
}
