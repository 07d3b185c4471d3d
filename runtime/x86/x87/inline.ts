/**
 * The common cases of common x87 instructions in compiled code, where the opcode is known: all exceptions masked, full
 * precision, rounding to nearest, no register missing, and normal numbers. What else there is, the helper does.
 */
import type { Builder } from "../builder.js";
import type { Value } from "../value.js";
import { eflags } from "./execution.js";
import { exponentBias } from "./extended.js";
import { exponentOf, isNormal, noteBits, pack, signAndExponent, signOf } from "./inline-arithmetic.js";
import { initialControl, statusBits } from "./unit.js";

/** What an instruction does in the common case. */
export interface InlineForm {
  readonly isCommon: Value;
  /** Does it; returns what goes to memory, or the status flags. Recorded under the condition. */
  readonly apply: () => Value | undefined;
}

const roundingField = 0xc00;
const topField = 0x3800;
const precisionException = 0x20;

const zero = (b: Builder) => b.constant(0);
const all = (b: Builder, ...conditions: readonly Value[]) =>
  conditions.reduce((one, other) => b.operation("i32.and", one, other));
const isZero = (b: Builder, x: Value) => b.isZero(b.or(b.lane(x, 0), exponentOf(b, x)));
const isNormalOrZero = (b: Builder, x: Value) => b.operation("i32.or", isNormal(b, x), isZero(b, x));

/** The unit as it is before the instruction. */
class Unit {
  private readonly status: Value;
  private readonly tags: Value;
  private readonly control: Value;

  constructor(private readonly b: Builder) {
    this.status = b.state("x87Status");
    this.tags = b.state("x87Tags");
    this.control = b.state("x87Control");
  }

  get isUsual(): Value {
    return this.b.equal(this.control, this.b.constant(initialControl));
  }

  /** However it rounds: for what is exact. */
  get isUsualOrRounds(): Value {
    const { b } = this;
    return b.equal(b.or(this.control, b.constant(roundingField)), b.constant(initialControl | roundingField));
  }

  /** The number of the register that ST(i) is. */
  place(index: number): Value {
    const { b } = this;
    return b.and(b.add(b.shiftRight(this.status, 11), b.constant(index)), b.constant(7));
  }

  isFull(index: number): Value {
    const { b } = this;
    return b.operation("i32.wrap_i64", b.bitOf(this.tags, this.place(index)));
  }

  read(index: number): Value {
    return this.b.x87Register(this.place(index));
  }

  write(index: number, value: Value): void {
    this.b.setX87Register(this.place(index), value);
  }

  private bit(index: number): Value {
    return this.b.shiftLeft(this.b.constant(1), this.place(index));
  }

  /** Leaves everything else as it is. */
  pop(): void {
    const { b } = this;
    const top = b.shiftLeft(this.place(1), 11);
    b.setState("x87Status", b.or(b.and(this.status, b.constant(~topField)), top));
    b.setState("x87Tags", b.and(this.tags, b.not(this.bit(0))));
  }

  /** ST(`filled`) is not empty any more. `notes` of the result; `moves`: 1 pops, -1 pushes. */
  finish({ filled, notes, moves = 0 }: { filled?: number; notes?: Value; moves?: number }): void {
    const { b } = this;
    let status = b.and(this.status, b.constant(~(statusBits.c1 | (moves === 0 ? 0 : topField))));
    if (moves !== 0) status = b.or(status, b.shiftLeft(this.place(moves & 7), 11));
    if (notes) {
      const inexact = b.multiply(b.bitOf(notes, noteBits.isInexact), b.constant(precisionException));
      const up = b.multiply(b.bitOf(notes, noteBits.isUp), b.constant(statusBits.c1));
      status = b.or(status, b.or(inexact, up));
    }
    b.setState("x87Status", status);
    let { tags } = this;
    if (filled !== undefined) tags = b.or(tags, this.bit(filled));
    if (moves > 0) tags = b.and(tags, b.not(this.bit(0)));
    if (tags !== this.tags) b.setState("x87Tags", tags);
  }
}

/** A number of memory as a register holds it; `isRight`: it is normal or zero. */
interface Loaded {
  readonly value: Value;
  readonly isRight: Value;
}

