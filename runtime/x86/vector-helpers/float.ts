/** Floating-point instructions element by element. Names end in the kind of elements: ss, sd, ps, pd. */
import {
  add,
  type BinaryOperation,
  divide,
  maximum,
  minimum,
  multiply,
  squareRoot,
  subtract,
  type UnaryOperation,
} from "../float/arithmetic.js";
import { order, satisfies } from "../float/compare.js";
import { convert, fromInteger, toInteger, toIntegral } from "../float/convert.js";
import { exceptions, FloatEnvironment, joinedStatus, type Rounding, rounding } from "../float/environment.js";
import { reciprocal, reciprocalRoot } from "../float/estimate.js";
import { double, type Format, half, single } from "../float/format.js";
import { multiplyAdd } from "../float/fused.js";
import type { Vector, VectorHelper } from "./vector.js";

function get(vector: Vector, f: Format, index: number): bigint {
  return f === double ? vector.quad(index) : BigInt(vector.word(index));
}

function set(vector: Vector, f: Format, index: number, bits: bigint): void {
  if (f === double) vector.quads[index] = bits;
  else vector.words[index] = Number(bits);
}

/** What the suffixes stand for. */
const shapes = {
  ss: { format: single, count: 1 },
  sd: { format: double, count: 1 },
  ps: { format: single, count: 4 },
  pd: { format: double, count: 2 },
} as const;
type Suffix = keyof typeof shapes;
const suffixes = Object.keys(shapes) as Suffix[];

/** `result[i] ← compute(first[i], second[i])` for the elements that the suffix says. */
function elementwise(
  suffix: Suffix,
  compute: (f: Format, e: FloatEnvironment, first: bigint, second: bigint, immediate: number) => bigint,
): VectorHelper {
  const { format, count } = shapes[suffix];
  return (result, first, second, control) => {
    const environment = new FloatEnvironment(control);
    for (let i = 0; i < count; i++) {
      set(
        result,
        format,
        i,
        compute(format, environment, get(first, format, i), get(second, format, i), control >>> 16),
      );
    }
    return environment.status();
  };
}

function family<Name extends string>(
  name: Name,
  compute: Parameters<typeof elementwise>[1],
): Record<`${Name}${Suffix}`, VectorHelper> {
  const entries = suffixes.map((suffix) => [`${name}${suffix}`, elementwise(suffix, compute)]);
  return Object.fromEntries(entries) as Record<`${Name}${Suffix}`, VectorHelper>;
}

const unary =
  (operation: UnaryOperation): BinaryOperation =>
  (f, environment, _first, second) =>
    operation(f, environment, second);

/** ADDSUBPS, ADDSUBPD: subtracts in even elements, adds in odd ones. */
function addSubtract(f: Format): VectorHelper {
  return (result, first, second, control) => {
    const environment = new FloatEnvironment(control);
    for (let i = 0; i < (f === double ? 2 : 4); i++) {
      const operation = i % 2 === 0 ? subtract : add;
      set(result, f, i, operation(f, environment, get(first, f, i), get(second, f, i)));
    }
    return environment.status();
  };
}

/** HADDPS and its kin: neighbours of the first operand, then of the second. */
function horizontal(f: Format, operation: BinaryOperation): VectorHelper {
  const half = f === double ? 1 : 2;
  return (result, first, second, control) => {
    const environment = new FloatEnvironment(control);
    for (const [k, source] of [first, second].entries()) {
      for (let i = 0; i < half; i++) {
        const value = operation(f, environment, get(source, f, 2 * i), get(source, f, 2 * i + 1));
        set(result, f, k * half + i, value);
      }
    }
    return environment.status();
  };
}

