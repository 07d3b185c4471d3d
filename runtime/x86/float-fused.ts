/**
 * x · y + z with a single rounding, of WebAssembly's own operations. The quick way (`fusedDoubles`, `fusedSingles`)
 * rounds twice and sees whether that may have mattered. Where it may have, it is the exact sum of more parts than a
 * number has, the last two of which are added rounding to odd, so that the final rounding to nearest sees all that it
 * must (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd",
 * 2008). Where that does not hold (numbers out of range, denormal, no numbers), or the result is inexact and the
 * precision exception has not been noted yet, the helper decides. What a way does not decide is a NaN in its result.
 */
import type { Builder } from "./builder.js";
import { isInside, isPlain, isZeroIn } from "./float-inline.js";
import type { Subroutine } from "./subroutines.js";
import type { Value } from "./value.js";

/** The digits of the mnemonic: which operands are multiplied, and which is added. */
export const fusedOrders = { 132: [0, 2, 1], 213: [1, 0, 2], 231: [1, 2, 0] } as const;

const constantVector = (b: Builder, half: bigint) => b.splat(b.constant(half));
const both = (b: Builder, x: Value, y: Value) => b.operation("v128.and", x, y);
const either = (b: Builder, x: Value, y: Value) => b.operation("v128.or", x, y);

/** The sum of doubles, and its error, exactly (Knuth). */
function twoSum(b: Builder, x: Value, y: Value): [sum: Value, error: Value] {
  const sum = b.operation("f64x2.add", x, y);
  const second = b.operation("f64x2.sub", sum, x);
  const first = b.operation("f64x2.sub", sum, second);
  const error = b.operation("f64x2.add", b.operation("f64x2.sub", x, first), b.operation("f64x2.sub", y, second));
  return [sum, error];
}

/** The sum rounded to odd: of the two neighbours of an inexact one, the one whose last bit is 1. */
function sumToOdd(b: Builder, x: Value, y: Value): [sum: Value, error: Value] {
  const [sum, error] = twoSum(b, x, y);
  const zero = constantVector(b, 0n);
  const one = constantVector(b, 1n);
  const isEven = b.operation("i64x2.eq", both(b, sum, one), zero);
  const isInexact = b.operation("v128.not", isZeroIn(b, "f64x2", error));
  // Away from zero where the error has the sign of the sum.
  const isTowardsZero = b.operation("i64x2.gt_s", zero, b.operation("v128.xor", sum, error));
  const step = both(b, either(b, isTowardsZero, one), both(b, isEven, isInexact));
  return [b.operation("i64x2.add", sum, step), error];
}

/** NaNs where the mask has zeros. */
const onlyWhere = (b: Builder, mask: Value, value: Value) => either(b, value, b.operation("v128.not", mask));

/** All ones where inexact results are welcome, too. */
const maskOf = (b: Builder, bit: Value) => b.splat(b.subtract(b.constant(0), b.extend(bit)));

/** Such factors have products whose errors are numbers, and that can be split. */
const factors = { smallest: 0x23d0000000000000n, largest: 0x5c10000000000000n };
/** Such addends lose nothing beside them. */
const addends = { smallest: 0x07b0000000000000n, largest: 0x7830000000000000n };

function isZeroOrBetween(b: Builder, x: Value, { smallest, largest }: typeof factors): Value {
  const magnitude = b.operation("f64x2.abs", x);
  const isBetween = both(
    b,
    b.operation("f64x2.ge", magnitude, constantVector(b, smallest)),
    b.operation("f64x2.le", magnitude, constantVector(b, largest)),
  );
  return either(b, isBetween, isZeroIn(b, "f64x2", x));
}

/** Upper and lower half of the significand (Veltkamp). */
function split(b: Builder, x: Value): [high: Value, low: Value] {
  const twoToThe27AndOne = constantVector(b, 0x41a0000002000000n);
  const scaled = b.operation("f64x2.mul", x, twoToThe27AndOne);
  const high = b.operation("f64x2.sub", scaled, b.operation("f64x2.sub", scaled, x));
  return [high, b.operation("f64x2.sub", x, high)];
}

/** The error of the product, exactly (Dekker). */
function productError(b: Builder, x: Value, y: Value, product: Value): Value {
  const [highX, lowX] = split(b, x);
  const [highY, lowY] = split(b, y);
  const times = (p: Value, q: Value) => b.operation("f64x2.mul", p, q);
  const plus = (p: Value, q: Value) => b.operation("f64x2.add", p, q);
  const first = b.operation("f64x2.sub", times(highX, highY), product);
  return plus(plus(plus(first, times(highX, lowY)), times(lowX, highY)), times(lowX, lowY));
}

/** Products from here on have an error that is a number. */
const smallestProduct = 0x07b0000000000000n;
const smallestNormal = 0x0010000000000000n;
/** 2⁻⁵⁰: more than what is lost of the sum of both errors, relative to it. */
const margin = 0x3cd0000000000000n;

/**
 * Of both doubles, where the errors of product and sum, added to the sum, round to the same number whether they are a
 * little larger or a little smaller.
 */
