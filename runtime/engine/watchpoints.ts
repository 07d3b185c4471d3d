/**
 * Ranges of memory whose accesses are noted. The pages that hold them leave the fast path, so that only accesses to
 * these pages are looked at.
 */
import { pageSize } from "./layout.js";

export interface WatchedRange {
  /** First guest address and length in bytes. */
  readonly start: number;
  readonly length: number;
  /** An instruction that reads and writes its operand counts as a write. */
  readonly access: "read" | "write" | "readWrite";
}

/** An instruction accessed a watched range. */
export interface WatchHit {
  readonly range: WatchedRange;
  readonly access: "read" | "write";
  /** Where the access began, and how many bytes it was of: perhaps more than the range. */
  readonly address: number;
  readonly size: number;
  /** What the range held before the access. */
  readonly before: Uint8Array;
}

export class Watchpoints {
  private ranges: readonly WatchedRange[] = [];
  private pages: ReadonlySet<number> = new Set();
  private hits: WatchHit[] | undefined;

  /** `read` gives the bytes of a range as they are now. */
  constructor(private readonly read: (start: number, length: number) => Uint8Array) {}

  /** Returns the pages that were watched or are watched now. */
  replace(ranges: readonly WatchedRange[]): ReadonlySet<number> {
    const before = this.pages;
    this.ranges = ranges.filter(({ length }) => length > 0);
    const pages = new Set<number>();
    for (const { start, length } of this.ranges) {
      const last = Math.floor((start + length - 1) / pageSize);
      for (let page = Math.floor(start / pageSize); page <= last; page++) pages.add(page);
    }
    this.pages = pages;
    return new Set([...before, ...pages]);
  }

  isWatched(page: number): boolean {
    return this.pages.size > 0 && this.pages.has(page);
  }

  /**
   * Whether the instruction that makes this access must stop before it: it is to be executed again inside `noting`,
   * where nothing stops it and all of its accesses are noted.
   */
  stops(address: number, size: number, access: "read" | "write"): boolean {
    const touched = this.ranges.filter(
      ({ start, length, access: watched }) =>
        address < start + length && address + size > start && (watched === access || watched === "readWrite"),
    );
    const { hits } = this;
    if (hits === undefined) return touched.length > 0;
    for (const range of touched) {
      const isNoted = hits.some((hit) => hit.range === range && hit.access === access);
      if (!isNoted) hits.push({ range, access, address, size, before: this.read(range.start, range.length) });
    }
    return false;
  }

  /** Calls `execute`, which executes an instruction or a system call, and returns the first access of each kind that it made to every range. */
  noting<Result>(execute: () => Result): { readonly result: Result; readonly hits: readonly WatchHit[] } {
    const hits: WatchHit[] = [];
    this.hits = hits;
    try {
      return { result: execute(), hits };
    } finally {
      this.hits = undefined;
    }
  }
}
