/**
 * Where threads were parked last, in order of address, in pieces of bounded length: found by two binary searches at
 * every switch, and cheap to add to however many there are.
 */
import type { Span, ThreadRecord } from "./thread-record.js";

/** A piece that becomes longer is divided. */
const longestPiece = 256;

/** A position: in which piece, and where in it. */
interface Position {
  piece: number;
  index: number;
}

export class StackPlaces {
  /** Sorted by `place`, which each of the records has. None is empty but the only one. */
  readonly #pieces: ThreadRecord[][] = [[]];
  #size = 0;
  /** Grows with every change. */
  version = 0;

  /** Threads that have been parked. */
  get size(): number {
    return this.#size;
  }

  /** The thread is parked at `place`, most often the same as last time. */
  put(record: ThreadRecord, place: number): void {
    if (record.place === place) return;
    this.remove(record);
    this.version++;
    record.place = place;
    const { piece, index } = this.#firstFrom(place);
    const target = this.#pieces[piece];
    if (!target) return;
    target.splice(index, 0, record);
    this.#size++;
    if (target.length > longestPiece) this.#pieces.splice(piece + 1, 0, target.splice(longestPiece / 2));
  }

  remove(record: ThreadRecord): void {
    if (record.place === undefined) return;
    this.version++;
    const at = this.#firstFrom(record.place);
    while (this.#at(at) !== record && this.#step(at));
    const piece = this.#pieces[at.piece];
    piece?.splice(at.index, 1);
    this.#size--;
    if (piece?.length === 0 && this.#pieces.length > 1) this.#pieces.splice(at.piece, 1);
    record.place = undefined;
  }

  /** The oldest thread that is parked exactly there. */
  parkedAt(place: number): ThreadRecord | undefined {
    let found: ThreadRecord | undefined;
    const at = this.#firstFrom(place);
    for (let record = this.#at(at); record?.place === place; record = this.#step(at) ? this.#at(at) : undefined) {
      if (record.parked && (!found || record.id < found.id)) found = record;
    }
    return found;
  }

  /** Other threads that are, or were last, parked exactly where this one is. */
  othersAt(own: ThreadRecord): ThreadRecord[] {
    const others: ThreadRecord[] = [];
    if (own.place === undefined) return others;
    const at = this.#firstFrom(own.place);
    for (let record = this.#at(at); record?.place === own.place; record = this.#step(at) ? this.#at(at) : undefined) {
      if (record !== own) others.push(record);
    }
    return others;
  }

  /** The next thread with a place at `place` or above. */
  nextFrom(place: number): ThreadRecord | undefined {
    return this.#at(this.#firstFrom(place));
  }

  /** The threads with places from `place` on, in order of address. */
  *#from(place: number): Generator<ThreadRecord> {
    const at = this.#firstFrom(place);
    for (let record = this.#at(at); record; record = this.#step(at) ? this.#at(at) : undefined) yield record;
  }

  /** The threads with places up to `place`, the highest first. */
  *downFrom(place: number): Generator<ThreadRecord> {
    const at = this.#firstFrom(place + 1);
    while (this.#stepBack(at)) {
      const record = this.#at(at);
      if (record) yield record;
    }
  }

  /** The threads with places from `low` to `high`, both included. */
  *between(low: number, high: number): Generator<ThreadRecord> {
    for (const record of this.#from(low)) {
      if ((record.place ?? 0) > high) return;
      yield record;
    }
  }

  /** The part of the thread's known extent around `pointer` in which no other thread is parked. */
  freeAround(pointer: number, own: ThreadRecord): Span {
    let { low, high } = own;
    const at = this.#firstFrom(pointer);
    const below = { ...at };
    while (this.#stepBack(below)) {
      const record = this.#at(below);
      if (record === own) continue;
      if (record?.place !== undefined && record.place >= low) low = record.place + 1;
      break;
    }
    for (let record = this.#at(at); record?.place !== undefined && record.place <= high; record = this.#at(at)) {
      if (record.place !== pointer && record !== own) {
        high = record.place - 1;
        break;
      }
      if (!this.#step(at)) break;
    }
    return { low, high };
  }

  #at({ piece, index }: Position): ThreadRecord | undefined {
    return this.#pieces[piece]?.[index];
  }

  /** To the next position; false at the end. */
  #step(at: Position): boolean {
    at.index++;
    if (at.index < (this.#pieces[at.piece]?.length ?? 0)) return true;
    if (at.piece + 1 >= this.#pieces.length) return false;
    at.piece++;
    at.index = 0;
    return true;
  }

  /** To the position before; false at the beginning. */
  #stepBack(at: Position): boolean {
    at.index--;
    if (at.index >= 0) return true;
    if (at.piece === 0) return false;
    at.piece--;
    at.index = (this.#pieces[at.piece]?.length ?? 0) - 1;
    return at.index >= 0;
  }

  /** The first position at `place` or above; behind the last record when there is none. */
  #firstFrom(place: number): Position {
    const pieces = this.#pieces;
    let low = 0;
    let high = pieces.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = pieces[middle]?.at(-1)?.place ?? 0;
      if (last < place) low = middle + 1;
      else high = middle;
    }
    const piece = low;
    low = 0;
    high = pieces[piece]?.length ?? 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((pieces[piece]?.[middle]?.place ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    return { piece, index: low };
  }
}
