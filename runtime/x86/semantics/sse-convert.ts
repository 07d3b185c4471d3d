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
      const write = (result: Value) => dst.write(b.signExtend(b.lane(result, 0), b.width));
      const byHelper = () => write(callFloatHelper(b, helper, source, source)[1]);
      if (name === "cvttsd2si") truncateDouble(b, source, write, byHelper);
      else if (name === "cvttss2si") truncateDouble(b, b.operation("f64x2.promote_low_f32x4", source), write, byHelper);
      else byHelper();
    },
    {
      variants: [
        { form: "rx", widths: [4, width] },
        { form: "rx", widths: [8, width] },
      ],
    },
  );
}

/** Truncates inline what is smaller than 2³¹, as long as rounding need not be noted. */
function truncateDouble(b: Builder, source: Value, write: (result: Value) => void, otherwise: () => void): void {
  const integers = b.operation("i32x4.trunc_sat_f64x2_s_zero", source);
  const limit = b.splat(b.constant(twoToThe31));
  const isSmall = b.operation("f64x2.lt", b.operation("f64x2.abs", source), limit);
  const isExact = () =>
    holdsFor(b, "sd", b.operation("f64x2.eq", b.operation("f64x2.convert_low_i32x4_s", integers), source));
  const result = b.operation("i64x2.extend_low_i32x4_s", integers);
  inCommonCase(b, { isRight: holdsFor(b, "sd", isSmall), isExact }, () => write(result), otherwise);
}
const twoToThe31 = 0x41e0000000000000n;

/** Rounds the lower double to a single inline in the common case. */
function narrowDouble(b: Builder, source: Value, write: (result: Value) => void, otherwise: () => void): void {
  const result = b.operation("f32x4.demote_f64x2_zero", source);
  const isInRange = b.operation("i32.and", scalarHolds(isPlain), holdsFor(b, "ss", isInside(b, "f32x4", result)));
  const isRight = b.operation("i32.or", isInRange, scalarHolds(isZeroIn));
  const isExact = () =>
    holdsFor(b, "sd", b.operation("f64x2.eq", b.operation("f64x2.promote_low_f32x4", result), source));
  inCommonCase(b, { isRight, isExact }, () => write(result), otherwise);

  function scalarHolds(property: typeof isPlain): Value {
    return holdsFor(b, "sd", property(b, "f64x2", source));
  }
}

/** Between formats, and of packed elements; the width is that of the source. */
const conversions = [
  ["cvtss2sd", 4],
  ["cvtsd2ss", 8],
  ["cvtps2pd", 8],
  ["cvtpd2ps", 16],
  ["cvtdq2ps", 16],
  ["cvtdq2pd", 8],
  ["cvtps2dq", 16],
  ["cvttps2dq", 16],
  ["cvtpd2dq", 16],
  ["cvttpd2dq", 16],
] as const;
for (const [name, width] of conversions) {
  define(
    name,
    (b, dst, src) => {
      src.requireAlignment(width === 16 ? 16 : 1);
      const source = readVector(b, src);
      const value = dst.read();
      const byHelper = () => dst.write(callFloatHelper(b, name, value, source)[1]);
      if (name === "cvtss2sd" || name === "cvtps2pd") {
        const result = b.operation("f64x2.promote_low_f32x4", source);
        const isPlainSource = holdsFor(b, "pd", b.operation("i64x2.extend_low_i32x4_s", isPlain(b, "f32x4", source)));
        b.if(isPlainSource, () => dst.write(merge(b, name === "cvtss2sd" ? "sd" : "pd", value, result)), byHelper);
      } else if (name === "cvtsd2ss") {
        narrowDouble(b, source, (result) => dst.write(merge(b, "ss", value, result)), byHelper);
      } else if (name === "cvtdq2pd") {
        dst.write(b.operation("f64x2.convert_low_i32x4_s", source));
      } else {
        byHelper();
      }
    },
    { forms: ["rx"], widths: [[16, width]] },
  );
}
