/** SSE conversions between floating-point formats and integers. Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { define } from "../define.js";
import { holdsFor, inCommonCase, isInside, isPlain, isZeroIn, merge } from "../float-inline.js";
import { callFloatHelper, readVector } from "../float-instruction.js";
import type { Value } from "../value.js";

/** From a signed integer: the lowest element of the destination; the others stay. */
for (const [name, suffix] of [
  ["cvtsi2ss", "ss"],
  ["cvtsi2sd", "sd"],
] as const) {
  define(
    name,
    (b, dst, src) => {
      const integer = src.read();
      const value = dst.read();
      // So small that the conversion is exact.
      const bound = suffix === "sd" ? 2n ** 53n : 2n ** 24n;
      const isSmall = b.lessUnsigned(b.add(integer, b.constant(bound)), b.constant(2n * bound));
      b.if(
        isSmall,
        () => dst.write(merge(b, suffix, value, exactFromInteger(b, suffix, integer))),
        () => dst.write(callFloatHelper(b, name, value, b.splat(integer))[1]),
      );
    },
    {
      variants: [
        { form: "ra", widths: [16, 4] },
        { form: "ra", widths: [16, 8] },
      ],
    },
  );
}

function exactFromInteger(b: Builder, suffix: "ss" | "sd", integer: Value): Value {
  if (suffix === "ss") return b.operation("f32x4.convert_i32x4_s", b.splat(integer));
  const upper = b.operation("f64x2.convert_low_i32x4_s", b.splat(b.shiftRightArithmetic(integer, 32)));
  const lower = b.operation("f64x2.convert_low_i32x4_u", b.splat(integer));
  const scaled = b.operation("f64x2.mul", upper, b.splat(b.constant(twoToThe32)));
  return b.operation("f64x2.add", scaled, lower);
}
const twoToThe32 = 0x41f0000000000000n;

/** To a signed integer of the destination's width; what does not fit is the smallest. The `t` forms truncate. */
for (const [name, width] of [
  ["cvtss2si", 4],
  ["cvttss2si", 4],
  ["cvtsd2si", 8],
  ["cvttsd2si", 8],
] as const) {
  define(
    name,
    (b, dst, src) => {
      const source = readVector(b, src);
      const helper = b.width === 8 ? (`${name} 64` as const) : (`${name} 32` as const);
      const double = width === 8 ? source : b.operation("f64x2.promote_low_f32x4", source);
      const whole = b.operation(name.startsWith("cvtt") ? "f64x2.trunc" : "f64x2.nearest", double);
      const limit = constantDouble(b, b.width === 8 ? 2 ** 63 : 2 ** 31);
      const isSmall = b.operation("f64x2.lt", b.operation("f64x2.abs", whole), limit);
      inCommonCase(
        b,
        {
          isOrdinary: holdsFor(b, "sd", isSmall),
          isExact: () => holdsFor(b, "sd", b.operation("f64x2.eq", whole, double)),
        },
        () => dst.write(b.width === 8 ? toLong(b, whole) : b.signExtend(b.lane(toWord(b, whole), 0), 4)),
        () => dst.write(b.signExtend(b.lane(callFloatHelper(b, helper, source, source)[1], 0), b.width)),
      );
    },
    {
      variants: [
        { form: "rx", widths: [4, width] },
        { form: "rx", widths: [8, width] },
      ],
    },
  );
}

/** The double in both halves of a vector. */
function constantDouble(b: Builder, value: number): Value {
  return b.splat(b.constant(new BigUint64Array(new Float64Array([value]).buffer)[0] ?? 0n));
}

const toWord = (b: Builder, whole: Value) => b.operation("i32x4.trunc_sat_f64x2_s_zero", whole);

/** The lower element, which is a whole number and fits in 64 bits with its sign: by two halves of 32 bits. */
function toLong(b: Builder, whole: Value): Value {
  const upper = b.operation("f64x2.floor", b.operation("f64x2.mul", whole, constantDouble(b, 2 ** -32)));
  const lower = b.operation("f64x2.sub", whole, b.operation("f64x2.mul", upper, constantDouble(b, 2 ** 32)));
  const low = b.zeroExtend(b.lane(b.operation("i32x4.trunc_sat_f64x2_u_zero", lower), 0), 4);
  return b.or(b.shiftLeft(b.lane(toWord(b, upper), 0), 32), low);
}

