/** Shuffles, insertions and extractions of elements by an immediate byte, and MASKMOVDQU. Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { define, type Variant } from "../define.js";
import type { Operand } from "../operands.js";
import type { Value, Width } from "../value.js";
import { wait } from "../x87/parts.js";
import { enterMmx, executeMmx } from "./packed.js";

export function immediateByte(b: Builder, operand: Operand): Value {
  return b.and(operand.read(), b.constant(0xff));
}

/** Field `index` of the immediate, fields of `bits` bits. */
function field(b: Builder, immediate: Value, index: number, bits: number): Value {
  return b.and(b.shiftRight(immediate, index * bits), b.constant((1 << bits) - 1));
}

/** Numbers of the bytes of the elements (`size` bytes) that the immediate's fields of two bits name, from `first` on: 64 bits. */
export function chosenBytes(b: Builder, immediate: Value, first: number, size: 2 | 4): Value {
  let numbers = b.constant(size === 2 ? 0x0100010001000100n : 0x0302010003020100n);
  const everyByte = size === 2 ? 0x0202 : 0x04040404;
  for (let i = 0; i < 8 / size; i++) {
    const offsets = b.multiply(field(b, immediate, first + i, 2), b.constant(everyByte));
    numbers = b.add(numbers, b.shiftLeft(offsets, 8 * size * i));
  }
  return numbers;
}

/** Both halves. */
function vectorOf(b: Builder, low: Value, high: Value): Value {
  return b.replaceLane(b.splat(low), 1, high);
}

/** The 32-bit elements that the immediate's fields of two bits name. */
export function chooseWords(b: Builder, vector: Value, immediate: Value): Value {
  const bytes = vectorOf(b, chosenBytes(b, immediate, 0, 4), chosenBytes(b, immediate, 2, 4));
  return b.operation("i8x16.swizzle", vector, bytes);
}

const packed = { forms: ["rxi"], widths: [[16, 16, 1]] } as const;

define(
  "pshufd",
  (b, dst, src, immediate) => {
    src.requireAlignment(16);
    dst.write(chooseWords(b, src.read(), immediateByte(b, immediate)));
  },
  packed,
);

/** PSHUFLW and PSHUFHW: the 16-bit elements of one half; the other is copied. */
for (const [name, half] of [
  ["pshuflw", 0],
  ["pshufhw", 1],
] as const) {
  define(
    name,
    (b, dst, src, immediate) => {
      src.requireAlignment(16);
      const source = src.read();
      // Elements of the upper half: their bytes are eight further.
      const chosen = b.add(
        chosenBytes(b, immediateByte(b, immediate), 0, 2),
        b.constant(half === 1 ? 0x0808080808080808n : 0n),
      );
      const shuffled = b.operation("i8x16.swizzle", source, b.splat(chosen));
      dst.write(b.replaceLane(source, half, b.lane(shuffled, half)));
    },
    packed,
  );
}

/** SHUFPS: two elements of the destination, then two of the source. */
define(
  "shufps",
  (b, dst, src, immediate) => {
    src.requireAlignment(16);
    const source = src.read();
    const byte = immediateByte(b, immediate);
    const low = b.lane(chooseWords(b, dst.read(), byte), 0);
    dst.write(vectorOf(b, low, b.lane(chooseWords(b, source, byte), 1)));
  },
  packed,
);

define(
  "shufpd",
  (b, dst, src, immediate) => {
    src.requireAlignment(16);
    const source = src.read();
    const value = dst.read();
    const byte = immediateByte(b, immediate);
    const half = (vector: Value, index: number) =>
      b.select(b.operation("i32.wrap_i64", field(b, byte, index, 1)), b.lane(vector, 1), b.lane(vector, 0));
    dst.write(vectorOf(b, half(value, 0), half(source, 1)));
  },
  packed,
);

/** The half of a vector that has the element, and how far up in it the element is, in bits. */
function elementPlace(
  b: Builder,
  vector: Value,
  index: Value,
  size: Width,
): { isUpper: Value; half: Value; shift: Value } {
  const perHalf = 8 / size;
  const isUpper = b.operation("i32.wrap_i64", b.bitOf(index, Math.log2(perHalf)));
  const half = b.select(isUpper, b.lane(vector, 1), b.lane(vector, 0));
  return { isUpper, half, shift: b.multiply(b.and(index, b.constant(perHalf - 1)), b.constant(8 * size)) };
}

/** How far up in an MMX register the word is that the immediate names, in bits. */
function wordShift(b: Builder, immediate: Operand): Value {
  return b.shiftLeft(b.and(immediate.read(), b.constant(3)), 4);
}
const insertionsToMmx: readonly Variant[] = [
  { form: "qri", widths: [8, 4, 1] },
  { form: "qri", widths: [8, 8, 1] },
  { form: "qmi", widths: [8, 2, 1] },
];
const extractionsFromMmx: readonly Variant[] = [
  { form: "rqi", widths: [4, 8, 1] },
  { form: "rqi", widths: [8, 8, 1] },
];

