/** The arithmetic of the x87 FPU on values of 80 bits: what it adds to that of `runtime/x86/float`. Intel SDM vol. 1, 8.3. */
import { add, type BinaryOperation, divide, multiply, squareRoot, subtract } from "../float/arithmetic.js";
import { convert, fromInteger, toInteger, toIntegral } from "../float/convert.js";
import { exceptions, type FloatEnvironment, type Rounding, rounding } from "../float/environment.js";
import { extended, type Format } from "../float/format.js";
import { bitLength, round } from "../float/round.js";
import {
  compose,
  exponentBias,
  exponentMask,
  exponentOf,
  hide,
  indefinite,
  isNegative,
  isPseudoDenormal,
  isSignaling,
  kindOf,
  quiet,
  significandOf,
  unhide,
} from "./extended.js";

/** An exponent that is out of range comes back by this much where overflow or underflow is not masked. */
const exponentAdjustment = 24576;

export type Binary = (environment: FloatEnvironment, first: bigint, second: bigint) => bigint;
export type Unary = (environment: FloatEnvironment, operand: bigint) => bigint;

/** The exception and the result of what has none. */
export function invalid(environment: FloatEnvironment): bigint {
  environment.raise(exceptions.invalid);
  return indefinite;
}

/** What has no number as an operand: unsupported ones, and NaNs, of which the one with the larger significand is kept. */
export function special(environment: FloatEnvironment, first: bigint, second: bigint = first): bigint | undefined {
  const kinds = [kindOf(first), kindOf(second)];
  if (kinds.includes("unsupported")) return invalid(environment);
  if (!kinds.includes("nan")) return undefined;
  const signaling = [isSignaling(first), isSignaling(second)];
  if (signaling.includes(true)) environment.raise(exceptions.invalid);
  if (kinds[1] !== "nan") return quiet(first);
  if (kinds[0] !== "nan") return quiet(second);
  if (signaling[0] !== signaling[1]) return signaling[0] ? second : first;
  const [a, b] = [significandOf(first), significandOf(second)];
  if (a !== b) return quiet(a > b ? first : second);
  return quiet(isNegative(first) ? second : first);
}

export function noteDenormal(environment: FloatEnvironment, ...operands: bigint[]): void {
  if (operands.some((bits) => kindOf(bits) === "denormal")) environment.raise(exceptions.denormal);
}

/** ± significand · 2^exponent, rounded; where overflow or underflow is not masked, with its exponent adjusted. */
export function rounded(
  environment: FloatEnvironment,
  negative: boolean,
  significand: bigint,
  exponent: number,
  sticky = false,
): bigint {
  const before = environment.raised;
  const packed = round(extended, environment, negative, significand, exponent, sticky);
  const { overflow, underflow } = exceptions;
  const isOverflow = !environment.overflowMasked && (environment.raised & overflow) !== 0;
  const isUnderflow = !environment.underflowMasked && (environment.raised & underflow) !== 0;
  if (!isOverflow && !isUnderflow) return unhide(packed);
  const adjustment = isOverflow ? -exponentAdjustment : exponentAdjustment;
  environment.raised = before;
  const adjusted = round(extended, environment, negative, significand, exponent + adjustment, sticky);
  environment.raise(isOverflow ? overflow : underflow);
  return unhide(adjusted);
}

/** Computes with all 64 bits of precision, whatever the control word says. */
function unlimited<T>(environment: FloatEnvironment, compute: () => T): T {
  const kept = environment.precisionControl;
  environment.precisionControl = undefined;
  const result = compute();
  environment.precisionControl = kept;
  return result;
}

