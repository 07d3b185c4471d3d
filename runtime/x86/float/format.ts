/** The binary formats of IEEE 754, and numbers taken apart. Exact: integers only, so that every host computes the same. */
import { exceptions, type FloatEnvironment } from "./environment.js";

export interface Format {
  /** Bits of the significand, the leading one included. */
  readonly precision: number;
  /** Bits of the fraction field. */
  readonly fractionBits: bigint;
  /** The fraction field. */
  readonly fractionMask: bigint;
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

/** A format with a hidden leading bit. */
export function format(exponentBits: number, fraction: number): Format {
  const fractionBits = BigInt(fraction);
  const specialExponent = 2 ** exponentBits - 1;
  const infinity = BigInt(specialExponent) << fractionBits;
  const signBit = 1n << BigInt(exponentBits + fraction);
  const quietBit = 1n << (fractionBits - 1n);
  return {
    precision: fraction + 1,
    fractionBits,
    fractionMask: (1n << fractionBits) - 1n,
    specialExponent,
    minimumExponent: 2 - 2 ** (exponentBits - 1) - fraction,
    signBit,
    quietBit,
    infinity,
    largest: infinity - 1n,
    defaultNaN: signBit | infinity | quietBit,
  };
}

/** Numbers of 16 bits are only converted. */
export const half = format(5, 10);
export const single = format(8, 23);
export const double = format(11, 52);
/** The format of the x87 registers, written like the others with its leading bit hidden: see `x87/extended.ts`. */
export const extended = format(15, 63);

/** A number taken apart. A finite one is ± significand · 2^exponent. */
export class Unpacked {
  constructor(
    readonly bits: bigint,
    readonly kind: "finite" | "infinite" | "nan",
    readonly negative: boolean,
    readonly significand: bigint,
    readonly exponent: number,
    readonly isDenormal: boolean,
    readonly isSignaling: boolean,
  ) {}
}

/** Takes `bits` apart; a denormal number is zero where MXCSR says so. */
export function unpack(f: Format, bits: bigint, environment: FloatEnvironment): Unpacked {
  // The sign and the exponent field.
  const upper = Number(bits >> f.fractionBits);
  const field = upper & f.specialExponent;
  const negative = upper > f.specialExponent;
  const fraction = bits & f.fractionMask;
  if (field === f.specialExponent) {
    if (fraction === 0n) return new Unpacked(bits, "infinite", negative, 0n, 0, false, false);
    return new Unpacked(bits, "nan", negative, 0n, 0, false, (fraction & f.quietBit) === 0n);
  }
  if (field > 0) {
    const significand = fraction | (1n << f.fractionBits);
    return new Unpacked(bits, "finite", negative, significand, f.minimumExponent + field - 1, false, false);
  }
  if (fraction === 0n || environment.denormalsAreZero) {
    return new Unpacked(zero(f, negative), "finite", negative, 0n, f.minimumExponent, false, false);
  }
  return new Unpacked(bits, "finite", negative, fraction, f.minimumExponent, true, false);
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
 * The result if one of the operands is a NaN: the first one that is, made quiet (Intel SDM vol. 1, table 4-7).
 * Signaling ones raise the invalid operation exception.
 */
export function propagateNaN(
  f: Format,
  environment: FloatEnvironment,
  first: Unpacked,
  second: Unpacked = first,
): bigint | undefined {
  if (first.kind !== "nan" && second.kind !== "nan") return undefined;
  if (first.isSignaling || second.isSignaling) environment.raise(exceptions.invalid);
  return (first.kind === "nan" ? first : second).bits | f.quietBit;
}

/** Raises the denormal operand exception if one of the operands is denormal. */
export function noteDenormals(environment: FloatEnvironment, first: Unpacked, second: Unpacked = first): void {
  if (first.isDenormal || second.isDenormal) environment.raise(exceptions.denormal);
}
