/** Where jumps, calls and returns without a fixed target have led, as regions noted it when they were left. */

/** For one instruction; the rest are left to the table of regions. */
const mostTargets = 48;

export class SeenTargets {
  private readonly seen = new Map<number, Map<number, number>>();

  /** Most often seen first. */
  of(address: number): number[] {
    const targets = [...(this.seen.get(address) ?? [])].sort(([, a], [, b]) => b - a);
    return targets.slice(0, mostTargets).map(([target]) => target);
  }

  /** Returns how many of the targets were not known. */
  add(address: number, targets: Iterable<number>): number {
    const counts = this.seen.get(address) ?? new Map<number, number>();
    this.seen.set(address, counts);
    const before = counts.size;
    for (const target of targets) counts.set(target, (counts.get(target) ?? 0) + 1);
    return counts.size - before;
  }

  clear(): void {
    this.seen.clear();
  }
}
