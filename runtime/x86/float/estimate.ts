/**
 * RCPSS and RSQRTSS: estimates with a relative error of at most 1.5 · 2⁻¹², and no exceptions. Processors differ within
 * it; ours are the exact results rounded to twelve bits. Denormal operands are zero, and so are results that would be
 * denormal (Intel SDM vol. 2, RCPPS).
 */

import { FloatEnvironment } from "./environment.js";
import { infinity, single, type Unpacked, unpack, zero } from "./format.js";
import { bitLength } from "./round.js";

const estimateBits = 12;
/** All exceptions masked; denormal operands are zero. */
const environmentOfEstimates = 0x1fc0;

function unpackOperand(operand: bigint): Unpacked {
  return unpack(single, operand, new FloatEnvironment(environmentOfEstimates));
}

export function reciprocal(operand: bigint): bigint {
  const a = unpackOperand(operand);
  if (a.kind === "nan") return a.bits | single.quietBit;
  if (a.kind === "infinite") return zero(single, a.negative);
  if (a.significand === 0n) return infinity(single, a.negative);
  // Of a significand of 24 bits: 2⁶⁰ / it has at least 36.
  return pack(a.negative, (1n << 60n) / a.significand, -60 - a.exponent);
}

export function reciprocalRoot(operand: bigint): bigint {
  const a = unpackOperand(operand);
  if (a.kind === "nan") return a.bits | single.quietBit;
  if (a.significand === 0n && a.kind === "finite") return infinity(single, a.negative);
  if (a.negative) return single.defaultNaN;
  if (a.kind === "infinite") return 0n;
  // The root of a number between 1 and 4, exact enough in double precision on every host.
  const exponent = a.exponent + 22 + (a.exponent & 1);
  const value = Number(a.significand) / 2 ** (22 + (a.exponent & 1));
  const root = BigInt(Math.round(2 ** 30 / Math.sqrt(value)));
  return pack(false, root, -30 - exponent / 2);
}

/** The number rounded to the bits of an estimate. */
function pack(negative: boolean, significand: bigint, exponent: number): bigint {
  const excess = BigInt(bitLength(significand) - estimateBits);
  const rounded = (significand + (1n << (excess - 1n))) >> excess;
  const carry = bitLength(rounded) - estimateBits;
  const field = exponent + Number(excess) + estimateBits - 1 + carry + 127;
  if (field <= 0) return zero(single, negative);
  if (field >= single.specialExponent) return infinity(single, negative);
  const fraction = (rounded << BigInt(24 - estimateBits - carry)) & ((1n << 23n) - 1n);
  return (BigInt(field) << 23n) | fraction | zero(single, negative);
}
