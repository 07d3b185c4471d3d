/** Where threads were parked last, in order of address: found by binary search at every switch. */
import type { Span, ThreadRecord } from "./thread-record.js";

export class StackPlaces {
  /** Sorted by `place`, which each of them has. */
  readonly #records: ThreadRecord[] = [];
  /** Grows with every change. */
  version = 0;

  /** Threads that have been parked. */
  get size(): number {
    return this.#records.length;
  }

  /** The thread is parked at `place`, most often the same as last time. */
  put(record: ThreadRecord, place: number): void {
    if (record.place === place) return;
    this.remove(record);
    this.version++;
    record.place = place;
    this.#records.splice(this.#firstFrom(place), 0, record);
  }

  remove(record: ThreadRecord): void {
    if (record.place === undefined) return;
    this.version++;
    let index = this.#firstFrom(record.place);
    while (index < this.#records.length && this.#records[index] !== record) index++;
    this.#records.splice(index, 1);
    record.place = undefined;
  }

  /** The oldest thread that is parked exactly there. */
  parkedAt(place: number): ThreadRecord | undefined {
    let found: ThreadRecord | undefined;
    for (let index = this.#firstFrom(place); ; index++) {
      const record = this.#records[index];
      if (record?.place !== place) return found;
      if (record.parked && (!found || record.id < found.id)) found = record;
    }
  }

  /** Other threads that are, or were last, parked exactly where this one is. */
  othersAt(own: ThreadRecord): ThreadRecord[] {
    const others: ThreadRecord[] = [];
    if (own.place === undefined) return others;
    for (let index = this.#firstFrom(own.place); ; index++) {
      const record = this.#records[index];
      if (record?.place !== own.place) return others;
      if (record !== own) others.push(record);
    }
  }

  /** The part of the thread's known extent around `pointer` in which no other thread is parked. */
  freeAround(pointer: number, own: ThreadRecord): Span {
    let { low, high } = own;
    const middle = this.#firstFrom(pointer);
    for (let index = middle - 1; ; index--) {
      const place = this.#records[index]?.place;
      if (place === undefined || place < low) break;
      if (this.#records[index] === own) continue;
      low = place + 1;
      break;
    }
    for (let index = middle; ; index++) {
      const place = this.#records[index]?.place;
      if (place === undefined || place > high) break;
      if (place === pointer || this.#records[index] === own) continue;
      high = place - 1;
      break;
    }
    return { low, high };
  }

  /** Index of the first record at `place` or above. */
  #firstFrom(place: number): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#records[middle]?.place ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
