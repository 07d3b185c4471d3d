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
): [status: Value, result: Value] {
  const mxcsr = b.state("mxcsr");
  const control = immediate ? b.or(mxcsr, b.shiftLeft(immediate, 16)) : mxcsr;
  const [status, result] = b.vectorHelper(name, first, second, b.operation("i32.wrap_i64", control));
  const raised = b.operation("i32.and", status, b.bit(allExceptions));
  b.setState("mxcsr", b.or(mxcsr, b.extend(raised)));
  b.if(b.operation("i32.and", status, b.bit(unmaskedException)), () => b.fault("simdException"));
  return [status, result];
}
