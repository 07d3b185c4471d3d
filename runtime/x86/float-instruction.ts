/** What floating-point instructions have in common: their operands, MXCSR, and exceptions that are not masked. */
import type { Builder } from "./builder.js";
import { allExceptions, unmaskedException } from "./float/environment.js";
import type { Operand } from "./operands.js";
import type { Value } from "./value.js";
import type { VectorHelperName } from "./vector-helpers/index.js";

/** The operand as a vector: of less than 16 bytes, its value is the lowest element. */
export function readVector(b: Builder, operand: Operand): Value {
  return operand.width === 16 ? operand.read() : b.splat(operand.readUnsigned());
}

/**
 * Calls the helper with MXCSR and `immediate`, and notes the exceptions that it reports. One that is not masked raises
 * #XM: nothing but MXCSR has changed then. The destination is written afterwards.
 */
export function callFloatHelper(
  b: Builder,
  name: VectorHelperName,
  first: Value,
  second: Value,
  immediate?: Value,
  third?: Value,
): [status: Value, result: Value] {
  const mxcsr = b.state("mxcsr");
  const control = immediate ? b.or(mxcsr, b.shiftLeft(immediate, 16)) : mxcsr;
  const [status, result] = b.vectorHelper(name, first, second, b.operation("i32.wrap_i64", control), third);
  const gathered = b.gatheredExceptions;
  if (gathered) {
    gathered.set(b.operation("i32.or", gathered.get(), status));
    return [status, result];
  }
  noteExceptions(b, mxcsr, status);
  return [status, result];
}

function noteExceptions(b: Builder, mxcsr: Value, status: Value): void {
  const raised = b.operation("i32.and", status, b.bit(allExceptions));
  b.setState("mxcsr", b.or(mxcsr, b.extend(raised)));
  b.if(b.operation("i32.and", status, b.bit(unmaskedException)), () => b.fault("simdException"));
}

/**
 * Records `parts`, which compute an instruction's result part by part and change nothing: the exceptions are noted when
 * all of them have been computed, as the processor looks at all elements at once.
 */
export function gatherExceptions(b: Builder, parts: () => void): void {
  const gathered = b.variable(b.bit(0));
  b.gatheredExceptions = gathered;
  parts();
  b.gatheredExceptions = undefined;
  const status = gathered.get();
  b.if(status, () => {
    const mxcsr = b.state("mxcsr");
    const control = b.or(b.extend(status), b.shiftLeft(mxcsr, 16));
    const nothing = b.splat(b.constant(0));
    const [joined] = b.vectorHelper("joinExceptions", nothing, nothing, b.operation("i32.wrap_i64", control));
    noteExceptions(b, mxcsr, joined);
  });
}
