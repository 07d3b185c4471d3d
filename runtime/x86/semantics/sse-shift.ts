/** SSE2 shifts of packed integers, and of whole registers by bytes. Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { define } from "../define.js";
import type { OperationName } from "../operations.js";
import type { Value } from "../value.js";
import { executeMmx, mmxVariants } from "./packed.js";

/** The elements' width in bits. */
const shifts: readonly (readonly [string, OperationName, number])[] = [
  ["psllw", "i16x8.shl", 16],
  ["pslld", "i32x4.shl", 32],
  ["psllq", "i64x2.shl", 64],
  ["psrlw", "i16x8.shr_u", 16],
  ["psrld", "i32x4.shr_u", 32],
  ["psrlq", "i64x2.shr_u", 64],
];
for (const [name, operation, bits] of shifts) {
  defineShift(name, (b, value, count) => {
    const shifted = b.operation(operation, value, b.operation("i32.wrap_i64", count));
    // Beyond the element's width nothing is left.
    return b.select(b.lessUnsigned(count, b.constant(bits)), shifted, b.splat(b.constant(0)));
  });
}
for (const [name, operation, bits] of [
  ["psraw", "i16x8.shr_s", 16],
  ["psrad", "i32x4.shr_s", 32],
] as const) {
  defineShift(name, (b, value, count) => {
    const bounded = minimum(b, count, bits - 1);
    return b.operation(operation, value, b.operation("i32.wrap_i64", bounded));
  });
}

/** The count is an immediate byte, or the lower half of a vector. */
function defineShift(name: string, shift: (b: Builder, value: Value, count: Value) => Value): void {
  define(
    name,
    (b, dst, src) => {
      const count = () => (src.width >= 8 ? src.readPart(0, 8) : b.and(src.read(), b.constant(0xff)));
      if (dst.width < 16) {
        executeMmx(b, dst, () => {
          const by = count();
          return b.lane(shift(b, b.splat(dst.read()), by), 0);
        });
        return;
      }
      src.requireAlignment(16);
      const by = count();
      dst.write(shift(b, dst.read(), by));
    },
    {
      variants: [
        { form: "rx", widths: [16, 16] },
        { form: "ri", widths: [16, 1] },
        ...mmxVariants(),
        { form: "qi", widths: [8, 1] },
      ],
    },
  );
}

/** The smaller of `value` and a bound, unsigned. */
export function minimum(b: Builder, value: Value, bound: number): Value {
  return b.select(b.lessUnsigned(value, b.constant(bound)), value, b.constant(bound));
}

/** Bytes 0 to 15: the number of every byte. */
export function byteNumbers(b: Builder): Value {
  const low = b.splat(b.constant(0x0706050403020100n));
  return b.replaceLane(low, 1, b.constant(0x0f0e0d0c0b0a0908n));
}

/** The same byte everywhere. */
export function splatByte(b: Builder, value: Value): Value {
  return b.operation("i8x16.splat", b.operation("i32.wrap_i64", value));
}

/** PSLLDQ and PSRLDQ: whole bytes; the immediate is their number. */
for (const [name, isLeft] of [
  ["pslldq", true],
  ["psrldq", false],
] as const) {
  define(
    name,
    (b, dst, immediate) => {
      const count = minimum(b, b.and(immediate.read(), b.constant(0xff)), 16);
      // Of bytes numbered outside 0 to 15, the result is zero.
      const from = b.operation(isLeft ? "i8x16.sub" : "i8x16.add", byteNumbers(b), splatByte(b, count));
      dst.write(b.operation("i8x16.swizzle", dst.read(), from));
    },
    { forms: ["ri"], widths: [[16, 1]] },
  );
}
