/** Bit tests, bit scans and bit counts. Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { allAlike, define } from "../define.js";
import { MemoryOperand, type Operand } from "../operands.js";
import type { Value, Width } from "../value.js";

const changes = {
  /** BT: CF ← the bit. */
  bt: undefined,
  /** BTS: and then the bit ← 1. */
  bts: (b: Builder, value: Value, mask: Value) => b.or(value, mask),
  /** BTR: and then the bit ← 0. */
  btr: (b: Builder, value: Value, mask: Value) => b.and(value, b.not(mask)),
  /** BTC: and then the bit ← its complement. */
  btc: (b: Builder, value: Value, mask: Value) => b.xor(value, mask),
} as const;

/**
 * With a register as the offset, a memory operand is a string of bits: the offset is signed and reaches beyond the
 * operand. In all other forms it is taken modulo the operand's width.
 */
function bitString(b: Builder, offset: Value): Operand {
  const unitBits = 8 * b.width;
  const unit = b.shiftRightArithmetic(offset, Math.log2(unitBits));
  // Under an address-size prefix the sum is of 32 bits, too.
  const segment = b.instruction("segmentBase");
  const sum = b.add(b.subtract(b.effectiveAddress(), segment), b.multiply(unit, b.constant(b.width)));
  const address = b.add(b.and(sum, b.instruction("addressMask")), segment);
  return new MemoryOperand(b, b.width, address);
}

for (const [name, change] of Object.entries(changes)) {
  define(
    name,
    (b, dst, offsetOperand) => {
      const offset = offsetOperand.read();
      const target = dst.isMemory && offsetOperand.isRegister ? bitString(b, offset) : dst;
      const bit = b.and(offset, b.constant(8 * b.width - 1));
      const value = target.read();
      const carry = b.bitOf(value, bit);
      if (change) target.write(change(b, value, b.shiftLeft(b.constant(1), bit)));
      // Only CF changes; ZF stays by the manual, the others stay on processors.
      b.setFlags({ kind: "explicit", bits: b.or(b.and(b.statusFlags(), b.constant(~1)), carry) });
    },
    { forms: ["rr", "ri", "mr", "mi"], widths: allAlike([2, 4, 8], 2) },
  );
}

const scanWidths: readonly (readonly Width[])[] = allAlike([2, 4, 8], 2);

/** ZF = the source is zero, and then the destination stays (undefined in the manual); the other flags are undefined. */
function scan(b: Builder, dst: Operand, src: Operand, find: (value: Value) => Value): void {
  const value = src.readUnsigned();
  b.if(b.notEqual(value, b.constant(0)), () => dst.write(find(value)));
  b.setLogicFlags(value);
}
/** BSF: index of the lowest bit that is set. */
define("bsf", (b, dst, src) => scan(b, dst, src, (value) => b.operation("i64.ctz", value)), { widths: scanWidths });
/** BSR: index of the highest bit that is set. */
define(
  "bsr",
  (b, dst, src) => scan(b, dst, src, (value) => b.subtract(b.constant(63), b.operation("i64.clz", value))),
  { widths: scanWidths },
);

/** TZCNT and LZCNT: the number of zeroes below or above; CF = the source is zero, ZF = the result is. */
function countZeroes(b: Builder, dst: Operand, value: Value, count: Value): void {
  dst.write(count);
  const carry = b.extend(b.isZero(value));
  const zero = b.shiftLeft(b.extend(b.isZero(count)), 6);
  b.setFlags({ kind: "explicit", bits: b.or(carry, zero) });
}
define(
  "tzcnt",
  (b, dst, src) => {
    const value = src.readUnsigned();
    const bits = 8 * b.width;
    const bounded = bits === 64 ? value : b.or(value, b.constant(1n << BigInt(bits)));
    countZeroes(b, dst, value, b.operation("i64.ctz", bounded));
  },
  { widths: scanWidths },
);
define(
  "lzcnt",
  (b, dst, src) => {
    const value = src.readUnsigned();
    countZeroes(b, dst, value, b.subtract(b.operation("i64.clz", value), b.constant(64 - 8 * b.width)));
  },
  { widths: scanWidths },
);

/** POPCNT: the number of bits that are set. ZF = the source is zero; all others clear. */
define(
  "popcnt",
  (b, dst, src) => {
    const value = src.readUnsigned();
    dst.write(b.operation("i64.popcnt", value));
    b.setFlags({ kind: "explicit", bits: b.shiftLeft(b.extend(b.isZero(value)), 6) });
  },
  { widths: scanWidths },
);
