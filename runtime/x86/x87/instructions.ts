/**
 * What x87 instructions do, by opcode: the low three bits of the escape byte above the ModR/M byte (Intel SDM vol. 2,
 * appendix A, tables ). Memory is read and written by the semantics (`semantics/x87.ts`).
 */
import { exceptions, type FloatEnvironment, rounding } from "../float/environment.js";
import { double, single } from "../float/format.js";
import type { Vector } from "../vector-helpers/vector.js";
import {
  type Binary,
  compareNumbers,
  difference,
  extract,
  load,
  loadDecimal,
  loadInteger,
  noteDenormal,
  product,
  quotient,
  remainder,
  reversed,
  root,
  roundToIntegral,
  scale,
  store,
  storeDecimal,
  storeInteger,
  sum,
} from "./arithmetic.js";
import { indefinite, isNegative, isSignaling, kindOf } from "./extended.js";
import {
  arcTangent,
  circular,
  constants,
  exponential,
  isOutOfRange,
  one,
  timesLogarithm,
  timesLogarithmPlusOne,
} from "./transcendental.js";
import { statusBits, type X87Unit } from "./unit.js";

/** What a helper tells the semantics: to write what it left, or that an exception keeps it from being written. */
export const outcomes = { done: 0, suppressed: 1 } as const;

const { c0, c1, c2, c3 } = statusBits;
const signBit = 1n << 79n;
/** The status flags CF, PF and ZF at their places in RFLAGS, for FCOMI and FCMOVcc. */
const eflags = { carry: 1, parity: 4, zero: 0x40 } as const;

/** One instruction being executed. */
interface Execution {
  readonly unit: X87Unit;
  /** The i of ST(i). */
  readonly index: number;
  /** What was read from memory, or the status flags. */
  readonly operand: Vector;
  readonly result: Vector;
}
type Action = (execution: Execution) => number;

/** Reports what was raised; true if the result may be written. */
function settle(unit: X87Unit, environment: FloatEnvironment): boolean {
  unit.setC1(environment.roundedUp && (environment.raised & exceptions.precision) !== 0);
  const masked = unit.raise(environment.status() & 0x3f);
  if (masked) return true;
  // Of the exceptions found before the computation, one that is not masked keeps everything as it is.
  const { invalid, denormal, divideByZero } = exceptions;
  return (environment.raised & ~unit.control & (invalid | denormal | divideByZero)) === 0;
}

const write80 = (result: Vector, bits: bigint) => {
  result.quads[0] = BigInt.asUintN(64, bits);
  result.quads[1] = bits >> 64n;
};
const read80 = (vector: Vector) => vector.quad(0) | ((vector.quad(1) & 0xffffn) << 64n);

/** Replaces ST(`to`) by what `compute` makes of it, if nothing is missing. `pops`: how often the stack is popped then. */
function compute(
  unit: X87Unit,
  to: number,
  needed: readonly number[],
  action: (environment: FloatEnvironment) => bigint,
  pops = 0,
): number {
  const missing = needed.some((index) => unit.isEmpty(index));
  if (missing) {
    if (!unit.raiseStackFault(false)) return outcomes.done;
    unit.set(to, indefinite);
  } else {
    const environment = unit.environment();
    const bits = action(environment);
    if (!settle(unit, environment)) return outcomes.done;
    unit.set(to, bits);
  }
  for (let i = 0; i < pops; i++) unit.pop();
  return outcomes.done;
}

/** Pushes what `value` gives, if there is room. */
function push(unit: X87Unit, value: (environment: FloatEnvironment) => bigint): number {
  if (!unit.isEmpty(7)) {
    if (unit.raiseStackFault(true)) unit.push(indefinite);
    return outcomes.done;
  }
  const environment = unit.environment();
  const bits = value(environment);
  environment.roundedUp = false;
  if (settle(unit, environment)) unit.push(bits);
  return outcomes.done;
}

/** In the order of the opcodes. */
const operations: readonly (Binary | "compare" | "compare and pop")[] = [
  sum,
  product,
  "compare",
  "compare and pop",
  difference,
  reversed(difference),
  quotient,
  reversed(quotient),
];

type MemoryFormat = "single" | "double" | "word" | "doubleword";

