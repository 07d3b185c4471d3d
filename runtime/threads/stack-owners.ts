/**
 * On whose stack an address lies: asked for every word that is shown, however many threads there are. Only threads that
 * were parked near the address, and the few that are parked nowhere, can own it.
 */
import type { ThreadRecord } from "./thread-record.js";
import type { ThreadRegistry } from "./thread-registry.js";

/** So many of the nearest parked threads below and above an address are looked at: stacks may lie within others. */
const neighbours = 3;

export class StackOwners {
  /** Threads that have not run and whose stacks are known, by the lowest address; as of a version of the registry. */
  #fresh: { readonly version: number; readonly records: readonly ThreadRecord[] } | undefined;

  constructor(
    readonly registry: () => ThreadRegistry,
    /** Threads from which the system took the processor: they are parked nowhere. */
    readonly preempted: () => Iterable<ThreadRecord>,
  ) {}

  /** The threads whose stacks may have a part in the addresses from `start` to `end`, each once. */
  near(start: number, end: number): ReadonlySet<ThreadRecord> {
    const registry = this.registry();
    const { places } = registry;
    const found = new Set<ThreadRecord>([registry.current, ...registry.roots, ...this.preempted()]);
    const add = (records: Iterable<ThreadRecord>, most: number) => {
      let left = most;
      for (const record of records) {
        if (left-- === 0) return;
        found.add(record);
      }
    };
    add(places.downFrom(start), neighbours);
    add(places.between(start, end), Number.POSITIVE_INFINITY);
    add(places.between(end + 1, Number.MAX_SAFE_INTEGER), neighbours);
    this.#addFresh(start, end, found);
    return found;
  }

  #addFresh(start: number, end: number, found: Set<ThreadRecord>): void {
    const records = this.#freshRecords();
    let low = 0;
    let high = records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((records[middle]?.low ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    let above = 0;
    for (let index = Math.max(0, low - neighbours); index < records.length; index++) {
      const record = records[index];
      if (!record || (record.low > end && above++ === neighbours)) return;
      found.add(record);
    }
  }

  #freshRecords(): readonly ThreadRecord[] {
    const { version, records, newThreads } = this.registry();
    if (newThreads === 0) return [];
    if (this.#fresh?.version !== version) {
      const fresh = [...records.values()].filter(({ hasRun }) => !hasRun);
      fresh.sort((one, two) => one.low - two.low);
      this.#fresh = { version, records: fresh };
    }
    return this.#fresh.records;
  }
}
