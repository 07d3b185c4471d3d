/**
 * What is known to be accessible, and which checks follow. While a region runs, no permission is taken away: what has
 * been checked once stays accessible. A check covers all that the block accesses relative to the same number, and what
 * is known goes on to the blocks that follow.
 */
import type { MemoryAccess } from "../../x86/value.js";
import { pageSize } from "../layout.js";
import { accessesOf, type BlockAccess, type BlockAccesses, constantRoot, type Place } from "./block-accesses.js";
import type { Block } from "./control-flow.js";

/** From `low` to `high` (exclusive), in bytes from the number in a register or some other root. */
interface Range {
  readonly low: number;
  readonly high: number;
}

/** What may be read, and what may be written and read. */
interface Accessible {
  readonly read?: Range;
  readonly write?: Range;
}

/** By root: between blocks, by general register and page of constant addresses. */
export type Facts = ReadonlyMap<number, Accessible>;

/** What is checked where an access is made: from `low` bytes behind its address on. */
export interface PlannedCheck {
  readonly low: number;
  readonly size: number;
  readonly write: boolean;
  /** Where it is a constant: the first address that is checked. */
  readonly first: number | undefined;
}

/** What is checked where control enters at a block from outside. */
export interface Guard extends PlannedCheck {
  /** The register that `low` counts from, unless the address is a constant. */
  readonly register: number;
}

/** Accesses that are not here are not checked, unless they are conditional. */
export interface CheckPlan {
  readonly checks: ReadonlyMap<MemoryAccess, PlannedCheck>;
  readonly covered: ReadonlySet<MemoryAccess>;
}

/** Within so many bytes, at most two pages are touched: if both ends are accessible, so is all between. */
const longestRange = pageSize;

const nothing: Facts = new Map();

/**
 * What is known at the start of each block, whichever way control gets there, and the checks that remain. Where control
 * enters the region, what is known on the other ways to that place is checked first, so that it need not be checked in
 * every turn of a loop.
 */
export class MemoryFacts {
  private readonly accesses = new Map<Block, BlockAccesses>();
  private readonly guarded: ReadonlyMap<Block, Facts>;
  private before: Map<Block, Facts>;

  /** `start` is no block of the program and leads to the entries. `isShort`: see `constantOf`. */
  constructor(
    private readonly start: Block,
    private readonly isShort: boolean,
  ) {
    this.before = this.follow(new Map());
    const guarded = new Map<Block, Facts>();
    for (const [block] of this.before) {
      if (block === start) continue;
      for (const other of block.successors) {
        if (!start.successors.includes(other)) continue;
        const behind = factsBehind(this.accessesOf(block), this.before.get(block) ?? nothing);
        const known = guarded.get(other);
        guarded.set(other, known ? meet(known, behind) : behind);
      }
    }
    this.guarded = guarded;
    this.before = this.follow(guarded);
  }

  planFor(block: Block): CheckPlan {
    return plan(this.accessesOf(block).accesses, this.before.get(block) ?? nothing);
  }

  guardsFor(entry: Block): Guard[] {
    return [...(this.guarded.get(entry) ?? nothing)].flatMap(([root, { read, write }]) => {
      const ranges = [
        { range: write, write: true },
        ...(read && !holds(write, read) ? [{ range: read, write: false }] : []),
      ];
      return ranges.flatMap(({ range, write }) => {
        if (!range) return [];
        const page = constantRoot(root);
        const first = page === undefined ? undefined : page + range.low;
        return [{ register: root, low: range.low, size: range.high - range.low, write, first }];
      });
    });
  }

  private follow(guarded: ReadonlyMap<Block, Facts>): Map<Block, Facts> {
    const before = new Map<Block, Facts>();
    const work = new Set<Block>();
    for (const entry of this.start.successors) {
      before.set(entry, guarded.get(entry) ?? nothing);
      work.add(entry);
    }
    const visits = new Map<Block, number>();
    for (const block of work) {
      work.delete(block);
      const behind = factsBehind(this.accessesOf(block), before.get(block) ?? nothing);
      for (const other of block.successors) {
        const known = before.get(other);
        const count = (visits.get(other) ?? 0) + 1;
        visits.set(other, count);
        // What keeps changing (a stack that grows in a loop) is given up.
        const met = known === undefined ? behind : count > mostVisits ? common(known, behind) : meet(known, behind);
        if (known !== undefined && isSame(known, met)) continue;
        before.set(other, met);
        work.add(other);
      }
    }
    return before;
  }

