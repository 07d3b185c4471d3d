import type { CodePlaces } from "../base/code-places.js";
import type { SourcePosition } from "../base/source.js";

/** A call that the compiler replaced by the function's code. */
export interface InlinedCall {
  readonly instance: object;
  /** Where the call is in the source. */
  readonly position: SourcePosition | undefined;
}

/** The inlined functions that the instruction at `address` belongs to, the outermost first. */
export function inlinedCallsAt(places: CodePlaces, address: number): InlinedCall[] {
  const frames = places.framesAt(address);
  return frames
    .map(({ instance }, index): InlinedCall => ({ instance, position: frames[index + 1]?.position }))
    .slice(0, -1)
    .reverse();
}

/** How many of them are the same, from the outermost in. */
export function commonCalls(some: readonly InlinedCall[], others: readonly InlinedCall[]): number {
  let count = 0;
  while (count < some.length && some[count]?.instance === others[count]?.instance) count++;
  return count;
}
