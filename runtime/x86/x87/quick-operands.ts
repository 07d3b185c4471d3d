/** What the quick way of x87 instructions reads: registers and numbers of memory, as `Wide` numbers. */
import { exponentBias } from "./extended.js";
import type { Wide } from "./wide.js";

const signBit = 0x8000;

/** What a register or an operand holds. */
export const kinds = { other: 0, normal: 1, zero: 2 } as const;

/** 80 bits in three words, from index `at` on. */
export function read80(words: Uint32Array, at: number, into: Wide): number {
  const upper = words[at + 2] ?? 0;
  into.negative = (upper & signBit) !== 0;
  into.exponent = upper & 0x7fff;
  into.high = words[at + 1] ?? 0;
  into.low = words[at] ?? 0;
  into.extra = 0;
  if (into.exponent === 0) return into.high === 0 && into.low === 0 ? kinds.zero : kinds.other;
  return into.exponent !== 0x7fff && into.high >= 0x8000_0000 ? kinds.normal : kinds.other;
}

export function readSingle(operand: Uint32Array, into: Wide): number {
  const bits = operand[0] ?? 0;
  const exponent = (bits >>> 23) & 0xff;
  setFromFraction(into, bits >>> 31, exponent - 127, ((bits << 8) | 0x8000_0000) >>> 0, 0);
  return kindOfField(into, exponent, 0xff, (bits & 0x7f_ffff) === 0);
}

export function readDouble(operand: Uint32Array, into: Wide): number {
  const low = operand[0] ?? 0;
  const high = operand[1] ?? 0;
  const exponent = (high >>> 20) & 0x7ff;
  const upper = ((high << 11) | (low >>> 21) | 0x8000_0000) >>> 0;
  setFromFraction(into, high >>> 31, exponent - 1023, upper, (low << 11) >>> 0);
  return kindOfField(into, exponent, 0x7ff, low === 0 && (high & 0xf_ffff) === 0);
}

export function setFromFraction(into: Wide, sign: number, exponent: number, high: number, low: number): void {
  into.negative = sign !== 0;
  into.exponent = exponent + exponentBias;
  into.high = high;
  into.low = low;
  into.extra = 0;
}

function kindOfField(into: Wide, exponent: number, special: number, isFractionZero: boolean): number {
  if (exponent !== 0) return exponent === special ? kinds.other : kinds.normal;
  if (!isFractionZero) return kinds.other;
  into.exponent = into.high = into.low = 0;
  return kinds.zero;
}

export type ReadOperand = (operand: Uint32Array, into: Wide) => number;

/** A signed integer of 16, 32 or 64 bits. */
export function readInteger(bits: 16 | 32 | 64): ReadOperand {
  return (operand, into) => {
    let low = operand[0] ?? 0;
    let high = operand[1] ?? 0;
    if (bits === 16) low = ((low << 16) >> 16) >>> 0;
    if (bits < 64) high = (low | 0) < 0 ? 0xffff_ffff : 0;
    const negative = high >= 0x8000_0000;
    if (negative) {
      low = -low >>> 0;
      high = (~high + (low === 0 ? 1 : 0)) >>> 0;
    }
    into.negative = negative;
    into.extra = 0;
    const leading = high !== 0 ? Math.clz32(high) : 32 + Math.clz32(low);
    if (leading === 64) {
      into.exponent = into.high = into.low = 0;
      return kinds.zero;
    }
    const by = leading & 31;
    const first = leading >= 32 ? low : high;
    const second = leading >= 32 ? 0 : low;
    into.exponent = exponentBias + 63 - leading;
    into.high = by === 0 ? first : ((first << by) | (second >>> (32 - by))) >>> 0;
    into.low = (second << by) >>> 0;
    return kinds.normal;
  };
}