  private accessesOf(block: Block): BlockAccesses {
    let found = this.accesses.get(block);
    if (!found) {
      found = accessesOf(block, this.isShort);
      this.accesses.set(block, found);
    }
    return found;
  }
}

/** To a block, before. */
const mostVisits = 8;

function plan(accesses: readonly BlockAccess[], before: Facts): CheckPlan {
  const known = new Map(before);
  const checks = new Map<MemoryAccess, PlannedCheck>();
  const covered = new Set<MemoryAccess>();
  for (const [index, { access, place }] of accesses.entries()) {
    const own = rangeOf(access, place);
    if (isAccessible(known.get(place.root), own, access.write)) {
      covered.add(access);
      continue;
    }
    // All that is accessed from here on relative to the same number, as long as it fits.
    let { low, high } = own;
    let { write } = access;
    for (const other of accesses.slice(index + 1)) {
      if (other.place.root !== place.root) continue;
      const next = rangeOf(other.access, other.place);
      const [first, behind] = [Math.min(low, next.low), Math.max(high, next.high)];
      if (behind - first > longestRange) continue;
      [low, high] = [first, behind];
      write ||= other.access.write;
    }
    const range = { low, high };
    known.set(place.root, extended(known.get(place.root), range, write));
    const page = constantRoot(place.root);
    const first = page === undefined ? undefined : page + low;
    checks.set(access, { low: low - place.offset, size: high - low, write, first });
  }
  return { checks, covered };
}

function rangeOf({ size }: MemoryAccess, { offset }: Place): Range {
  return { low: offset, high: offset + size };
}

function holds(outer: Range | undefined, { low, high }: Range): boolean {
  return outer !== undefined && outer.low <= low && outer.high >= high;
}

function isAccessible(known: Accessible | undefined, range: Range, write: boolean): boolean {
  return holds(known?.write, range) || (!write && holds(known?.read, range));
}

function extended(known: Accessible | undefined, range: Range, write: boolean): Accessible {
  const read = joined(known?.read, range);
  if (!write) return { ...known, read };
  return { read, write: joined(known?.write, range) };
}

/** Both and what is between; the newer one when that is too much. */
function joined(old: Range | undefined, range: Range): Range {
  if (!old) return range;
  const [low, high] = [Math.min(old.low, range.low), Math.max(old.high, range.high)];
  return high - low > longestRange ? range : { low, high };
}

/** What is known behind a block, by the registers as it leaves them. */
function factsBehind({ accesses, registers }: BlockAccesses, before: Facts): Facts {
  const known = new Map(before);
  for (const { access, place } of accesses) {
    known.set(place.root, extended(known.get(place.root), rangeOf(access, place), access.write));
  }
  const behind = new Map<number, Accessible>();
  for (const [root, of] of known) if (root < 0) behind.set(root, of);
  for (const [index, { root, offset }] of registers.entries()) {
    const of = root < 0 ? undefined : known.get(root);
    if (of) behind.set(index, { read: shifted(of.read, offset), write: shifted(of.write, offset) });
  }
  return behind;
}

function shifted(range: Range | undefined, by: number): Range | undefined {
  return range && { low: range.low - by, high: range.high - by };
}

function meet(a: Facts, b: Facts): Facts {
  const both = new Map<number, Accessible>();
  for (const [root, first] of a) {
    const second = b.get(root);
    const read = intersection(first.read, second?.read);
    const write = intersection(first.write, second?.write);
    if (read || write) both.set(root, { read, write });
  }
  return both;
}

function intersection(a: Range | undefined, b: Range | undefined): Range | undefined {
  if (!a || !b) return undefined;
  const [low, high] = [Math.max(a.low, b.low), Math.min(a.high, b.high)];
  return low < high ? { low, high } : undefined;
}

/** What is the same in both. */
function common(a: Facts, b: Facts): Facts {
  const both = new Map<number, Accessible>();
  for (const [root, first] of a) {
    const second = b.get(root);
    const read = isSameRange(first.read, second?.read) ? first.read : undefined;
    const write = isSameRange(first.write, second?.write) ? first.write : undefined;
    if (read || write) both.set(root, { read, write });
  }
  return both;
}

function isSame(a: Facts, b: Facts): boolean {
  if (a.size !== b.size) return false;
  for (const [root, { read, write }] of a) {
    const other = b.get(root);
    if (!other || !isSameRange(read, other.read) || !isSameRange(write, other.write)) return false;
  }
  return true;
}

function isSameRange(a: Range | undefined, b: Range | undefined): boolean {
  return a?.low === b?.low && a?.high === b?.high;
}