/** Doubles to singles: the lower one, or both. */
function narrow(
  b: Builder,
  suffix: "sd" | "pd",
  source: Value,
  write: (result: Value) => void,
  otherwise: () => void,
): void {
  const result = b.operation("f32x4.demote_f64x2_zero", source);
  const isInRange = b.operation("i64x2.extend_low_i32x4_s", isInside(b, "f32x4", result));
  const isZero = isZeroIn(b, "f64x2", source);
  const isRight = b.operation("v128.or", b.operation("v128.and", isPlain(b, "f64x2", source), isInRange), isZero);
  const isExact = () =>
    holdsFor(b, suffix, b.operation("f64x2.eq", b.operation("f64x2.promote_low_f32x4", result), source));
  inCommonCase(b, { isOrdinary: holdsFor(b, suffix, isRight), isExact }, () => write(result), otherwise);
}

/** Between formats, and of packed elements; the width is that of the source. */
const conversions = {
  cvtss2sd: 4,
  cvtsd2ss: 8,
  cvtps2pd: 8,
  cvtpd2ps: 16,
  cvtdq2ps: 16,
  cvtdq2pd: 8,
  cvtps2dq: 16,
  cvttps2dq: 16,
  cvtpd2dq: 16,
  cvttpd2dq: 16,
} as const;
type Conversion = keyof typeof conversions;
for (const [key, width] of Object.entries(conversions)) {
  const name = key as Conversion;
  define(
    name,
    (b, dst, src) => {
      src.requireAlignment(width === 16 ? 16 : 1);
      const source = readVector(b, src);
      const value = dst.read();
      convert(
        b,
        name,
        value,
        source,
        (result) => dst.write(result),
        () => dst.write(callFloatHelper(b, name, value, source)[1]),
      );
    },
    { forms: ["rx"], widths: [[16, width]] },
  );
}

function convert(
  b: Builder,
  name: Conversion,
  value: Value,
  source: Value,
  write: (result: Value) => void,
  otherwise: () => void,
): void {
  switch (name) {
    case "cvtss2sd":
    case "cvtps2pd": {
      const result = b.operation("f64x2.promote_low_f32x4", source);
      const suffix = name === "cvtss2sd" ? "sd" : "pd";
      const isPlainSource = b.operation("i64x2.extend_low_i32x4_s", isPlain(b, "f32x4", source));
      b.if(holdsFor(b, suffix, isPlainSource), () => write(merge(b, suffix, value, result)), otherwise);
      return;
    }
    case "cvtsd2ss":
      narrow(b, "sd", source, (result) => write(merge(b, "ss", value, result)), otherwise);
      return;
    case "cvtpd2ps":
      narrow(b, "pd", source, write, otherwise);
      return;
    case "cvtdq2pd":
      write(b.operation("f64x2.convert_low_i32x4_s", source));
      return;
    case "cvtdq2ps": {
      const result = b.operation("f32x4.convert_i32x4_s", source);
      const isExact = () => {
        // What was rounded up to 2³¹ does not come back as it was, but as the largest number.
        const isSmall = b.operation("f32x4.lt", result, b.splat(b.constant(0x4f0000004f000000n)));
        const isSame = b.operation("i32x4.eq", b.operation("i32x4.trunc_sat_f32x4_s", result), source);
        return b.operation("i32x4.all_true", b.operation("v128.and", isSame, isSmall));
      };
      inCommonCase(b, { isOrdinary: b.bit(1), isExact }, () => write(result), otherwise);
      return;
    }
    case "cvtps2dq":
    case "cvttps2dq": {
      const whole = b.operation(name === "cvtps2dq" ? "f32x4.nearest" : "f32x4.trunc", source);
      const limit = b.splat(b.constant(0x4f0000004f000000n));
      const isOrdinary = b.operation("i32x4.all_true", b.operation("f32x4.lt", b.operation("f32x4.abs", whole), limit));
      const isExact = () => b.operation("i32x4.all_true", b.operation("f32x4.eq", whole, source));
      const result = () => b.operation("i32x4.trunc_sat_f32x4_s", whole);
      inCommonCase(b, { isOrdinary, isExact }, () => write(result()), otherwise);
      return;
    }
    case "cvtpd2dq":
    case "cvttpd2dq": {
      const whole = b.operation(name === "cvtpd2dq" ? "f64x2.nearest" : "f64x2.trunc", source);
      const isSmall = b.operation("f64x2.lt", b.operation("f64x2.abs", whole), constantDouble(b, 2 ** 31));
      const isExact = () => holdsFor(b, "pd", b.operation("f64x2.eq", whole, source));
      inCommonCase(b, { isOrdinary: holdsFor(b, "pd", isSmall), isExact }, () => write(toWord(b, whole)), otherwise);
      return;
    }
  }
}
