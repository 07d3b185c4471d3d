/**
 * Shifts and rotates. The count is taken modulo 32, or 64 for quadwords; a count of zero changes no flag. OF is defined
 * for counts of one only; beyond that it follows the same rule here, as on processors. Intel SDM vol. 2.
 */
import type { Builder } from "../builder.js";
import { allAlike, define } from "../define.js";
import type { Operand } from "../operands.js";
import type { Value, Width } from "../value.js";

const anyWidthByCount: readonly (readonly Width[])[] = [
  [1, 1],
  [2, 1],
  [4, 1],
  [8, 1],
];

function maskedCount(b: Builder, count: Operand): Value {
  return b.and(count.readUnsigned(), b.constant(b.width === 8 ? 63 : 31));
}

/** CF at bit 0 and OF at bit 11. */
function carryAndOverflow(b: Builder, carry: Value, overflow: Value): Value {
  return b.or(carry, b.shiftLeft(overflow, 11));
}

/** SHL: shifts left. CF is the last bit out. OF = sign of the result XOR CF. */
define(
  "shl",
  (b, dst, countOperand) => {
    const bits = 8 * b.width;
    const count = maskedCount(b, countOperand);
    const value = dst.readUnsigned();
    const result = b.signExtend(b.shiftLeft(value, count), b.width);
    dst.write(result);
    b.if(b.notEqual(count, b.constant(0)), () => {
      const carry = b.bitOf(value, b.subtract(b.constant(bits), count));
      b.setFlags({ kind: "result", result, others: carryAndOverflow(b, carry, b.xor(b.sign(result), carry)) });
    });
  },
  { widths: anyWidthByCount },
);

/** SHR: shifts right, zeroes come in. OF = sign of the operand. */
define(
  "shr",
  (b, dst, countOperand) => {
    const count = maskedCount(b, countOperand);
    const value = dst.readUnsigned();
    const result = b.signExtend(b.shiftRight(value, count), b.width);
    dst.write(result);
    b.if(b.notEqual(count, b.constant(0)), () => {
      const carry = b.bitOf(value, b.subtract(count, b.constant(1)));
      const overflow = b.bitOf(value, 8 * b.width - 1);
      b.setFlags({ kind: "result", result, others: carryAndOverflow(b, carry, overflow) });
    });
  },
  { widths: anyWidthByCount },
);

/** SAR: shifts right, copies of the sign come in. OF = 0. */
define(
  "sar",
  (b, dst, countOperand) => {
    const count = maskedCount(b, countOperand);
    const value = dst.read();
    const result = b.shiftRightArithmetic(value, count);
    dst.write(result);
    b.if(b.notEqual(count, b.constant(0)), () => {
      const carry = b.and(b.shiftRightArithmetic(value, b.subtract(count, b.constant(1))), b.constant(1));
      b.setFlags({ kind: "result", result, others: carry });
    });
  },
  { widths: anyWidthByCount },
);

/** Sets CF and OF and leaves the rest. */
function setCarryAndOverflow(b: Builder, carry: Value, overflow: Value): void {
  const kept = b.and(b.statusFlags(), b.constant(~0x801));
  b.setFlags({ kind: "explicit", bits: b.or(kept, carryAndOverflow(b, carry, overflow)) });
}

/** `value` (zero-extended) rotated left by `count`, 0 to bits−1. */
function rotateLeft(b: Builder, value: Value, count: Value): Value {
  const bits = 8 * b.width;
  if (bits === 64) return b.operation("i64.rotl", value, count);
  return b.or(b.shiftLeft(value, count), b.shiftRight(value, b.subtract(b.constant(bits), count)));
}

/** ROL: CF = lowest bit of the result, OF = sign of the result XOR CF. */
define(
  "rol",
  (b, dst, countOperand) => {
    const bits = 8 * b.width;
    const count = maskedCount(b, countOperand);
    const result = rotateLeft(b, dst.readUnsigned(), b.and(count, b.constant(bits - 1)));
    dst.write(result);
    b.if(b.notEqual(count, b.constant(0)), () => {
      const carry = b.bitOf(result, 0);
      setCarryAndOverflow(b, carry, b.xor(b.bitOf(result, bits - 1), carry));
    });
  },
  { widths: anyWidthByCount },
);

/** ROR: CF = sign of the result, OF = XOR of its two highest bits. */
define(
  "ror",
  (b, dst, countOperand) => {
    const bits = 8 * b.width;
    const count = maskedCount(b, countOperand);
    const left = b.and(b.subtract(b.constant(bits), count), b.constant(bits - 1));
    const result = rotateLeft(b, dst.readUnsigned(), left);
    dst.write(result);
    b.if(b.notEqual(count, b.constant(0)), () => {
      const carry = b.bitOf(result, bits - 1);
      setCarryAndOverflow(b, carry, b.xor(b.bitOf(result, bits - 2), carry));
    });
  },
  { widths: anyWidthByCount },
);

/** The count of a rotation through CF: bytes and words have 9 and 17 positions. */
function countThroughCarry(b: Builder, count: Value): Value {
  return b.width < 4 ? b.operation("i64.rem_u", count, b.constant(8 * b.width + 1)) : count;
}

