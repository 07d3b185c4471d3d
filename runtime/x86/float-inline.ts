/**
 * The common case of floating-point arithmetic as WebAssembly's own operations: rounding to nearest, nothing denormal,
 * no NaN, no result out of range, and either exact or the precision exception already noted. Everything else goes to
 * the helpers. Scalars are computed as vectors whose upper elements nobody looks at.
 */
import type { Builder } from "./builder.js";
import type { Value } from "./value.js";

export type Suffix = "ss" | "sd" | "ps" | "pd";
export type ArithmeticName = "add" | "sub" | "mul" | "div" | "sqrt" | "min" | "max";

const limits = {
  f32x4: { smallest: 0x0080000000800000n, largest: 0x7f7fffff7f7fffffn, fractionBits: 23 },
  f64x2: { smallest: 0x0010000000000000n, largest: 0x7fefffffffffffffn, fractionBits: 52 },
} as const;
/**
 * The exponent field; and of a number plus `one`, the bits that are zero where that field was 0 or all ones (`extremes`),
 * or one of those up to 2, too (`nearExtremes`).
 */
const exponents = {
  f32x4: {
    field: 0x7f8000007f800000n,
    one: 0x0080000000800000n,
    extremes: 0x7f0000007f000000n,
    nearExtremes: 0x7e0000007e000000n,
  },
  f64x2: {
    field: 0x7ff0000000000000n,
    one: 0x0010000000000000n,
    extremes: 0x7fe0000000000000n,
    nearExtremes: 0x7fc0000000000000n,
  },
} as const;
export type Shape = keyof typeof limits;

export function shapeOf(suffix: Suffix): Shape {
  return suffix === "ss" || suffix === "ps" ? "f32x4" : "f64x2";
}

function any(b: Builder, x: Value, y: Value): Value {
  return b.operation("v128.or", x, y);
}
function both(b: Builder, x: Value, y: Value): Value {
  return b.operation("v128.and", x, y);
}
export function isZeroIn(b: Builder, shape: Shape, x: Value): Value {
  return b.operation(`${shape}.eq`, x, b.splat(b.constant(0)));
}

/** Elements that are zero, normal or infinite: no NaNs, nothing denormal. */
export function isPlain(b: Builder, shape: Shape, x: Value): Value {
  const smallest = b.splat(b.constant(limits[shape].smallest));
  return any(b, b.operation(`${shape}.ge`, b.operation(`${shape}.abs`, x), smallest), isZeroIn(b, shape, x));
}

/** Elements that are normal, and not the smallest such number: that may have been rounded up from below. */
export function isInside(b: Builder, shape: Shape, x: Value): Value {
  const magnitude = b.operation(`${shape}.abs`, x);
  return both(
    b,
    b.operation(`${shape}.gt`, magnitude, b.splat(b.constant(limits[shape].smallest))),
    b.operation(`${shape}.le`, magnitude, b.splat(b.constant(limits[shape].largest))),
  );
}

/** Zero in elements that are zero or denormal. */
function exponentOf(b: Builder, shape: Shape, x: Value): Value {
  return both(b, x, b.splat(b.constant(exponents[shape].field)));
}

/** Zero in elements that are zero, denormal, infinite or no numbers, and (`near`) in some of the smallest. */
function ordinaryExponentOf(b: Builder, shape: Shape, x: Value, near: boolean): Value {
  const { one, extremes, nearExtremes } = exponents[shape];
  const next = b.operation(shape === "f32x4" ? "i32x4.add" : "i64x2.add", x, b.splat(b.constant(one)));
  return both(b, next, b.splat(b.constant(near ? nearExtremes : extremes)));
}

/** Whether in none of the values an element is zero that the suffix says. They have only bits of the exponent field. */
function allExponents(b: Builder, suffix: Suffix, ...values: readonly Value[]): Value {
  return holdsFor(
    b,
    suffix,
    values.reduce((x, y) => b.operation("i32x4.min_u", x, y)),
  );
}

/** Whether all elements are normal numbers. */
export function areNormal(b: Builder, suffix: Suffix, ...values: readonly Value[]): Value {
  const shape = shapeOf(suffix);
  return allExponents(b, suffix, ...values.map((value) => ordinaryExponentOf(b, shape, value, false)));
}

