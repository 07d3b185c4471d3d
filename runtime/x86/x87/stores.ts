/** FST, FIST, FBSTP and their kin: the top of the stack to memory. */
import { exceptions, type FloatEnvironment, rounding } from "../float/environment.js";
import type { Format } from "../float/format.js";
import { decimalIndefinite, store, storeDecimal, storeInteger } from "./arithmetic.js";
import { type Action, outcomes, settle, write80 } from "./execution.js";
import { indefinite } from "./extended.js";
import type { X87Unit } from "./unit.js";

/** FST, FSTP: to a number of memory. */
export function storeTo(format: Format, pops: number): Action {
  return ({ unit, result }) => {
    let bits = format.defaultNaN;
    if (unit.isEmpty(0)) {
      if (!unit.raiseStackFault(false)) return outcomes.suppressed;
    } else {
      const environment = unit.environment();
      bits = store(format, environment, unit.get(0));
      settle(unit, environment);
      if (isSuppressed(environment, unit)) return outcomes.suppressed;
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

export function storeIntegerTo(width: number, pops: number, truncates = false): Action {
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

export const store80: Action = ({ unit, result }) => {
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

export const storeDecimal80: Action = ({ unit, result }) => {
  let bits = decimalIndefinite;
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
