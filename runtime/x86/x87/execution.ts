/** What executing an x87 instruction consists of: operands that may be missing, a result, exceptions. Intel SDM vol. 1, 8.5. */
import { exceptions, type FloatEnvironment } from "../float/environment.js";
import type { Vector } from "../vector-helpers/vector.js";
import { indefinite } from "./extended.js";
import type { X87Unit } from "./unit.js";

/** What a helper tells the semantics: to write what it left, or that an exception keeps it from being written. */
export const outcomes = { done: 0, suppressed: 1 } as const;

/** The status flags CF, PF and ZF at their places in RFLAGS, for FCOMI and FCMOVcc. */
export const eflags = { carry: 1, parity: 4, zero: 0x40 } as const;

/** One instruction being executed. */
export interface Execution {
  readonly unit: X87Unit;
  /** The i of ST(i). */
  readonly index: number;
  /** What was read from memory, or the status flags. */
  readonly operand: Vector;
  readonly result: Vector;
}
export type Action = (execution: Execution) => number;

/** Reports what was raised; true if the result may be written. */
export function settle(unit: X87Unit, environment: FloatEnvironment): boolean {
  const raised = environment.status() & 0x3f;
  unit.setC1(environment.roundedUp && (raised & exceptions.precision) !== 0);
  const masked = unit.raise(raised);
  if (masked) return true;
  // Of the exceptions found before the computation, one that is not masked keeps everything as it is.
  const { invalid, denormal, divideByZero } = exceptions;
  return (environment.raised & ~unit.control & (invalid | denormal | divideByZero)) === 0;
}

export const write80 = (result: Vector, bits: bigint) => {
  result.quads[0] = BigInt.asUintN(64, bits);
  result.quads[1] = bits >> 64n;
};
export const read80 = (vector: Vector) => vector.quad(0) | ((vector.quad(1) & 0xffffn) << 64n);

/** Replaces ST(`to`) by what `compute` makes of it, if nothing is missing. `pops`: how often the stack is popped then. */
export function compute(
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
export function push(unit: X87Unit, value: (environment: FloatEnvironment) => bigint): number {
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