/** Whether the mask has all elements that the suffix says, 0 or 1. */
export function holdsFor(b: Builder, suffix: Suffix, mask: Value): Value {
  switch (suffix) {
    case "ss":
      return b.notEqual(b.and(b.lane(mask, 0), b.constant(0xffffffffn)), b.constant(0));
    case "sd":
      return b.notEqual(b.lane(mask, 0), b.constant(0));
    case "ps":
      return b.operation("i32x4.all_true", mask);
    case "pd":
      return b.operation("i64x2.all_true", mask);
  }
}

/** `value`'s elements that the suffix says; the others are those of `first`. */
export function merge(b: Builder, suffix: Suffix, first: Value, value: Value): Value {
  switch (suffix) {
    case "ss":
      return b.shuffle([16, 17, 18, 19, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], first, value);
    case "sd":
      return b.replaceLane(first, 0, b.lane(value, 0));
    case "ps":
    case "pd":
      return value;
  }
}

/** What the functions return is recorded only where it is needed. */
export interface CommonCase {
  /** A quick test of whether the result is right but for the precision exception: it may be, even if this is 0. */
  readonly isOrdinary: Value;
  /** The same by a closer look, if there is one. */
  readonly isRight?: () => Value;
  /** Whether the result is exact, as far as that is easily seen. */
  readonly isExact: () => Value;
}

interface Attempt extends CommonCase {
  readonly result: Value;
}

/** Computes as WebAssembly does. */
function attempt(b: Builder, name: ArithmeticName, suffix: Suffix, x: Value, y: Value): Attempt {
  const shape = shapeOf(suffix);
  const run = (operation: "add" | "sub" | "mul" | "div", p: Value, q: Value) =>
    b.operation(`${shape}.${operation}`, p, q);
  const holds = (mask: Value) => holdsFor(b, suffix, mask);
  const plain = () => both(b, isPlain(b, shape, x), isPlain(b, shape, y));
  const inside = (value: Value) => isInside(b, shape, value);
  const zero = (value: Value) => isZeroIn(b, shape, value);
  // A NaN or an infinite number makes the result one.
  const isOrdinary = (result: Value) => {
    const ofOperands = (name === "sqrt" ? [y] : [x, y]).map((value) => exponentOf(b, shape, value));
    return allExponents(b, suffix, ...ofOperands, ordinaryExponentOf(b, shape, result, true));
  };
  switch (name) {
    case "add":
    case "sub": {
      const result = run(name, x, y);
      const isRight = () => holds(both(b, any(b, inside(result), zero(result)), plain()));
      const isExact = () => {
        // Knuth's two-sum: the error of the addition, exactly.
        const second = name === "add" ? y : b.operation(`${shape}.neg`, y);
        const virtual = run("sub", result, x);
        const error = run("add", run("sub", x, run("sub", result, virtual)), run("sub", second, virtual));
        return holds(zero(error));
      };
      return { result, isOrdinary: isOrdinary(result), isRight, isExact };
    }
    case "mul": {
      const result = run(name, x, y);
      const isRight = () => {
        const isZero = both(b, zero(result), any(b, zero(x), zero(y)));
        return holds(both(b, any(b, inside(result), isZero), plain()));
      };
      return {
        result,
        isOrdinary: isOrdinary(result),
        isRight,
        isExact: () => isProductExact(b, suffix, x, y, result),
      };
    }
    case "div": {
      const result = run(name, x, y);
      const isRight = () => holds(both(b, any(b, inside(result), both(b, zero(result), zero(x))), plain()));
      return {
        result,
        isOrdinary: isOrdinary(result),
        isRight,
        isExact: () => isProductExact(b, suffix, result, y, x),
      };
    }
    case "sqrt": {
      const result = b.operation(`${shape}.sqrt`, y);
      const isRight = () => holds(any(b, both(b, inside(result), isPlain(b, shape, y)), zero(y)));
      return {
        result,
        isOrdinary: isOrdinary(result),
        isRight,
        isExact: () => isProductExact(b, suffix, result, result, y),
      };
    }
    case "min":
    case "max": {
      // The second operand where neither is less: WebAssembly's pseudo-minimum with the operands exchanged.
      const result = b.operation(`${shape}.p${name}`, y, x);
      return { result, isOrdinary: areNormal(b, suffix, x, y), isRight: () => holds(plain()), isExact: () => b.bit(1) };
    }
  }
}

