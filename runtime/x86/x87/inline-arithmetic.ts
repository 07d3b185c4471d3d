/**
 * Arithmetic of extended precision in 64-bit integers, for the common cases of x87 instructions in compiled code:
 * rounding to nearest to 64 bits, operands and results that are normal numbers. A number is a vector, the significand in
 * its lower half, sign and exponent in the upper one; above them, a result has notes about itself.
 */
import type { Builder } from "../builder.js";
import type { Subroutine } from "../subroutines.js";
import type { Value } from "../value.js";
import { exponentBias } from "./extended.js";

/** Bits in the upper half of a result. */
export const noteBits = { isRight: 16, isInexact: 17, isUp: 18 } as const;
export const signAndExponent = 0xffff;

export function pack(b: Builder, significand: Value, upper: Value): Value {
  return b.replaceLane(b.splat(significand), 1, upper);
}

export const exponentOf = (b: Builder, x: Value) => b.and(b.lane(x, 1), b.constant(0x7fff));
export const signOf = (b: Builder, x: Value) => b.and(b.lane(x, 1), b.constant(0x8000));
/** A condition as a 64-bit 0 or 1. */
const asInteger = (b: Builder, condition: Value) => b.extend(condition);
const isBetween = (b: Builder, x: Value, low: number, high: number) =>
  b.lessUnsigned(b.subtract(x, b.constant(low)), b.constant(high - low + 1));

/** Whether it is a normal number. */
export function isNormal(b: Builder, x: Value): Value {
  const hasExponent = isBetween(b, exponentOf(b, x), 1, 0x7ffe);
  return b.operation("i32.and", hasExponent, b.operation("i64.lt_s", b.lane(x, 0), b.constant(0)));
}

/** high : low, whose highest bit is set, rounded to `high`; `isRight` where the operands were. */
function rounded(b: Builder, sign: Value, exponent: Value, high: Value, low: Value, isRight: Value): Value {
  const half = b.sign(low);
  const isSticky = asInteger(b, b.notEqual(b.shiftLeft(low, 1), b.constant(0)));
  const up = b.and(half, b.or(isSticky, b.and(high, b.constant(1))));
  const sum = b.add(high, up);
  const isCarry = b.isZero(sum);
  const significand = b.select(isCarry, b.constant(-(2n ** 63n)), sum);
  const last = b.add(exponent, asInteger(b, isCarry));
  const isInRange = b.operation("i32.and", isRight, isBetween(b, last, 1, 0x7ffe));
  const notes = b.or(
    b.shiftLeft(asInteger(b, isInRange), noteBits.isRight),
    b.or(b.shiftLeft(asInteger(b, b.notEqual(low, b.constant(0))), noteBits.isInexact), b.shiftLeft(up, noteBits.isUp)),
  );
  return pack(b, significand, b.or(b.or(sign, b.and(last, b.constant(0x7fff))), notes));
}

export const extendedProduct: Subroutine = {
  parameters: ["v128", "v128"],
  record: (b, inputs) => {
    const [x, y] = inputs as [Value, Value];
    const lower = (value: Value) => b.zeroExtend(value, 4);
    const upper = (value: Value) => b.shiftRight(value, 32);
    const [mx, my] = [b.lane(x, 0), b.lane(y, 0)];
    const lowest = b.multiply(lower(mx), lower(my));
    const [first, second] = [b.multiply(upper(mx), lower(my)), b.multiply(lower(mx), upper(my))];
    const middle = b.add(b.add(upper(lowest), lower(first)), lower(second));
    const high = b.add(b.add(b.multiply(upper(mx), upper(my)), b.add(upper(first), upper(second))), upper(middle));
    const low = b.or(b.shiftLeft(middle, 32), lower(lowest));
    // The product of numbers between 1 and 2 is below 4.
    const isLarge = b.operation("i64.lt_s", high, b.constant(0));
    const shifted = b.or(b.shiftLeft(high, 1), b.sign(low));
    const sum = b.add(exponentOf(b, x), exponentOf(b, y));
    const exponent = b.add(b.subtract(sum, b.constant(exponentBias)), asInteger(b, isLarge));
    return rounded(
      b,
      b.xor(signOf(b, x), signOf(b, y)),
      exponent,
      b.select(isLarge, high, shifted),
      b.select(isLarge, low, b.shiftLeft(low, 1)),
      b.operation("i32.and", isNormal(b, x), isNormal(b, y)),
    );
  },
};

