/** The binary formats of IEEE 754, and numbers taken apart. Exact: integers only, so that every host computes the same. */
import { exceptions, type FloatEnvironment } from "./environment.js";

export interface Format {
  /** Bits of the significand, the leading one included. */
  readonly precision: number;
  /** Bits of the fraction field. */
  readonly fractionBits: bigint;
  /** All ones: the exponent field of infinities and NaNs. */
  readonly specialExponent: number;
  /** The exponent of the lowest bit of denormal numbers. */
  readonly minimumExponent: number;
  readonly signBit: bigint;
  /** Set in quiet NaNs. */
  readonly quietBit: bigint;
  readonly infinity: bigint;
  readonly largest: bigint;
  /** The result of invalid operations: a negative quiet NaN. */
  readonly defaultNaN: bigint;
}

function format(exponentBits: number, fraction: number): Format {
  const fractionBits = BigInt(fraction);
  const specialExponent = 2 ** exponentBits - 1;
  const infinity = BigInt(specialExponent) << fractionBits;
  const signBit = 1n << BigInt(exponentBits + fraction);
  const quietBit = 1n << (fractionBits - 1n);
  return {
    precision: fraction + 1,
    fractionBits,
    specialExponent,
    minimumExponent: 2 - 2 ** (exponentBits - 1) - fraction,
    signBit,
    quietBit,
    infinity,
    largest: infinity - 1n,
    defaultNaN: signBit | infinity | quietBit,
  };
}

export const single = format(8, 23);
export const double = format(11, 52);

/** A number taken apart. A finite one is ± significand · 2^exponent. */
export interface Unpacked {
  readonly bits: bigint;
  readonly kind: "finite" | "infinite" | "nan";
  readonly negative: boolean;
  readonly significand: bigint;
  readonly exponent: number;
  readonly isDenormal: boolean;
  readonly isSignaling: boolean;
}

/** Takes `bits` apart; a denormal number is zero where MXCSR says so. */
export function unpack(f: Format, bits: bigint, environment: FloatEnvironment): Unpacked {
  const negative = (bits & f.signBit) !== 0n;
  const field = Number((bits & ~f.signBit) >> f.fractionBits);
  const fraction = bits & ((1n << f.fractionBits) - 1n);
  const rest = { bits, negative, isDenormal: false, isSignaling: false };
  if (field === f.specialExponent) {
    const kind = fraction === 0n ? "infinite" : "nan";
    return { ...rest, kind, significand: 0n, exponent: 0, isSignaling: kind === "nan" && (bits & f.quietBit) === 0n };
  }
  if (field > 0) {
    const significand = fraction | (1n << f.fractionBits);
    return { ...rest, kind: "finite", significand, exponent: f.minimumExponent + field - 1 };
  }
  if (fraction !== 0n && environment.denormalsAreZero) {
    return { ...rest, bits: bits & f.signBit, kind: "finite", significand: 0n, exponent: 0 };
  }
  const isDenormal = fraction !== 0n;
  return { ...rest, kind: "finite", significand: fraction, exponent: f.minimumExponent, isDenormal };
}

/** A zero of that sign. */
export function zero(f: Format, negative: boolean): bigint {
  return negative ? f.signBit : 0n;
}

export function infinity(f: Format, negative: boolean): bigint {
  return f.infinity | zero(f, negative);
}

/** The invalid operation exception, and its result. */
export function invalid(f: Format, environment: FloatEnvironment): bigint {
  environment.raise(exceptions.invalid);
  return f.defaultNaN;
}

/**
 * The result if one of the operands is a NaN: the first that is one, made quiet (Intel SDM vol. 1, table 4-7).
 * Signaling ones raise the invalid operation exception.
 */
export function propagateNaN(f: Format, environment: FloatEnvironment, ...operands: Unpacked[]): bigint | undefined {
  if (operands.some((operand) => operand.isSignaling)) environment.raise(exceptions.invalid);
  const nan = operands.find((operand) => operand.kind === "nan");
  return nan ? nan.bits | f.quietBit : undefined;
}

/** Raises the denormal operand exception if one of the operands is denormal. */
export function noteDenormals(environment: FloatEnvironment, ...operands: Unpacked[]): void {
  if (operands.some((operand) => operand.isDenormal)) environment.raise(exceptions.denormal);
}
