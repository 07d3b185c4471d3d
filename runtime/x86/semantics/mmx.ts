/** What only MMX registers have. Their other instructions are defined with those of SSE. Intel SDM vol. 2. */
import { define } from "../define.js";
import { callFloatHelper } from "../float-instruction.js";
import type { Value } from "../value.js";
import { wait } from "../x87/parts.js";
import { enterMmx, executeMmx, mmxVariants } from "./packed.js";
import { chosenBytes, immediateByte } from "./sse-shuffle.js";

/** EMMS: all registers are empty, the top of the stack is 0. */
define("emms", (b) => {
  wait(b);
  enterMmx(b);
  b.setState("x87Tags", b.constant(0));
});

/** PSHUFW: the four words that the immediate's fields name. */
define(
  "pshufw",
  (b, dst, src, immediate) =>
    executeMmx(b, dst, () => {
      const source = b.splat(src.read());
      const bytes = b.splat(chosenBytes(b, immediateByte(b, immediate), 0, 2));
      return b.lane(b.operation("i8x16.swizzle", source, bytes), 0);
    }),
  { variants: mmxVariants().map(({ form, widths }) => ({ form: `${form}i`, widths: [...widths, 1] as const })) },
);

/** CVTPI2PS, CVTPI2PD: two integers to floating-point numbers. From memory, the x87 unit is left alone. */
define(
  "cvtpi2ps",
  (b, dst, src) => {
    if (src.isMmx) wait(b);
    const value = b.splat(src.readUnsigned());
    // The x87 unit is taken before an exception of the conversion is raised.
    if (src.isMmx) enterMmx(b);
    const result = callFloatHelper(b, "cvtdq2ps", value, value)[1];
    dst.writePart(0, 8, b.lane(result, 0));
  },
  {
    variants: [
      { form: "rq", widths: [16, 8] },
      { form: "rm", widths: [16, 8] },
    ],
  },
);
define(
  "cvtpi2pd",
  (b, dst, src) => {
    if (src.isMmx) wait(b);
    const value = b.splat(src.readUnsigned());
    if (src.isMmx) enterMmx(b);
    dst.write(b.operation("f64x2.convert_low_i32x4_s", value));
  },
  {
    variants: [
      { form: "rq", widths: [16, 8] },
      { form: "rm", widths: [16, 8] },
    ],
  },
);

/** CVTPS2PI, CVTPD2PI and the truncating forms: to two integers. */
for (const [name, helper, width] of [
  ["cvtps2pi", "cvtps2dq", 8],
  ["cvttps2pi", "cvttps2dq", 8],
  ["cvtpd2pi", "cvtpd2dq", 16],
  ["cvttpd2pi", "cvttpd2dq", 16],
] as const) {
  define(
    name,
    (b, dst, src) =>
      executeMmx(b, dst, () => {
        src.requireAlignment(width === 16 ? 16 : 1);
        const source: Value = width === 16 ? src.read() : b.splat(src.readPart(0, 8));
        // The x87 unit is taken before an exception of the conversion is raised.
        enterMmx(b);
        return b.lane(callFloatHelper(b, helper, source, source)[1], 0);
      }),
    {
      variants: [
        { form: "qr", widths: [8, 16] },
        { form: "qm", widths: [8, width] },
      ],
    },
  );
}
