/**
 * What is compiled next. Code is to be in one region rather than in several: an address that a region holds becomes
 * another entry of it, until it has been compiled often enough; and a region that a new one holds whole is replaced by it,
 * unless it is large: others end where it begins.
 */
import { pageShift } from "../layout.js";
import type { ControlFlow } from "./control-flow.js";

/** What a plan must know of a region that exists. */
export interface Held {
  readonly entries: ReadonlyMap<number, unknown>;
  /** Addresses of its instructions, and of what is behind them. */
  readonly ranges: readonly (readonly [number, number])[];
  /** It has been compiled often enough. */
  readonly isSettled: boolean;
  readonly isLarge: boolean;
}

/** The regions that exist. */
export interface RegionIndex<Region> {
  /** Those with code on the page of the address. */
  near(address: number): Iterable<Region>;
  /** The one that is entered at the address. */
  enteredAt(address: number): Region | undefined;
}

export interface Plan<Region> {
  readonly flow: ControlFlow;
  readonly replaced: ReadonlySet<Region>;
}

/** The control flow from the entries on; it does not go on where `ends` says so, unless that is an entry. */
export type Discover = (entries: readonly number[], ends: (address: number) => boolean) => ControlFlow | undefined;

interface Draft<Region> {
  readonly entries: Set<number>;
  readonly replaced: Set<Region>;
  flow: ControlFlow;
  held: ReadonlySet<number>;
}

/** `hopeless` is told where there is nothing to compile. */
export function planRegions<Region extends Held>(
  addresses: Iterable<number>,
  index: RegionIndex<Region>,
  discover: Discover,
  hopeless: (address: number) => void,
): Plan<Region>[] {
  const planner = new Planner(index, discover);
  const pending = new Set(addresses);
  for (const address of pending) if (!planner.add([address], planner.growingAt(address), pending)) hopeless(address);
  return planner.plans;
}

/** The plan for compiling a region anew. */
export function planAnew<Region extends Held>(
  region: Region,
  index: RegionIndex<Region>,
  discover: Discover,
): Plan<Region>[] {
  const planner = new Planner(index, discover);
  planner.add([], [region], new Set());
  return planner.plans;
}

class Planner<Region extends Held> {
  private readonly drafts = new Set<Draft<Region>>();
  /** No two drafts take the place of the same. */
  private readonly replaced = new Set<Region>();

  constructor(
    private readonly index: RegionIndex<Region>,
    private readonly discover: Discover,
  ) {}

  get plans(): Plan<Region>[] {
    return [...this.drafts];
  }

  /** Regions that hold the address and may still grow. */
  growingAt(address: number): Region[] {
    return [...this.index.near(address)].filter(
      (region) =>
        !(region.isSettled || region.isLarge || this.replaced.has(region)) &&
        region.ranges.some(([at]) => at === address),
    );
  }

  /** False: there is nothing to compile. `pending`: other addresses, of which those that are held are taken away. */
  add(addresses: readonly number[], replaced: readonly Region[], pending: Set<number>): boolean {
    const taken = new Set(replaced);
    const entries = new Set([...addresses, ...replaced.flatMap((region) => [...region.entries.keys()])]);
    const draft = this.follow(entries, taken);
    if (!draft) return false;
    this.absorb(draft, pending);
    this.drafts.add(draft);
    for (const region of draft.replaced) this.replaced.add(region);
    return true;
  }

  private follow(entries: Set<number>, replaced: Set<Region>): Draft<Region> | undefined {
    const { index } = this;
    const isOthers = (address: number, isEnd: (region: Region) => boolean) => {
      const region = index.enteredAt(address);
      return region !== undefined && !replaced.has(region) && isEnd(region);
    };
    const list = [...entries];
    let flow = this.discover(list, (address) => isOthers(address, (region) => region.isLarge));
    if (flow?.isFull) flow = this.discover(list, (address) => isOthers(address, () => true));
    return flow && { entries, replaced, flow, held: addressesOf(flow) };
  }

  /** Takes in what the draft holds whole: other drafts, addresses that wait, regions. */
  private absorb(draft: Draft<Region>, pending: Set<number>): void {
    const { entries, replaced } = draft;
    for (;;) {
      const before = entries.size;
      for (const address of pending) {
        if (!draft.held.has(address)) continue;
        pending.delete(address);
        entries.add(address);
      }
      for (const other of this.drafts) {
        if (![...other.held].every((address) => draft.held.has(address))) continue;
        this.drafts.delete(other);
        for (const address of other.entries) entries.add(address);
        for (const region of other.replaced) replaced.add(region);
      }
      for (const region of this.near(draft.held)) {
        if (this.replaced.has(region) || replaced.has(region) || region.isLarge) continue;
        if (!region.ranges.every(([address]) => draft.held.has(address))) continue;
        replaced.add(region);
        for (const address of region.entries.keys()) entries.add(address);
      }
      if (entries.size === before) return;
      const next = this.follow(entries, replaced);
      if (!next) return;
      draft.flow = next.flow;
      draft.held = next.held;
    }
  }

  private near(addresses: Iterable<number>): Set<Region> {
    const found = new Set<Region>();
    let page = -1;
    for (const address of addresses) {
      if (address >>> pageShift === page) continue;
      page = address >>> pageShift;
      for (const region of this.index.near(address)) found.add(region);
    }
    return found;
  }
}

function addressesOf({ blocks }: ControlFlow): Set<number> {
  const found = new Set<number>();
  for (const { instructions } of blocks.values()) for (const { address } of instructions) found.add(address);
  return found;
}
