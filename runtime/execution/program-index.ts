import { type CodePlaces, codePlacesOf } from "../base/code-places.js";
import { formatAddress, type GuestAddress } from "../base/guest-address.js";
import type { ProgramImage, ProgramSource, ProgramSymbol } from "../base/program-image.js";
import type { SourcePath } from "../base/source.js";
import { baseName } from "../base/source-path.js";

/** A line of a source, and whether the address asked for is where its code begins. */
export interface LinePlace {
  readonly path: SourcePath;
  readonly line: number;
  readonly isStart: boolean;
}

/** Answers what an address of a program is: its line, its symbol, and both in words. */
export class ProgramIndex {
  readonly places: CodePlaces;
  private sorted: readonly ProgramSymbol[] | undefined;
  private readonly segments: readonly { readonly start: number; readonly end: number }[];
  private byName: Map<string, ProgramSymbol> | undefined;

  constructor(private readonly image: ProgramImage) {
    this.places = codePlacesOf(image);
    this.segments = image.segments.map(({ address, size }) => ({
      start: Number(address),
      end: Number(address) + size,
    }));
  }

  /** By address; sorted when somebody asks: there are thousands. */
  private get symbols(): readonly ProgramSymbol[] {
    this.sorted ??= this.image.symbols
      .filter((symbol) => symbol.kind !== "absolute")
      .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : rank(a) - rank(b)));
    return this.sorted;
  }

  /** The line that the instruction at `address` belongs to; undefined where the program has no line information. */
  lineAt(address: GuestAddress): LinePlace | undefined {
    const found = this.segmentOf(address) === undefined ? undefined : this.places.lineAt(Number(address));
    return (
      found && { path: found.path, line: found.line, isStart: found.isStatement && found.start === Number(address) }
    );
  }

  /** The symbol of that name, a global one before a local one. */
  symbolNamed(name: string): ProgramSymbol | undefined {
    if (this.image.symbolNamed !== undefined) return this.image.symbolNamed(name);
    if (this.byName === undefined) {
      this.byName = new Map();
      for (const symbol of this.image.symbols) {
        const known = this.byName.get(symbol.name);
        if (known === undefined || (known.binding === "local" && symbol.binding !== "local")) {
          this.byName.set(symbol.name, symbol);
        }
      }
    }
    return this.byName.get(name);
  }

  /** The function whose bytes hold `address`; failing that, the nearest symbol at or below it in the same segment. */
  symbolAt(address: GuestAddress): ProgramSymbol | undefined {
    const segment = this.segmentOf(address);
    if (segment === undefined) return undefined;
    let nearest: ProgramSymbol | undefined;
    for (let index = lastAtOrBelow(this.symbols, address); index >= 0; index--) {
      const symbol = this.symbols[index];
      if (symbol === undefined || this.segmentOf(symbol.address) !== segment) break;
      const holds = address < symbol.address + BigInt(symbol.size);
      if (holds && symbol.kind === "function") return symbol;
      if (holds || symbol.size === 0) nearest ??= symbol;
      // A label within a function gives way to it; one behind a function's end does not.
      else if (symbol.kind === "function") break;
    }
    return nearest;
  }

  /** `0x00401010 (main+0x10, hello.s line 12)`, with what is known of it. */
  describe(address: GuestAddress): string {
    const place = this.lineAt(address);
    const known = [this.nameOf(address), place && `${baseName(place.path)} line ${place.line}`].filter(
      (text) => text !== undefined,
    );
    return known.length === 0 ? formatAddress(address) : `${formatAddress(address)} (${known.join(", ")})`;
  }

  /** `main+0x10`; undefined where no symbol is near. */
  nameOf(address: GuestAddress): string | undefined {
    const symbol = this.symbolAt(address);
    return (
      symbol && nameOf(symbol) + (symbol.address === address ? "" : `+0x${(address - symbol.address).toString(16)}`)
    );
  }

  /** The address lies in code of the program. */
  isCode(address: GuestAddress): boolean {
    const segment = this.segmentOf(address);
    return segment !== undefined && this.image.segments[segment]?.permissions.execute === true;
  }

  private segmentOf(address: GuestAddress): number | undefined {
    const place = Number(address);
    const index = this.segments.findIndex(({ start, end }) => place >= start && place < end);
    return index < 0 ? undefined : index;
  }
}

function nameOf({ readableName, name }: ProgramSymbol): string {
  return readableName ?? name;
}

/** Of several symbols at one address the last in order is found first: functions, before objects, before labels. */
function rank(symbol: ProgramSymbol): number {
  return { absolute: 0, label: 1, object: 2, function: 3 }[symbol.kind];
}

/** The index of the last item at or below `address`, or −1; `items` are sorted. */
function lastAtOrBelow(items: readonly { readonly address: GuestAddress }[], address: GuestAddress): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && item.address <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The last part of the path or URI of a source. */
export function fileName(source: ProgramSource | undefined): string {
  return source === undefined ? "?" : baseName(source.path);
}
