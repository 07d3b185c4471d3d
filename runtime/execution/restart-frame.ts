/** Winding a thread back to where the function of one of its frames was entered. */
import { addressPlus, type GuestAddress, guestAddress } from "../base/guest-address.js";
import { fail, ok, type Result } from "../base/result.js";
import { generalRegisterNames, type Machine } from "../engine/machine.js";
import type { StackFrame } from "../threads/types.js";
import type { FrameVariable } from "../values/frame-variables.js";
import { bitsOf, plainType, sizeOfType, type ValueSource } from "../values/source-value.js";

export interface RestartContext {
  readonly machine: Machine;
  /** Of the thread that owns the processor, as the source has them. */
  readonly frames: readonly StackFrame[];
  /** Where the frame's function is entered; undefined where that is not known. */
  readonly entry: GuestAddress | undefined;
  /** Undefined where the program does not tell what the function takes. */
  readonly parameters: readonly FrameVariable[] | undefined;
  /** The function is given the place of its result by its caller, in the register of the first argument. */
  readonly takesPlaceOfResult: boolean;
  readonly source: ValueSource;
}

/** System V ABI for x86-64, 3.2.1 and 3.2.3: what a function preserves, and where it takes its first arguments from. */
const preserved = ["rbx", "rbp", "r12", "r13", "r14", "r15"] as const;
const integerArguments = ["rdi", "rsi", "rdx", "rcx", "r8", "r9"] as const;
const vectorArguments = 8;

type RegisterName = (typeof generalRegisterNames)[number];

interface EntryState {
  readonly general: Map<RegisterName, bigint>;
  readonly vectors: Map<number, bigint>;
}

/**
 * Makes the registers what they were where the frame's function was entered: `rsp`, `rip` and the callee-saved ones
 * exactly, the arguments as they are now. Returns what has not been undone, as a sentence for the user. Nothing is changed
 * where a register cannot be known.
 */
export function restartFrame(context: RestartContext, index: number): Result<string, string> {
  const { machine, frames, entry } = context;
  const frame = frames[index];
  if (frame === undefined) return fail("This frame is no longer there.");
  const reason = whyNot(context, frame);
  if (reason !== undefined || entry === undefined) return fail(reason ?? "It is not known where this function begins.");
  const caller = frames.find((one) => one.stackIndex === frame.stackIndex + 1 && !one.leftByTailCall);
  if (caller === undefined) return fail("Nobody called this function: what its registers were is not known.");
  const stackPointer = addressPlus(frame.canonicalFrameAddress, -8);
  if (machine.memory.readWord(stackPointer) !== caller.instruction) {
    return fail("The return address of this function has been overwritten.");
  }
  const state: EntryState = { general: new Map([["rsp", stackPointer]]), vectors: new Map() };
  for (const name of preserved) {
    const value = caller.registers.general[generalRegisterNames.indexOf(name)];
    if (value === undefined) return fail(`What ${name} was when this function was entered is not known.`);
    state.general.set(name, value);
  }
  const missing = addArguments(context, state);
  if (missing !== undefined) return fail(missing);
  for (const [name, value] of state.general) machine.registers.setGeneral(name, value);
  for (const [number, value] of state.vectors) machine.registers.setXmm(number, value);
  machine.registers.rip = entry;
  const given =
    context.parameters === undefined
      ? "The registers of arguments keep what is in them now."
      : context.parameters.length === 0
        ? ""
        : "Its arguments are what its parameters were last.";
  return ok(`What has been written to memory and what has been output stays. ${given}`.trim());
}

function whyNot({ frames }: RestartContext, frame: StackFrame): string | undefined {
  if (frame.isInlined) return "This function was inlined: it has no frame of its own. Restart the one around it.";
  if (frame.leftByTailCall) return "This function has left its frame by a tail call.";
  const inner = frames.filter(({ stackIndex }) => stackIndex <= frame.stackIndex);
  if (inner.some(({ isGuessed }) => isGuessed)) {
    return "This frame was found by looking for return addresses: its registers are not known.";
  }
  // Outer frames are at return addresses, unless they were interrupted or a `ret` is to enter them.
  const isInterrupted = inner.some(
    ({ stackIndex, leftByTailCall, codeAddress, instruction }) =>
      stackIndex > 0 && !leftByTailCall && codeAddress === instruction,
  );
  if (isInterrupted) return "A signal is being handled above this frame: it cannot be taken back.";
  return undefined;
}

/** Returns why that cannot be done. Arguments beyond the registers lie on the stack, where the caller put them. */
function addArguments({ parameters, takesPlaceOfResult, source }: RestartContext, state: EntryState) {
  if (takesPlaceOfResult)
    return "This function returns a struct in a place that its caller gave it, which is not known.";
  let [integers, vectors] = [0, 0];
  for (const { name, value } of parameters ?? []) {
    const type = plainType(value.type);
    const isNumber = type?.kind === "base" || type?.kind === "pointer" || type?.kind === "enum";
    if (!isNumber || sizeOfType(type) > 8) {
      return `The argument ${name} is passed in parts: how they were in registers is not known.`;
    }
    const isVector = type.kind === "base" && type.encoding === "float";
    const register = isVector ? undefined : integerArguments[integers++];
    if (isVector ? vectors >= vectorArguments : register === undefined) continue;
    const bits = bitsOf(value, source);
    if (bits === undefined) return `What the argument ${name} was is not known.`;
    if (register !== undefined) {
      const isSigned = type.kind === "base" && type.encoding.startsWith("signed");
      state.general.set(register, BigInt.asUintN(64, isSigned ? BigInt.asIntN(8 * sizeOfType(type), bits) : bits));
    } else {
      state.vectors.set(vectors++, bits);
    }
  }
  return undefined;
}

/** Where a function that a symbol names begins. */
export function entryOf(frame: StackFrame, told: number | undefined): GuestAddress | undefined {
  return told === undefined ? frame.functionAddress : guestAddress(BigInt(told));
}