/** The operand of memory as a register would hold it. */
function fromMemory(format: MemoryFormat, environment: FloatEnvironment, operand: Vector): bigint {
  switch (format) {
    case "single":
      return load(single, environment, BigInt(operand.word(0)));
    case "double":
      return load(double, environment, operand.quad(0));
    case "word":
      return loadInteger(environment, BigInt((operand.short(0) << 16) >> 16));
    case "doubleword":
      return loadInteger(environment, BigInt(operand.signedWords[0] ?? 0));
  }
}

function compareWith(
  unit: X87Unit,
  isMissing: boolean,
  second: (environment: FloatEnvironment) => bigint,
  options: { readonly quietly?: boolean; readonly pops?: number; readonly toFlags?: Vector } = {},
): number {
  const { quietly = false, pops = 0, toFlags } = options;
  let order: number | undefined;
  if (isMissing) {
    if (!unit.raiseStackFault(false)) return outcomes.suppressed;
  } else {
    const environment = unit.environment();
    const [a, b] = [unit.get(0), second(environment)];
    order = compareNumbers(a, b);
    if (order === undefined) {
      const isInvalid = !quietly || [a, b].some((bits) => isSignaling(bits) || kindOf(bits) === "unsupported");
      if (isInvalid) environment.raise(exceptions.invalid);
    } else {
      noteDenormal(environment, a, b);
    }
    if (!settle(unit, environment)) return outcomes.suppressed;
  }
  if (toFlags) {
    const { carry, parity, zero } = eflags;
    toFlags.quads[0] = BigInt(order === undefined ? carry | parity | zero : order < 0 ? carry : order === 0 ? zero : 0);
    unit.setC1(false);
  } else {
    unit.setConditions(order === undefined ? c0 | c2 | c3 : order < 0 ? c0 : order === 0 ? c3 : 0);
  }
  for (let i = 0; i < pops; i++) unit.pop();
  return outcomes.done;
}

/** Arithmetic and comparisons of ST(0) with memory. */
function withMemory(format: MemoryFormat, index: number): Action {
  const operation = operations[index];
  return ({ unit, operand }) => {
    if (typeof operation !== "function") {
      const pops = operation === "compare" ? 0 : 1;
      return compareWith(unit, unit.isEmpty(0), (e) => fromMemory(format, e, operand), { pops });
    }
    return compute(unit, 0, [0], (e) => operation(e, unit.get(0), fromMemory(format, e, operand)));
  };
}

/** The same of two registers: to ST(0), or (`toIndex`) to ST(i), with or without a pop. */
function ofRegisters(index: number, toIndex: boolean, pops: number): Action {
  const operation = operations[index];
  return ({ unit, index: i }) => {
    if (typeof operation !== "function") {
      const all = (operation === "compare" ? 0 : 1) + pops;
      return compareWith(unit, unit.isEmpty(0) || unit.isEmpty(i), () => unit.get(i), { pops: Math.min(all, 1) });
    }
    const [to, from] = toIndex ? [i, 0] : [0, i];
    return compute(unit, to, [0, i], (e) => operation(e, unit.get(to), unit.get(from)), pops);
  };
}

/** FST, FSTP: to a number of memory. */
function storeTo(format: typeof single, pops: number): Action {
  return ({ unit, result }) => {
    let bits = format.defaultNaN;
    if (unit.isEmpty(0)) {
      if (!unit.raiseStackFault(false)) return outcomes.suppressed;
    } else {
      const environment = unit.environment();
      bits = store(format, environment, unit.get(0));
      settle(unit, environment);
      if ((environment.status() & 0x40) !== 0 && isSuppressed(environment, unit)) return outcomes.suppressed;
    }
    result.quads[0] = bits;
    if (pops > 0) unit.pop();
    return outcomes.done;
  };
}

/** To memory nothing is written if an exception other than of precision is not masked. */
function isSuppressed(environment: FloatEnvironment, unit: X87Unit): boolean {
  return (environment.raised & ~unit.control & 0x3f & ~exceptions.precision) !== 0;
}

