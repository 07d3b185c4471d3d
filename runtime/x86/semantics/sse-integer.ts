/** SSE bitwise logic and packed integers, as far as they are one operation. A memory operand is aligned. Intel SDM vol. 2. */
import type { OperationName } from "../operations.js";
import { definePacked } from "./packed.js";

/** destination ← destination OP source, element by element. */
const elementwise: readonly (readonly [string, OperationName])[] = [
  ["andps", "v128.and"],
  ["andpd", "v128.and"],
  ["pand", "v128.and"],
  ["orps", "v128.or"],
  ["orpd", "v128.or"],
  ["por", "v128.or"],
  ["xorps", "v128.xor"],
  ["xorpd", "v128.xor"],
  ["pxor", "v128.xor"],
  ["paddb", "i8x16.add"],
  ["paddw", "i16x8.add"],
  ["paddd", "i32x4.add"],
  ["paddq", "i64x2.add"],
  ["paddsb", "i8x16.add_sat_s"],
  ["paddsw", "i16x8.add_sat_s"],
  ["paddusb", "i8x16.add_sat_u"],
  ["paddusw", "i16x8.add_sat_u"],
  ["psubb", "i8x16.sub"],
  ["psubw", "i16x8.sub"],
  ["psubd", "i32x4.sub"],
  ["psubq", "i64x2.sub"],
  ["psubsb", "i8x16.sub_sat_s"],
  ["psubsw", "i16x8.sub_sat_s"],
  ["psubusb", "i8x16.sub_sat_u"],
  ["psubusw", "i16x8.sub_sat_u"],
  ["pmullw", "i16x8.mul"],
  ["pmaddwd", "i32x4.dot_i16x8_s"],
  ["pavgb", "i8x16.avgr_u"],
  ["pavgw", "i16x8.avgr_u"],
  ["pmaxub", "i8x16.max_u"],
  ["pmaxsw", "i16x8.max_s"],
  ["pminub", "i8x16.min_u"],
  ["pminsw", "i16x8.min_s"],
  ["pcmpeqb", "i8x16.eq"],
  ["pcmpeqw", "i16x8.eq"],
  ["pcmpeqd", "i32x4.eq"],
  ["pcmpgtb", "i8x16.gt_s"],
  ["pcmpgtw", "i16x8.gt_s"],
  ["pcmpgtd", "i32x4.gt_s"],
  ["packsswb", "i8x16.narrow_i16x8_s"],
  ["packuswb", "i8x16.narrow_i16x8_u"],
  ["packssdw", "i16x8.narrow_i32x4_s"],
];
for (const [name, operation] of elementwise) {
  // Those of floating-point numbers have no MMX form.
  const mmx = name.startsWith("pack") ? "joined" : name.startsWith("p") ? "each" : undefined;
  definePacked(name, (b, x, y) => b.operation(operation, x, y), mmx);
}

/** destination ← NOT destination AND source. */
for (const name of ["andnps", "andnpd", "pandn"]) {
  definePacked(name, (b, x, y) => b.operation("v128.andnot", y, x), name === "pandn" ? "each" : undefined);
}

/** Elements of `size` bytes of both lower (or upper) halves in turn. */
function interleave(size: number, isUpper: boolean): number[] {
  const first = isUpper ? 8 : 0;
  return Array.from({ length: 16 }, (_, i) => {
    const element = Math.floor(i / (2 * size));
    const isSource = Math.floor(i / size) % 2 === 1;
    return first + element * size + (i % size) + (isSource ? 16 : 0);
  });
}
for (const [name, size, isUpper, hasMmx] of [
  ["punpcklbw", 1, false, true],
  ["punpcklwd", 2, false, true],
  ["punpckldq", 4, false, true],
  ["punpcklqdq", 8, false, false],
  ["punpckhbw", 1, true, true],
  ["punpckhwd", 2, true, true],
  ["punpckhdq", 4, true, true],
  ["punpckhqdq", 8, true, false],
  ["unpcklps", 4, false, false],
  ["unpcklpd", 8, false, false],
  ["unpckhps", 4, true, false],
  ["unpckhpd", 8, true, false],
] as const) {
  // With the same 8 bytes in both halves, all of them are interleaved either way.
  const mmx = hasMmx ? (isUpper ? "upper" : "lower") : undefined;
  definePacked(name, (b, x, y) => b.shuffle(interleave(size, isUpper), x, y), mmx);
}

/** PMULHW, PMULHUW: the upper halves of the 32-bit products. */
const upperShorts = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((element) => [4 * element + 2, 4 * element + 3]);
for (const [name, low, high] of [
  ["pmulhw", "i32x4.extmul_low_i16x8_s", "i32x4.extmul_high_i16x8_s"],
  ["pmulhuw", "i32x4.extmul_low_i16x8_u", "i32x4.extmul_high_i16x8_u"],
] as const) {
  definePacked(name, (b, x, y) => b.shuffle(upperShorts, b.operation(low, x, y), b.operation(high, x, y)), "each");
}

/** PMULUDQ: 64-bit products of the even 32-bit elements. */
definePacked(
  "pmuludq",
  (b, x, y) => {
    const mask = b.splat(b.constant(0xffffffffn));
    return b.operation("i64x2.mul", b.operation("v128.and", x, mask), b.operation("v128.and", y, mask));
  },
  "each",
);

/** PSADBW: the sum of the differences of eight bytes, in each half. */
definePacked(
  "psadbw",
  (b, x, y) => {
    const differences = b.operation("i8x16.sub", b.operation("i8x16.max_u", x, y), b.operation("i8x16.min_u", x, y));
    const pairs = b.operation("i16x8.extadd_pairwise_i8x16_u", differences);
    const fours = b.operation("i32x4.extadd_pairwise_i16x8_u", pairs);
    const even = b.operation("v128.and", fours, b.splat(b.constant(0xffffffffn)));
    return b.operation("i64x2.add", even, b.operation("i64x2.shr_u", fours, b.bit(32)));
  },
  "each",
);
