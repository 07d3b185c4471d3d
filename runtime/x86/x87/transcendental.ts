/**
 * The transcendental instructions: computed with many more bits than are delivered, and rounded once. Processors are
 * allowed an error of one unit in the last place (Intel SDM vol. 1, 8.3.10), so the last bit may differ from theirs.
 */
import { exceptions, type FloatEnvironment } from "../float/environment.js";
import { bitLength } from "../float/round.js";
import { invalid, noteDenormal, parts, rounded, special } from "./arithmetic.js";
import { compose, exponentBias, exponentMask, exponentOf, isNegative, kindOf } from "./extended.js";

/** Fraction bits of the numbers that are computed with, for results about 1. */
const precision = 160;
const leadingBit = 1n << 63n;
export const one = compose(false, exponentBias, leadingBit);

/** A fixed-point number: `value` / 2^`bits`. */
function multiplyFixed(a: bigint, b: bigint, bits: number): bigint {
  return (a * b) >> BigInt(bits);
}

function divideFixed(a: bigint, b: bigint, bits: number): bigint {
  return (a << BigInt(bits)) / b;
}

/** x − x³/3 + x⁵/5 − … (`alternates`: arcus tangens) or x + x³/3 + … (area tangens hyperbolicus), |x| well below 1. */
function arcSeries(x: bigint, bits: number, alternates: boolean): bigint {
  const square = multiplyFixed(x, x, bits);
  let power = x;
  let sum = x;
  for (let n = 3n; power !== 0n && power !== -1n; n += 2n) {
    power = multiplyFixed(power, square, bits);
    if (alternates) power = -power;
    sum += power / n;
  }
  return sum;
}

const known = new Map<string, bigint>();
/** Computes a constant once for every precision. */
function constant(name: string, bits: number, compute: (bits: number) => bigint): bigint {
  const key = `${name}/${bits}`;
  let value = known.get(key);
  if (value === undefined) {
    value = compute(bits + 16) >> 16n;
    known.set(key, value);
  }
  return value;
}
const reciprocal = (n: bigint, bits: number) => (1n << BigInt(bits)) / n;
/** Machin's formula. */
const pi = (bits: number) =>
  constant(
    "pi",
    bits,
    (b) => 16n * arcSeries(reciprocal(5n, b), b, true) - 4n * arcSeries(reciprocal(239n, b), b, true),
  );
const ln2 = (bits: number) => constant("ln2", bits, (b) => 2n * arcSeries(reciprocal(3n, b), b, false));
const ln10 = (bits: number) => constant("ln10", bits, (b) => 3n * ln2(b) + 2n * arcSeries(reciprocal(9n, b), b, false));

/** FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2: rounded as the control word asks, without exceptions. */
export const constants: readonly ((environment: FloatEnvironment) => bigint)[] = [
  (bits: number) => divideFixed(ln10(bits), ln2(bits), bits),
  (bits: number) => divideFixed(1n << BigInt(bits), ln2(bits), bits),
  pi,
  (bits: number) => divideFixed(ln2(bits), ln10(bits), bits),
  ln2,
].map((compute) => (environment) => {
  environment.precisionControl = undefined;
  const bits = rounded(environment, false, compute(precision), -precision, true);
  environment.raised = 0;
  return bits;
});

/** A result that is never exact. */
function deliver(environment: FloatEnvironment, negative: boolean, value: bigint, bits: number): bigint {
  environment.precisionControl = undefined;
  return rounded(environment, negative, value, -bits, true);
}

/** Fraction bits that give a number of this size all the precision. */
function bitsFor(x: bigint): number {
  return precision + Math.max(0, exponentBias - Math.max(1, exponentOf(x)));
}

/** The magnitude of a finite number as a fixed-point one. */
function fixed(x: bigint, bits: number): bigint {
  const { significand, exponent } = parts(x);
  const shift = exponent + bits;
  return shift >= 0 ? significand << BigInt(shift) : significand >> BigInt(-shift);
}