function storeIntegerTo(width: number, pops: number, truncates = false): Action {
  return ({ unit, result }) => {
    let value = -(1n << BigInt(width - 1));
    if (unit.isEmpty(0)) {
      if (!unit.raiseStackFault(false)) return outcomes.suppressed;
    } else {
      const environment = unit.environment();
      value = storeInteger(environment, unit.get(0), width, truncates ? rounding.zero : environment.rounding);
      settle(unit, environment);
      if (isSuppressed(environment, unit)) return outcomes.suppressed;
    }
    result.quads[0] = BigInt.asUintN(64, value);
    if (pops > 0) unit.pop();
    return outcomes.done;
  };
}

const store80: Action = ({ unit, result }) => {
  if (unit.isEmpty(0)) {
    if (!unit.raiseStackFault(false)) return outcomes.suppressed;
    write80(result, indefinite);
  } else {
    unit.setC1(false);
    write80(result, unit.get(0));
  }
  unit.pop();
  return outcomes.done;
};

const storeDecimal80: Action = ({ unit, result }) => {
  let bits = 0xffffc000_0000_0000_0000n;
  if (unit.isEmpty(0)) {
    if (!unit.raiseStackFault(false)) return outcomes.suppressed;
  } else {
    const environment = unit.environment();
    bits = storeDecimal(environment, unit.get(0));
    settle(unit, environment);
    if (isSuppressed(environment, unit)) return outcomes.suppressed;
  }
  write80(result, bits);
  unit.pop();
  return outcomes.done;
};

const exchange: Action = ({ unit, index }) => {
  unit.setC1(false);
  const missing = [0, index].filter((i) => unit.isEmpty(i));
  if (missing.length > 0) {
    if (!unit.raiseStackFault(false)) return outcomes.done;
    for (const i of missing) unit.set(i, indefinite);
  }
  unit.exchange(index);
  return outcomes.done;
};

function copyTo(pops: number): Action {
  return ({ unit, index }) => {
    if (unit.isEmpty(0)) {
      if (!unit.raiseStackFault(false)) return outcomes.done;
      unit.set(index, indefinite);
    } else {
      unit.setC1(false);
      unit.set(index, unit.get(0));
    }
    if (pops > 0) unit.pop();
    return outcomes.done;
  };
}

const loadRegister: Action = ({ unit, index }) => {
  const isMissing = unit.isEmpty(index);
  if (isMissing && unit.isEmpty(7)) {
    if (unit.raiseStackFault(false)) unit.push(indefinite);
    return outcomes.done;
  }
  return push(unit, () => unit.get(index));
};

/** FCMOVcc: the condition of bits 3 and 4 of the ModR/M byte; `isNot` turns it round. */
function moveIf(mask: number, isNot: boolean): Action {
  return ({ unit, index, operand }) => {
    if (unit.isEmpty(0) || unit.isEmpty(index)) {
      if (unit.raiseStackFault(false)) unit.set(0, indefinite);
      return outcomes.done;
    }
    unit.setC1(false);
    if (((operand.word(0) & mask) !== 0) !== isNot) unit.set(0, unit.get(index));
    return outcomes.done;
  };
}

function changeSign(change: (bits: bigint) => bigint): Action {
  return ({ unit }) => {
    if (unit.isEmpty(0)) {
      if (unit.raiseStackFault(false)) unit.set(0, indefinite);
      return outcomes.done;
    }
    unit.setC1(false);
    unit.set(0, change(unit.get(0)));
    return outcomes.done;
  };
}

/** FXAM: C3, C2 and C0 by kind, C1 the sign. */
const examine: Action = ({ unit }) => {
  const bits = unit.get(0);
  const kinds = {
    unsupported: 0,
    nan: c0,
    normal: c2,
    infinity: c2 | c0,
    zero: c3,
    denormal: c3 | c2,
  } as const;
  const kind = unit.isEmpty(0) ? c3 | c0 : kinds[kindOf(bits)];
  unit.setConditions(kind | (isNegative(bits) ? c1 : 0));
  return outcomes.done;
};

function partialRemainder(isNearest: boolean): Action {
  return ({ unit }) => {
    if (unit.isEmpty(0) || unit.isEmpty(1)) {
      if (unit.raiseStackFault(false)) unit.set(0, indefinite);
      return outcomes.done;
    }
    const environment = unit.environment();
    const { bits, quotient: low } = remainder(environment, unit.get(0), unit.get(1), isNearest);
    environment.roundedUp = false;
    if (!settle(unit, environment)) return outcomes.done;
    unit.set(0, bits);
    unit.setConditions(
      low === undefined ? c2 : ((low & 1) !== 0 ? c1 : 0) | ((low & 2) !== 0 ? c3 : 0) | ((low & 4) !== 0 ? c0 : 0),
    );
    return outcomes.done;
  };
}

