import type { AddressRange } from "../object-file.js";

/** Which of many things an address belongs to. Where ranges overlap, the one that begins last has it. */
export class AddressMap {
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #values: Uint32Array;
  /** The greatest end up to here: no search needs to go back further than where it is passed. */
  readonly #reach: Float64Array;

  /** Takes ranges, each with the index of what it belongs to. */
  constructor(ranges: readonly (AddressRange & { readonly value: number })[]) {
    const sorted = [...ranges].sort((one, two) => one.start - two.start || two.end - one.end);
    this.#starts = Float64Array.from(sorted, ({ start }) => start);
    this.#ends = Float64Array.from(sorted, ({ end }) => end);
    this.#values = Uint32Array.from(sorted, ({ value }) => value);
    let reach = 0;
    this.#reach = this.#ends.map((end) => {
      reach = Math.max(reach, end);
      return reach;
    });
  }

  /** The index of what `address` belongs to. */
  at(address: number): number | undefined {
    return this.allAt(address).next().value;
  }

  /** All that `address` belongs to, the one that begins last first. */
  *allAt(address: number): Generator<number, undefined> {
    for (let index = this.#behind(address) - 1; index >= 0; index--) {
      if (address < (this.#ends[index] ?? 0)) yield this.#values[index] ?? 0;
      if ((this.#reach[index] ?? 0) <= address) return;
    }
  }

  /** Number of ranges that begin at `address` or before. */
  #behind(address: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
