import type { CodePlaces } from "../base/code-places.js";
import { addressPlus, guestAddress } from "../base/guest-address.js";
import type { StackFrame } from "../threads/types.js";
import { beginsBottom, leadsToBottom } from "./program-start-frames.js";

/**
 * The frames of a stack as the source has them: a function that was inlined has a frame of its own above the one whose
 * code it became part of, one that has left by a tail call is put in where it was, and names are those of the source.
 * Frames keep `stackIndex`, and are numbered anew. `unentered` inlined functions at the instruction of the innermost
 * frame are left out.
 */
export function* sourceFrames(
  frames: Iterable<StackFrame>,
  places: CodePlaces,
  unentered = 0,
): Generator<StackFrame, undefined, undefined> {
  let isBottom = false;
  // The bottom of a stack is known by two frames.
  for (const [frame, caller] of inPairs(namedFrames(frames, places, unentered))) {
    isBottom ||= beginsBottom(frame, caller);
    const isSubtle = (isBottom || leadsToBottom(frame, caller)) && frame.index > 0;
    yield isSubtle ? { ...frame, presentation: "subtle" } : frame;
  }
}

/** Each with the one behind it. */
function* inPairs<Item>(items: Iterable<Item>): Generator<readonly [Item, Item | undefined], undefined, undefined> {
  let before: Item | undefined;
  for (const item of items) {
    if (before !== undefined) yield [before, item];
    before = item;
  }
  if (before !== undefined) yield [before, undefined];
}

function* namedFrames(
  frames: Iterable<StackFrame>,
  places: CodePlaces,
  unentered: number,
): Generator<StackFrame, undefined, undefined> {
  let callee: StackFrame | undefined;
  let index = 0;
  for (const frame of frames) {
    for (const left of leftBetween(callee, frame, places, index)) {
      yield left;
      index++;
    }
    callee = frame;
    const inSource = places.framesAt(Number(frame.codeAddress));
    if (inSource.length === 0) yield { ...frame, index: index++ };
    for (const [inlineIndex, { name, position, isInlined }] of inSource.entries()) {
      if (frame.stackIndex === 0 && inlineIndex < unentered) continue;
      const functionName = name ?? (isInlined ? undefined : frame.functionName);
      const { functionName: _name, position: _position, ...rest } = frame;
      yield {
        ...rest,
        index: index++,
        inlineIndex,
        ...(functionName !== undefined && { functionName }),
        ...(position !== undefined && { position }),
        ...(isInlined && { isInlined }),
      };
    }
  }
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
