/**
 * What is compiled next. Code is to be in one region rather than in several: an address that a region holds becomes
 * another entry of it, until it has been compiled often enough; and a region that a new one holds whole is replaced by it,
 * unless it is large: others end where it begins.
 */
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

export interface Plan<Region> {
  readonly flow: ControlFlow;
  readonly replaced: ReadonlySet<Region>;
}

/** The control flow from the entries on; it does not go on at the addresses of `ends`, unless they are entries. */
export type Discover = (entries: readonly number[], ends: ReadonlySet<number>) => ControlFlow | undefined;

interface Draft<Region> {
  readonly entries: Set<number>;
  readonly replaced: Set<Region>;
  flow: ControlFlow;
  held: ReadonlySet<number>;
}

/** `hopeless` is told where there is nothing to compile. */
export function planRegions<Region extends Held>(
  addresses: Iterable<number>,
  regions: Iterable<Region>,
  discover: Discover,
  hopeless: (address: number) => void,
): Plan<Region>[] {
  let existing = [...regions];
  const drafts = new Set<Draft<Region>>();
  const pending = new Set(addresses);
  for (const address of pending) {
    const holding = existing.filter(
      (region) => !region.isSettled && !region.isLarge && region.ranges.some(([at]) => at === address),
    );
    const draft = draftFrom([address], holding, existing, discover);
    if (draft) {
      absorb(draft, drafts, pending, existing, discover);
      drafts.add(draft);
      // No other takes the place of the same.
      existing = existing.filter((region) => !draft.replaced.has(region));
    } else {
      hopeless(address);
    }
  }
  return [...drafts];
}

/** The plan for compiling a region anew. */
export function planAnew<Region extends Held>(
  region: Region,
  regions: Iterable<Region>,
  discover: Discover,
): Plan<Region> | undefined {
  const existing = [...regions];
  const draft = draftFrom([], [region], existing, discover);
  if (draft) absorb(draft, new Set(), new Set(), existing, discover);
  return draft;
}

function draftFrom<Region extends Held>(
  addresses: readonly number[],
  replaced: Iterable<Region>,
  existing: readonly Region[],
  discover: Discover,
): Draft<Region> | undefined {
  const taken = new Set(replaced);
  const entries = new Set([...addresses, ...[...taken].flatMap((region) => [...region.entries.keys()])]);
  return follow(entries, taken, existing, discover);
}

function follow<Region extends Held>(
  entries: Set<number>,
  replaced: Set<Region>,
  existing: readonly Region[],
  discover: Discover,
): Draft<Region> | undefined {
  const others = existing.filter((region) => !replaced.has(region));
  const list = [...entries];
  let flow = discover(list, entriesOf(others.filter((region) => region.isLarge)));
  if (flow?.isFull) flow = discover(list, entriesOf(others));
  return flow && { entries, replaced, flow, held: addressesOf(flow) };
}

/** Takes in what the draft holds whole: other drafts, addresses that wait, regions. */
function absorb<Region extends Held>(
  draft: Draft<Region>,
  drafts: Set<Draft<Region>>,
  pending: Set<number>,
  existing: readonly Region[],
  discover: Discover,
): void {
  const { entries, replaced } = draft;
  for (;;) {
    const before = entries.size;
    for (const address of pending) {
      if (!draft.held.has(address)) continue;
      pending.delete(address);
      entries.add(address);
    }
    for (const other of drafts) {
      if (![...other.held].every((address) => draft.held.has(address))) continue;
      drafts.delete(other);
      for (const address of other.entries) entries.add(address);
      for (const region of other.replaced) replaced.add(region);
    }
    for (const region of existing) {
      if (replaced.has(region) || region.isLarge) continue;
      if (!region.ranges.every(([address]) => draft.held.has(address))) continue;
      replaced.add(region);
      for (const address of region.entries.keys()) entries.add(address);
    }
    if (entries.size === before) return;
    const next = follow(entries, replaced, existing, discover);
    if (!next) return;
    draft.flow = next.flow;
    draft.held = next.held;
  }
}

function entriesOf(regions: readonly Held[]): Set<number> {
  return new Set(regions.flatMap(({ entries }) => [...entries.keys()]));
}

function addressesOf({ blocks }: ControlFlow): Set<number> {
  return new Set([...blocks.values()].flatMap(({ instructions }) => instructions.map(({ address }) => address)));
}