/** An operation of `float`, which sees numbers and infinities only. */
function binary(operation: BinaryOperation): Binary {
  return (environment, first, second) => {
    const result = special(environment, first, second);
    if (result !== undefined) return result;
    const packed = operation(extended, environment, hide(first), hide(second));
    if (isPseudoDenormal(first) || isPseudoDenormal(second)) {
      const { invalid, divideByZero, denormal } = exceptions;
      if ((environment.raised & (invalid | divideByZero)) === 0) environment.raise(denormal);
    }
    const outside = environment.raised & (exceptions.overflow | exceptions.underflow);
    const isTrap =
      ((outside & exceptions.overflow) !== 0 && !environment.overflowMasked) ||
      ((outside & exceptions.underflow) !== 0 && !environment.underflowMasked);
    return isTrap ? adjusted(operation, environment, first, second) : unhide(packed);
  };
}

/** The result with its exponent adjusted: that of operands whose own exponents are. */
function adjusted(operation: BinaryOperation, environment: FloatEnvironment, first: bigint, second: bigint): bigint {
  const { overflow, underflow } = exceptions;
  const isOverflow = (environment.raised & overflow) !== 0;
  environment.raised &= ~(overflow | underflow | exceptions.precision);
  const wanted = isOverflow ? -exponentAdjustment : exponentAdjustment;
  const [a, b] = scaledOperands(operation, first, second, wanted);
  const packed = operation(extended, environment, a, b);
  environment.raise(isOverflow ? overflow : underflow);
  return unhide(packed);
}

/** Operands (leading bit hidden) whose result under the operation is 2^by times that of the given ones. */
function scaledOperands(
  operation: BinaryOperation,
  first: bigint,
  second: bigint,
  by: number,
): readonly [bigint, bigint] {
  if (operation === multiply) {
    const half = by / 2;
    return [scaledPacked(first, half), scaledPacked(second, by - half)];
  }
  if (operation === divide) {
    const half = by / 2;
    return [scaledPacked(first, half), scaledPacked(second, half - by)];
  }
  return [scaledPacked(first, by), scaledPacked(second, by)];
}

function scaledPacked(bits: bigint, by: number): bigint {
  if (kindOf(bits) === "zero") return hide(bits);
  const significand = significandOf(bits);
  const shift = 64 - bitLength(significand);
  const exponent = Math.max(exponentOf(bits), 1) - shift + by;
  return hide(
    compose(isNegative(bits), Math.min(Math.max(exponent, 1), exponentMask - 1), significand << BigInt(shift)),
  );
}

export const sum = binary(add);
export const difference = binary(subtract);
export const product = binary(multiply);
export const quotient = binary(divide);
export const reversed =
  (operation: Binary): Binary =>
  (environment, first, second) =>
    operation(environment, second, first);

export const root: Unary = (environment, operand) => {
  const result = special(environment, operand);
  if (result !== undefined) return result;
  const packed = squareRoot(extended, environment, hide(operand));
  if (isPseudoDenormal(operand) && !isNegative(operand)) environment.raise(exceptions.denormal);
  return unhide(packed);
};

export const roundToIntegral: Unary = (environment, operand) => {
  const result = special(environment, operand);
  if (result !== undefined) return result;
  noteDenormal(environment, operand);
  const mode = environment.rounding;
  const bits = unhide(unlimited(environment, () => toIntegral(extended, environment, hide(operand), 4)));
  const magnitude = (value: bigint) => value & ((1n << 79n) - 1n);
  environment.roundedUp = mode !== rounding.zero && magnitude(bits) > magnitude(operand);
  return bits;
};

/** A number of memory in a register. */
export function load(format: Format, environment: FloatEnvironment, bits: bigint): bigint {
  return unhide(unlimited(environment, () => convert(format, extended, environment, bits)));
}

export function loadInteger(environment: FloatEnvironment, value: bigint): bigint {
  return unhide(unlimited(environment, () => fromInteger(extended, environment, value)));
}

/** A register as a number of memory. */
export function store(format: Format, environment: FloatEnvironment, bits: bigint): bigint {
  if (kindOf(bits) === "unsupported") {
    environment.raise(exceptions.invalid);
    return format.defaultNaN;
  }
  const result = convert(extended, format, environment, hide(bits));
  environment.raised &= ~exceptions.denormal;
  return result;
}

