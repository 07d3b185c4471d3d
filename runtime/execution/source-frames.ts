import type { CodePlaces } from "../base/code-places.js";
import { addressPlus, guestAddress } from "../base/guest-address.js";
import type { StackFrame } from "../threads/types.js";

/**
 * The frames of a stack as the source has them: a function that was inlined has a frame of its own above the one whose
 * code it became part of, one that has left by a tail call is put in where it was, and names are those of the source.
 * Frames keep `stackIndex`, and are numbered anew. `unentered` inlined functions at the instruction of the innermost
 * frame are left out.
 */
export function sourceFrames(frames: readonly StackFrame[], places: CodePlaces, unentered = 0): StackFrame[] {
  const result: StackFrame[] = [];
  for (const [stackIndex, frame] of frames.entries()) {
    result.push(...leftBetween(frames[stackIndex - 1], frame, places, result.length));
    const inSource = places.framesAt(Number(frame.codeAddress));
    if (inSource.length === 0) result.push({ ...frame, index: result.length });
    for (const [inlineIndex, { name, position, isInlined }] of inSource.entries()) {
      if (frame.stackIndex === 0 && inlineIndex < unentered) continue;
      const functionName = name ?? (isInlined ? undefined : frame.functionName);
      const { functionName: _name, position: _position, ...rest } = frame;
      result.push({
        ...rest,
        index: result.length,
        inlineIndex,
        ...(functionName !== undefined && { functionName }),
        ...(position !== undefined && { position }),
        ...(isInlined && { isInlined }),
      });
    }
  }
  return result;
}

/** The functions that were called from `caller` and have left `callee` in their place. */
function leftBetween(
  callee: StackFrame | undefined,
  caller: StackFrame,
  places: CodePlaces,
  firstIndex: number,
): StackFrame[] {
  // Only a frame whose instruction is behind a call has called anybody.
  const isCalling = caller.codeAddress === addressPlus(caller.instruction, -1);
  if (callee === undefined || !isCalling || caller.isGuessed) return [];
  const jumps = places.tailCallsBetween(Number(caller.instruction), Number(callee.codeAddress));
  return jumps
    .flatMap((behind) => places.framesAt(behind - 1).map((frame) => ({ ...frame, behind: guestAddress(behind) })))
    .map(({ name, position, isInlined, behind }, index) => ({
      index: firstIndex + index,
      stackIndex: callee.stackIndex,
      instruction: behind,
      codeAddress: addressPlus(behind, -1),
      ...(name !== undefined && { functionName: name }),
      ...(position !== undefined && { position }),
      ...(isInlined && { isInlined }),
      leftByTailCall: true,
      canonicalFrameAddress: callee.canonicalFrameAddress,
      presentation: "subtle",
      registers: {
        rip: behind,
        general: caller.registers.general.map((value, number) => (keptOnLeaving.has(number) ? value : undefined)),
      },
    }));
}

/** rbx, rbp and r12 to r15, by hardware number: as the caller had them, when a function leaves. */
const keptOnLeaving: ReadonlySet<number> = new Set([3, 5, 12, 13, 14, 15]);