/** An instruction that replaces ST(0) and pushes another value. */
function computeTwo(
  action: (environment: FloatEnvironment, x: bigint) => readonly [replaced: bigint, pushed: bigint],
): Action {
  return ({ unit }) => {
    const isMissing = unit.isEmpty(0);
    if (isMissing || !unit.isEmpty(7)) {
      if (unit.raiseStackFault(!isMissing)) {
        unit.set(0, indefinite);
        unit.push(indefinite);
      }
      return outcomes.done;
    }
    const environment = unit.environment();
    const [replaced, pushed] = action(environment, unit.get(0));
    if (!settle(unit, environment)) return outcomes.done;
    unit.set(0, replaced);
    unit.push(pushed);
    return outcomes.done;
  };
}

/** FSIN and its kin: C2 is set, and nothing done, where the operand is too large. */
function inRange(action: Action): Action {
  return (execution) => {
    const { unit } = execution;
    if (!unit.isEmpty(0) && isOutOfRange(unit.get(0))) {
      unit.setC1(false);
      unit.status |= c2;
      return outcomes.done;
    }
    const done = action(execution);
    unit.status &= ~c2;
    return done;
  };
}

const ofTop =
  (action: (environment: FloatEnvironment, x: bigint) => bigint): Action =>
  ({ unit }) =>
    compute(unit, 0, [0], (e) => action(e, unit.get(0)));
/** Of ST(0) and ST(1), to ST(1), which becomes the top. */
const ofTwo =
  (action: Binary): Action =>
  ({ unit }) =>
    compute(unit, 1, [0, 1], (e) => action(e, unit.get(0), unit.get(1)), 1);

const nothing: Action = () => outcomes.done;

/** What has an opcode of its own, D9 C0 to D9 FF and the like. */
const fixedActions: Readonly<Record<number, Action>> = {
  464: nothing,
  480: changeSign((bits) => bits ^ signBit),
  481: changeSign((bits) => bits & ~signBit),
  484: ({ unit }) => compareWith(unit, unit.isEmpty(0), () => 0n),
  485: examine,
  488: ({ unit }) => push(unit, () => one),
  ...Object.fromEntries(
    constants.map((constant, i): [number, Action] => [0x1e9 + i, ({ unit }) => push(unit, constant)]),
  ),
  494: ({ unit }) => push(unit, () => 0n),
  496: ofTop(exponential),
  497: ofTwo(timesLogarithm),
  498: inRange(computeTwo((e, x) => twice(circular(e, x, "tangent"), x, one))),
  499: ofTwo(arcTangent),
  500: computeTwo(extract),
  501: partialRemainder(true),
  502: ({ unit }) => rotate(unit, -1),
  503: ({ unit }) => rotate(unit, 1),
  504: partialRemainder(false),
  505: ofTwo(timesLogarithmPlusOne),
  506: ofTop(root),
  507: inRange(computeTwo((e, x) => [circular(e, x, "sine"), circular(e, x, "cosine")])),
  508: ofTop(roundToIntegral),
  509: ({ unit }) => compute(unit, 0, [0, 1], (e) => scale(e, unit.get(0), unit.get(1))),
  510: inRange(ofTop((e, x) => circular(e, x, "sine"))),
  511: inRange(ofTop((e, x) => circular(e, x, "cosine"))),
  745: ({ unit }) =>
    compareWith(unit, unit.isEmpty(0) || unit.isEmpty(1), () => unit.get(1), { quietly: true, pops: 2 }),
  994: ({ unit }) => {
    unit.status &= ~(0x3f | statusBits.stackFault);
    return outcomes.done;
  },
  995: ({ unit }) => {
    unit.initialize();
    return outcomes.done;
  },
  1753: ({ unit }) => compareWith(unit, unit.isEmpty(0) || unit.isEmpty(1), () => unit.get(1), { pops: 2 }),
};