function fromFloat(b: Builder, bits: Value, fractionBits: 23 | 52): Loaded {
  const exponentBits = fractionBits === 52 ? 11 : 8;
  const special = (1 << exponentBits) - 1;
  const field = b.and(b.shiftRight(bits, fractionBits), b.constant(special));
  const isWhole = b.isZero(b.shiftLeft(bits, 65 - (fractionBits + exponentBits + 1)));
  const isOrdinary = b.lessUnsigned(b.subtract(field, b.constant(1)), b.constant(special - 1));
  const sign = b.and(b.shiftRight(bits, fractionBits + exponentBits - 15), b.constant(0x8000));
  const significand = b.or(b.shiftLeft(bits, 63 - fractionBits), b.constant(-(2n ** 63n)));
  const exponent = b.add(field, b.constant(exponentBias - (special >> 1)));
  return {
    value: pack(b, b.select(isWhole, zero(b), significand), b.or(sign, b.select(isWhole, zero(b), exponent))),
    isRight: b.operation("i32.or", isOrdinary, isWhole),
  };
}

function fromInteger(b: Builder, bits: Value, width: 2 | 4 | 8): Loaded {
  const integer = b.signExtend(bits, width);
  const isNegative = b.operation("i64.lt_s", integer, zero(b));
  const magnitude = b.select(isNegative, b.subtract(zero(b), integer), integer);
  const zeroes = b.operation("i64.clz", magnitude);
  const upper = b.or(
    b.subtract(b.constant(exponentBias + 63), zeroes),
    b.select(isNegative, b.constant(0x8000), zero(b)),
  );
  const isNone = b.isZero(integer);
  return {
    value: pack(b, b.shiftLeft(magnitude, zeroes), b.select(isNone, zero(b), upper)),
    isRight: b.bit(1),
  };
}

/** What D8, DA, DC and DE read from memory. */
function arithmeticOperand(b: Builder, escapeByte: number, operand: Value): Loaded {
  const bits = b.lane(operand, 0);
  switch (escapeByte) {
    case 0:
      return fromFloat(b, bits, 23);
    case 4:
      return fromFloat(b, bits, 52);
    default:
      return fromInteger(b, bits, escapeByte === 2 ? 4 : 2);
  }
}

const negated = (b: Builder, x: Value) => pack(b, b.lane(x, 0), b.xor(b.lane(x, 1), b.constant(0x8000)));

/** Arithmetic by number, as the opcodes have it; undefined for comparisons. */
function compute(b: Builder, operation: number, top: Value, other: Value, isTopLeft: boolean): Value | undefined {
  const [left, right] = isTopLeft ? [top, other] : [other, top];
  switch (operation) {
    case 0:
      return b.call("extendedSum", left, right);
    case 1:
      return b.call("extendedProduct", left, right);
    case 4:
      return b.call("extendedSum", left, negated(b, right));
    case 5:
      return b.call("extendedSum", right, negated(b, left));
    case 6:
      return b.call("extendedQuotient", left, right);
    case 7:
      return b.call("extendedQuotient", right, left);
    default:
      return undefined;
  }
}

const withoutNotes = (b: Builder, x: Value) => pack(b, b.lane(x, 0), b.and(b.lane(x, 1), b.constant(signAndExponent)));
const isRight = (b: Builder, result: Value) =>
  b.operation("i32.wrap_i64", b.bitOf(b.lane(result, 1), noteBits.isRight));

function arithmetic(
  b: Builder,
  operation: number,
  index: number,
  toIndex: boolean,
  pops: boolean,
): InlineForm | undefined {
  const unit = new Unit(b);
  // With ST(i) as the destination, the opcodes of the two subtractions and of the two divisions are exchanged.
  const meant = toIndex && operation >= 4 ? operation ^ 1 : operation;
  const result = compute(b, meant, unit.read(0), unit.read(index), !toIndex);
  if (!result) return undefined;
  return {
    isCommon: all(b, unit.isUsual, unit.isFull(0), unit.isFull(index), isRight(b, result)),
    apply: () => {
      unit.write(toIndex ? index : 0, withoutNotes(b, result));
      unit.finish({ notes: b.lane(result, 1), moves: pops ? 1 : 0 });
      return undefined;
    },
  };
}

function arithmeticWithMemory(
  b: Builder,
  operation: number,
  escapeByte: number,
  operand: Value,
): InlineForm | undefined {
  const unit = new Unit(b);
  const loaded = arithmeticOperand(b, escapeByte, operand);
  const result = compute(b, operation, unit.read(0), loaded.value, true);
  if (!result) return undefined;
  return {
    isCommon: all(b, unit.isUsual, unit.isFull(0), loaded.isRight, isRight(b, result)),
    apply: () => {
      unit.write(0, withoutNotes(b, result));
      unit.finish({ notes: b.lane(result, 1) });
      return undefined;
    },
  };
}

