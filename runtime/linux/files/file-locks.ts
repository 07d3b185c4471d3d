/** Locks on files: of ranges of bytes, which a process has (fcntl(2)), and of whole files, which an open file has (flock(2)). */

export interface LockedRange {
  readonly owner: object;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly isExclusive: boolean;
}

export class FileLocks {
  private ranges: LockedRange[] = [];
  private readonly whole = new Map<object, "shared" | "exclusive">();

  /** A lock of somebody else that such a one would have to wait for. */
  conflict({ owner, start, end, isExclusive }: LockedRange): LockedRange | undefined {
    return this.ranges.find((other) => {
      return other.owner !== owner && other.start < end && other.end > start && (other.isExclusive || isExclusive);
    });
  }

  /** The owner has this lock, in place of what it had there. */
  lock(wanted: LockedRange): void {
    this.unlock(wanted.owner, wanted.start, wanted.end);
    this.ranges.push(wanted);
    this.ranges.sort((one, other) => one.start - other.start);
  }

  unlock(owner: object, start: number, end: number): void {
    this.ranges = this.ranges.flatMap((range) => {
      if (range.owner !== owner || range.start >= end || range.end <= start) return [range];
      const rest: LockedRange[] = [];
      if (range.start < start) rest.push({ ...range, end: start });
      if (range.end > end) rest.push({ ...range, start: end });
      return rest;
    });
  }

  /** False: somebody else has one that is in the way. A lock that the owner had is given up for it. */
  lockWhole(owner: object, kind: "shared" | "exclusive"): boolean {
    this.whole.delete(owner);
    const others = [...this.whole.values()];
    if (others.includes("exclusive") || (kind === "exclusive" && others.length > 0)) return false;
    this.whole.set(owner, kind);
    return true;
  }

  /** All that the owner has is given up. */
  release(owner: object): void {
    this.whole.delete(owner);
    this.unlock(owner, 0, Number.POSITIVE_INFINITY);
  }
}