/** A register as an integer of `width` bits. */
export function storeInteger(environment: FloatEnvironment, bits: bigint, width: number, mode: Rounding): bigint {
  if (kindOf(bits) === "unsupported") {
    environment.raise(exceptions.invalid);
    return -(1n << BigInt(width - 1));
  }
  const result = toInteger(extended, environment, hide(bits), width, mode);
  if ((environment.raised & exceptions.precision) !== 0) {
    const magnitude = result < 0n ? -result : result;
    environment.roundedUp = exceedsMagnitude(magnitude, bits);
  }
  return result;
}

/** The integer is larger than the number's magnitude. */
function exceedsMagnitude(integer: bigint, bits: bigint): boolean {
  const exponent = Math.max(exponentOf(bits), 1) - exponentBias - 63;
  const significand = significandOf(bits);
  return exponent >= 0 ? integer > significand << BigInt(exponent) : integer << BigInt(-exponent) > significand;
}

const largestDecimal = 10n ** 18n - 1n;
/** What FBSTP stores for what has no 18 digits. */
export const decimalIndefinite = 0xffffc000_0000_0000_0000n;

/** 18 decimal digits and a sign (FBLD). Digits above 9 count for what they are, as on the processor. */
export function loadDecimal(environment: FloatEnvironment, bits: bigint): bigint {
  let value = 0n;
  for (let digit = 17; digit >= 0; digit--) value = 10n * value + ((bits >> BigInt(4 * digit)) & 0xfn);
  const loaded = loadInteger(environment, value);
  return isNegative(bits) ? loaded | (1n << 79n) : loaded;
}

export function storeDecimal(environment: FloatEnvironment, bits: bigint): bigint {
  const before = environment.raised;
  const value = storeInteger(environment, bits, 64, environment.rounding);
  const magnitude = value < 0n ? -value : value;
  if ((environment.raised & exceptions.invalid) !== 0 || magnitude > largestDecimal) {
    environment.raised = before | exceptions.invalid;
    return decimalIndefinite;
  }
  let digits = 0n;
  let rest = magnitude;
  for (let digit = 0n; rest > 0n; digit++) {
    digits |= (rest % 10n) << (4n * digit);
    rest /= 10n;
  }
  return isNegative(bits) ? digits | (1n << 79n) : digits;
}

/** FSCALE: `operand` times 2 to the power of `scale`, which is rounded towards zero. */
export const scale: Binary = (environment, operand, scaleBits) => {
  const result = special(environment, operand, scaleBits);
  if (result !== undefined) return result;
  const [kind, scaleKind] = [kindOf(operand), kindOf(scaleBits)];
  if (scaleKind === "infinity") {
    if (isNegative(scaleBits)) {
      if (kind === "infinity") return invalid(environment);
      noteDenormal(environment, operand);
      return compose(isNegative(operand), 0, 0n);
    }
    if (kind === "zero") return invalid(environment);
    noteDenormal(environment, operand);
    return compose(isNegative(operand), exponentMask, 1n << 63n);
  }
  noteDenormal(environment, operand, scaleBits);
  if (kind === "infinity" || kind === "zero") return operand;
  const unbiased = exponentOf(scaleBits) - exponentBias;
  let by = 0;
  if (unbiased >= 16) by = 0x10000;
  else if (unbiased >= 0) by = Number(significandOf(scaleBits) >> BigInt(63 - unbiased));
  const exponent = Math.max(exponentOf(operand), 1) - exponentBias - 63;
  const target = exponent + (isNegative(scaleBits) ? -by : by);
  return unlimited(environment, () => rounded(environment, isNegative(operand), significandOf(operand), target));
};

