/**
 * The threads in the order in which they last had the processor, the latest first; behind them those that have not had it
 * yet, in order of birth. A linked list through the records: a turn costs the same however many threads there are.
 */
import type { ThreadRecord } from "./thread-record.js";

export class RunOrder {
  #first: ThreadRecord | undefined;
  #last: ThreadRecord | undefined;

  /** The thread has, or had, the processor later than all others. */
  ran(record: ThreadRecord): void {
    if (record === this.#first) return;
    this.remove(record);
    record.ranBefore = this.#first;
    if (this.#first) this.#first.ranAfter = record;
    this.#first = record;
    this.#last ??= record;
  }

  /** The thread has not had the processor yet. */
  appeared(record: ThreadRecord): void {
    record.ranAfter = this.#last;
    if (this.#last) this.#last.ranBefore = record;
    this.#last = record;
    this.#first ??= record;
  }

  /** The thread is over. Nothing happens when it is not in the list. */
  remove(record: ThreadRecord): void {
    const { ranBefore, ranAfter } = record;
    if (ranAfter) ranAfter.ranBefore = ranBefore;
    else if (this.#first === record) this.#first = ranBefore;
    if (ranBefore) ranBefore.ranAfter = ranAfter;
    else if (this.#last === record) this.#last = ranAfter;
    record.ranBefore = undefined;
    record.ranAfter = undefined;
  }

  *[Symbol.iterator](): Generator<ThreadRecord> {
    for (let record = this.#first; record; ) {
      // Whoever takes them may remove the one that was given.
      const next: ThreadRecord | undefined = record.ranBefore;
      yield record;
      record = next;
    }
  }
}