/** DPPS, DPPD: the sum of the products that the immediate's upper half chooses, where its lower half says. */
function dotProduct(f: Format): VectorHelper {
  const count = f === double ? 2 : 4;
  return (result, first, second, control) => {
    const environment = new FloatEnvironment(control);
    const immediate = control >>> 16;
    const product = (i: number) =>
      (immediate & (0x10 << i)) === 0 ? 0n : multiply(f, environment, get(first, f, i), get(second, f, i));
    const products = Array.from({ length: count }, (_, i) => product(i));
    // An exception that is not masked ends the instruction after the step that raised it.
    if (!environment.endStep()) return environment.status();
    const sums: bigint[] = [];
    for (let i = 0; i < count; i += 2) sums.push(add(f, environment, products[i] ?? 0n, products[i + 1] ?? 0n));
    if (!environment.endStep()) return environment.status();
    const [low = 0n, high] = sums;
    const sum = high === undefined ? low : add(f, environment, low, high);
    for (let i = 0; i < count; i++) set(result, f, i, (immediate & (1 << i)) === 0 ? 0n : sum);
    return environment.status();
  };
}

/**
 * The FMA instructions: first · second + third. Of the immediate, bit 0 negates the product, bit 1 subtracts in even
 * elements, bit 2 in odd ones.
 */
function fused(suffix: Suffix): VectorHelper {
  const { format, count } = shapes[suffix];
  return (result, first, second, control, _x87, third) => {
    const environment = new FloatEnvironment(control);
    const mode = control >>> 16;
    for (let i = 0; i < count; i++) {
      const operands = [get(first, format, i), get(second, format, i), get(third, format, i)] as const;
      const subtracts = (mode & (i % 2 === 0 ? 2 : 4)) !== 0;
      set(result, format, i, multiplyAdd(format, environment, operands, (mode & 1) !== 0, subtracts));
    }
    return environment.status();
  };
}

/** VCVTPH2PS: four numbers of 16 bits. Denormal ones are numbers like others, whatever MXCSR says. */
const fromHalves: VectorHelper = (result, _first, second, control) => {
  const environment = new FloatEnvironment(control & ~denormalsAreZero);
  for (let i = 0; i < 4; i++) set(result, single, i, convert(half, single, environment, BigInt(second.short(i))));
  environment.raised &= exceptions.invalid;
  return environment.status();
};

/** VCVTPS2PH: to numbers of 16 bits, rounded as the immediate says or, with its bit 2, as MXCSR does. None is flushed to zero. */
const toHalves: VectorHelper = (result, _first, second, control) => {
  const environment = new FloatEnvironment(control & ~flushToZero);
  const immediate = control >>> 16;
  if ((immediate & 4) === 0) environment.rounding = (immediate & 3) as Rounding;
  result.quads.fill(0n);
  for (let i = 0; i < 4; i++) {
    result.shorts[i] = Number(convert(single, half, environment, get(second, single, i)));
  }
  return environment.status();
};
/** Bits of MXCSR. */
const [denormalsAreZero, flushToZero] = [0x40, 0x8000];

/** COMISS and its kin return ZF, PF and CF at their places in RFLAGS, 16 bits higher. */
const orderFlags = { unordered: 0x45, greater: 0, less: 1, equal: 0x40 } as const;
function flagsOfOrder(f: Format, signals: boolean): VectorHelper {
  return (_result, first, second, control) => {
    const environment = new FloatEnvironment(control);
    const found = order(f, environment, get(first, f, 0), get(second, f, 0), signals);
    return environment.status() | (orderFlags[found] << 16);
  };
}

/** Conversions of `count` elements; those of the result behind them become zero. */
function packedConversion(
  count: number,
  clears: boolean,
  convertElement: (result: Vector, second: Vector, i: number, environment: FloatEnvironment) => void,
): VectorHelper {
  return (result, _first, second, control) => {
    const environment = new FloatEnvironment(control);
    if (clears) result.quads.fill(0n);
    for (let i = 0; i < count; i++) convertElement(result, second, i, environment);
    return environment.status();
  };
}

/** The result is a 64-bit integer in the lower half. */
function scalarToInteger(f: Format, bits: 32 | 64, truncates: boolean): VectorHelper {
  return packedConversion(1, false, (result, second, _i, environment) => {
    const mode = truncates ? rounding.zero : environment.rounding;
    result.quads[0] = BigInt.asUintN(64, toInteger(f, environment, get(second, f, 0), bits, mode));
  });
}

