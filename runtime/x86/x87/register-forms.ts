/** Instructions without a memory operand, by opcode: D9 C0 to D9 FF and the like. */
import type { FloatEnvironment } from "../float/environment.js";
import { type Binary, extract, remainder, root, roundToIntegral, scale } from "./arithmetic.js";
import { type Action, compute, eflags, outcomes, push, settle } from "./execution.js";
import { indefinite, isNegative, kindOf } from "./extended.js";
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
import { compareQuietly, compareToFlags, compareWith, ofRegisters } from "./two-operands.js";
import { statusBits, type X87Unit } from "./unit.js";

const { c0, c1, c2, c3 } = statusBits;
const signBit = 1n << 79n;

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

/** FSTPNCE: of a register that is empty, nothing but the pop is left. */
const copyUnchecked: Action = (execution) => {
  const { unit } = execution;
  if (!unit.isEmpty(0)) return copyTo(1)(execution);
  unit.setC1(false);
  unit.pop();
  return outcomes.done;
};

const loadRegister: Action = ({ unit, index }) => {
  if (unit.isEmpty(index)) {
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
      if (unit.raiseStackFault(false)) {
        unit.set(0, indefinite);
        unit.status &= ~c2;
      }
      return outcomes.done;
    }
    const environment = unit.environment();
    const { bits, quotient } = remainder(environment, unit.get(0), unit.get(1), isNearest);
    environment.roundedUp = false;
    if (!settle(unit, environment)) return outcomes.done;
    unit.set(0, bits);
    if (quotient === "none") unit.status &= ~c2;
    else if (quotient === "incomplete") unit.setConditions(c2);
    else {
      const bit = (mask: number, condition: number) => ((quotient & mask) !== 0 ? condition : 0);
      unit.setConditions(bit(1, c1) | bit(2, c3) | bit(4, c0));
    }
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

/** FSIN and its kin: C2 is set, and nothing done, where the operand is too large. One that pushes needs room before. */
function inRange(action: Action, pushes = false): Action {
  return (execution) => {
    const { unit } = execution;
    if (!unit.isEmpty(0) && !(pushes && !unit.isEmpty(7)) && isOutOfRange(unit.get(0))) {
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
const fixedActions: ReadonlyMap<number, Action> = new Map<number, Action>([
  [0x1d0, nothing],
  [0x1e0, changeSign((bits) => bits ^ signBit)],
  [0x1e1, changeSign((bits) => bits & ~signBit)],
  [0x1e4, ({ unit }) => compareWith(unit, unit.isEmpty(0), () => 0n)],
  [0x1e5, examine],
  [0x1e8, ({ unit }) => push(unit, () => one)],
  ...constants.map((constant, i): [number, Action] => [0x1e9 + i, ({ unit }) => push(unit, constant)]),
  [0x1ee, ({ unit }) => push(unit, () => 0n)],
  [0x1f0, ofTop(exponential)],
  [0x1f1, ofTwo(timesLogarithm)],
  [
    0x1f2,
    inRange(
      computeTwo((e, x) => twice(circular(e, x, "tangent"), x, one)),
      true,
    ),
  ],
  [0x1f3, ofTwo(arcTangent)],
  [0x1f4, computeTwo(extract)],
  [0x1f5, partialRemainder(true)],
  [0x1f6, ({ unit }) => rotate(unit, -1)],
  [0x1f7, ({ unit }) => rotate(unit, 1)],
  [0x1f8, partialRemainder(false)],
  [0x1f9, ofTwo(timesLogarithmPlusOne)],
  [0x1fa, ofTop(root)],
  [
    0x1fb,
    inRange(
      computeTwo((e, x) => [circular(e, x, "sine"), circular(e, x, "cosine")]),
      true,
    ),
  ],
  [0x1fc, ofTop(roundToIntegral)],
  [0x1fd, ({ unit }) => compute(unit, 0, [0, 1], (e) => scale(e, unit.get(0), unit.get(1)))],
  [0x1fe, inRange(ofTop((e, x) => circular(e, x, "sine")))],
  [0x1ff, inRange(ofTop((e, x) => circular(e, x, "cosine")))],
  [
    0x2e9,
    ({ unit }) => compareWith(unit, unit.isEmpty(0) || unit.isEmpty(1), () => unit.get(1), { quietly: true, pops: 2 }),
  ],
  [
    0x3e2,
    ({ unit }) => {
      unit.status &= ~(0x3f | statusBits.stackFault);
      return outcomes.done;
    },
  ],
  // FENI, FDISI and FSETPM: of older units; they do nothing any more.
  [0x3e0, nothing],
  [0x3e1, nothing],
  [0x3e4, nothing],
  [
    0x3e3,
    ({ unit }) => {
      unit.initialize();
      return outcomes.done;
    },
  ],
  [0x6d9, ({ unit }) => compareWith(unit, unit.isEmpty(0) || unit.isEmpty(1), () => unit.get(1), { pops: 2 })],
]);

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

export function registerAction(opcode: number): Action | undefined {
  const alone = fixedActions.get(opcode);
  if (alone) return alone;
  const [escapeByte, operation] = [opcode >> 8, (opcode >> 3) & 7];
  switch (escapeByte) {
    case 0:
      return ofRegisters(operation, false, 0);
    case 1:
      return operation === 0 ? loadRegister : operation === 1 ? exchange : operation === 3 ? copyUnchecked : undefined;
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
    unit.setC1(false);
    if (pops > 0) unit.pop();
    return outcomes.done;
  };
}