/** FXTRACT: exponent and significand. */
export function extract(
  environment: FloatEnvironment,
  operand: bigint,
): readonly [exponent: bigint, significand: bigint] {
  const result = special(environment, operand);
  if (result !== undefined) return [result, result];
  const negative = isNegative(operand);
  switch (kindOf(operand)) {
    case "infinity":
      return [compose(false, exponentMask, 1n << 63n), operand];
    case "zero":
      environment.raise(exceptions.divideByZero);
      return [compose(true, exponentMask, 1n << 63n), operand];
    default: {
      noteDenormal(environment, operand);
      const significand = significandOf(operand);
      const shift = 64 - bitLength(significand);
      const exponent = Math.max(exponentOf(operand), 1) - shift - exponentBias;
      return [
        loadInteger(environment, BigInt(exponent)),
        compose(negative, exponentBias, significand << BigInt(shift)),
      ];
    }
  }
}

export interface Remainder {
  readonly bits: bigint;
  /** The three lowest bits of the quotient, if there is one and the reduction is complete. */
  readonly quotient: number | "incomplete" | "none";
}

/** FPREM (towards zero) and FPREM1 (to nearest): at most 63 bits of the quotient at a time. */
export function remainder(
  environment: FloatEnvironment,
  dividend: bigint,
  divisor: bigint,
  isNearest: boolean,
): Remainder {
  const result = special(environment, dividend, divisor);
  if (result !== undefined) return { bits: result, quotient: "none" };
  const [kind, divisorKind] = [kindOf(dividend), kindOf(divisor)];
  if (kind === "infinity" || divisorKind === "zero") return { bits: invalid(environment), quotient: "none" };
  noteDenormal(environment, dividend, divisor);
  if (kind === "zero" || divisorKind === "infinity") return { bits: normal(dividend), quotient: 0 };
  const [a, b] = [parts(dividend), parts(divisor)];
  const distance = a.exponent + bitLength(a.significand) - b.exponent - bitLength(b.significand);
  if (distance < -1) return { bits: normal(dividend), quotient: 0 };
  return unlimited(environment, () => {
    const negative = isNegative(dividend);
    if (distance >= 64) {
      // So many bits of the quotient are taken off now: from 32 to 63 of them, as the manual allows.
      const taken = distance - (32 + (distance % 32));
      const unit = b.exponent + taken;
      const low = Math.min(a.exponent, unit);
      const rest = (a.significand << BigInt(a.exponent - low)) % (b.significand << BigInt(unit - low));
      return { bits: rounded(environment, negative, rest, low), quotient: "incomplete" };
    }
    const low = Math.min(a.exponent, b.exponent);
    const [x, y] = [a.significand << BigInt(a.exponent - low), b.significand << BigInt(b.exponent - low)];
    let whole = x / y;
    let rest = x - whole * y;
    let isOpposite = false;
    if (isNearest && (2n * rest > y || (2n * rest === y && (whole & 1n) === 1n))) {
      whole++;
      rest = y - rest;
      isOpposite = true;
    }
    const isResultNegative = rest === 0n ? negative : negative !== isOpposite;
    return { bits: rounded(environment, isResultNegative, rest, low), quotient: Number(whole & 7n) };
  });
}

/** A pseudo-denormal number has the value of one with exponent 1. */
const normal = (bits: bigint): bigint => (isPseudoDenormal(bits) ? bits | (1n << 64n) : bits);

/** A finite number as significand · 2^exponent. */
export function parts(bits: bigint): { readonly significand: bigint; readonly exponent: number } {
  return { significand: significandOf(bits), exponent: Math.max(exponentOf(bits), 1) - exponentBias - 63 };
}

/** Sign of a − b, or undefined if they have no order; both zeros are equal. */
export function compareNumbers(a: bigint, b: bigint): number | undefined {
  const kinds = [kindOf(a), kindOf(b)];
  if (kinds.includes("nan") || kinds.includes("unsupported")) return undefined;
  const [x, y] = [position(a), position(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function position(bits: bigint): bigint {
  const magnitude = hide(bits) & ~extended.signBit;
  return isNegative(bits) ? -magnitude : magnitude;
}
