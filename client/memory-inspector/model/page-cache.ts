/**
 * The memory that the inspector has seen, in pages of 4 KiB: reads what is missing in the background, and at each stop
 * reads again what it has, to know which bytes changed since the stop before.
 */
import { alignDown } from "./address.js";

export const pageSize = 4096;
/** Pages kept and read again at each stop: a screen or two, and the stacks looked at before. */
const maximumPages = 16;

/** In place of a byte that cannot be read. */
export const unreadable = -1;

/** Reads a page: a value from 0 to 255 for each byte, or `unreadable`. */
export type PageReader = (start: bigint, count: number) => Promise<Int16Array>;

interface Page {
  /** As last read. */
  current: Int16Array | undefined;
  /** As of the stop before this one. */
  baseline: Int16Array | undefined;
  /** The generation for which it was last asked. */
  asked: number;
}

export class PageCache {
  /** In order of use: the last one used is last. */
  private readonly pages = new Map<bigint, Page>();
  private generation = 0;

  constructor(
    private readonly read: PageReader,
    /** Called when bytes have come in. */
    private readonly changed: () => void,
  ) {}

  /** The byte, `unreadable`, or `undefined` while it is not known yet: then it is being read. */
  byteAt(address: bigint): number | undefined {
    const page = this.use(alignDown(address, pageSize));
    return page.current?.[Number(address % BigInt(pageSize))];
  }

  /** Whether the byte is another than at the stop before. */
  isChanged(address: bigint): boolean {
    const page = this.pages.get(alignDown(address, pageSize));
    if (page?.baseline === undefined || page.current === undefined) return false;
    const at = Number(address % BigInt(pageSize));
    const before = page.baseline[at];
    return before !== page.current[at] && before !== unreadable;
  }

  /** The little-endian word of 8 bytes; `undefined` when a byte of it is unknown or cannot be read. */
  wordAt(address: bigint): bigint | undefined {
    let word = 0n;
    for (let i = 7; i >= 0; i--) {
      const byte = this.byteAt(address + BigInt(i));
      if (byte === undefined || byte === unreadable) return undefined;
      word = (word << 8n) | BigInt(byte);
    }
    return word;
  }

  /** The program has run and stopped: what was current is now what changes are measured against. */
  advance(): void {
    const excess = this.pages.size - maximumPages;
    for (const start of [...this.pages.keys()].slice(0, Math.max(0, excess))) this.pages.delete(start);
    for (const page of this.pages.values()) page.baseline = page.current;
    this.reload();
  }

  /** Memory was written while the program stood still: reads again, and still compares with the stop before. */
  reload(): void {
    this.generation++;
    for (const [start, page] of this.pages) this.ask(start, page);
  }

  /** Forgets everything: another program. */
  clear(): void {
    this.generation++;
    this.pages.clear();
  }

  private use(start: bigint): Page {
    const known = this.pages.get(start);
    const page = known ?? { current: undefined, baseline: undefined, asked: -1 };
    if (known !== undefined) this.pages.delete(start);
    this.pages.set(start, page);
    if (page.asked !== this.generation) this.ask(start, page);
    return page;
  }

  private ask(start: bigint, page: Page): void {
    const { generation } = this;
    page.asked = generation;
    this.read(start, pageSize).then(
      (bytes) => {
        if (generation !== this.generation) return;
        page.current = bytes;
        this.changed();
      },
      () => {
        // The program runs again or has ended: what is shown stays, and the next stop asks again.
      },
    );
  }
}
