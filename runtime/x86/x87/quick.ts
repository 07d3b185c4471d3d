/**
 * The common cases of common x87 instructions, without bigints and without allocating: all exceptions masked, full
 * precision, rounding to nearest, operands that are normal numbers or zero, and a result that is one. Whoever meets
 * another case changes nothing and says so; then the instruction is executed by its definition.
 */
import { eflags } from "./execution.js";
import { exponentBias } from "./extended.js";
import {
  kinds,
  type ReadOperand,
  read80,
  readDouble,
  readInteger,
  readSingle,
  setFromFraction,
} from "./quick-operands.js";
import { isUsual, isUsualOrTruncating, pop, push, readRegister, setC1, setTop, status, write } from "./quick-unit.js";
import { physicalRegister, statusBits, unitPlace } from "./unit.js";
import { add, compareMagnitudes, divide, multiply, roundToNearest, shiftRight, Wide } from "./wide.js";

/** `words`: the unit's state. True if the instruction has been executed. */
export type QuickAction = (words: Uint32Array, index: number, operand: Uint32Array, result: Uint32Array) => boolean;

const { c0, c1, c2, c3 } = statusBits;
const conditions = c0 | c1 | c2 | c3;
const precisionException = 0x20;
const signBit = 0x8000;

const [left, right, sum] = [new Wide(), new Wide(), new Wide()];

/** Rounds `sum` and puts it into ST(i); false, and nothing written, where it is no normal number. */
function finish(words: Uint32Array, index: number): boolean {
  const isUp = roundToNearest(sum);
  if (sum.exponent <= 0 || sum.exponent >= 0x7fff) return false;
  setC1(words, isUp);
  if (sum.extra !== 0) words[unitPlace.status] = status(words) | precisionException;
  write(words, physicalRegister(status(words), index), sum);
  return true;
}

/** Puts an exact result into ST(i). */
function finishExact(words: Uint32Array, index: number, x: Wide): boolean {
  setC1(words, false);
  write(words, physicalRegister(status(words), index), x);
  return true;
}

/** `left` and `right` have been read: the result goes to ST(i). */
type Operation = (words: Uint32Array, index: number, leftKind: number, rightKind: number) => boolean;

const addition: Operation = (words, index, leftKind, rightKind) => {
  if (leftKind === kinds.zero || rightKind === kinds.zero) {
    if (leftKind === rightKind) return finishZero(words, index, left.negative && right.negative);
    return finishExact(words, index, leftKind === kinds.zero ? right : left);
  }
  return add(left, right, sum) ? finish(words, index) : finishZero(words, index, false);
};
const subtraction: Operation = (words, index, leftKind, rightKind) => {
  right.negative = !right.negative;
  return addition(words, index, leftKind, rightKind);
};
const multiplication: Operation = (words, index, leftKind, rightKind) => {
  if (leftKind === kinds.zero || rightKind === kinds.zero)
    return finishZero(words, index, left.negative !== right.negative);
  multiply(left, right, sum);
  return finish(words, index);
};
const division: Operation = (words, index, leftKind, rightKind) => {
  if (rightKind === kinds.zero) return false;
  if (leftKind === kinds.zero) return finishZero(words, index, left.negative !== right.negative);
  divide(left, right, sum);
  return finish(words, index);
};

function finishZero(words: Uint32Array, index: number, negative: boolean): boolean {
  sum.negative = negative;
  sum.exponent = sum.high = sum.low = 0;
  return finishExact(words, index, sum);
}

/** In the order of the opcodes; undefined for comparisons. `isReversed`: the operands are exchanged. */
const operations: readonly (readonly [Operation, isReversed: boolean] | undefined)[] = [
  [addition, false],
  [multiplication, false],
  undefined,
  undefined,
  [subtraction, false],
  [subtraction, true],
  [division, false],
  [division, true],
];

/** Arithmetic of ST(to) and ST(from), to ST(to). */
function ofRegisters(operation: number, toIndex: boolean, pops: boolean): QuickAction | undefined {
  const found = operations[operation];
  if (found === undefined) return undefined;
  const [compute, isReversed] = found;
  return (words, index) => {
    if (!isUsual(words)) return false;
    const to = toIndex ? index : 0;
    // Either the destination or the first operand of the instruction is ST(0).
    const isTopLeft = toIndex === isReversed;
    const leftKind = readRegister(words, isTopLeft ? 0 : index, left);
    if (leftKind === kinds.other) return false;
    const rightKind = readRegister(words, isTopLeft ? index : 0, right);
    if (rightKind === kinds.other || !compute(words, to, leftKind, rightKind)) return false;
    if (pops) pop(words);
    return true;
  };
}

/** Arithmetic of ST(0) with memory. */
function withMemory(operation: number, read: ReadOperand): QuickAction {
  const found = operations[operation];
  if (found === undefined) {
    return (words, _index, operand) => {
      const leftKind = readRegister(words, 0, left);
      return compare(words, leftKind, read(operand, right), operation === 3 ? 1 : 0, undefined);
    };
  }
  const [compute, isReversed] = found;
  return (words, _index, operand) => {
    if (!isUsual(words)) return false;
    const registerKind = readRegister(words, 0, isReversed ? right : left);
    if (registerKind === kinds.other) return false;
    const operandKind = read(operand, isReversed ? left : right);
    if (operandKind === kinds.other) return false;
    return isReversed ? compute(words, 0, operandKind, registerKind) : compute(words, 0, registerKind, operandKind);
  };
}