/** PINSRB, PINSRW, PINSRD, PINSRQ: replaces the element of `size` bytes that the immediate names. */
for (const [name, size, widths] of [
  ["pinsrb", 1, [4, 8]],
  ["pinsrw", 2, [4, 8]],
  ["pinsrd", 4, [4]],
  ["pinsrq", 8, [8]],
] as const) {
  define(
    name,
    (b, dst, src, immediate) => {
      if (dst.isMmx) {
        executeMmx(b, dst, () => {
          const shift = wordShift(b, immediate);
          const mask = b.shiftLeft(b.constant(0xffff), shift);
          return b.or(b.and(dst.read(), b.not(mask)), b.shiftLeft(src.readPart(0, 2), shift));
        });
        return;
      }
      const element = b.zeroExtend(src.readPart(0, size), size);
      const vector = dst.read();
      const { isUpper, half, shift } = elementPlace(
        b,
        vector,
        b.and(immediate.read(), b.constant(16 / size - 1)),
        size,
      );
      const mask = b.shiftLeft(b.constant((1n << BigInt(8 * size)) - 1n), shift);
      const changed = b.or(b.and(half, b.not(mask)), b.shiftLeft(element, shift));
      dst.write(b.select(isUpper, b.replaceLane(vector, 1, changed), b.replaceLane(vector, 0, changed)));
    },
    {
      variants: [
        ...widths.map((width) => ({ form: "rri", widths: [16, width, 1] as const })),
        { form: "rmi", widths: [16, size, 1] },
        ...(name === "pinsrw" ? insertionsToMmx : []),
      ],
    },
  );
}

/** PEXTRB, PEXTRW, PEXTRD, PEXTRQ, EXTRACTPS: the element of `size` bytes that the immediate names, zero-extended. */
for (const [name, size, widths] of [
  ["pextrb", 1, [4, 8]],
  ["pextrw", 2, [4, 8]],
  ["pextrd", 4, [4]],
  ["pextrq", 8, [8]],
  ["extractps", 4, [4, 8]],
] as const) {
  define(
    name,
    (b, dst, src, immediate) => {
      if (src.isMmx) {
        wait(b);
        dst.write(b.zeroExtend(b.shiftRight(src.read(), wordShift(b, immediate)), 2));
        enterMmx(b);
        return;
      }
      const index = b.and(immediate.read(), b.constant(16 / size - 1));
      const { half, shift } = elementPlace(b, src.read(), index, size);
      dst.write(b.zeroExtend(b.shiftRight(half, shift), size));
    },
    {
      variants: [
        ...widths.map((width) => ({ form: "rri", widths: [width, 16, 1] as const })),
        { form: "mri", widths: [size, 16, 1] },
        ...(name === "pextrw" ? extractionsFromMmx : []),
      ],
    },
  );
}

/** MASKMOVDQU, MASKMOVQ: the bytes whose mask has its top bit set, to where rDI points. The others are not touched. */
for (const [name, form, width] of [
  ["maskmovdqu", "rr", 16],
  ["maskmovq", "qq", 8],
] as const) {
  define(
    name,
    (b, src, mask) => {
      if (src.isMmx) wait(b);
      const offset = b.and(b.register("di", 8).read(), b.instruction("addressMask"));
      const address = b.add(b.instruction("segmentBase"), offset);
      const masks = src.isMmx ? b.splat(mask.read()) : mask.read();
      const chosen = b.extend(b.operation("i8x16.bitmask", masks));
      const forEachByte = (body: (at: Value, index: Value) => void) => {
        const index = b.variable(b.constant(0));
        b.doWhile(() => {
          const current = index.get();
          b.if(b.operation("i32.wrap_i64", b.bitOf(chosen, current)), () => body(b.add(address, current), current));
          const next = b.add(current, b.constant(1));
          index.set(next);
          return b.lessUnsigned(next, b.constant(width));
        });
      };
      const value = src.isMmx ? b.splat(src.read()) : src.read();
      const [low, high] = [b.lane(value, 0), b.lane(value, 1)];
      // The x87 unit is taken even when the access faults. All are checked before the first is written.
      if (src.isMmx) enterMmx(b);
      forEachByte((at) => b.checkWrite(at, 1));
      forEachByte((at, index) => {
        const half = b.select(b.lessUnsigned(index, b.constant(8)), low, high);
        b.storeChecked(at, 0, 1, b.shiftRight(half, b.shiftLeft(index, 3)));
      });
    },
    { forms: [form], widths: [[width, width]] },
  );
}