function scalarFromInteger(f: Format): VectorHelper {
  return packedConversion(1, false, (result, second, _i, environment) =>
    set(result, f, 0, fromInteger(f, environment, BigInt.asIntN(64, second.quad(0)))),
  );
}

function fromWords(f: Format): VectorHelper {
  return packedConversion(f === double ? 2 : 4, false, (result, second, i, environment) =>
    set(result, f, i, fromInteger(f, environment, BigInt(second.signedWords[i] ?? 0))),
  );
}

function toWords(f: Format, truncates: boolean): VectorHelper {
  return packedConversion(f === double ? 2 : 4, f === double, (result, second, i, environment) => {
    const mode = truncates ? rounding.zero : environment.rounding;
    result.signedWords[i] = Number(toInteger(f, environment, get(second, f, i), 32, mode));
  });
}

function between(from: Format, to: Format, count: number, clears: boolean): VectorHelper {
  return packedConversion(count, clears, (result, second, i, environment) =>
    set(result, to, i, convert(from, to, environment, get(second, from, i))),
  );
}

export const floatHelpers = {
  joinExceptions: ((_result, _first, _second, control) =>
    joinedStatus(control >>> 16, control & 0xffff)) satisfies VectorHelper,
  ...family("add", add),
  ...family("sub", subtract),
  ...family("mul", multiply),
  ...family("div", divide),
  ...family("min", minimum),
  ...family("max", maximum),
  ...family("sqrt", unary(squareRoot)),
  ...family("cmp", (f, environment, first, second, predicate) =>
    satisfies(f, environment, first, second, predicate) ? 2n * f.signBit - 1n : 0n,
  ),
  ...family("round", (f, environment, _first, second, control) => toIntegral(f, environment, second, control)),
  rcpss: elementwise("ss", (_f, _e, _first, second) => reciprocal(second)),
  rcpps: elementwise("ps", (_f, _e, _first, second) => reciprocal(second)),
  rsqrtss: elementwise("ss", (_f, _e, _first, second) => reciprocalRoot(second)),
  rsqrtps: elementwise("ps", (_f, _e, _first, second) => reciprocalRoot(second)),
  addsubps: addSubtract(single),
  addsubpd: addSubtract(double),
  haddps: horizontal(single, add),
  haddpd: horizontal(double, add),
  hsubps: horizontal(single, subtract),
  hsubpd: horizontal(double, subtract),
  fmass: fused("ss"),
  fmasd: fused("sd"),
  fmaps: fused("ps"),
  fmapd: fused("pd"),
  fromHalves,
  toHalves,
  dpps: dotProduct(single),
  dppd: dotProduct(double),
  comiss: flagsOfOrder(single, true),
  comisd: flagsOfOrder(double, true),
  ucomiss: flagsOfOrder(single, false),
  ucomisd: flagsOfOrder(double, false),
  cvtsi2ss: scalarFromInteger(single),
  cvtsi2sd: scalarFromInteger(double),
  "cvtss2si 32": scalarToInteger(single, 32, false),
  "cvtss2si 64": scalarToInteger(single, 64, false),
  "cvttss2si 32": scalarToInteger(single, 32, true),
  "cvttss2si 64": scalarToInteger(single, 64, true),
  "cvtsd2si 32": scalarToInteger(double, 32, false),
  "cvtsd2si 64": scalarToInteger(double, 64, false),
  "cvttsd2si 32": scalarToInteger(double, 32, true),
  "cvttsd2si 64": scalarToInteger(double, 64, true),
  cvtss2sd: between(single, double, 1, false),
  cvtsd2ss: between(double, single, 1, false),
  cvtps2pd: between(single, double, 2, false),
  cvtpd2ps: between(double, single, 2, true),
  cvtdq2ps: fromWords(single),
  cvtdq2pd: fromWords(double),
  cvtps2dq: toWords(single, false),
  cvttps2dq: toWords(single, true),
  cvtpd2dq: toWords(double, false),
  cvttpd2dq: toWords(double, true),
};