/** Beyond, the next term of a series cannot be seen: fewer bits suffice. */
const tiny = -70;
const isTiny = (x: bigint) => exponentOf(x) - exponentBias < tiny;

/** x (a small number) times a factor (fixed-point, `precision` bits), a little less or more in magnitude. */
function scaled(environment: FloatEnvironment, x: bigint, factor: bigint, isLess: boolean): bigint {
  const { significand, exponent } = parts(x);
  const product = (significand * factor) << 64n;
  environment.precisionControl = undefined;
  return rounded(environment, isNegative(x), isLess ? product - 1n : product, exponent - precision - 64, true);
}

/** F2XM1: 2^x − 1 for −1 ≤ x ≤ 1; other operands are left as they are, as current processors do. */
export function exponential(environment: FloatEnvironment, x: bigint): bigint {
  const nan = special(environment, x);
  if (nan !== undefined) return nan;
  const kind = kindOf(x);
  if (kind === "zero") return x;
  if (kind === "infinity") return isNegative(x) ? compose(true, exponentBias, leadingBit) : x;
  noteDenormal(environment, x);
  if (exponentOf(x) >= exponentBias) {
    if (x === one) return one;
    if (x === compose(true, exponentBias, leadingBit)) return compose(true, exponentBias - 1, leadingBit);
    return x;
  }
  if (isTiny(x)) return scaled(environment, x, ln2(precision), isNegative(x));
  const bits = bitsFor(x);
  const magnitude = multiplyFixed(fixed(x, bits), ln2(bits), bits);
  const y = isNegative(x) ? -magnitude : magnitude;
  let term = y;
  let sum = y;
  for (let n = 2n; term !== 0n && term !== -1n; n++) {
    term = multiplyFixed(term, y, bits) / n;
    sum += term;
  }
  return deliver(environment, sum < 0n, sum < 0n ? -sum : sum, bits);
}

/** The natural logarithm of significand · 2^exponent > 0, signed. */
function logarithm(significand: bigint, exponent: number, bits: number): bigint {
  let power = exponent + bitLength(significand);
  let mantissa = (significand << BigInt(bits)) >> BigInt(bitLength(significand));
  // Between √½ and √2.
  const unit = 1n << BigInt(bits);
  if (mantissa * mantissa * 2n < unit * unit) {
    mantissa *= 2n;
    power--;
  }
  return 2n * arcSeries(divideFixed(mantissa - unit, mantissa + unit, bits), bits, false) + BigInt(power) * ln2(bits);
}

/** FYL2X: y · log₂ x. */
export function timesLogarithm(environment: FloatEnvironment, x: bigint, y: bigint): bigint {
  const nan = special(environment, x, y);
  if (nan !== undefined) return nan;
  const [kind, factorKind] = [kindOf(x), kindOf(y)];
  if (kind === "zero") {
    if (factorKind === "zero") return invalid(environment);
    if (factorKind !== "infinity") environment.raise(exceptions.divideByZero);
    return compose(!isNegative(y), exponentMask, leadingBit);
  }
  if (isNegative(x)) return invalid(environment);
  if (kind === "infinity") {
    if (factorKind === "zero") return invalid(environment);
    noteDenormal(environment, y);
    return compose(isNegative(y), exponentMask, leadingBit);
  }
  if (factorKind === "infinity") {
    if (x === one) return invalid(environment);
    noteDenormal(environment, x);
    return compose(isNegative(y) !== exponentOf(x) < exponentBias, exponentMask, leadingBit);
  }
  noteDenormal(environment, x, y);
  const { significand, exponent } = parts(x);
  if (factorKind === "zero" || x === one) {
    return compose(isNegative(y) !== exponentOf(x) < exponentBias, 0, 0n);
  }
  // Near 1 the logarithm is small: it gets so many more bits.
  const bits = precision + 64;
  const log = divideFixed(logarithm(significand, exponent, bits), ln2(bits), bits);
  const isExact = bitLength(significand & -significand) === bitLength(significand);
  return timesFactor(environment, log, bits, y, !isExact);
}