/** Whether x · y is `product`, without rounding, as far as that is easily seen. */
function isProductExact(b: Builder, suffix: Suffix, x: Value, y: Value, product: Value): Value {
  if (shapeOf(suffix) === "f32x4") return isSingleProductExact(b, suffix, x, y, product);
  const isEqual = b.operation("f64x2.eq", b.operation("f64x2.mul", x, y), product);
  return b.operation("i32.and", holdsFor(b, suffix, isEqual), isDoubleProductShort(b, suffix, x, y));
}

/** Doubles hold the products of singles. */
function isSingleProductExact(b: Builder, suffix: Suffix, x: Value, y: Value, product: Value): Value {
  const wide = (value: Value) => b.operation("f64x2.promote_low_f32x4", value);
  const isExact = (p: Value, q: Value, r: Value) =>
    b.operation("f64x2.eq", b.operation("f64x2.mul", wide(p), wide(q)), wide(r));
  const low = isExact(x, y, product);
  if (suffix === "ss") return holdsFor(b, "sd", low);
  const upper = (value: Value) => b.splat(b.lane(value, 1));
  return holdsFor(b, "pd", both(b, low, isExact(upper(x), upper(y), upper(product))));
}

/** Together the significands have so many trailing zeroes that the product needs no rounding. */
function isDoubleProductShort(b: Builder, suffix: Suffix, x: Value, y: Value): Value {
  const { fractionBits } = limits.f64x2;
  const trailing = (vector: Value, half: 0 | 1) =>
    b.operation("i64.ctz", b.or(b.lane(vector, half), b.constant(1n << BigInt(fractionBits))));
  const fits = (half: 0 | 1) =>
    b.operation("i64.gt_u", b.add(trailing(x, half), trailing(y, half)), b.constant(fractionBits));
  return suffix === "pd" ? b.operation("i32.and", fits(0), fits(1)) : fits(0);
}

/** Does `write` in the common case, and `otherwise` in the others. */
export function inCommonCase(
  b: Builder,
  { isOrdinary, isRight, isExact }: CommonCase,
  write: () => void,
  otherwise: () => void,
): void {
  const [isDefault, isNoted] = [b.floatMode("roundsToNearest"), b.floatMode("precisionNoted")];
  const isCommon = b.variable(b.operation("i32.and", isOrdinary, isDefault));
  if (isRight) {
    b.if(b.isZero(isCommon.get()), () => isCommon.set(b.operation("i32.and", isRight(), isDefault)));
  }
  b.if(b.operation("i32.and", isCommon.get(), b.isZero(isNoted)), () => isCommon.set(isExact()));
  b.if(isCommon.get(), write, otherwise);
}

/** `write` gets the result of the operation in the common case. */
export function inlineArithmetic(
  b: Builder,
  name: ArithmeticName,
  suffix: Suffix,
  [first, second]: readonly [Value, Value],
  write: (result: Value) => void,
  otherwise: () => void,
): void {
  const found = attempt(b, name, suffix, first, second);
  inCommonCase(b, found, () => write(merge(b, suffix, first, found.result)), otherwise);
}

/** `write` gets masks of the elements that are equal, and less; `otherwise` is for NaNs and denormal numbers. */
export function inlineCompare(
  b: Builder,
  suffix: Suffix,
  [first, second]: readonly [Value, Value],
  write: (isEqual: Value, isLess: Value) => void,
  otherwise: () => void,
): void {
  const shape = shapeOf(suffix);
  const isPlainPair = b.variable(areNormal(b, suffix, first, second));
  b.if(b.isZero(isPlainPair.get()), () =>
    isPlainPair.set(holdsFor(b, suffix, both(b, isPlain(b, shape, first), isPlain(b, shape, second)))),
  );
  b.if(
    isPlainPair.get(),
    () => write(b.operation(`${shape}.eq`, first, second), b.operation(`${shape}.lt`, first, second)),
    otherwise,
  );
}
