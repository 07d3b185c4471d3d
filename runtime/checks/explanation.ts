import type { Fault } from "../engine/machine.js";
import type { ThreadId } from "../threads/types.js";

/** A fault in a learner's words. */
export interface FaultExplanation {
  readonly fault: Fault;
  /** One line: `Page fault: write to 0x0041fff8`. */
  readonly title: string;
  /** Several sentences: which address, which permission, which thread's stack, how far past its end, what to look at. */
  readonly description: string;
  readonly thread: ThreadId;
}