/** Compares `left` with `right`: to the condition codes, or to status flags. */
function compare(
  words: Uint32Array,
  leftKind: number,
  rightKind: number,
  pops: number,
  flags: Uint32Array | undefined,
): boolean {
  if (leftKind === kinds.other || rightKind === kinds.other || !isUsualOrTruncating(words)) return false;
  let order = 0;
  if (leftKind !== kinds.zero || rightKind !== kinds.zero) {
    const isLeftNegative = left.negative && leftKind !== kinds.zero;
    const isRightNegative = right.negative && rightKind !== kinds.zero;
    if (isLeftNegative !== isRightNegative) order = isLeftNegative ? -1 : 1;
    else order = isLeftNegative ? compareMagnitudes(right, left) : compareMagnitudes(left, right);
  }
  if (flags === undefined) {
    words[unitPlace.status] = (status(words) & ~conditions) | (order < 0 ? c0 : order === 0 ? c3 : 0);
  } else {
    flags[0] = order < 0 ? eflags.carry : order === 0 ? eflags.zero : 0;
    flags[1] = 0;
  }
  for (let i = 0; i < pops; i++) pop(words);
  return true;
}

function compareRegisters(pops: number, toFlags: boolean): QuickAction {
  return (words, index, _operand, result) =>
    compare(words, readRegister(words, 0, left), readRegister(words, index, right), pops, toFlags ? result : undefined);
}

/** Pushes a number of memory. */
function load(read: ReadOperand): QuickAction {
  return (words, _index, operand) =>
    isUsualOrTruncating(words) && read(operand, left) !== kinds.other && push(words, left);
}

/** ST(0) to a number of memory, with the exponent's bias, the fraction's bits and the largest exponent of its format. */
function store(isDouble: boolean, pops: boolean): QuickAction {
  const [bias, special, dropped] = isDouble ? [1023, 0x7ff, 11] : [127, 0xff, 40];
  return (words, _index, _operand, result) => {
    if (!isUsual(words)) return false;
    const kind = readRegister(words, 0, left);
    if (kind === kinds.other) return false;
    const sign = left.negative ? 0x8000_0000 : 0;
    let high = sign;
    let low = 0;
    let isUp = false;
    left.extra = 0;
    if (kind === kinds.normal) {
      const exponent = left.exponent - exponentBias + bias;
      shiftRight(left, dropped);
      isUp = roundToNearest(left);
      // A carry out of the fraction makes it zero and the exponent one larger, as adding them does.
      if (exponent < 1 || exponent >= special - 1) return false;
      const field = exponent - 1;
      if (isDouble) high = (sign | (left.high + field * 0x10_0000)) >>> 0;
      low = isDouble ? left.low : (sign | (left.low + field * 0x80_0000)) >>> 0;
    } else if (!isDouble) {
      low = sign;
    }
    result[0] = low;
    result[1] = isDouble ? high : 0;
    setC1(words, isUp);
    if (left.extra !== 0) words[unitPlace.status] = status(words) | precisionException;
    if (pops) pop(words);
    return true;
  };
}

/** ST(0) to an integer of memory. */
function storeInteger(bits: 16 | 32 | 64, pops: boolean, truncates: boolean): QuickAction {
  return (words, _index, _operand, result) => {
    if (!isUsualOrTruncating(words)) return false;
    const kind = readRegister(words, 0, left);
    // Of a magnitude that every format holds, whichever way it is rounded.
    if (kind === kinds.other || left.exponent >= exponentBias + bits - 2) return false;
    let isUp = false;
    if (kind === kinds.normal) {
      shiftRight(left, exponentBias + 63 - left.exponent);
      isUp = !truncates && isUsual(words) && roundToNearest(left);
    }
    const low = left.low;
    const high = left.high;
    const negated = -low >>> 0;
    result[0] = left.negative ? negated : low;
    result[1] = left.negative ? (~high + (negated === 0 ? 1 : 0)) >>> 0 : high;
    setC1(words, isUp);
    if (left.extra !== 0) words[unitPlace.status] = status(words) | precisionException;
    if (pops) pop(words);
    return true;
  };
}

function copyRegister(words: Uint32Array, from: number, to: number): void {
  for (let word = 0; word < 3; word++) words[4 * to + word] = words[4 * from + word] ?? 0;
}

/** Copies ST(0), whatever it holds, to ST(i). */
function copyTo(pops: boolean): QuickAction {
  return (words, index) => {
    const before = status(words);
    const from = physicalRegister(before, 0);
    const to = physicalRegister(before, index);
    const tags = words[unitPlace.tags] ?? 0;
    if ((tags & (1 << from)) === 0) return false;
    copyRegister(words, from, to);
    words[unitPlace.tags] = tags | (1 << to);
    setC1(words, false);
    if (pops) pop(words);
    return true;
  };
}

