/**
 * Threads on whose stacks others have begun to run. Most of them are over; but where green threads share a stack, what
 * was on it is copied away and back again, and such a thread goes on when it is found there as it was.
 */
import type { GuestMemory } from "../engine/machine.js";
import { type ThreadRecord, topMatches } from "./thread-record.js";

/** Of those that seem to be over, so many are remembered for one place, and in all. */
const mostAtPlace = 64;
const most = 4096;

export class CopiedStacks {
  readonly #byPlace = new Map<number, ThreadRecord[]>();
  #count = 0;

  /** Another thread has begun on the stack of this one, which is parked. */
  remember(record: ThreadRecord): void {
    const place = record.parked?.pointer;
    if (place === undefined || !record.parked?.top) return;
    const known = this.#byPlace.get(place) ?? [];
    this.#byPlace.set(place, known);
    known.push(record);
    this.#count++;
    while (known.length > mostAtPlace) this.#forgetFirst(place, known);
    while (this.#count > most) {
      const [oldest] = this.#byPlace;
      if (!oldest || !this.#forgetFirst(...oldest)) break;
    }
  }

  /** The thread that was parked exactly there, with just what is there now. */
  findAt(place: number, memory: GuestMemory): ThreadRecord | undefined {
    return this.#byPlace.get(place)?.findLast(({ parked }) => topMatches(parked, memory));
  }

  forget(record: ThreadRecord): void {
    const place = record.parked?.pointer;
    const known = place === undefined ? undefined : this.#byPlace.get(place);
    const index = known?.indexOf(record) ?? -1;
    if (place === undefined || !known || index < 0) return;
    known.splice(index, 1);
    this.#count--;
    if (known.length === 0) this.#byPlace.delete(place);
  }

  /** One that is known to share its stack stays. */
  #forgetFirst(place: number, known: ThreadRecord[]): boolean {
    const index = known.findIndex(({ sharesStack }) => !sharesStack);
    if (index < 0) return false;
    known.splice(index, 1);
    this.#count--;
    if (known.length === 0) this.#byPlace.delete(place);
    return true;
  }
}
