import type { CodePlaces } from "../base/code-places.js";
import type { StackFrame } from "../threads/types.js";

/**
 * The frames of a stack as the source has them: a function that was inlined has a frame of its own above the one whose
 * code it became part of, and names are those of the source. Frames keep `stackIndex`, and are numbered anew. `unentered` inlined functions at the
 * instruction of the innermost frame are left out.
 */
export function sourceFrames(frames: readonly StackFrame[], places: CodePlaces, unentered = 0): StackFrame[] {
  const result: StackFrame[] = [];
  for (const frame of frames) {
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
