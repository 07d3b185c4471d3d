/**
 * Checkpoints of guest memory by copy on write: of every page that changes after a checkpoint, what it held before. A
 * checkpoint costs nothing for pages that nobody touches.
 */

/** A point in time that memory can be taken back to. Its contents are the journal's business. */
export interface PageCheckpoint {
  /** Bytes of page copies that are kept for it. */
  readonly size: number;
}

class Interval implements PageCheckpoint {
  /** What was asked for a page (its permission bits) at the checkpoint, where it has changed since. */
  readonly bits = new Map<number, number>();
  /** What a page held at the checkpoint, where it has changed since. */
  readonly contents = new Map<number, Uint8Array>();

  get size(): number {
    let size = 0;
    for (const content of this.contents.values()) size += content.length;
    return size;
  }

  /** Takes what the next checkpoint knows and this one does not: the next one is dropped. */
  absorb(next: Interval): void {
    for (const [page, bits] of next.bits) if (!this.bits.has(page)) this.bits.set(page, bits);
    for (const [page, content] of next.contents) if (!this.contents.has(page)) this.contents.set(page, content);
  }
}

/** What changed between a checkpoint and now. */
export interface PageChanges {
  readonly bits: ReadonlyMap<number, number>;
  readonly contents: ReadonlyMap<number, Uint8Array>;
}

export class PageJournal {
  /** In the order of time. The last one is still being written. */
  private readonly intervals: Interval[] = [];

  get isEmpty(): boolean {
    return this.intervals.length === 0;
  }

  /** Begins a new interval; returns the pages that changed in the one before, or undefined when there was none. */
  begin(): { readonly checkpoint: PageCheckpoint; readonly changed: Iterable<number> | undefined } {
    const before = this.intervals.at(-1);
    const checkpoint = new Interval();
    this.intervals.push(checkpoint);
    return { checkpoint, changed: before && pagesOf(before) };
  }

  /** The permission bits of a page are about to change from `bits`. */
  noteBits(page: number, bits: number): void {
    const current = this.intervals.at(-1);
    if (current && !current.bits.has(page)) current.bits.set(page, bits);
  }

  /** The content of a page is about to change; only the first time since a checkpoint matters. */
  noteContent(page: number, content: Uint8Array): void {
    const current = this.intervals.at(-1);
    if (current && !current.contents.has(page)) current.contents.set(page, content);
  }

  /**
   * Everything that must be undone to be at the checkpoint again. Later checkpoints are gone, and the journal goes on
   * from this one. Throws for a checkpoint that was dropped.
   */
  rewind(checkpoint: PageCheckpoint): PageChanges {
    const index = this.indexOf(checkpoint);
    const undone = new Interval();
    // What the oldest of them knows is what was there at the checkpoint.
    for (const interval of this.intervals.splice(index)) undone.absorb(interval);
    const again = checkpoint as Interval;
    again.bits.clear();
    again.contents.clear();
    this.intervals.push(again);
    return undone;
  }

  /** Forgets a checkpoint. Those before and behind it stay. */
  drop(checkpoint: PageCheckpoint): void {
    const index = this.indexOf(checkpoint);
    const [dropped] = this.intervals.splice(index, 1);
    if (dropped) this.intervals[index - 1]?.absorb(dropped);
  }

  private indexOf(checkpoint: PageCheckpoint): number {
    const index = this.intervals.indexOf(checkpoint as Interval);
    if (index < 0) throw new Error("this checkpoint was dropped, or memory was taken back behind it");
    return index;
  }
}

function* pagesOf({ bits, contents }: PageChanges): Iterable<number> {
  yield* bits.keys();
  yield* contents.keys();
}