/** RCL: rotates CF and the operand left. OF = sign of the result XOR CF, also where the rotation is a full one. */
define(
  "rcl",
  (b, dst, countOperand) => {
    const bits = 8 * b.width;
    const masked = maskedCount(b, countOperand);
    const count = countThroughCarry(b, masked);
    const value = dst.readUnsigned();
    const isRotated = b.notEqual(count, b.constant(0));
    const oldCarry = b.extend(b.flag("cf"));
    // value << count, CF, then what went out at the top; in two shifts, so that none is by 64.
    const fromCarry = b.shiftLeft(oldCarry, b.subtract(count, b.constant(1)));
    const fromTop = b.shiftRight(b.shiftRight(value, 1), b.subtract(b.constant(bits), count));
    const rotated = b.or(b.or(b.shiftLeft(value, count), fromCarry), fromTop);
    const result = b.select(isRotated, rotated, value);
    dst.write(result);
    b.if(b.notEqual(masked, b.constant(0)), () => {
      const carry = b.select(isRotated, b.bitOf(value, b.subtract(b.constant(bits), count)), oldCarry);
      setCarryAndOverflow(b, carry, b.xor(b.bitOf(result, bits - 1), carry));
    });
  },
  { widths: anyWidthByCount },
);

/** RCR: rotates CF and the operand right. OF = XOR of the two highest bits of the result. */
define(
  "rcr",
  (b, dst, countOperand) => {
    const bits = 8 * b.width;
    const masked = maskedCount(b, countOperand);
    const count = countThroughCarry(b, masked);
    const value = dst.readUnsigned();
    const isRotated = b.notEqual(count, b.constant(0));
    const oldCarry = b.extend(b.flag("cf"));
    const left = b.subtract(b.constant(bits), count);
    const fromBottom = b.shiftLeft(b.shiftLeft(value, 1), left);
    const rotated = b.or(b.or(b.shiftRight(value, count), b.shiftLeft(oldCarry, left)), fromBottom);
    const result = b.select(isRotated, rotated, value);
    dst.write(result);
    b.if(b.notEqual(masked, b.constant(0)), () => {
      const carry = b.select(isRotated, b.bitOf(value, b.subtract(count, b.constant(1))), oldCarry);
      setCarryAndOverflow(b, carry, b.xor(b.bitOf(result, bits - 1), b.bitOf(result, bits - 2)));
    });
  },
  { widths: anyWidthByCount },
);

const doubleShiftWidths = allAlike([2, 4, 8], 2).map((widths) => [...widths, 1 as const]);

/** A word may be shifted by more than 16: then the source comes in once more (AMD's processors; the manual leaves it open). */
const threeWords = (b: Builder, low: Value, middle: Value, high: Value) =>
  b.or(low, b.or(b.shiftLeft(middle, 16), b.shiftLeft(high, 32)));

/** CF is clear where the count is above 16. */
const withinWord = (b: Builder, count: Value, carry: Value) =>
  b.select(b.lessUnsigned(b.constant(16), count), b.constant(0), carry);

/** The result, and the bit that went out last. */
interface DoubleShift {
  readonly shifted: Value;
  readonly carry: Value;
}
type DoubleShifter = (b: Builder, value: Value, source: Value, count: Value) => DoubleShift;

const doubleShifts: Readonly<Record<"shld" | "shrd", DoubleShifter>> = {
  /** SHLD: shifts the destination left; bits come in from the top of the source. */
  shld: (b, value, source, count) => {
    const left = b.subtract(b.constant(8 * b.width), count);
    if (b.width === 2) {
      const all = threeWords(b, source, source, value);
      return { shifted: b.shiftRight(b.shiftLeft(all, count), 32), carry: withinWord(b, count, b.bitOf(value, left)) };
    }
    const shifted = b.or(b.shiftLeft(value, count), b.shiftRight(source, left));
    return { shifted, carry: b.bitOf(value, left) };
  },
  /** SHRD: shifts the destination right; bits come in from the bottom of the source. */
  shrd: (b, value, source, count) => {
    const last = b.subtract(count, b.constant(1));
    if (b.width === 2) {
      const all = threeWords(b, value, source, source);
      return { shifted: b.shiftRight(all, count), carry: withinWord(b, count, b.bitOf(value, last)) };
    }
    const incoming = b.shiftLeft(source, b.subtract(b.constant(8 * b.width), count));
    return { shifted: b.or(b.shiftRight(value, count), incoming), carry: b.bitOf(value, last) };
  },
};

/** OF: the sign changed. */
for (const [name, shift] of Object.entries(doubleShifts)) {
  define(
    name,
    (b, dst, src, countOperand) => {
      const count = maskedCount(b, countOperand);
      const value = dst.readUnsigned();
      const { shifted: wide, carry } = shift(b, value, src.readUnsigned(), count);
      const isShifted = b.notEqual(count, b.constant(0));
      const shifted = b.signExtend(wide, b.width);
      dst.write(b.select(isShifted, shifted, value));
      b.if(isShifted, () => {
        const overflow = b.bitOf(b.xor(shifted, value), 8 * b.width - 1);
        b.setFlags({ kind: "result", result: shifted, others: carryAndOverflow(b, carry, overflow) });
      });
    },
    { widths: doubleShiftWidths },
  );
}
