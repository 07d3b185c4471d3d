/** SSSE3, and the moves of SSE3. A memory operand of 16 bytes is aligned. Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { define } from "../define.js";
import { readVector } from "../float-instruction.js";
import type { OperationName } from "../operations.js";
import type { Value } from "../value.js";
import { definePacked, executeMmx, mmxVariants } from "./packed.js";
import { byteNumbers, minimum, splatByte } from "./sse-shift.js";
import { immediateByte } from "./sse-shuffle.js";

const splat16 = (b: Builder, value: bigint) => b.splat(b.constant(value * 0x0001000100010001n));
const splat8 = (b: Builder, value: bigint) => b.splat(b.constant(value * 0x0101010101010101n));
const zeroVector = (b: Builder) => b.splat(b.constant(0));

/** PSHUFB: of bytes whose number has its top bit set, zero; the others count modulo 16. */
definePacked(
  "pshufb",
  (b, x, y) => b.operation("i8x16.swizzle", x, b.operation("v128.and", y, splat8(b, 0x8fn))),
  "each",
);

for (const [suffix, shape] of [
  ["b", "i8x16"],
  ["w", "i16x8"],
  ["d", "i32x4"],
] as const) {
  definePacked(`pabs${suffix}`, (b, _x, y) => b.operation(`${shape}.abs`, y), "each");
  /** PSIGNB and its kin: negated, zero or unchanged, as the source is negative, zero or positive. */
  definePacked(
    `psign${suffix}`,
    (b, x, y) => {
      const isNegative = b.operation(`${shape}.gt_s`, zeroVector(b), y);
      const signed = b.operation("v128.bitselect", b.operation(`${shape}.neg`, x), x, isNegative);
      return b.operation("v128.andnot", signed, b.operation(`${shape}.eq`, y, zeroVector(b)));
    },
    "each",
  );
}

/** The even or odd elements of two vectors. */
function everySecond(size: number, isOdd: boolean): number[] {
  return Array.from({ length: 16 }, (_, i) => 2 * size * Math.floor(i / size) + (i % size) + (isOdd ? size : 0));
}
/** Neighbours of the destination, then of the source. */
for (const [name, operation, size] of [
  ["phaddw", "i16x8.add", 2],
  ["phaddd", "i32x4.add", 4],
  ["phaddsw", "i16x8.add_sat_s", 2],
  ["phsubw", "i16x8.sub", 2],
  ["phsubd", "i32x4.sub", 4],
  ["phsubsw", "i16x8.sub_sat_s", 2],
] as const satisfies readonly (readonly [string, OperationName, number])[]) {
  definePacked(
    name,
    (b, x, y) =>
      b.operation(operation, b.shuffle(everySecond(size, false), x, y), b.shuffle(everySecond(size, true), x, y)),
    "joined",
  );
}

/** PMADDUBSW: unsigned bytes of the destination times signed ones of the source; neighbours are added, saturating. */
definePacked(
  "pmaddubsw",
  (b, x, y) => {
    const eight = b.bit(8);
    const product = (unsigned: Value, signed: Value) => b.operation("i16x8.mul", unsigned, signed);
    const even = product(
      b.operation("v128.and", x, splat16(b, 0xffn)),
      b.operation("i16x8.shr_s", b.operation("i16x8.shl", y, eight), eight),
    );
    const odd = product(b.operation("i16x8.shr_u", x, eight), b.operation("i16x8.shr_s", y, eight));
    return b.operation("i16x8.add_sat_s", even, odd);
  },
  "each",
);

/** PMULHRSW: WebAssembly's operation, but −1 · −1 wraps to −1. */
definePacked(
  "pmulhrsw",
  (b, x, y) => {
    const minusOne = splat16(b, 0x8000n);
    const wraps = b.operation("v128.and", b.operation("i16x8.eq", x, minusOne), b.operation("i16x8.eq", y, minusOne));
    return b.operation("v128.xor", b.operation("i16x8.q15mulr_sat_s", x, y), wraps);
  },
  "each",
);

/** PALIGNR: as many bytes of destination:source as a register has, from the byte that the immediate says. */
define(
  "palignr",
  (b, dst, src, immediate) => {
    const from = (bytes: number) =>
      b.operation("i8x16.add", byteNumbers(b), splatByte(b, minimum(b, immediateByte(b, immediate), bytes)));
    if (dst.width < 16) {
      executeMmx(b, dst, () => {
        const both = b.replaceLane(b.splat(src.read()), 1, dst.read());
        return b.lane(b.operation("i8x16.swizzle", both, from(16)), 0);
      });
      return;
    }
    src.requireAlignment(16);
    const source = src.read();
    const numbers = from(32);
    const low = b.operation("i8x16.swizzle", source, numbers);
    const high = b.operation("i8x16.swizzle", dst.read(), b.operation("i8x16.sub", numbers, splat8(b, 16n)));
    dst.write(b.operation("v128.or", low, high));
  },
  {
    variants: [
      { form: "rxi", widths: [16, 16, 1] },
      ...mmxVariants().map(({ form, widths }) => ({ form: `${form}i`, widths: [...widths, 1] as const })),
    ],
  },
);

/** MOVSLDUP and MOVSHDUP: the even or the odd elements, twice. */
definePacked("movsldup", (b, _x, y) => b.shuffle([0, 1, 2, 3, 0, 1, 2, 3, 8, 9, 10, 11, 8, 9, 10, 11], y, y));
definePacked("movshdup", (b, _x, y) => b.shuffle([4, 5, 6, 7, 4, 5, 6, 7, 12, 13, 14, 15, 12, 13, 14, 15], y, y));
define("movddup", (b, dst, src) => dst.write(b.splat(b.lane(readVector(b, src), 0))), {
  forms: ["rx"],
  widths: [[16, 8]],
});