function load(b: Builder, { value, isRight: isLoaded }: Loaded): InlineForm {
  const unit = new Unit(b);
  return {
    isCommon: all(b, unit.isUsualOrRounds, b.isZero(unit.isFull(7)), isLoaded),
    apply: () => {
      unit.write(7, value);
      unit.finish({ filled: 7, moves: -1 });
      return undefined;
    },
  };
}

/** Pushes a copy of ST(i), whatever it holds. */
function loadRegister(b: Builder, index: number): InlineForm {
  const unit = new Unit(b);
  return {
    isCommon: all(b, unit.isFull(index), b.isZero(unit.isFull(7))),
    apply: () => {
      unit.write(7, unit.read(index));
      unit.finish({ filled: 7, moves: -1 });
      return undefined;
    },
  };
}

/** Copies ST(0), whatever it holds, to ST(i). */
function storeRegister(b: Builder, index: number, pops: boolean): InlineForm {
  const unit = new Unit(b);
  return {
    isCommon: unit.isFull(0),
    apply: () => {
      unit.write(index, unit.read(0));
      unit.finish({ filled: index, moves: pops ? 1 : 0 });
      return undefined;
    },
  };
}

function exchange(b: Builder, index: number): InlineForm {
  const unit = new Unit(b);
  return {
    isCommon: all(b, unit.isFull(0), unit.isFull(index)),
    apply: () => {
      const [top, other] = [unit.read(0), unit.read(index)];
      unit.write(0, other);
      unit.write(index, top);
      unit.finish({});
      return undefined;
    },
  };
}

function changeSign(b: Builder, change: (upper: Value) => Value): InlineForm {
  const unit = new Unit(b);
  return {
    isCommon: unit.isFull(0),
    apply: () => {
      const value = unit.read(0);
      unit.write(0, pack(b, b.lane(value, 0), change(b.lane(value, 1))));
      unit.finish({});
      return undefined;
    },
  };
}

/** ST(0), whatever it holds, to 80 bits of memory. */
function storeWhole(b: Builder): InlineForm {
  const unit = new Unit(b);
  return {
    isCommon: unit.isFull(0),
    apply: () => {
      const value = withoutNotes(b, unit.read(0));
      unit.finish({ moves: 1 });
      return value;
    },
  };
}

/** ST(0) to a number of memory, rounded. */
function storeFloat(b: Builder, fractionBits: 23 | 52, pops: boolean): InlineForm {
  const unit = new Unit(b);
  const value = unit.read(0);
  const special = fractionBits === 52 ? 0x7ff : 0xff;
  const dropped = 63 - fractionBits;
  const significand = b.lane(value, 0);
  const kept = b.shiftRight(significand, dropped);
  const below = b.shiftLeft(significand, 64 - dropped);
  const isSticky = b.extend(b.notEqual(b.shiftLeft(below, 1), zero(b)));
  const up = b.and(b.sign(below), b.or(isSticky, b.and(kept, b.constant(1))));
  const exponent = b.subtract(exponentOf(b, value), b.constant(exponentBias - (special >> 1)));
  // The highest bit of the significand, and a carry out of it, make the exponent larger as they are added.
  const whole = b.add(b.add(b.shiftLeft(b.subtract(exponent, b.constant(1)), fractionBits), kept), up);
  const isNothing = isZero(b, value);
  const isInRange = b.lessUnsigned(b.subtract(exponent, b.constant(1)), b.constant(special - 2));
  const isStorable = b.operation("i32.or", isNothing, all(b, isNormal(b, value), isInRange));
  const notes = b.or(
    b.shiftLeft(b.extend(b.notEqual(below, zero(b))), noteBits.isInexact),
    b.shiftLeft(up, noteBits.isUp),
  );
  return {
    isCommon: all(b, unit.isUsual, unit.isFull(0), isStorable),
    apply: () => {
      const sign = b.shiftLeft(signOf(b, value), fractionBits === 52 ? 48 : 16);
      const bits = b.or(sign, b.select(isNothing, zero(b), whole));
      unit.finish({ notes, moves: pops ? 1 : 0 });
      return b.splat(bits);
    },
  };
}

