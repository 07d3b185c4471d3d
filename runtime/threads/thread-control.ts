/** Interfering with the schedule of a program's green threads, as far as the model of its runtime knows how. */
import type { GuestAddress } from "../base/guest-address.js";
import { fail, ok, type Result } from "../base/result.js";
import type { ThreadModel } from "./models/thread-model.js";
import type { ThreadRecord } from "./thread-record.js";

interface Situation {
  readonly current: ThreadRecord;
  readonly model: ThreadModel | undefined;
  readonly rip: GuestAddress;
}

/** Threads that are kept from being chosen. */
export interface HeldThreads {
  release(): void;
  /** At these addresses the running thread leaves for good: they must be released. */
  readonly lastMoments: ReadonlySet<GuestAddress>;
}

/** Ends a thread that waits for its turn; says why it cannot. */
export function endThread(thread: ThreadRecord | undefined, { current, model, rip }: Situation): Result<void, string> {
  if (thread === undefined) return fail("it does not live any more");
  if (thread.isBase) return fail("the program began in it, and its end is the program's: terminate the program");
  if (thread.kernelThread !== undefined) return fail("it is a thread of the system, which ends by its own system call");
  const control = model?.control;
  if (control === undefined || thread.slot === undefined) {
    return fail("it is not known how this program's runtime ends a thread");
  }
  if (thread === current) return fail("it has the processor, and nobody else would: end it while another thread runs");
  if (control.isBusy(rip)) {
    return fail("the runtime is about to change its table of threads: step out of its function first");
  }
  return control.finish(thread.slot) ? ok(undefined) : fail("it does not wait for its turn");
}

/** Undefined where nothing can be held. The base thread holds nobody: when it is left alone, it ends the program. */
export function holdOthers({ current, model, rip }: Situation): HeldThreads | undefined {
  const control = model?.control;
  if (control === undefined || current.slot === undefined || current.isBase || control.isBusy(rip)) return undefined;
  control.hold(current.slot);
  return { release: () => control.release(), lastMoments: control.lastMoments };
}