export const fusedDoubles: Subroutine = {
  parameters: ["v128", "v128", "v128"],
  record: (b, inputs) => {
    const [x, y, z] = inputs as [Value, Value, Value];
    const run = (name: "add" | "sub" | "mul" | "pmin" | "ge" | "eq", p: Value, q: Value) =>
      b.operation(`f64x2.${name}`, p, q);
    const magnitude = (value: Value) => b.operation("f64x2.abs", value);
    const product = run("mul", x, y);
    const [sum, sumError] = twoSum(b, product, z);
    const errors = run("add", sumError, productError(b, x, y, product));
    const lost = run("mul", errors, constantVector(b, margin));
    const result = run("add", sum, run("add", errors, lost));
    const isSure = run("eq", result, run("add", sum, run("sub", errors, lost)));
    const areNormal = both(
      b,
      run("ge", magnitude(product), constantVector(b, smallestProduct)),
      run("ge", run("pmin", magnitude(x), magnitude(y)), constantVector(b, smallestNormal)),
    );
    const isInRange = both(b, both(b, areNormal, isPlain(b, "f64x2", z)), isInside(b, "f64x2", result));
    return onlyWhere(b, both(b, isSure, isInRange), result);
  },
};

/** Of all four singles, where their sum as a double is not in the middle between two singles. */
export const fusedSingles: Subroutine = {
  parameters: ["v128", "v128", "v128"],
  record: (b, inputs) => {
    const upper = (value: Value) => b.splat(b.lane(value, 1));
    const [x, y, z] = inputs as [Value, Value, Value];
    const [low, high] = [
      [x, y, z],
      [upper(x), upper(y), upper(z)],
    ].map((operands) => {
      const [p, q, addend] = operands.map((value) => b.operation("f64x2.promote_low_f32x4", value)) as [
        Value,
        Value,
        Value,
      ];
      const sum = b.operation("f64x2.add", b.operation("f64x2.mul", p, q), addend);
      const dropped = both(b, sum, constantVector(b, 0x1fffffffn));
      const isMiddle = b.operation("i64x2.eq", dropped, constantVector(b, 0x10000000n));
      return [b.operation("f32x4.demote_f64x2_zero", sum), isMiddle] as const;
    }) as [readonly [Value, Value], readonly [Value, Value]];
    const result = b.replaceLane(low[0], 1, b.lane(high[0], 0));
    // Of the masks for doubles, a half each.
    const isMiddle = b.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27], low[1], high[1]);
    const plain = both(b, both(b, isPlain(b, "f32x4", x), isPlain(b, "f32x4", y)), isPlain(b, "f32x4", z));
    const isRight = both(b, both(b, plain, b.operation("v128.not", isMiddle)), isInside(b, "f32x4", result));
    return onlyWhere(b, isRight, result);
  },
};

/** Of both doubles. The last input: the precision exception has been noted. */
export const fusedDoublesToOdd: Subroutine = {
  parameters: ["v128", "v128", "v128", "i32"],
  record: (b, inputs) => {
    const [x, y, z, isNoted] = inputs as [Value, Value, Value, Value];
    const product = b.operation("f64x2.mul", x, y);
    const [upper, upperError] = twoSum(b, z, productError(b, x, y, product));
    const [sum, sumError] = twoSum(b, product, upper);
    const [rest, restError] = sumToOdd(b, upperError, sumError);
    const [result, error] = twoSum(b, sum, rest);
    // The sign of zero is that of the plain sum, which is exact then.
    const isZero = isZeroIn(b, "f64x2", result);
    const signed = b.operation("v128.bitselect", b.operation("f64x2.add", product, z), result, isZero);
    const inRange = both(
      b,
      both(b, isZeroOrBetween(b, x, factors), isZeroOrBetween(b, y, factors)),
      isZeroOrBetween(b, z, addends),
    );
    const isExact = both(b, isZeroIn(b, "f64x2", restError), isZeroIn(b, "f64x2", error));
    return onlyWhere(b, both(b, inRange, either(b, isExact, maskOf(b, isNoted))), signed);
  },
};

/** Of the two lower singles: their product is exact as a double. */
export const fusedSinglesToOdd: Subroutine = {
  parameters: ["v128", "v128", "v128", "i32"],
  record: (b, inputs) => {
    const [x, y, z, isNoted] = inputs as [Value, Value, Value, Value];
    const wide = (value: Value) => b.operation("f64x2.promote_low_f32x4", value);
    const product = b.operation("f64x2.mul", wide(x), wide(y));
    const [sum, error] = sumToOdd(b, product, wide(z));
    const result = b.operation("f32x4.demote_f64x2_zero", sum);
    const isExact = both(b, isZeroIn(b, "f64x2", error), b.operation("f64x2.eq", wide(result), sum));
    const isWelcome = either(b, isExact, maskOf(b, isNoted));
    // Of the masks for doubles, a half each.
    const narrow = (mask: Value) => b.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11], mask, mask);
    const isRight = either(b, isInside(b, "f32x4", result), narrow(isZeroIn(b, "f64x2", sum)));
    const plain = both(b, both(b, isPlain(b, "f32x4", x), isPlain(b, "f32x4", y)), isPlain(b, "f32x4", z));
    return onlyWhere(b, both(b, both(b, plain, isRight), narrow(isWelcome)), result);
  },
};
