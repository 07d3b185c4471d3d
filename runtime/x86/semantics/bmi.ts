/** BMI1, BMI2 and ADX. Intel SDM vol. 2. TZCNT, LZCNT and POPCNT are among the bit counts (`bit.ts`). */
import type { Builder } from "../builder.js";
import { allAlike, define } from "../define.js";
import { flagBits } from "../flags.js";
import type { Operand } from "../operands.js";
import type { Value } from "../value.js";
import { highUnsigned } from "./multiply-divide.js";

const two = allAlike([4, 8], 2);
const three = allAlike([4, 8], 3);

/** ANDN: destination ← NOT first AND second. */
define(
  "andn",
  (b, dst, first, second) => {
    const result = b.and(second.read(), b.not(first.read()));
    dst.write(result);
    b.setLogicFlags(result);
  },
  { widths: three },
);

/** BEXTR: the bits from the position in bits 0 to 7 of the control on, as many as bits 8 to 15 say. */
define(
  "bextr",
  (b, dst, src, control) => {
    const value = src.readUnsigned();
    const fields = control.read();
    const start = b.and(fields, b.constant(0xff));
    const length = b.and(b.shiftRight(fields, 8), b.constant(0xff));
    const shifted = b.select(b.lessUnsigned(start, b.constant(64)), b.shiftRight(value, start), b.constant(0));
    const result = b.signExtend(lowBits(b, shifted, length), b.width);
    dst.write(result);
    b.setLogicFlags(result);
  },
  { widths: three },
);

/** The lowest `count` bits of `value`. */
function lowBits(b: Builder, value: Value, count: Value): Value {
  const mask = b.subtract(b.shiftLeft(b.constant(1), count), b.constant(1));
  return b.select(b.lessUnsigned(count, b.constant(64)), b.and(value, mask), value);
}

/** BZHI: clears the bits from the index on. CF = the index is beyond the operand. */
define(
  "bzhi",
  (b, dst, src, index) => {
    const count = b.and(index.read(), b.constant(0xff));
    const result = b.signExtend(lowBits(b, src.readUnsigned(), count), b.width);
    dst.write(result);
    const carry = b.extend(b.operation("i64.gt_u", count, b.constant(8 * b.width - 1)));
    b.setFlags({ kind: "result", result, others: carry });
  },
  { widths: three },
);

/** BLSI: the lowest set bit. BLSMSK: it and all below. BLSR: all but it. */
for (const [name, combine, carriesForZero] of [
  ["blsi", (b: Builder, value: Value) => b.and(value, b.subtract(b.constant(0), value)), false],
  ["blsmsk", (b: Builder, value: Value) => b.xor(value, b.subtract(value, b.constant(1))), true],
  ["blsr", (b: Builder, value: Value) => b.and(value, b.subtract(value, b.constant(1))), true],
] as const) {
  define(
    name,
    (b, dst, src) => {
      const value = src.read();
      const result = b.signExtend(combine(b, value), b.width);
      dst.write(result);
      const isZero = b.isZero(value);
      b.setFlags({ kind: "result", result, others: b.extend(carriesForZero ? isZero : b.isZero(isZero)) });
    },
    { widths: two },
  );
}

/** For every bit of the mask, from the lowest on: `body` gets that bit as a mask, and how many came before, as a mask. */
function forEachBit(b: Builder, mask: Value, body: (bit: Value, place: Value) => void): void {
  const rest = b.variable(mask);
  const place = b.variable(b.constant(1));
  b.while(
    () => b.notEqual(rest.get(), b.constant(0)),
    () => {
      const current = rest.get();
      body(b.and(current, b.subtract(b.constant(0), current)), place.get());
      rest.set(b.and(current, b.subtract(current, b.constant(1))));
      place.set(b.shiftLeft(place.get(), 1));
    },
  );
}

/** PDEP: the lowest bits of the source to the places of the mask; PEXT: the bits at the places of the mask, together. */
for (const [name, isDeposit] of [
  ["pdep", true],
  ["pext", false],
] as const) {
  define(
    name,
    (b, dst, src, mask) => {
      const value = src.readUnsigned();
      const result = b.variable(b.constant(0));
      forEachBit(b, mask.readUnsigned(), (bit, place) => {
        const [from, to] = isDeposit ? [place, bit] : [bit, place];
        const isSet = b.notEqual(b.and(value, from), b.constant(0));
        result.set(b.or(result.get(), b.select(isSet, to, b.constant(0))));
      });
      dst.write(result.get());
    },
    { widths: three },
  );
}

/** Shifts and rotation that leave the flags alone; the count is taken modulo the width. */
for (const [name, shift] of [
  ["sarx", (b: Builder, src: Operand, count: Value) => b.shiftRightArithmetic(src.read(), count)],
  ["shlx", (b: Builder, src: Operand, count: Value) => b.shiftLeft(src.readUnsigned(), count)],
  ["shrx", (b: Builder, src: Operand, count: Value) => b.shiftRight(src.readUnsigned(), count)],
] as const) {
  define(name, (b, dst, src, count) => dst.write(shift(b, src, b.and(count.read(), b.constant(8 * b.width - 1)))), {
    widths: three,
  });
}
define(
  "rorx",
  (b, dst, src, immediate) => {
    const value = src.readUnsigned();
    const bits = 8 * b.width;
    const count = b.and(immediate.read(), b.constant(bits - 1));
    const left = b.and(b.subtract(b.constant(bits), count), b.constant(bits - 1));
    dst.write(b.or(b.shiftRight(value, count), b.shiftLeft(value, left)));
  },
  { forms: ["rai"], widths: three },
);

/** MULX: the product of rDX and the source; its upper half to the first operand, which wins if both are one. */
define(
  "mulx",
  (b, high, low, src) => {
    const [x, y] = [b.register("d").readUnsigned(), src.readUnsigned()];
    const product = b.multiply(x, y);
    const upper = b.width === 8 ? highUnsigned(b, x, y) : b.shiftRight(product, 32);
    low.write(product);
    high.write(upper);
  },
  { widths: three },
);

/** ADCX and ADOX: additions whose carry is CF or OF alone. */
for (const [name, flag] of [
  ["adcx", "cf"],
  ["adox", "of"],
] as const) {
  define(
    name,
    (b, dst, src) => {
      const [x, y] = [dst.readUnsigned(), src.readUnsigned()];
      const flags = b.statusFlags();
      const sum = b.add(b.add(x, y), b.bitOf(flags, flagBits[flag]));
      const carry = b.width === 8 ? b.sign(b.or(b.and(x, y), b.and(b.or(x, y), b.not(sum)))) : b.shiftRight(sum, 32);
      dst.write(sum);
      const others = b.and(flags, b.constant(~(1 << flagBits[flag])));
      b.setFlags({ kind: "explicit", bits: b.or(others, b.shiftLeft(carry, flagBits[flag])) });
    },
    { widths: two },
  );
}