/** FPTAN pushes 1 behind the tangent, and a NaN behind a NaN. */
function twice(tangent: bigint, operand: bigint, pushed: bigint): readonly [bigint, bigint] {
  const kind = kindOf(operand);
  const isNone = kind === "nan" || kind === "infinity" || kind === "unsupported";
  return [tangent, isNone ? tangent : pushed];
}

function rotate(unit: X87Unit, by: number): number {
  unit.top += by;
  unit.setC1(false);
  return outcomes.done;
}

/** Conditions of FCMOVcc by bits 3 and 4. */
const moveConditions = [eflags.carry, eflags.zero, eflags.carry | eflags.zero, eflags.parity] as const;

function registerAction(opcode: number): Action | undefined {
  const alone = fixedActions[opcode];
  if (alone) return alone;
  const [escapeByte, operation] = [opcode >> 8, (opcode >> 3) & 7];
  switch (escapeByte) {
    case 0:
      return ofRegisters(operation, false, 0);
    case 1:
      return operation === 0 ? loadRegister : operation === 1 ? exchange : operation === 3 ? copyTo(1) : undefined;
    case 2:
      return operation < 4 ? moveIf(moveConditions[operation as 0 | 1 | 2 | 3], false) : undefined;
    case 3:
      if (operation < 4) return moveIf(moveConditions[operation as 0 | 1 | 2 | 3], true);
      return operation === 5 || operation === 6 ? compareToFlags(operation === 5, 0) : undefined;
    case 4:
      return ofRegisters(swapped(operation), true, 0);
    case 5:
      if (operation === 0) return freeRegister(0);
      if (operation === 1) return exchange;
      if (operation < 4) return copyTo(operation - 2);
      return operation < 6 ? compareQuietly(operation - 4) : undefined;
    case 6:
      return ofRegisters(swapped(operation), true, 1);
    default:
      if (operation === 0) return freeRegister(1);
      if (operation === 1) return exchange;
      if (operation < 4) return copyTo(1);
      return operation === 5 || operation === 6 ? compareToFlags(operation === 5, 1) : undefined;
  }
}

/** With ST(i) as the destination, the opcodes of the two subtractions and of the two divisions are exchanged. */
function swapped(operation: number): number {
  return operation < 4 ? operation : operation ^ 1;
}

function freeRegister(pops: number): Action {
  return ({ unit, index }) => {
    unit.free(index);
    if (pops > 0) unit.pop();
    return outcomes.done;
  };
}

function compareQuietly(pops: number): Action {
  return ({ unit, index }) =>
    compareWith(unit, unit.isEmpty(0) || unit.isEmpty(index), () => unit.get(index), { quietly: true, pops });
}

function compareToFlags(quietly: boolean, pops: number): Action {
  return ({ unit, index, result }) =>
    compareWith(unit, unit.isEmpty(0) || unit.isEmpty(index), () => unit.get(index), {
      quietly,
      pops,
      toFlags: result,
    });
}

const loadFormat =
  (format: typeof single): Action =>
  ({ unit, operand }) =>
    push(unit, (e) => load(format, e, format === single ? BigInt(operand.word(0)) : operand.quad(0)));
const loadWhole =
  (bits: number): Action =>
  ({ unit, operand }) =>
    push(unit, (e) => loadInteger(e, BigInt.asIntN(bits, operand.quad(0))));

const word: Action = ({ result, unit }) => {
  result.quads[0] = BigInt(unit.control);
  return outcomes.done;
};
const statusWord: Action = ({ result, unit }) => {
  result.quads[0] = BigInt(unit.status);
  return outcomes.done;
};

