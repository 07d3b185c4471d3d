/** Conversions between formats and to and from integers, and rounding to integral values. */
import { exceptions, type FloatEnvironment, type Rounding } from "./environment.js";
import { type Format, infinity, noteDenormals, propagateNaN, unpack, zero } from "./format.js";
import { round, shiftRounding } from "./round.js";

/** A number of one format in another. */
export function convert(from: Format, to: Format, environment: FloatEnvironment, operand: bigint): bigint {
  const a = unpack(from, operand, environment);
  const nan = propagateNaN(from, environment, a);
  if (nan !== undefined) {
    const fraction = nan & ((1n << from.fractionBits) - 1n);
    const difference = to.fractionBits - from.fractionBits;
    const payload = difference > 0n ? fraction << difference : fraction >> -difference;
    return infinity(to, a.negative) | payload;
  }
  if (a.kind === "infinite") return infinity(to, a.negative);
  noteDenormals(environment, a);
  return round(to, environment, a.negative, a.significand, a.exponent);
}

/** A signed integer as a number of the format. */
export function fromInteger(f: Format, environment: FloatEnvironment, value: bigint): bigint {
  return round(f, environment, value < 0n, value < 0n ? -value : value, 0);
}

/** A number as a signed integer of `bits` bits; what does not fit is invalid, and gives the smallest. */
export function toInteger(
  f: Format,
  environment: FloatEnvironment,
  operand: bigint,
  bits: number,
  mode: Rounding,
): bigint {
  const a = unpack(f, operand, environment);
  const limit = 1n << BigInt(bits - 1);
  // Beyond this exponent nothing fits: it is not worth computing.
  if (a.kind !== "finite" || a.exponent > bits) return invalidInteger(environment, limit);
  const { value, isInexact } = shiftRounding(a.significand, -a.exponent, false, a.negative, mode);
  const result = a.negative ? -value : value;
  if (result < -limit || result >= limit) return invalidInteger(environment, limit);
  if (isInexact) environment.raise(exceptions.precision);
  return result;
}

function invalidInteger(environment: FloatEnvironment, limit: bigint): bigint {
  environment.raise(exceptions.invalid);
  return -limit;
}

/** ROUNDSS and its kin: bits 0 and 1 of the control are the rounding, unless bit 2 asks for MXCSR's; bit 3: no precision exception. */
export function toIntegral(f: Format, environment: FloatEnvironment, operand: bigint, control: number): bigint {
  const a = unpack(f, operand, environment);
  const nan = propagateNaN(f, environment, a);
  if (nan !== undefined) return nan;
  if (a.kind === "infinite" || a.exponent >= 0) return a.bits;
  if (a.significand === 0n) return zero(f, a.negative);
  const mode = (control & 4) !== 0 ? environment.rounding : ((control & 3) as Rounding);
  const { value, isInexact } = shiftRounding(a.significand, -a.exponent, false, a.negative, mode);
  if (isInexact && (control & 8) === 0) environment.raise(exceptions.precision);
  // An integer below 2^precision is exact.
  return value === 0n ? zero(f, a.negative) : round(f, environment, a.negative, value, 0);
}
