/** SSE and SSE2 floating-point arithmetic, and its relatives of SSE3 and SSE4.1. Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { define, type Semantics, type Variant } from "../define.js";
import {
  areNormal,
  holdsFor,
  inCommonCase,
  inlineArithmetic,
  inlineCompare,
  isPlain,
  merge,
  type Suffix,
  shapeOf,
} from "../float-inline.js";
import { callFloatHelper, readVector } from "../float-instruction.js";
import type { Value, Width } from "../value.js";
import type { VectorHelperName } from "../vector-helpers/index.js";
import { defineVexOf } from "../vex.js";

/** The widths of the source by the kind of elements: a scalar takes no more than it needs from memory. */
const sourceWidths = { ss: 4, sd: 8, ps: 16, pd: 16 } as const satisfies Record<string, Width>;
const suffixes = ["ss", "sd", "ps", "pd"] as const;

/** destination ← helper(destination, source); packed operands in memory are aligned. */
function defineFloat(name: VectorHelperName, width: Width): void {
  define(
    name,
    (b, dst, src) => {
      src.requireAlignment(width === 16 ? 16 : 1);
      const source = readVector(b, src);
      const [, result] = callFloatHelper(b, name, dst.read(), source);
      dst.write(result);
    },
    { forms: ["rx"], widths: [[16, width]] },
  );
}

/** ADDPS and its kin: inline in the common case. */
for (const suffix of suffixes) {
  for (const name of ["add", "sub", "mul", "div", "min", "max", "sqrt"] as const) {
    const width = sourceWidths[suffix];
    define(
      `${name}${suffix}`,
      (b, dst, src) => {
        src.requireAlignment(width === 16 ? 16 : 1);
        const source = readVector(b, src);
        const value = dst.read();
        inlineArithmetic(
          b,
          name,
          suffix,
          [value, source],
          (result) => dst.write(result),
          () => dst.write(callFloatHelper(b, `${name}${suffix}`, value, source)[1]),
        );
      },
      { forms: ["rx"], widths: [[16, width]] },
    );
  }
}
/** Estimates: no exceptions, whatever MXCSR says. */
for (const name of ["rcp", "rsqrt"] as const) {
  for (const suffix of ["ss", "ps"] as const) defineFloat(`${name}${suffix}`, sourceWidths[suffix]);
}

/** Neighbours of the first operand, then of the second: their even elements, and their odd ones. */
const evenAndOdd = {
  ps: [
    [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27],
    [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31],
  ],
  pd: [
    [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23],
    [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31],
  ],
} as const;
for (const suffix of ["ps", "pd"] as const) {
  /** HADDPS and its kin: sums or differences of neighbours. */
  for (const name of ["hadd", "hsub"] as const) {
    definePackedFloat(`${name}${suffix}`, (b, first, second, write, otherwise) => {
      const [even, odd] = evenAndOdd[suffix].map((lanes) => b.shuffle(lanes, first, second)) as [Value, Value];
      inlineArithmetic(b, name === "hadd" ? "add" : "sub", suffix, [even, odd], write, otherwise);
    });
  }
  /** ADDSUBPS, ADDSUBPD: subtracts in even elements, adds in odd ones. */
  definePackedFloat(`addsub${suffix}`, (b, first, second, write, otherwise) => {
    const signs =
      suffix === "ps"
        ? b.splat(b.constant(0x80000000n))
        : b.replaceLane(b.splat(b.constant(0)), 0, b.constant(-(2n ** 63n)));
    inlineArithmetic(b, "add", suffix, [first, b.operation("v128.xor", second, signs)], write, otherwise);
  });
}

/** `compute` does `write` in the common case, and `otherwise`, which calls the helper of the name, in the others. */
function definePackedFloat(
  name: VectorHelperName,
  compute: (b: Builder, first: Value, second: Value, write: (result: Value) => void, otherwise: () => void) => void,
): void {
  define(
    name,
    (b, dst, src) => {
      src.requireAlignment(16);
      const [source, value] = [src.read(), dst.read()];
      compute(
        b,
        value,
        source,
        (result) => dst.write(result),
        () => dst.write(callFloatHelper(b, name, value, source)[1]),
      );
    },
    { forms: ["rx"], widths: [[16, 16]] },
  );
}

/** The same with an immediate byte: the elements of DPPS. */
function defineWithImmediate(name: VectorHelperName, width: Width): void {
  define(
    name,
    (b, dst, src, immediate) => {
      src.requireAlignment(width === 16 ? 16 : 1);
      const source = readVector(b, src);
      const byte = b.and(immediate.read(), b.constant(0xff));
      const [, result] = callFloatHelper(b, name, dst.read(), source, byte);
      dst.write(result);
    },
    { forms: ["rxi"], widths: [[16, width, 1]] },
  );
}
defineWithImmediate("dpps", 16);
defineWithImmediate("dppd", 16);