/** By escape byte and the middle bits of the ModR/M byte. */
const memoryActions: Readonly<Record<number, Action>> = {
  16: loadFormat(single),
  18: storeTo(single, 0),
  19: storeTo(single, 1),
  21: ({ unit, operand }) => {
    unit.control = operand.short(0);
    return outcomes.done;
  },
  23: word,
  48: loadWhole(32),
  49: storeIntegerTo(32, 1, true),
  50: storeIntegerTo(32, 0),
  51: storeIntegerTo(32, 1),
  53: ({ unit, operand }) => push(unit, () => read80(operand)),
  55: store80,
  80: loadFormat(double),
  81: storeIntegerTo(64, 1, true),
  82: storeTo(double, 0),
  83: storeTo(double, 1),
  87: statusWord,
  112: loadWhole(16),
  113: storeIntegerTo(16, 1, true),
  114: storeIntegerTo(16, 0),
  115: storeIntegerTo(16, 1),
  116: ({ unit, operand }) => push(unit, (e) => loadDecimal(e, read80(operand))),
  117: loadWhole(64),
  118: storeDecimal80,
  119: storeIntegerTo(64, 1),
};
const memoryFormats: readonly MemoryFormat[] = ["single", "doubleword", "double", "word"];

function memoryAction(opcode: number): Action | undefined {
  const [escapeByte, operation] = [opcode >> 8, (opcode >> 3) & 7];
  // D8, DA, DC, DE.
  if (escapeByte % 2 === 0) return withMemory(memoryFormats[escapeByte / 2] ?? "single", operation);
  return memoryActions[(escapeByte << 4) | operation];
}

/** Opcodes that are none: parts of the environment and the registers, for FSTENV, FSAVE and what loads them. */
export const partOpcodes = {
  /** + number of the 32-bit word. */
  storeEnvironment: 0x800,
  loadEnvironment: 0x808,
  /** + i of ST(i). */
  storeRegister: 0x810,
  loadRegister: 0x818,
  maskExceptions: 0x820,
  /** + number of the 64-bit word of what FXSAVE begins with. */
  storeHead: 0x828,
  loadHead: 0x830,
} as const;

function partAction(opcode: number): Action | undefined {
  if (opcode === partOpcodes.maskExceptions) {
    return ({ unit }) => {
      unit.control |= 0x3f;
      return outcomes.done;
    };
  }
  const index = opcode & 7;
  switch (opcode & ~7) {
    case partOpcodes.storeEnvironment:
      return ({ unit, result }) => {
        const words = [unit.control, unit.status, unit.fullTags()];
        // The upper halves of these are all ones; the pointers are not kept, as FXSAVE does not while nothing is pending.
        const word = words[index];
        result.quads[0] = word === undefined ? (index === 6 ? 0xffff0000n : 0n) : BigInt(word) | 0xffff0000n;
        return outcomes.done;
      };
    case partOpcodes.loadEnvironment:
      return ({ unit, operand }) => {
        if (index === 0) unit.control = operand.short(0);
        else if (index === 1) unit.status = operand.short(0);
        else if (index === 2) unit.setFullTags(operand.short(0));
        return outcomes.done;
      };
    case partOpcodes.storeRegister:
      return ({ unit, result }) => {
        write80(result, unit.get(index));
        return outcomes.done;
      };
    case partOpcodes.loadRegister:
      return ({ unit, operand }) => {
        // The tags are the environment's.
        unit.setRegisterAt((unit.top + index) & 7, read80(operand));
        return outcomes.done;
      };
    case partOpcodes.storeHead:
      return ({ unit, result }) => {
        const head = BigInt(unit.control) | (BigInt(unit.status) << 16n) | (BigInt(unit.tags) << 32n);
        result.quads[0] = index === 0 ? head : 0n;
        return outcomes.done;
      };
    case partOpcodes.loadHead:
      return ({ unit, operand }) => {
        if (index > 0) return outcomes.done;
        unit.control = operand.short(0);
        unit.status = operand.short(1);
        unit.tags = operand.short(2);
        return outcomes.done;
      };
    default:
      return undefined;
  }
}

const actions = new Map<number, Action | undefined>();

function actionOf(opcode: number): Action | undefined {
  if (opcode >= 0x800) return partAction(opcode);
  return (opcode & 0xc0) === 0xc0 ? registerAction(opcode) : memoryAction(opcode);
}

/** Executes the instruction (or part of one) with the opcode; see `outcomes`. */
export function executeX87(unit: X87Unit, opcode: number, operand: Vector, result: Vector): number {
  if (!actions.has(opcode)) actions.set(opcode, actionOf(opcode));
  const action = actions.get(opcode);
  if (!action) throw new Error(`there is no x87 instruction with the opcode 0x${opcode.toString(16)}`);
  return action({ unit, index: opcode & 7, operand, result });
}
