/** SSE conversions between floating-point formats and integers. Intel SDM vol. 2. */
import { define } from "../define.js";
import { callFloatHelper, readVector } from "../float-instruction.js";

/** From a signed integer: the lowest element of the destination; the others stay. */
for (const name of ["cvtsi2ss", "cvtsi2sd"] as const) {
  define(
    name,
    (b, dst, src) => {
      const [, result] = callFloatHelper(b, name, dst.read(), b.splat(src.read()));
      dst.write(result);
    },
    {
      variants: [
        { form: "ra", widths: [16, 4] },
        { form: "ra", widths: [16, 8] },
      ],
    },
  );
}

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
      const [, result] = callFloatHelper(b, helper, source, source);
      dst.write(b.lane(result, 0));
    },
    {
      variants: [
        { form: "rx", widths: [4, width] },
        { form: "rx", widths: [8, width] },
      ],
    },
  );
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
      const [, result] = callFloatHelper(b, name, dst.read(), source);
      dst.write(result);
    },
    { forms: ["rx"], widths: [[16, width]] },
  );
}
