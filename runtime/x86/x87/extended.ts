/**
 * The double extended format as registers and memory hold it: 80 bits, the leading bit of the significand written out
 * (Intel SDM vol. 1, 8.2). The arithmetic of `runtime/x86/float` takes it with that bit hidden.
 */
import { extended } from "../float/format.js";

const significandMask = (1n << 64n) - 1n;
const integerBit = 1n << 63n;
const fractionMask = integerBit - 1n;
const quietBit = 1n << 62n;
export const exponentMask = 0x7fff;
/** Of a number between 1 and 2. */
export const exponentBias = 0x3fff;

/** The result of invalid operations. */
export const indefinite = (0xffffn << 64n) | (3n << 62n);

export type Kind = "zero" | "denormal" | "normal" | "infinity" | "nan" | "unsupported";

export function significandOf(bits: bigint): bigint {
  return bits & significandMask;
}

/** The biased exponent. */
export function exponentOf(bits: bigint): number {
  return Number(bits >> 64n) & exponentMask;
}

export function isNegative(bits: bigint): boolean {
  return bits >> 79n !== 0n;
}

/** A number from its parts; the significand with its leading bit. */
export function compose(negative: boolean, biasedExponent: number, significand: bigint): bigint {
  return (BigInt((negative ? 0x8000 : 0) | biasedExponent) << 64n) | significand;
}

/** "unsupported": unnormal numbers, pseudo-NaNs and pseudo-infinities. Pseudo-denormals are denormal. */
export function kindOf(bits: bigint): Kind {
  const exponent = exponentOf(bits);
  const significand = bits & significandMask;
  if (exponent === 0) return significand === 0n ? "zero" : "denormal";
  if ((significand & integerBit) === 0n) return "unsupported";
  if (exponent < exponentMask) return "normal";
  return (significand & fractionMask) === 0n ? "infinity" : "nan";
}

export function isSignaling(bits: bigint): boolean {
  return kindOf(bits) === "nan" && (bits & quietBit) === 0n;
}

export function quiet(bits: bigint): bigint {
  return bits | quietBit;
}

/** A denormal number whose leading bit is set all the same: its value is that of the smallest exponent. */
export function isPseudoDenormal(bits: bigint): boolean {
  return exponentOf(bits) === 0 && (bits & integerBit) !== 0n;
}

/** With the leading bit hidden. Not for unsupported ones. */
export function hide(bits: bigint): bigint {
  const exponent = isPseudoDenormal(bits) ? 1 : exponentOf(bits);
  const sign = isNegative(bits) ? extended.signBit : 0n;
  return sign | (BigInt(exponent) << 63n) | (bits & fractionMask);
}

/** With the leading bit written out. */
export function unhide(packed: bigint): bigint {
  const upper = packed >> 63n;
  const leading = (upper & 0x7fffn) === 0n ? 0n : integerBit;
  return (upper << 64n) | leading | (packed & fractionMask);
}
