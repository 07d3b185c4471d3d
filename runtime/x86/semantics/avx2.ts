/** AVX2 instructions that have no SSE twin: permutations across lanes, shifts by element. Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { define, type Semantics } from "../define.js";
import type { Value } from "../value.js";
import { defineVexOf, writeLanes } from "../vex.js";
import { bytesOfWords } from "./avx.js";

/** VPERMD, VPERMPS: any of the eight elements. */
for (const name of ["vpermd", "vpermps"]) {
  define(
    name,
    (b, dst, numbers, src) => {
      const [low, high] = [src.readPart(0, 16), src.readPart(16, 16)];
      const lane = (offset: number) => {
        const bytes = bytesOfWords(b, numbers.readPart(offset, 16), 7);
        // Of bytes numbered outside 0 to 15, the result is zero.
        const upper = b.operation("i8x16.sub", bytes, b.splat(b.constant(0x1010101010101010n)));
        const fromHigh = b.operation("i8x16.swizzle", high, upper);
        return b.operation("v128.or", b.operation("i8x16.swizzle", low, bytes), fromHigh);
      };
      writeLanes(b, dst, [lane(0), lane(16)]);
    },
    { forms: ["rra"], widths: [[32, 32, 32]] },
  );
}

/** VPERMQ, VPERMPD: any of the four elements, by the immediate's fields of two bits. */
for (const name of ["vpermq", "vpermpd"]) {
  define(
    name,
    (b, dst, src, immediate) => {
      const elements = [0, 8, 16, 24].map((offset) => src.readPart(offset, 8));
      const byte = immediate.read();
      const bit = (index: number) => b.operation("i32.wrap_i64", b.bitOf(byte, index));
      const chosen = (field: number) => {
        const [first, second, third, fourth] = elements as [Value, Value, Value, Value];
        const isOdd = bit(2 * field);
        return b.select(bit(2 * field + 1), b.select(isOdd, fourth, third), b.select(isOdd, second, first));
      };
      const lane = (field: number) => b.replaceLane(b.splat(chosen(field)), 1, chosen(field + 1));
      writeLanes(b, dst, [lane(0), lane(2)]);
    },
    { forms: ["rai"], widths: [[32, 32, 1]] },
  );
}

/** VPSLLVD and its kin: every element by the count in the same place. Beyond the element's width nothing is left. */
const shiftsOfWords = {
  vpsllvd: (b: Builder, x: Value, count: Value) => b.shiftLeft(b.zeroExtend(x, 4), count),
  vpsrlvd: (b: Builder, x: Value, count: Value) => b.shiftRight(b.zeroExtend(x, 4), count),
  vpsravd: (b: Builder, x: Value, count: Value) => b.shiftRightArithmetic(b.signExtend(x, 4), count),
} as const;
for (const [name, shift] of Object.entries(shiftsOfWords)) {
  defineElementShift(name, (b, half, counts) => {
    const word = (x: Value, count: Value) => {
      const bounded = b.select(b.lessUnsigned(count, b.constant(32)), count, b.constant(32));
      return b.zeroExtend(shift(b, x, bounded), 4);
    };
    const high = word(b.shiftRight(half, 32), b.shiftRight(counts, 32));
    return b.or(word(half, b.zeroExtend(counts, 4)), b.shiftLeft(high, 32));
  });
}
for (const [name, operation] of [
  ["vpsllvq", "i64.shl"],
  ["vpsrlvq", "i64.shr_u"],
] as const) {
  defineElementShift(name, (b, half, count) =>
    b.select(b.lessUnsigned(count, b.constant(64)), b.operation(operation, half, count), b.constant(0)),
  );
}

/** `shift` shifts the elements of 64 bits. */
function defineElementShift(name: string, shift: (b: Builder, half: Value, counts: Value) => Value): void {
  const semantics: Semantics = (b, dst, value, counts) => {
    const [x, by] = [value.read(), counts.read()];
    const half = (index: 0 | 1) => shift(b, b.lane(x, index), b.lane(by, index));
    dst.write(b.replaceLane(b.splat(half(0)), 1, half(1)));
  };
  defineVexOf(name, semantics, [{ form: "rrx", widths: [16, 16, 16] }], {});
}
