/**
 * Which of the living threads to show: the ones that matter most at a stop, and pages of all that fit a filter. What is
 * shown costs; what is not shown costs next to nothing.
 */
import type { GuestAddress } from "../base/guest-address.js";
import type { Machine } from "../engine/machine.js";
import type { Descriptions } from "./describe-thread.js";
import type { StackOwners } from "./stack-owners.js";
import type { ThreadRecord } from "./thread-record.js";
import type { ThreadRegistry } from "./thread-registry.js";
import type { GreenThread, ThreadCounts, ThreadFilter, ThreadId, ThreadState } from "./types.js";

/** So many bounds of stacks are guessed for one question. */
const mostGuesses = 2000;

/** The filtered threads as of one moment: pages of them are asked for one after the other. */
interface Matches {
  readonly moment: object;
  readonly filter: string;
  readonly counts: ThreadCounts;
  readonly byState: Readonly<Record<ThreadState, readonly ThreadRecord[]>>;
  readonly all: readonly ThreadRecord[];
}

export class ThreadListing {
  #matches: Matches | undefined;

  constructor(
    readonly registry: () => ThreadRegistry,
    readonly descriptions: Descriptions,
    readonly owners: StackOwners,
    readonly machine: Machine,
    /** The function at an address. */
    readonly functionAt: (address: GuestAddress) => string | undefined,
    /** The same object until something changes. */
    readonly moment: () => object,
  ) {}

  /** How many live. */
  get count(): number {
    return this.registry().records.size;
  }

  /** One of them; undefined for a thread that does not live. */
  thread(id: ThreadId): GreenThread | undefined {
    const record = this.registry().records.get(id);
    return record && this.descriptions.of(record);
  }

  /**
   * The thread that has the processor, `first` as far as they live, and those that had the processor last: `most` in all.
   * The threads of the system are always among them.
   */
  recent(most: number, first: Iterable<ThreadId>): GreenThread[] {
    const registry = this.registry();
    const chosen = new Set<ThreadRecord>([registry.current]);
    for (const id of first) {
      const record = registry.records.get(id);
      if (record && chosen.size < most && !registry.removeIfGone(record)) chosen.add(record);
    }
    const roots = [...registry.roots].filter((root) => !chosen.has(root));
    let room = most - chosen.size - roots.length;
    for (const record of registry.order) {
      if (room <= 0) break;
      if (chosen.has(record) || registry.removeIfGone(record)) continue;
      if (!registry.roots.has(record)) room--;
      chosen.add(record);
    }
    for (const root of roots) chosen.add(root);
    return [...chosen].map((record) => this.descriptions.of(record));
  }

  /** How many threads there are in each state, of those that have what the filter asks for; its state does not count. */
  counts(filter: ThreadFilter): ThreadCounts {
    const registry = this.registry();
    if (isFilter(filter)) return this.#find(filter).counts;
    const { newThreads } = registry;
    return { running: 1, ready: registry.records.size - newThreads - 1, new: newThreads };
  }

  /** The threads with what the filter asks for, in order of birth: `count` of them, from the `start`-th (0 is the first). */
  page(filter: ThreadFilter, start: number, count: number): GreenThread[] {
    const registry = this.registry();
    const { state } = filter;
    const records: ThreadRecord[] = [];
    if (isFilter(filter)) {
      const { all, byState } = this.#find(filter);
      records.push(...(state === undefined ? all : byState[state]).slice(start, start + count));
    } else if (state === "running") {
      if (start === 0 && count > 0) records.push(registry.current);
    } else {
      let index = 0;
      for (const record of registry.records.values()) {
        if (records.length >= count) break;
        if (state !== undefined && this.descriptions.stateOf(record) !== state) continue;
        if (index < start || !registry.removeIfGone(record)) index++;
        else continue;
        if (index > start) records.push(record);
      }
    }
    return records.map((record) => this.descriptions.of(record));
  }

