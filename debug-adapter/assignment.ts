/** Evaluating in a frame, and writing registers, variables and memory. */
import { type GuestAddress, guestAddress } from "../runtime/base/guest-address.js";
import type { GreenThread, StackFrame, ThreadId } from "../runtime/debuggee.js";
import { generalRegisterNames } from "../runtime/engine/machine.js";
import { registerBits, writeFor } from "../runtime/expressions/assignment.js";
import { describeExpressionError } from "../runtime/expressions/expression.js";
import { flagBits, isFlagName, registerPart } from "../runtime/expressions/registers.js";
import { type ExpressionScope, frameRegister, type Value } from "../runtime/expressions/scope.js";
import { announceRegisterWrite, announcingMemoryWrite } from "./announcements.js";
import type { Launched } from "./launched.js";
import { RequestError } from "./request-error.js";
import type { Session } from "./session.js";
import { compileIn } from "./shown-value.js";

/** The value of `text` in a frame; a `RequestError` says what is wrong with it. */
export function evaluateIn(scope: ExpressionScope, text: string): Value {
  const value = compileIn(scope, text).evaluate(scope);
  if (!value.ok) throw new RequestError(describeExpressionError(text, value.error));
  return value.value;
}

/** Gives what `target` is in a frame the value `given`, and announces it. `name`: of the target, for messages. */
export function assignValue(
  session: Session,
  launched: Launched,
  { thread, frame }: { readonly thread: GreenThread; readonly frame: StackFrame },
  name: string,
  target: Value,
  given: Value,
): void {
  const write = writeFor(name, target, given, launched.debuggee.processorScope.source);
  if (!write.ok) throw new RequestError(write.error);
  switch (write.value.kind) {
    case "memory": {
      const { bytes } = write.value;
      const address = guestAddress(write.value.address);
      announcingMemoryWrite(session, launched, address, () => writeBytes(launched, address, bytes));
      break;
    }
    case "register": {
      const { owner, register, bits, size } = write.value;
      const place = owner
        ? launched.frame({ thread: owner.thread as ThreadId, frame: owner.frame })
        : { thread, frame };
      const savedAt = writeRegisterPart(launched, place.thread, place.frame, register, bits, size);
      session.afterResponse(() => announceRegisterWrite(session, savedAt));
    }
  }
}

/** The bits that a register gets from what the user gave for it. */
export function givenBits(scope: ExpressionScope, text: string): bigint {
  const bits = registerBits(evaluateIn(scope, text), scope.source);
  if (bits === undefined) throw new RequestError("A register holds a number, not a text.");
  return bits;
}

/**
 * Writes a register, a part of one (`eax`, `ah`) or a flag of a frame. Returns where in memory the register is saved,
 * when that is what was written. `size`: of the value, in bytes, where it may be only the lower part of an SSE register.
 */
export function writeRegisterPart(
  launched: Launched,
  thread: GreenThread,
  frame: StackFrame,
  name: string,
  bits: bigint,
  size?: number,
): GuestAddress | undefined {
  const lower = name.toLowerCase();
  const part = isFlagName(lower)
    ? { register: "rflags", shift: BigInt(flagBits[lower]), bits: 1 }
    : registerPart(lower);
  if (part === undefined) throw new RequestError(`"${name}" is not a register that can be written.`);
  if (part.bits === 1 && bits > 1n) throw new RequestError("A flag is 0 or 1.");
  const width = size !== undefined && lower.startsWith("xmm") ? Math.min(part.bits, 8 * size) : part.bits;
  const mask = ((1n << BigInt(width)) - 1n) << part.shift;
  const before = frameRegister(frame.registers, part.register) ?? 0n;
  const whole = (before & ~mask) | ((bits << part.shift) & mask);
  const written = launched.debuggee.writeRegister(thread.id, frame.index, part.register, whole);
  if (!written.ok) throw new RequestError(written.error);
  return frame.registers.savedAt?.[(generalRegisterNames as readonly string[]).indexOf(part.register)];
}

function writeBytes(launched: Launched, address: GuestAddress, bytes: Uint8Array): number {
  const { memory } = launched.debuggee;
  if (memory.read(address, bytes.length).length < bytes.length) {
    throw new RequestError("The memory cannot be written: nothing is mapped there.");
  }
  return memory.write(address, bytes);
}
