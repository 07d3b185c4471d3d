/** A list that is made as far as somebody looks: of a deep stack, most people see the first frames. */
export class LazyList<Item> implements Iterable<Item> {
  readonly #made: Item[] = [];
  #source: Iterator<Item> | undefined;

  constructor(source: Iterable<Item>) {
    this.#source = source[Symbol.iterator]();
  }

  at(index: number): Item | undefined {
    return this.#reach(index + 1)[index];
  }

  /** So many from the first on, or all where they are fewer. */
  first(most: number): readonly Item[] {
    return this.#reach(most).slice(0, most);
  }

  all(): readonly Item[] {
    return this.#reach(Number.POSITIVE_INFINITY);
  }

  /** How many there are; undefined as long as nobody has looked so far. */
  get length(): number | undefined {
    return this.#source === undefined ? this.#made.length : undefined;
  }

  *[Symbol.iterator](): Generator<Item> {
    for (let index = 0; index < this.#reach(index + 1).length; index++) {
      const item = this.#made[index];
      if (item !== undefined) yield item;
    }
  }

  #reach(count: number): Item[] {
    while (this.#source !== undefined && this.#made.length < count) {
      const next = this.#source.next();
      if (next.done === true) this.#source = undefined;
      else this.#made.push(next.value);
    }
    return this.#made;
  }
}