  /** The thread on whose stack the address lies; of several, the one whose stack begins nearest below it. */
  stackOwner(address: GuestAddress): GreenThread | undefined {
    let owner: { readonly record: ThreadRecord; readonly low: bigint } | undefined;
    for (const record of this.owners.near(Number(address), Number(address))) {
      const { low, high } = this.descriptions.boundsOf(record);
      if (low === undefined || high === undefined || address < low || address >= high) continue;
      if (owner === undefined || low > owner.low) owner = { record, low };
    }
    return owner && this.descriptions.of(owner.record);
  }

  /** The threads whose stacks may have a part in a range, in order of birth. */
  near(address: GuestAddress, length: number): GreenThread[] {
    return this.#inOrderOfBirth(this.owners.near(Number(address), Number(address) + length));
  }

  /**
   * The threads that have been past the low end of their stacks, in order of birth. Bounds that nobody told must
   * be guessed: those of the threads that ran last are.
   */
  pastEnd(): GreenThread[] {
    const registry = this.registry();
    const pointer = this.machine.registers.stackPointer;
    const found: ThreadRecord[] = [];
    let guesses = mostGuesses;
    for (const record of registry.order) {
      const lowest = Math.min(record.lowest, record === registry.current ? pointer : record.low);
      const low = record.bounds?.low ?? (guesses-- > 0 ? Number(this.descriptions.boundsOf(record).low ?? 0n) : 0);
      if (lowest < low) found.push(record);
    }
    return this.#inOrderOfBirth(found);
  }

  #inOrderOfBirth(records: Iterable<ThreadRecord>): GreenThread[] {
    const sorted = [...records].sort((one, two) => one.id - two.id);
    return sorted.map((record) => this.descriptions.of(record));
  }

  #find(filter: ThreadFilter): Matches {
    const moment = this.moment();
    const key = JSON.stringify({ ...filter, state: undefined });
    if (this.#matches?.moment === moment && this.#matches.filter === key) return this.#matches;
    const byState = { running: [], ready: [], new: [] } as Record<ThreadState, ThreadRecord[]>;
    const all: ThreadRecord[] = [];
    const matches = this.#test(filter);
    for (const record of this.registry().records.values()) {
      if (!matches(record) || this.registry().removeIfGone(record)) continue;
      all.push(record);
      byState[this.descriptions.stateOf(record)].push(record);
    }
    const counts = { running: byState.running.length, ready: byState.ready.length, new: byState.new.length };
    this.#matches = { moment, filter: key, counts, byState, all };
    return this.#matches;
  }

  #test(filter: ThreadFilter): (record: ThreadRecord) => boolean {
    const { descriptions } = this;
    const { id } = filter;
    const [name, inFunction, text] = [filter.name, filter.function, filter.text].map((one) => one?.toLowerCase());
    const { current } = this.registry();
    const currentFunction =
      inFunction === undefined && text === undefined ? undefined : this.functionAt(this.machine.registers.rip);
    return (record) => {
      if (id !== undefined && record.id !== id) return false;
      const isIn = (wanted: string | undefined, one: string | undefined) =>
        wanted !== undefined && one?.toLowerCase().includes(wanted) === true;
      const where = () => (record === current ? currentFunction : descriptions.switchedOutAt(record)?.functionName);
      const hasFunction = (wanted: string | undefined) =>
        isIn(wanted, descriptions.entryNameOf(record)) || isIn(wanted, where());
      const hasName = (wanted: string | undefined) => wanted !== undefined && isIn(wanted, descriptions.nameOf(record));
      if (name !== undefined && !hasName(name)) return false;
      if (inFunction !== undefined && !hasFunction(inFunction)) return false;
      return text === undefined || hasFunction(text) || hasName(text);
    };
  }
}

/** More is asked for than a state. */
function isFilter(filter: ThreadFilter): boolean {
  const { id, name, text } = filter;
  return [id, filter.function, name, text].some((one) => one !== undefined);
}
