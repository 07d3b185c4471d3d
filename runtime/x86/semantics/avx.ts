/** AVX instructions that have no SSE twin: broadcasts, halves of YMM registers, permutations. Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { define, type Variant } from "../define.js";
import type { Operand } from "../operands.js";
import type { Value, Width } from "../value.js";
import { defineVexOf, lanesOf, writeLanes } from "../vex.js";
import { chooseWords, immediateByte } from "./sse-shuffle.js";

/** The element in every place. */
function everywhere(b: Builder, element: Value, width: Width): Value {
  if (width === 8) return b.splat(element);
  const word = b.operation("i32.wrap_i64", element);
  return b.operation(width === 4 ? "i32x4.splat" : width === 2 ? "i16x8.splat" : "i8x16.splat", word);
}
for (const [name, width, destinations] of [
  ["vbroadcastss", 4, [16, 32]],
  ["vbroadcastsd", 8, [32]],
  ["vpbroadcastb", 1, [16, 32]],
  ["vpbroadcastw", 2, [16, 32]],
  ["vpbroadcastd", 4, [16, 32]],
  ["vpbroadcastq", 8, [16, 32]],
] as const) {
  define(
    name,
    (b, dst, src) => {
      const value = everywhere(b, src.readPart(0, width), width);
      writeLanes(b, dst, dst.width === 32 ? [value, value] : [value]);
    },
    { forms: ["rx"], widths: destinations.map((destination) => [destination, width]) },
  );
}
for (const name of ["vbroadcastf128", "vbroadcasti128"]) {
  define(
    name,
    (b, dst, src) => {
      const value = src.read();
      writeLanes(b, dst, [value, value]);
    },
    { forms: ["rm"], widths: [[32, 16]] },
  );
}

/** A bit of the immediate as a condition. */
function immediateBit(b: Builder, immediate: Operand, index: number): Value {
  return b.operation("i32.wrap_i64", b.bitOf(immediate.read(), index));
}

/** VINSERTF128, VEXTRACTF128: the half that bit 0 of the immediate names. */
for (const suffix of ["f128", "i128"]) {
  define(
    `vinsert${suffix}`,
    (b, dst, first, second, immediate) => {
      const source = second.read();
      const isUpper = immediateBit(b, immediate, 0);
      const [low = source, high = source] = lanesOf(first);
      writeLanes(b, dst, [b.select(isUpper, low, source), b.select(isUpper, source, high)]);
    },
    { forms: ["rrai"], widths: [[32, 32, 16, 1]] },
  );
  define(
    `vextract${suffix}`,
    (b, dst, src, immediate) => {
      const [low, high] = [src.readPart(0, 16), src.readPart(16, 16)];
      writeLanes(b, dst, [b.select(immediateBit(b, immediate, 0), high, low)]);
    },
    {
      variants: ["rri", "mri"].map((form) => ({ form, widths: [16, 32, 1] })),
    },
  );
  /** Either half: bits 0 and 1 name one of the four halves of both sources, bit 3 clears it; bits 4, 5 and 7 likewise. */
  define(
    `vperm2${suffix}`,
    (b, dst, first, second, immediate) => {
      const [low, high] = [first.readPart(0, 16), first.readPart(16, 16)];
      const [otherLow, otherHigh] = [second.readPart(0, 16), second.readPart(16, 16)];
      const half = (from: number) => {
        const isHigh = immediateBit(b, immediate, from);
        const one = b.select(isHigh, high, low);
        const chosen = b.select(immediateBit(b, immediate, from + 1), b.select(isHigh, otherHigh, otherLow), one);
        return b.select(immediateBit(b, immediate, from + 3), b.splat(b.constant(0)), chosen);
      };
      writeLanes(b, dst, [half(0), half(4)]);
    },
    { forms: ["rrai"], widths: [[32, 32, 32, 1]] },
  );
}

const permutations: readonly Variant[] = [
  { form: "rxi", widths: [16, 16, 1] },
  { form: "rrx", widths: [16, 16, 16] },
];
/** VPERMILPS, VPERMILPD: elements of the same lane, by an immediate or by a vector. */
defineVexOf(
  "vpermilps",
  (b, dst, src, third) => {
    const value = src.read();
    const isImmediate = third.width === 1;
    if (isImmediate) dst.write(chooseWords(b, value, immediateByte(b, third)));
    else dst.write(b.operation("i8x16.swizzle", value, bytesOfWords(b, third.read(), 3)));
  },
  permutations,
  {},
);
defineVexOf(
  "vpermilpd",
  (b, dst, src, third) => {
    const value = src.read();
    const [low, high] = [b.lane(value, 0), b.lane(value, 1)];
    const control = third.width === 1 ? undefined : third.read();
    const chosen = (half: 0 | 1) => {
      const isHigh = control ? b.bitOf(b.lane(control, half), 1) : b.bitOf(third.read(), half);
      return b.select(b.operation("i32.wrap_i64", isHigh), high, low);
    };
    dst.write(b.replaceLane(b.splat(chosen(0)), 1, chosen(1)));
  },
  permutations,
  { immediateShift: 2 },
);

/** The numbers of the bytes of 32-bit elements whose numbers, modulo `mask` + 1, are in a vector. */
export function bytesOfWords(b: Builder, numbers: Value, mask: 3 | 7): Value {
  const every = (word: number) => b.splat(b.constant(BigInt(word) * 0x100000001n));
  const bounded = b.operation("v128.and", numbers, every(mask));
  return b.operation("i32x4.add", b.operation("i32x4.mul", bounded, every(0x04040404)), every(0x03020100));
}
