/** Rounding to a format or to an integer, with the exceptions that follow. Intel SDM vol. 1, 4.8.4 and 11.5.2. */
import { exceptions, type FloatEnvironment, type Rounding, rounding } from "./environment.js";
import { extended, type Format, infinity, zero } from "./format.js";

/** The number of bits of a positive integer. */
export function bitLength(value: bigint): number {
  const digits = value.toString(16);
  return 4 * digits.length - Math.clz32(Number.parseInt(digits[0] ?? "0", 16)) + 28;
}

interface Rounded {
  readonly value: bigint;
  readonly isInexact: boolean;
  /** Away from zero. */
  readonly isUp: boolean;
}

/** significand / 2^shift to an integer. `sticky`: the exact significand is a little larger, by less than one. */
export function shiftRounding(
  significand: bigint,
  shift: number,
  sticky: boolean,
  negative: boolean,
  mode: Rounding,
): Rounded {
  if (shift <= 0) return { value: significand << BigInt(-shift), isInexact: sticky, isUp: false };
  const value = significand >> BigInt(shift);
  const rest = significand - (value << BigInt(shift));
  const half = 1n << BigInt(shift - 1);
  const isInexact = rest !== 0n || sticky;
  let isUp = false;
  if (mode === rounding.nearest) isUp = rest > half || (rest === half && (sticky || (value & 1n) === 1n));
  else if (mode !== rounding.zero) isUp = isInexact && negative === (mode === rounding.down);
  return { value: isUp ? value + 1n : value, isInexact, isUp };
}

/**
 * ± significand · 2^exponent in the format, rounded. With `sticky` the significand must have two bits more than the
 * format has room for. A result is tiny if it is below the normal numbers after rounding.
 */
export function round(
  f: Format,
  environment: FloatEnvironment,
  negative: boolean,
  significand: bigint,
  exponent: number,
  sticky = false,
): bigint {
  const narrower = f === extended ? environment.precisionControl : undefined;
  if (!narrower) return roundTo(f, environment, negative, significand, exponent, sticky);
  // The exponents are the same: what is missing are bits of the fraction.
  const bits = roundTo(narrower, environment, negative, significand, exponent, sticky);
  return bits << (f.fractionBits - narrower.fractionBits);
}

function roundTo(
  f: Format,
  environment: FloatEnvironment,
  negative: boolean,
  significand: bigint,
  exponent: number,
  sticky: boolean,
): bigint {
  environment.roundedUp = false;
  if (significand === 0n) return zero(f, negative);
  const mode = environment.rounding;
  const unbounded = bitLength(significand) + exponent - f.precision;
  let isTiny = false;
  // Where overflow or underflow is not masked, what counts as inexact is a result whose exponent has no bounds.
  let isInexactUnbounded = false;
  if (unbounded < f.minimumExponent) {
    const { value, isInexact } = shiftRounding(significand, unbounded - exponent, sticky, negative, mode);
    isInexactUnbounded = isInexact;
    // Only a carry out of the highest bit makes the number just below the normal ones normal.
    isTiny = unbounded + 1 < f.minimumExponent || bitLength(value) <= f.precision;
    if (isTiny && environment.flushToZero) {
      environment.raise(exceptions.underflow | exceptions.precision);
      return zero(f, negative);
    }
  }
  const lowest = Math.max(unbounded, f.minimumExponent);
  const { value, isInexact, isUp } = shiftRounding(significand, lowest - exponent, sticky, negative, mode);
  environment.roundedUp = isUp;
  const isUnderflowTrap = isTiny && !environment.underflowMasked;
  if (isUnderflowTrap ? isInexactUnbounded : isInexact) environment.raise(exceptions.precision);
  if (isUnderflowTrap || (isTiny && isInexact)) environment.raise(exceptions.underflow);
  // The fraction's leading one adds one to the exponent field, and so does a carry: a denormal number has none.
  const bits = (BigInt(lowest - f.minimumExponent) << f.fractionBits) + value;
  if (bits >= f.infinity) {
    environment.raise(exceptions.overflow | (environment.overflowMasked ? exceptions.precision : 0));
    const isAway =
      mode === rounding.nearest || (mode === rounding.up && !negative) || (mode === rounding.down && negative);
    environment.roundedUp = isAway;
    return isAway ? infinity(f, negative) : f.largest | zero(f, negative);
  }
  return bits | zero(f, negative);
}
