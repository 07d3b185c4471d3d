/** Arithmetic and comparisons of two operands: registers, or a register and memory. */
import { exceptions, type FloatEnvironment } from "../float/environment.js";
import { double, single } from "../float/format.js";
import type { Vector } from "../vector-helpers/vector.js";
import {
  type Binary,
  compareNumbers,
  difference,
  load,
  loadInteger,
  noteDenormal,
  product,
  quotient,
  reversed,
  sum,
} from "./arithmetic.js";
import { type Action, compute, eflags, outcomes, settle } from "./execution.js";
import { isSignaling, kindOf } from "./extended.js";
import { statusBits, type X87Unit } from "./unit.js";

const { c0, c1, c2, c3 } = statusBits;

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

export type MemoryFormat = "single" | "double" | "word" | "doubleword";

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

/** Loading the operand may have raised it; NaNs and other exceptions come first (Intel SDM vol. 1, 8.6). */
function forgetDenormal(environment: FloatEnvironment): void {
  environment.raised &= ~exceptions.denormal;
}

export function compareWith(
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
      forgetDenormal(environment);
      const isInvalid = !quietly || [a, b].some((bits) => isSignaling(bits) || kindOf(bits) === "unsupported");
      if (isInvalid) environment.raise(exceptions.invalid);
    } else {
      noteDenormal(environment, a, b);
    }
    const before = unit.status & c1;
    if (!settle(unit, environment)) return outcomes.suppressed;
    if (toFlags) unit.setC1(before !== 0);
  }
  if (toFlags) {
    const { carry, parity, zero } = eflags;
    toFlags.quads[0] = BigInt(order === undefined ? carry | parity | zero : order < 0 ? carry : order === 0 ? zero : 0);
  } else {
    unit.setConditions(order === undefined ? c0 | c2 | c3 : order < 0 ? c0 : order === 0 ? c3 : 0);
  }
  for (let i = 0; i < pops; i++) unit.pop();
  return outcomes.done;
}

/** Arithmetic and comparisons of ST(0) with memory. */
export function withMemory(format: MemoryFormat, index: number): Action {
  const operation = operations[index];
  return ({ unit, operand }) => {
    if (typeof operation !== "function") {
      const pops = operation === "compare" ? 0 : 1;
      return compareWith(unit, unit.isEmpty(0), (e) => fromMemory(format, e, operand), { pops });
    }
    return compute(unit, 0, [0], (e) => {
      const result = operation(e, unit.get(0), fromMemory(format, e, operand));
      const { invalid, divideByZero } = exceptions;
      if ((e.raised & (invalid | divideByZero)) !== 0 || kindOf(result) === "nan") forgetDenormal(e);
      return result;
    });
  };
}

/** The same of two registers: to ST(0), or (`toIndex`) to ST(i), with or without a pop. */
export function ofRegisters(index: number, toIndex: boolean, pops: number): Action {
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

export function compareQuietly(pops: number): Action {
  return ({ unit, index }) =>
    compareWith(unit, unit.isEmpty(0) || unit.isEmpty(index), () => unit.get(index), { quietly: true, pops });
}

export function compareToFlags(quietly: boolean, pops: number): Action {
  return ({ unit, index, result }) =>
    compareWith(unit, unit.isEmpty(0) || unit.isEmpty(index), () => unit.get(index), {
      quietly,
      pops,
      toFlags: result,
    });
}