function timesFactor(environment: FloatEnvironment, log: bigint, bits: number, y: bigint, sticky: boolean): bigint {
  const factor = parts(y);
  const magnitude = (log < 0n ? -log : log) * factor.significand;
  environment.precisionControl = undefined;
  if (sticky) return rounded(environment, isNegative(y) !== log < 0n, magnitude, factor.exponent - bits, true);
  // The logarithm of a power of two is an integer.
  const whole = ((log < 0n ? -log : log) + (1n << BigInt(bits - 1))) >> BigInt(bits);
  return rounded(environment, isNegative(y) !== log < 0n, whole * factor.significand, factor.exponent);
}

/** FYL2XP1: y · log₂(x + 1), |x| < 1 − √½. */
export function timesLogarithmPlusOne(environment: FloatEnvironment, x: bigint, y: bigint): bigint {
  const nan = special(environment, x, y);
  if (nan !== undefined) return nan;
  const [kind, factorKind] = [kindOf(x), kindOf(y)];
  const negative = isNegative(x) !== isNegative(y);
  if (kind === "zero" && factorKind === "infinity") return invalid(environment);
  if (kind === "infinity" && (factorKind === "zero" || isNegative(x))) return invalid(environment);
  if (kind === "infinity" || factorKind === "infinity") {
    noteDenormal(environment, x, y);
    return compose(negative, exponentMask, leadingBit);
  }
  noteDenormal(environment, x, y);
  if (kind === "zero" || factorKind === "zero") return compose(negative, 0, 0n);
  if (isNegative(x) && exponentOf(x) >= exponentBias) return invalid(environment);
  const factor = parts(y);
  environment.precisionControl = undefined;
  if (isTiny(x)) {
    const { significand, exponent } = parts(x);
    const product =
      (significand * factor.significand * divideFixed(1n << BigInt(precision), ln2(precision), precision)) << 64n;
    const value = isNegative(x) ? product + 1n : product - 1n;
    return rounded(environment, negative, value, exponent + factor.exponent - precision - 64, true);
  }
  const bits = bitsFor(x);
  const magnitude = fixed(x, bits);
  const signed = isNegative(x) ? -magnitude : magnitude;
  const unit = 1n << BigInt(bits);
  const near = exponentOf(x) < exponentBias - 1;
  const natural = near
    ? 2n * arcSeries(divideFixed(signed, 2n * unit + signed, bits), bits, false)
    : logarithm(unit + signed, -bits, bits);
  return timesFactor(environment, divideFixed(natural, ln2(bits), bits), bits, y, true);
}

/** FPATAN: the angle of the point (x, y), from −π to π. */
export function arcTangent(environment: FloatEnvironment, x: bigint, y: bigint): bigint {
  const nan = special(environment, x, y);
  if (nan !== undefined) return nan;
  noteDenormal(environment, x, y);
  const [kindX, kindY] = [kindOf(x), kindOf(y)];
  const negative = isNegative(y);
  const angle = (numerator: bigint, shift: number) =>
    deliver(environment, negative, numerator * pi(precision), precision + shift);
  if (kindY === "infinity") return kindX === "infinity" ? angle(isNegative(x) ? 3n : 1n, 2) : angle(1n, 1);
  if (kindX === "infinity" || kindY === "zero") {
    return isNegative(x) ? angle(1n, 0) : compose(negative, 0, 0n);
  }
  if (kindX === "zero") return angle(1n, 1);
  const [a, b] = [parts(x), parts(y)];
  const distance = b.exponent + bitLength(b.significand) - a.exponent - bitLength(a.significand);
  if (distance > 140) return angle(1n, 1);
  if (distance < -140) {
    if (isNegative(x)) return angle(1n, 0);
    environment.precisionControl = undefined;
    // As small as the quotient, and a little less.
    const quotient = (b.significand << 192n) / a.significand;
    return rounded(environment, negative, quotient, b.exponent - a.exponent - 192, true);
  }
  const bits = precision + Math.max(0, -distance);
  const isSteep = distance > 0;
  const [top, bottom] = isSteep ? [a, b] : [b, a];
  const shift = top.exponent - bottom.exponent + bits;
  const ratio =
    shift >= 0
      ? (top.significand << BigInt(shift)) / bottom.significand
      : top.significand / (bottom.significand << BigInt(-shift));
  let value = arcTangentOf(ratio, bits);
  if (isSteep) value = (pi(bits) >> 1n) - value;
  if (isNegative(x)) value = pi(bits) - value;
  return deliver(environment, negative, value, bits);
}