export const extendedSum: Subroutine = {
  parameters: ["v128", "v128"],
  record: (b, inputs) => {
    const [x, y] = inputs as [Value, Value];
    const [ex, ey] = [exponentOf(b, x), exponentOf(b, y)];
    const isSmallerSignificand = b.lessUnsigned(b.lane(x, 0), b.lane(y, 0));
    const isSmaller = b.operation(
      "i32.or",
      b.lessUnsigned(ex, ey),
      b.operation("i32.and", b.equal(ex, ey), isSmallerSignificand),
    );
    const large = b.select(isSmaller, y, x);
    const small = b.select(isSmaller, x, y);
    const exponent = exponentOf(b, large);
    const distance = b.subtract(exponent, exponentOf(b, small));
    const [significand, lesser] = [b.lane(large, 0), b.lane(small, 0)];
    const addend = b.shiftRight(lesser, distance);
    const below = b.shiftLeft(b.shiftLeft(lesser, 1), b.subtract(b.constant(63), distance));

    const total = b.add(significand, addend);
    const isCarry = b.lessUnsigned(total, significand);
    const carried = b.or(b.shiftRight(total, 1), b.constant(-(2n ** 63n)));
    const carriedBelow = b.or(b.or(b.shiftLeft(total, 63), b.shiftRight(below, 1)), b.and(below, b.constant(1)));

    const difference = b.subtract(b.subtract(significand, addend), asInteger(b, b.notEqual(below, b.constant(0))));
    const rest = b.subtract(b.constant(0), below);
    const zeroes = b.operation("i64.clz", difference);
    const normalized = b.or(
      b.shiftLeft(difference, zeroes),
      b.shiftRight(b.shiftRight(rest, 1), b.subtract(b.constant(63), zeroes)),
    );

    const isDifference = b.notEqual(signOf(b, x), signOf(b, y));
    const chosen = (ofDifference: Value, ofCarry: Value, ofSum: Value) =>
      b.select(isDifference, ofDifference, b.select(isCarry, ofCarry, ofSum));
    // What is so far away that only its existence counts, and zero, are left to the helper.
    const isNear = b.lessUnsigned(distance, b.constant(64));
    const hasResult = b.select(isDifference, b.notEqual(difference, b.constant(0)), b.bit(1));
    const isRight = [isNormal(b, x), isNormal(b, y), isNear, hasResult].reduce((one, other) =>
      b.operation("i32.and", one, other),
    );
    return rounded(
      b,
      signOf(b, large),
      chosen(b.subtract(exponent, zeroes), b.add(exponent, b.constant(1)), exponent),
      chosen(normalized, carried, total),
      chosen(b.shiftLeft(rest, zeroes), carriedBelow, below),
      isRight,
    );
  },
};

/**
 * A step of the division of high : digit by the divisor, whose highest bit is set; `high` is less than it. Digits have 32
 * bits (Knuth, The Art of Computer Programming, vol. 2, 4.3.1, algorithm D).
 */
function quotientDigit(b: Builder, high: Value, digit: Value, divisor: Value): [quotient: Value, rest: Value] {
  const [upper, lower] = [b.shiftRight(divisor, 32), b.zeroExtend(divisor, 4)];
  const limit = b.constant(2n ** 32n);
  let quotient = b.operation("i64.div_u", high, upper);
  let rest = b.subtract(high, b.multiply(quotient, upper));
  // The estimate may be too large by two.
  for (let correction = 0; correction < 2; correction++) {
    const bound = b.or(b.shiftLeft(rest, 32), digit);
    const isTooLarge = b.operation("i64.gt_u", b.multiply(quotient, lower), bound);
    const isWrong = b.operation(
      "i32.and",
      b.lessUnsigned(rest, limit),
      b.operation("i32.or", b.operation("i64.ge_u", quotient, limit), isTooLarge),
    );
    quotient = b.subtract(quotient, asInteger(b, isWrong));
    rest = b.select(isWrong, b.add(rest, upper), rest);
  }
  return [quotient, b.subtract(b.or(b.shiftLeft(high, 32), digit), b.multiply(quotient, divisor))];
}

export const extendedQuotient: Subroutine = {
  parameters: ["v128", "v128"],
  record: (b, inputs) => {
    const [x, y] = inputs as [Value, Value];
    const areNormal = b.operation("i32.and", isNormal(b, x), isNormal(b, y));
    const dividend = b.lane(x, 0);
    // Of what is no normal number, nothing is divided by.
    const divisor = b.or(b.lane(y, 0), b.constant(-(2n ** 63n)));
    // Shifted so that the quotient has 64 bits.
    const isSmaller = b.lessUnsigned(dividend, divisor);
    const high = b.select(isSmaller, dividend, b.shiftRight(dividend, 1));
    const next = b.select(isSmaller, b.constant(0), b.shiftLeft(b.and(dividend, b.constant(1)), 31));
    const [first, between] = quotientDigit(b, high, next, divisor);
    const [second, rest] = quotientDigit(b, between, b.constant(0), divisor);
    const difference = b.subtract(ofExponents(), asInteger(b, isSmaller));
    const quotient = b.or(b.shiftLeft(first, 32), second);
    // The bits behind it, as far as rounding asks: one half, and whether there are more.
    const other = b.subtract(divisor, rest);
    const isHalf = b.operation("i64.ge_u", rest, other);
    const isMore = b.select(isHalf, b.notEqual(rest, other), b.notEqual(rest, b.constant(0)));
    const low = b.or(b.shiftLeft(asInteger(b, isHalf), 63), asInteger(b, isMore));
    return rounded(b, b.xor(signOf(b, x), signOf(b, y)), difference, quotient, low, areNormal);

    function ofExponents(): Value {
      return b.add(b.subtract(exponentOf(b, x), exponentOf(b, y)), b.constant(exponentBias));
    }
  },
};
