/** A stretch of addresses, `end` exclusive. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** Which addresses are in use, in as few ranges as possible. For those who look for a free place often. */
export class MappedRanges {
  /** In address order; no two touch. */
  private ranges: Range[];

  constructor(ranges: Iterable<Range>) {
    this.ranges = [];
    for (const { start, end } of ranges) this.add(start, end);
  }

  add(start: number, end: number): void {
    const first = this.firstEndingAtOrBehind(start);
    let last = first;
    let range: Range = { start, end };
    for (let next = this.ranges[last]; next !== undefined && next.start <= end; next = this.ranges[++last]) {
      range = { start: Math.min(range.start, next.start), end: Math.max(range.end, next.end) };
    }
    this.ranges.splice(first, last - first, range);
  }

  remove(start: number, end: number): void {
    const first = this.firstEndingAtOrBehind(start);
    let last = first;
    const rest: Range[] = [];
    for (let next = this.ranges[last]; next !== undefined && next.start < end; next = this.ranges[++last]) {
      if (next.start < start) rest.push({ start: next.start, end: Math.min(next.end, start) });
      if (next.end > end) rest.push({ start: end, end: next.end });
    }
    this.ranges.splice(first, last - first, ...rest);
  }

  /** How many addresses from `start` on, and before `end`, are in use. */
  usedWithin(start: number, end: number): number {
    let used = 0;
    for (let index = this.firstEndingAtOrBehind(start); ; index++) {
      const next = this.ranges[index];
      if (next === undefined || next.start >= end) return used;
      used += Math.min(next.end, end) - Math.max(next.start, start);
    }
  }

  isFree(start: number, end: number): boolean {
    // One that ends right at `start` is not in the way.
    const next = this.ranges[this.firstEndingAtOrBehind(start + 1)];
    return next === undefined || next.start >= end;
  }

  /** The lowest address from `from` on with `length` free bytes behind it that end at `limit` at the latest. */
  firstFree(from: number, limit: number, length: number): number | undefined {
    let candidate = from;
    for (let index = this.firstEndingAtOrBehind(from); ; index++) {
      const next = this.ranges[index];
      if (next === undefined || next.start >= candidate + length) break;
      candidate = Math.max(candidate, next.end);
    }
    return candidate + length <= limit ? candidate : undefined;
  }

  /** Index of the first range whose end is `address` or lies behind it. */
  private firstEndingAtOrBehind(address: number): number {
    let [low, high] = [0, this.ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ranges[middle]?.end ?? 0) < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
