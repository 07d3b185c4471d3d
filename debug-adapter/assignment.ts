/** Evaluating in a frame, and writing registers and memory by name. */
import type { GuestAddress } from "../runtime/base/guest-address.js";
import type { GreenThread, StackFrame } from "../runtime/debuggee.js";
import { generalRegisterNames } from "../runtime/engine/machine.js";
import { compileExpression, describeExpressionError, type Expression } from "../runtime/expressions/expression.js";
import { flagBits, isFlagName, registerPart } from "../runtime/expressions/registers.js";
import { frameRegister } from "../runtime/expressions/scope.js";
import type { Value } from "../runtime/expressions/value.js";
import type { Launched } from "./launched.js";
import { RequestError } from "./request-error.js";

/** Compiles an expression of the user's; a `RequestError` says what is wrong with it. */
export function compileFor(launched: Launched, text: string): Expression {
  const compiled = compileExpression(text, (name) => launched.program.symbolNamed(name));
  if (!compiled.ok) throw new RequestError(describeExpressionError(text, compiled.error));
  return compiled.value;
}

/** The value of `text` in a frame. */
export function evaluateIn(launched: Launched, thread: GreenThread, frame: StackFrame, text: string): Value {
  const value = compileFor(launched, text).evaluate(launched.scope(thread, frame));
  if (!value.ok) throw new RequestError(describeExpressionError(text, value.error));
  return value.value;
}

/**
 * Writes a register, a part of one (`eax`, `ah`) or a flag of a frame. Returns where in memory the register is saved,
 * when that is what was written.
 */
export function writeRegisterPart(
  launched: Launched,
  thread: GreenThread,
  frame: StackFrame,
  name: string,
  value: Value,
): GuestAddress | undefined {
  if (value.type.kind === "text") throw new RequestError("A register holds a number, not a text.");
  const lower = name.toLowerCase();
  const part = isFlagName(lower)
    ? { register: "rflags", shift: BigInt(flagBits[lower]), bits: 1 }
    : registerPart(lower);
  if (part === undefined) throw new RequestError(`"${name}" is not a register that can be written.`);
  if (part.bits === 1 && value.bits > 1n) throw new RequestError("A flag is 0 or 1.");
  const mask = ((1n << BigInt(part.bits)) - 1n) << part.shift;
  const before = frameRegister(frame.registers, part.register) ?? 0n;
  const whole = (before & ~mask) | ((value.bits << part.shift) & mask);
  const written = launched.debuggee.writeRegister(thread.id, frame.index, part.register, whole);
  if (!written.ok) throw new RequestError(written.error);
  return frame.registers.savedAt?.[(generalRegisterNames as readonly string[]).indexOf(part.register)];
}

/** Writes the lowest `size` bytes of a value to memory and returns their number. */
export function writeMemoryValue(launched: Launched, address: GuestAddress, size: number, value: Value): number {
  if (value.type.kind === "text")
    throw new RequestError("Memory holds numbers, not texts: write one character at a time.");
  const bytes = Uint8Array.from({ length: size }, (_, index) => Number((value.bits >> BigInt(8 * index)) & 0xffn));
  const { memory } = launched.debuggee;
  if (memory.read(address, size).length < size) {
    throw new RequestError("The memory cannot be written: nothing is mapped there.");
  }
  return memory.write(address, bytes);
}