/** ROUNDPS and its kin. The immediate: how, in two bits; as MXCSR says, instead; the precision exception is not noted. */
for (const suffix of suffixes) {
  const width = sourceWidths[suffix];
  const name = `round${suffix}` as const;
  define(
    name,
    (b, dst, src, immediate) => {
      src.requireAlignment(width === 16 ? 16 : 1);
      const [source, value] = [readVector(b, src), dst.read()];
      const byte = b.and(immediate.read(), b.constant(0xff));
      const bit = (index: number) => b.operation("i32.wrap_i64", b.bitOf(byte, index));
      const result = roundedBy(b, suffix, source, byte);
      const shape = shapeOf(suffix);
      inCommonCase(
        b,
        {
          isOrdinary: areNormal(b, suffix, source),
          isRight: () => holdsFor(b, suffix, isPlain(b, shape, source)),
          isExact: () => b.operation("i32.or", bit(3), holdsFor(b, suffix, b.operation(`${shape}.eq`, result, source))),
        },
        () => dst.write(merge(b, suffix, value, result)),
        () => dst.write(callFloatHelper(b, name, value, source, byte)[1]),
      );
    },
    { forms: ["rxi"], widths: [[16, width, 1]] },
  );
}

/** In the way that the lower bits of `how` say; where that is MXCSR's, to nearest. */
function roundedBy(b: Builder, suffix: Suffix, x: Value, how: Value): Value {
  const result = b.unsetVariable("v128");
  const ways = ["floor", "ceil", "trunc"] as const;
  const choose = (index: number): void => {
    const way = ways[index];
    if (way === undefined) {
      result.set(b.operation(`${shapeOf(suffix)}.nearest`, x));
      return;
    }
    const isThis = b.equal(b.and(how, b.constant(7)), b.constant(index + 1));
    b.if(
      isThis,
      () => result.set(b.operation(`${shapeOf(suffix)}.${way}`, x)),
      () => choose(index + 1),
    );
  };
  choose(0);
  return result.get();
}

/**
 * CMPSS and its kin: all ones where the predicate holds. Predicates 4 to 7 are the negations of 0 to 3; the others, which
 * only VEX forms have, differ from the first eight in what they say of NaNs.
 */
for (const suffix of suffixes) {
  const width = sourceWidths[suffix];
  const variants: readonly Variant[] = [{ form: "rxi", widths: [16, width, 1] }];
  const compareBy =
    (predicates: 8 | 32): Semantics =>
    (b, dst, src, immediate) => {
      src.requireAlignment(width === 16 ? 16 : 1);
      const source = readVector(b, src);
      const value = dst.read();
      const predicate = b.and(immediate.read(), b.constant(predicates - 1));
      // Equal counts for 0 and 2, less for 1 and 2, and nothing for 3: there are no NaNs.
      const mask = (bits: number) =>
        b.splat(b.subtract(b.constant(0), b.bitOf(b.constant(bits), b.and(predicate, b.constant(3)))));
      const negation = b.splat(b.subtract(b.constant(0), b.bitOf(predicate, 2)));
      inlineCompare(
        b,
        suffix,
        [value, source],
        (isEqual, isLess) => {
          const holds = b.operation(
            "v128.or",
            b.operation("v128.and", isEqual, mask(0b0101)),
            b.operation("v128.and", isLess, mask(0b0110)),
          );
          dst.write(merge(b, suffix, value, b.operation("v128.xor", holds, negation)));
        },
        () => dst.write(callFloatHelper(b, `cmp${suffix}`, value, source, predicate)[1]),
      );
    };
  define(`cmp${suffix}`, compareBy(8), { variants });
  defineVexOf(`vcmp${suffix}`, compareBy(32), variants, {
    sources: 2,
    raises: true,
    ...(width === 16 ? {} : { lanes: 1 }),
  });
}

/** COMISS, UCOMISS, COMISD, UCOMISD: ZF, PF and CF by the order of the lowest elements; OF, SF and AF clear. */
for (const [name, suffix] of [
  ["comiss", "ss"],
  ["ucomiss", "ss"],
  ["comisd", "sd"],
  ["ucomisd", "sd"],
] as const) {
  define(
    name,
    (b, first, second) => {
      const source = readVector(b, second);
      const value = first.read();
      inlineCompare(
        b,
        suffix,
        [value, source],
        (isEqual, isLess) => {
          const zero = b.and(b.lane(isEqual, 0), b.constant(0x40));
          b.setFlags({ kind: "explicit", bits: b.or(zero, b.and(b.lane(isLess, 0), b.constant(1))) });
        },
        () => {
          const [status] = callFloatHelper(b, name, value, source);
          b.setFlags({ kind: "explicit", bits: b.extend(b.operation("i32.shr_u", status, b.bit(16))) });
        },
      );
    },
    { forms: ["rx"], widths: [[16, sourceWidths[suffix]]] },
  );
}