/** Of a ratio between 0 and 2: its angle is halved until the series is quick. */
function arcTangentOf(ratio: bigint, bits: number): bigint {
  let reduced = ratio;
  const halvings = 3;
  const unit = 1n << BigInt(bits);
  for (let i = 0; i < halvings; i++) {
    const hypotenuse = squareRootOf(unit * unit + reduced * reduced);
    reduced = divideFixed(reduced, unit + hypotenuse, bits);
  }
  return arcSeries(reduced, bits, true) << BigInt(halvings);
}

function squareRootOf(square: bigint): bigint {
  let root = 1n << BigInt((bitLength(square) + 1) >> 1);
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export interface SineAndCosine {
  readonly sine: bigint;
  readonly cosine: bigint;
  readonly tangent: bigint;
}

/** An operand from here on is too large: it is left as it is, and C2 says so. */
export function isOutOfRange(x: bigint): boolean {
  return kindOf(x) === "normal" && exponentOf(x) >= exponentBias + 63;
}

/** The π of 66 bits by which processors reduce the operand (Intel SDM vol. 1, 8.3.8), as an integer over 2⁶⁶. */
const shortPi = 0xc90fdaa22168c234cn;
const shortPiBits = 66;

/** FSIN, FCOS, FSINCOS, FPTAN: what the caller asks for; |x| < 2^63. */
export function circular(environment: FloatEnvironment, x: bigint, which: keyof SineAndCosine): bigint {
  const nan = special(environment, x);
  if (nan !== undefined) return nan;
  const kind = kindOf(x);
  if (kind === "infinity") return invalid(environment);
  if (kind === "zero") return which === "cosine" ? one : x;
  noteDenormal(environment, x);
  environment.precisionControl = undefined;
  if (isTiny(x)) {
    if (which === "cosine") return rounded(environment, false, (1n << 127n) - 1n, -127, true);
    return scaled(environment, x, 1n << BigInt(precision), which === "sine");
  }
  const bits = bitsFor(x) + 64;
  const magnitude = fixed(x, bits);
  const quarter = shortPi << BigInt(bits - shortPiBits - 1);
  const quadrant = (2n * magnitude + quarter) / (2n * quarter);
  const rest = magnitude - quadrant * quarter;
  const [sine, cosine] = seriesOf(rest, bits);
  const turned = Number(quadrant & 3n);
  const sineNow = [sine, cosine, -sine, -cosine][turned] ?? 0n;
  const cosineNow = [cosine, -sine, -cosine, sine][turned] ?? 0n;
  const signed = isNegative(x) ? -sineNow : sineNow;
  const value = which === "cosine" ? cosineNow : which === "sine" ? signed : divideFixed(signed, cosineNow, bits);
  return deliver(environment, value < 0n, value < 0n ? -value : value, bits);
}

/** Sine and cosine of an angle of at most π/4. */
function seriesOf(angle: bigint, bits: number): readonly [bigint, bigint] {
  const square = multiplyFixed(angle, angle, bits);
  let term = 1n << BigInt(bits);
  let cosine = term;
  for (let n = 1n; term !== 0n && term !== -1n; n += 2n) {
    term = -multiplyFixed(term, square, bits) / (n * (n + 1n));
    cosine += term;
  }
  term = angle;
  let sine = angle;
  for (let n = 2n; term !== 0n && term !== -1n; n += 2n) {
    term = -multiplyFixed(term, square, bits) / (n * (n + 1n));
    sine += term;
  }
  return [sine, cosine];
}
