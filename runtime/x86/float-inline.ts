/**
 * The common case of floating-point arithmetic as WebAssembly's own operations: rounding to nearest, nothing denormal,
 * no NaN, no result out of range, and either exact or the precision exception already noted. Everything else goes to
 * the helpers. Scalars are computed as vectors whose upper elements nobody looks at.
 */
import type { Builder } from "./builder.js";
import type { Value } from "./value.js";

export type Suffix = "ss" | "sd" | "ps" | "pd";
export type ArithmeticName = "add" | "sub" | "mul" | "div" | "sqrt" | "min" | "max";

/**
 * The rounding is to nearest, and the precision exception masked. The other bits of MXCSR say what happens to denormal
 * numbers and in exceptions that the common case does not have.
 */
const defaultControl = 0x1000;
const controlBits = 0x7000;
const precisionNoted = 0x20;

const limits = {
  f32x4: { smallest: 0x0080000000800000n, largest: 0x7f7fffff7f7fffffn, fractionBits: 23 },
  f64x2: { smallest: 0x0010000000000000n, largest: 0x7fefffffffffffffn, fractionBits: 52 },
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

interface Attempt {
  readonly result: Value;
  /** Elements whose result is right but for the precision exception. */
  readonly isRight: Value;
  /** Whether the result is exact, as far as that is easily seen. Recorded only where it is needed. */
  readonly isExact: () => Value;
}

/** Computes as WebAssembly does. */
function attempt(b: Builder, name: ArithmeticName, suffix: Suffix, x: Value, y: Value): Attempt {
  const shape = shapeOf(suffix);
  const run = (operation: "add" | "sub" | "mul" | "div", p: Value, q: Value) =>
    b.operation(`${shape}.${operation}`, p, q);
  const plain = () => both(b, isPlain(b, shape, x), isPlain(b, shape, y));
  const always = () => b.bit(1);
  switch (name) {
    case "add":
    case "sub": {
      const result = run(name, x, y);
      const right = both(b, any(b, isInside(b, shape, result), isZeroIn(b, shape, result)), plain());
      const isExact = () => {
        // Knuth's two-sum: the error of the addition, exactly.
        const second = name === "add" ? y : b.operation(`${shape}.neg`, y);
        const virtual = run("sub", result, x);
        const error = run("add", run("sub", x, run("sub", result, virtual)), run("sub", second, virtual));
        return holdsFor(b, suffix, isZeroIn(b, shape, error));
      };
      return { result, isRight: right, isExact };
    }
    case "mul": {
      const result = run(name, x, y);
      const zero = both(b, isZeroIn(b, shape, result), any(b, isZeroIn(b, shape, x), isZeroIn(b, shape, y)));
      const isRight = both(b, any(b, isInside(b, shape, result), zero), plain());
      return { result, isRight, isExact: () => isProductExact(b, suffix, x, y) };
    }
    case "div": {
      const result = run(name, x, y);
      const zero = both(b, isZeroIn(b, shape, result), isZeroIn(b, shape, x));
      const isRight = both(b, any(b, isInside(b, shape, result), zero), plain());
      return { result, isRight, isExact: () => isInverse(b, suffix, result, y, x) };
    }
    case "sqrt": {
      const result = b.operation(`${shape}.sqrt`, y);
      const smallest = b.splat(b.constant(limits[shape].smallest));
      const normal = both(
        b,
        b.operation(`${shape}.ge`, y, smallest),
        b.operation(`${shape}.le`, y, b.splat(b.constant(limits[shape].largest))),
      );
      const isRight = any(b, normal, isZeroIn(b, shape, y));
      return { result, isRight, isExact: () => isInverse(b, suffix, result, result, y) };
    }
    case "min":
    case "max":
      // The second operand where neither is less: WebAssembly's pseudo-minimum with the operands exchanged.
      return { result: b.operation(`${shape}.p${name}`, y, x), isRight: plain(), isExact: always };
  }
}

/** Together the significands have so many trailing zeroes that the product needs no rounding. */
function isProductExact(b: Builder, suffix: Suffix, x: Value, y: Value): Value {
  if (suffix === "ps") return b.bit(0);
  const { fractionBits } = limits[shapeOf(suffix)];
  const trailing = (vector: Value, half: 0 | 1) =>
    b.operation("i64.ctz", b.or(b.lane(vector, half), b.constant(1n << BigInt(fractionBits))));
  const fits = (half: 0 | 1) =>
    b.operation("i64.gt_u", b.add(trailing(x, half), trailing(y, half)), b.constant(fractionBits));
  return suffix === "pd" ? b.operation("i32.and", fits(0), fits(1)) : fits(0);
}

/** x · y is `expected`, without rounding. */
function isInverse(b: Builder, suffix: Suffix, x: Value, y: Value, expected: Value): Value {
  const shape = shapeOf(suffix);
  const isEqual = b.operation(`${shape}.eq`, b.operation(`${shape}.mul`, x, y), expected);
  return b.operation("i32.and", holdsFor(b, suffix, isEqual), isProductExact(b, suffix, x, y));
}

/** MXCSR asks for nothing that matters in the common case. */
export function isDefault(b: Builder, mxcsr: Value): Value {
  return b.equal(b.and(mxcsr, b.constant(controlBits)), b.constant(defaultControl));
}

export function isPrecisionNoted(b: Builder, mxcsr: Value): Value {
  return b.notEqual(b.and(mxcsr, b.constant(precisionNoted)), b.constant(0));
}

/** Writes the result by `write` in the common case, and calls `otherwise` in the others. */
export function inCommonCase(
  b: Builder,
  { isRight, isExact }: { readonly isRight: Value; readonly isExact: () => Value },
  write: () => void,
  otherwise: () => void,
): void {
  const mxcsr = b.state("mxcsr");
  const isCommon = b.variable(b.operation("i32.and", isRight, isDefault(b, mxcsr)));
  const isOpen = b.operation("i32.and", isCommon.get(), b.isZero(isPrecisionNoted(b, mxcsr)));
  b.if(isOpen, () => isCommon.set(isExact()));
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
  const { result, isRight, isExact } = attempt(b, name, suffix, first, second);
  const merged = merge(b, suffix, first, result);
  inCommonCase(b, { isRight: holdsFor(b, suffix, isRight), isExact }, () => write(merged), otherwise);
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
  const isPlainPair = holdsFor(b, suffix, both(b, isPlain(b, shape, first), isPlain(b, shape, second)));
  b.if(
    isPlainPair,
    () => write(b.operation(`${shape}.eq`, first, second), b.operation(`${shape}.lt`, first, second)),
    otherwise,
  );
}