/** FCOMI and its kin: of normal numbers and zeroes. */
function compareToFlags(b: Builder, index: number, pops: boolean): InlineForm {
  const unit = new Unit(b);
  const [x, y] = [unit.read(0), unit.read(index)];
  const key = (value: Value) => exponentOf(b, value);
  const isSmaller = (one: Value, other: Value) =>
    b.operation(
      "i32.or",
      b.lessUnsigned(key(one), key(other)),
      all(b, b.equal(key(one), key(other)), b.lessUnsigned(b.lane(one, 0), b.lane(other, 0))),
    );
  const isNegative = (value: Value) => b.operation("i32.wrap_i64", b.bitOf(b.lane(value, 1), 15));
  const areZero = all(b, isZero(b, x), isZero(b, y));
  return {
    isCommon: all(
      b,
      unit.isUsualOrRounds,
      unit.isFull(0),
      unit.isFull(index),
      isNormalOrZero(b, x),
      isNormalOrZero(b, y),
    ),
    apply: () => {
      const isSameSign = b.isZero(b.operation("i32.xor", isNegative(x), isNegative(y)));
      const isMagnitudeLess = b.select(isNegative(x), isSmaller(y, x), isSmaller(x, y));
      const isLess = all(b, b.isZero(areZero), b.select(isSameSign, isMagnitudeLess, isNegative(x)));
      const isSame = all(b, isSameSign, b.equal(b.lane(x, 0), b.lane(y, 0)), b.equal(key(x), key(y)));
      const isEqual = b.operation("i32.or", areZero, isSame);
      const flags = b.or(
        b.multiply(b.extend(isLess), b.constant(eflags.carry)),
        b.multiply(b.extend(isEqual), b.constant(eflags.zero)),
      );
      if (pops) unit.pop();
      return b.splat(flags);
    },
  };
}

/** The form of the instruction with the opcode (as in `instructions.ts`), if there is one. */
export function inlineForm(b: Builder, opcode: number, operand: Value): InlineForm | undefined {
  const [escapeByte, operation, index] = [opcode >> 8, (opcode >> 3) & 7, opcode & 7];
  if ((opcode & 0xc0) !== 0xc0) return memoryForm(b, escapeByte, operation, operand);
  switch (opcode) {
    case 0x1e0:
      return changeSign(b, (upper) => b.xor(upper, b.constant(0x8000)));
    case 0x1e1:
      return changeSign(b, (upper) => b.and(upper, b.constant(0x7fff)));
    case 0x1e8:
      return load(b, { value: pack(b, b.constant(-(2n ** 63n)), b.constant(exponentBias)), isRight: b.bit(1) });
    case 0x1ee:
      return load(b, { value: b.splat(zero(b)), isRight: b.bit(1) });
  }
  switch (escapeByte) {
    case 0:
      return arithmetic(b, operation, index, false, false);
    case 1:
      return operation === 0 ? loadRegister(b, index) : operation === 1 ? exchange(b, index) : undefined;
    case 3:
      return operation === 5 || operation === 6 ? compareToFlags(b, index, false) : undefined;
    case 4:
      return arithmetic(b, operation, index, true, false);
    case 5:
      return operation === 2 || operation === 3 ? storeRegister(b, index, operation === 3) : undefined;
    case 6:
      return arithmetic(b, operation, index, true, true);
    case 7:
      return operation === 5 || operation === 6 ? compareToFlags(b, index, true) : undefined;
    default:
      return undefined;
  }
}

function memoryForm(b: Builder, escapeByte: number, operation: number, operand: Value): InlineForm | undefined {
  const bits = b.lane(operand, 0);
  switch ((escapeByte << 4) | operation) {
    case 0x10:
      return load(b, fromFloat(b, bits, 23));
    case 0x50:
      return load(b, fromFloat(b, bits, 52));
    case 0x30:
      return load(b, fromInteger(b, bits, 4));
    case 0x70:
      return load(b, fromInteger(b, bits, 2));
    case 0x75:
      return load(b, fromInteger(b, bits, 8));
    case 0x35:
      return load(b, { value: operand, isRight: isNormalOrZero(b, operand) });
    case 0x37:
      return storeWhole(b);
    case 0x12:
    case 0x13:
      return storeFloat(b, 23, operation === 3);
    case 0x52:
    case 0x53:
      return storeFloat(b, 52, operation === 3);
    default:
      return escapeByte % 2 === 0 ? arithmeticWithMemory(b, operation, escapeByte, operand) : undefined;
  }
}
