/** The operations of IEEE 754 on bit patterns, as SSE executes them: NaNs, denormal operands and exceptions included. */
import { exceptions, type FloatEnvironment, rounding } from "./environment.js";
import { type Format, infinity, invalid, noteDenormals, propagateNaN, type Unpacked, unpack, zero } from "./format.js";
import { bitLength, round } from "./round.js";

/** Of two operands, destination first. */
export type BinaryOperation = (f: Format, environment: FloatEnvironment, first: bigint, second: bigint) => bigint;
export type UnaryOperation = (f: Format, environment: FloatEnvironment, operand: bigint) => bigint;

export const add: BinaryOperation = (f, environment, first, second) => {
  const a = unpack(f, first, environment);
  const b = unpack(f, second, environment);
  return propagateNaN(f, environment, a, b) ?? sum(f, environment, a, b, b.negative);
};

export const subtract: BinaryOperation = (f, environment, first, second) => {
  const a = unpack(f, first, environment);
  const b = unpack(f, second, environment);
  return propagateNaN(f, environment, a, b) ?? sum(f, environment, a, b, !b.negative);
};

/** `isSecondNegative` is the sign to take for `b`. */
function sum(f: Format, environment: FloatEnvironment, a: Unpacked, b: Unpacked, isSecondNegative: boolean): bigint {
  if (a.kind === "infinite" && b.kind === "infinite" && a.negative !== isSecondNegative) return invalid(f, environment);
  noteDenormals(environment, a, b);
  if (a.kind === "infinite") return infinity(f, a.negative);
  if (b.kind === "infinite") return infinity(f, isSecondNegative);
  return finiteSum(f, environment, a, a.negative, b, isSecondNegative);
}

/** significand · 2^exponent. */
interface Magnitude {
  readonly significand: bigint;
  readonly exponent: number;
}

/** The rounded sum of two numbers, each a magnitude and a sign. */
export function finiteSum(
  f: Format,
  environment: FloatEnvironment,
  a: Magnitude,
  isFirstNegative: boolean,
  b: Magnitude,
  isSecondNegative: boolean,
): bigint {
  const exponent = Math.min(a.exponent, b.exponent);
  const total = aligned(a, isFirstNegative, exponent) + aligned(b, isSecondNegative, exponent);
  if (total === 0n) {
    // Zeros of one sign keep it; otherwise the sum is negative only when rounding down.
    const negative = isFirstNegative === isSecondNegative ? isFirstNegative : environment.rounding === rounding.down;
    return zero(f, negative);
  }
  return round(f, environment, total < 0n, total < 0n ? -total : total, exponent);
}

function aligned({ significand, exponent }: Magnitude, negative: boolean, to: number): bigint {
  const shifted = significand << BigInt(exponent - to);
  return negative ? -shifted : shifted;
}

export const multiply: BinaryOperation = (f, environment, first, second) => {
  const a = unpack(f, first, environment);
  const b = unpack(f, second, environment);
  const nan = propagateNaN(f, environment, a, b);
  if (nan !== undefined) return nan;
  const negative = a.negative !== b.negative;
  if (a.kind === "infinite" || b.kind === "infinite") {
    if (isZero(a) || isZero(b)) return invalid(f, environment);
    noteDenormals(environment, a, b);
    return infinity(f, negative);
  }
  noteDenormals(environment, a, b);
  return round(f, environment, negative, a.significand * b.significand, a.exponent + b.exponent);
};

export function isZero({ kind, significand }: Unpacked): boolean {
  return kind === "finite" && significand === 0n;
}

export const divide: BinaryOperation = (f, environment, first, second) => {
  const a = unpack(f, first, environment);
  const b = unpack(f, second, environment);
  const nan = propagateNaN(f, environment, a, b);
  if (nan !== undefined) return nan;
  const negative = a.negative !== b.negative;
  if (a.kind === "infinite" && b.kind === "infinite") return invalid(f, environment);
  if (isZero(a) && isZero(b)) return invalid(f, environment);
  if (isZero(b)) {
    if (a.kind === "finite") environment.raise(exceptions.divideByZero);
    return infinity(f, negative);
  }
  noteDenormals(environment, a, b);
  if (a.kind === "infinite") return infinity(f, negative);
  if (b.kind === "infinite" || isZero(a)) return zero(f, negative);
  const shift = Math.max(0, f.precision + 2 + bitLength(b.significand) - bitLength(a.significand));
  const dividend = a.significand << BigInt(shift);
  const quotient = dividend / b.significand;
  const sticky = quotient * b.significand !== dividend;
  return round(f, environment, negative, quotient, a.exponent - b.exponent - shift, sticky);
};

export const squareRoot: UnaryOperation = (f, environment, operand) => {
  const a = unpack(f, operand, environment);
  const nan = propagateNaN(f, environment, a);
  if (nan !== undefined) return nan;
  if (isZero(a)) return zero(f, a.negative);
  if (a.negative) return invalid(f, environment);
  if (a.kind === "infinite") return f.infinity;
  noteDenormals(environment, a);
  // An even exponent, and a root of at least two bits more than the format has.
  let shift = Math.max(0, 2 * f.precision + 4 - bitLength(a.significand));
  if ((a.exponent - shift) % 2 !== 0) shift++;
  const square = a.significand << BigInt(shift);
  const root = integerRoot(square);
  return round(f, environment, false, root, (a.exponent - shift) / 2, root * root !== square);
};

/** The square root of a positive integer, rounded down. */
function integerRoot(square: bigint): bigint {
  // From above, Newton's iteration falls until it is there.
  let root = 1n << BigInt((bitLength(square) + 1) >> 1);
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** MIN and MAX: the second operand if one is a NaN or both are zero. */
function choose(isFirst: (order: Order) => boolean): BinaryOperation {
  return (f, environment, first, second) => {
    const a = unpack(f, first, environment);
    const b = unpack(f, second, environment);
    const order = compare(f, a, b);
    if (order === "unordered") {
      environment.raise(exceptions.invalid);
      return b.bits;
    }
    noteDenormals(environment, a, b);
    return isFirst(order) ? a.bits : b.bits;
  };
}
export const minimum = choose((order) => order === "less");
export const maximum = choose((order) => order === "greater");

export type Order = "less" | "equal" | "greater" | "unordered";

export function compare(f: Format, a: Unpacked, b: Unpacked): Order {
  if (a.kind === "nan" || b.kind === "nan") return "unordered";
  const difference = position(f, a) - position(f, b);
  return difference === 0n ? "equal" : difference < 0n ? "less" : "greater";
}

/** Numbers in order: the bits without the sign, negated for negative numbers. */
function position(f: Format, { bits, negative }: Unpacked): bigint {
  const magnitude = bits & ~f.signBit;
  return negative ? -magnitude : magnitude;
}