/** Pushes a copy of ST(i), whatever it holds. */
const loadRegister: QuickAction = (words, index) => {
  const before = status(words);
  const from = physicalRegister(before, index);
  const to = physicalRegister(before, 7);
  const tags = words[unitPlace.tags] ?? 0;
  if ((tags & (1 << from)) === 0 || (tags & (1 << to)) !== 0) return false;
  copyRegister(words, from, to);
  words[unitPlace.tags] = tags | (1 << to);
  setTop(words, before & ~c1, -1);
  return true;
};

const exchange: QuickAction = (words, index) => {
  const before = status(words);
  const first = physicalRegister(before, 0);
  const second = physicalRegister(before, index);
  const both = (1 << first) | (1 << second);
  if (((words[unitPlace.tags] ?? 0) & both) !== both) return false;
  for (let word = 0; word < 3; word++) {
    const kept = words[4 * first + word] ?? 0;
    words[4 * first + word] = words[4 * second + word] ?? 0;
    words[4 * second + word] = kept;
  }
  setC1(words, false);
  return true;
};

/** FCHS and FABS. */
function changeSign(keep: number, turn: number): QuickAction {
  return (words) => {
    const register = physicalRegister(status(words), 0);
    if (((words[unitPlace.tags] ?? 0) & (1 << register)) === 0) return false;
    words[4 * register + 2] = ((words[4 * register + 2] ?? 0) & keep) ^ turn;
    setC1(words, false);
    return true;
  };
}

/** FLD1 and FLDZ. */
function loadConstant(exponent: number, high: number): QuickAction {
  return (words) => {
    setFromFraction(left, 0, exponent - exponentBias, high, 0);
    return push(words, left);
  };
}

const readOperands: readonly ReadOperand[] = [readSingle, readInteger(32), readDouble, readInteger(16)];

/** Numbers of memory, by escape byte and the middle bits of the ModR/M byte. */
const memoryActions: ReadonlyMap<number, QuickAction> = new Map<number, QuickAction>([
  [0x10, load(readSingle)],
  [0x12, store(false, false)],
  [0x13, store(false, true)],
  [0x30, load(readInteger(32))],
  [0x31, storeInteger(32, true, true)],
  [0x32, storeInteger(32, false, false)],
  [0x33, storeInteger(32, true, false)],
  [0x35, load((operand, into) => read80(operand, 0, into))],
  [0x50, load(readDouble)],
  [0x51, storeInteger(64, true, true)],
  [0x52, store(true, false)],
  [0x53, store(true, true)],
  [0x70, load(readInteger(16))],
  [0x71, storeInteger(16, true, true)],
  [0x72, storeInteger(16, false, false)],
  [0x73, storeInteger(16, true, false)],
  [0x75, load(readInteger(64))],
  [0x77, storeInteger(64, true, false)],
]);

/** What has an opcode of its own. */
const fixedActions: ReadonlyMap<number, QuickAction> = new Map<number, QuickAction>([
  [0x1e0, changeSign(0xffff, signBit)],
  [0x1e1, changeSign(0x7fff, 0)],
  [0x1e8, loadConstant(exponentBias, 0x8000_0000)],
  [0x1ee, loadConstant(0, 0)],
  [0x2e9, compareRegisters(2, false)],
  [0x6d9, compareRegisters(2, false)],
]);

/** With ST(i) as the destination, the opcodes of the two subtractions and of the two divisions are exchanged. */
const swapped = (operation: number) => (operation < 4 ? operation : operation ^ 1);

function registerAction(escapeByte: number, operation: number): QuickAction | undefined {
  switch (escapeByte) {
    case 0:
      return operation === 2 || operation === 3
        ? compareRegisters(operation - 2, false)
        : ofRegisters(operation, false, false);
    case 1:
      return operation === 0 ? loadRegister : operation === 1 ? exchange : undefined;
    case 3:
      return operation === 5 || operation === 6 ? compareRegisters(0, true) : undefined;
    case 4:
      return ofRegisters(swapped(operation), true, false);
    case 5:
      if (operation === 2 || operation === 3) return copyTo(operation === 3);
      return operation === 4 || operation === 5 ? compareRegisters(operation - 4, false) : undefined;
    case 6:
      return ofRegisters(swapped(operation), true, true);
    case 7:
      return operation === 5 || operation === 6 ? compareRegisters(1, true) : undefined;
    default:
      return undefined;
  }
}

/** The quick way of the instruction with the opcode (as in `instructions.ts`), if there is one. */
export function quickActionOf(opcode: number): QuickAction | undefined {
  const [escapeByte, operation] = [opcode >> 8, (opcode >> 3) & 7];
  if ((opcode & 0xc0) === 0xc0) return fixedActions.get(opcode) ?? registerAction(escapeByte, operation);
  const read = escapeByte % 2 === 0 ? readOperands[escapeByte / 2] : undefined;
  return read ? withMemory(operation, read) : memoryActions.get((escapeByte << 4) | operation);
}
