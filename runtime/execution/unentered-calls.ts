import type { CodePlaces } from "../base/code-places.js";
import type { GuestAddress } from "../base/guest-address.js";
import type { Machine } from "../engine/machine.js";
import type { ThreadId } from "../threads/types.js";

/**
 * At the first instruction of an inlined function, execution is as much before the call as in the function. This keeps
 * how many such functions, from the innermost out, are shown as not entered yet, for as long as the thread stands there.
 */
export class UnenteredCalls {
  #number = 0;
  #at: { readonly thread: ThreadId; readonly rip: GuestAddress; readonly count: number } | undefined;

  constructor(
    private readonly machine: Machine,
    private readonly places: CodePlaces,
  ) {}

  /** Of a thread that stands where it stood when it was said. */
  of(thread: ThreadId): number {
    const at = this.#at;
    if (at?.thread !== thread || at.rip !== this.machine.registers.rip) return 0;
    return at.count === this.machine.instructionCount ? this.#number : 0;
  }

  /** Shows what is at the processor's place up to that many inlined functions, and those further in that were entered. */
  show(thread: ThreadId, inlinedDepth: number): void {
    const { registers, instructionCount } = this.machine;
    const frames = this.places.framesAt(registers.instructionPointer);
    const beginning = frames.findIndex(({ isBeginning }) => !isBeginning);
    const depth = frames.length - 1;
    this.#number = Math.max(0, Math.min(beginning, depth - inlinedDepth));
    this.#at = { thread, rip: registers.rip, count: instructionCount };
  }

  /** Shows all there is. */
  forget(): void {
    this.#at = undefined;
  }
}
