/** A program's symbols, lines and sources, arranged for the questions that a debugger asks. */
import { addressPlus, type GuestAddress } from "../runtime/base/guest-address.js";
import type { LineRow, ProgramImage, ProgramSource, ProgramSymbol } from "../runtime/base/program-image.js";
import type { SourcePath, SourcePosition } from "../runtime/base/source.js";

export interface SymbolPlace {
  readonly symbol: ProgramSymbol;
  /** Bytes from the symbol's address. */
  readonly offset: bigint;
}

/** How far behind a symbol without a size an address still counts as belonging to it. */
const reachOfUnsizedSymbol = 0x10000n;

export class Program {
  readonly #symbolsByAddress: readonly ProgramSymbol[];
  readonly #symbolsByName = new Map<string, ProgramSymbol>();
  readonly #addressesByLine: readonly Map<number, GuestAddress[]>[];
  readonly #linesWithCode: readonly (readonly number[])[];
  readonly #intelSources = new Set<number>();

  constructor(readonly image: ProgramImage) {
    this.#symbolsByAddress = image.symbols
      .filter((symbol) => symbol.kind !== "absolute" && symbol.name !== "" && !symbol.name.startsWith("."))
      .sort((a, b) => compare(a.address, b.address) || rank(a) - rank(b));
    for (const symbol of image.symbols) {
      const other = this.#symbolsByName.get(symbol.name);
      if (other === undefined || (other.binding === "local" && symbol.binding !== "local")) {
        this.#symbolsByName.set(symbol.name, symbol);
      }
    }
    this.#addressesByLine = image.sources.map(() => new Map());
    let previous: LineRow | undefined;
    for (const row of image.lines) {
      const lines = this.#addressesByLine[row.source];
      const isContinued = previous?.source === row.source && previous.line === row.line;
      previous = row;
      if (lines === undefined || isContinued) continue;
      const addresses = lines.get(row.line);
      if (addresses === undefined) lines.set(row.line, [row.address]);
      else addresses.push(row.address);
    }
    this.#linesWithCode = this.#addressesByLine.map((lines) => [...lines.keys()].sort((a, b) => a - b));
    for (const [index, source] of image.sources.entries()) {
      if (/^\s*\.intel_syntax\b/m.test(source.text ?? "")) this.#intelSources.add(index);
    }
  }

  symbolNamed(name: string): ProgramSymbol | undefined {
    return this.#symbolsByName.get(name);
  }

  /** The function, or the label in code, of that name. */
  functionNamed(name: string): ProgramSymbol | undefined {
    const symbol = this.symbolNamed(name.trim());
    return symbol?.kind === "object" || symbol?.kind === "absolute" ? undefined : symbol;
  }

  /** All symbols that have a name of their own, in address order. */
  get symbols(): readonly ProgramSymbol[] {
    return this.#symbolsByAddress;
  }

  /** The function whose bytes hold `address`; failing that, the nearest symbol at or below it. */
  symbolAt(address: bigint): SymbolPlace | undefined {
    let nearest: SymbolPlace | undefined;
    for (let index = lastAtOrBefore(this.#symbolsByAddress, address); index >= 0; index--) {
      const symbol = this.#symbolsByAddress[index];
      if (symbol === undefined || !this.#isInSegmentOf(symbol, address)) break;
      const place = { symbol, offset: address - symbol.address };
      const holds = place.offset < BigInt(symbol.size) || place.offset === 0n;
      if (holds && symbol.kind === "function") return place;
      if (holds || (symbol.size === 0 && place.offset <= reachOfUnsizedSymbol)) nearest ??= place;
      // A label within a function gives way to it; one behind a function's end does not.
      else if (symbol.kind === "function") break;
    }
    return nearest;
  }

  /** `gt_yield`, `gt_yield+0x12`; undefined where no symbol is near. */
  describeAddress(address: bigint): string | undefined {
    const place = this.symbolAt(address);
    if (place === undefined) return undefined;
    return place.offset === 0n ? place.symbol.name : `${place.symbol.name}+0x${place.offset.toString(16)}`;
  }

  sourceIndex(matches: (path: SourcePath) => boolean): number | undefined {
    const index = this.image.sources.findIndex((source) => matches(source.path));
    return index < 0 ? undefined : index;
  }

  source(index: number): ProgramSource | undefined {
    return this.image.sources[index];
  }

  /** Where the code of a line begins: in several places when a macro or `.rept` put it there. */
  addressesOfLine(source: number, line: number): readonly GuestAddress[] {
    return this.#addressesByLine[source]?.get(line) ?? [];
  }

  /** The lines of a source that instructions were made of, sorted. */
  linesWithCode(source: number): readonly number[] {
    return this.#linesWithCode[source] ?? [];
  }

  /** The row of the line table that covers `address`. */
  rowAt(address: bigint): LineRow | undefined {
    const row = this.image.lines[lastAtOrBefore(this.image.lines, address)];
    if (row === undefined || row.source < 0) return undefined;
    return this.#isInSegmentOf(row, address) ? row : undefined;
  }

  positionAt(address: bigint): SourcePosition | undefined {
    const row = this.rowAt(address);
    const source = row && this.source(row.source);
    return row && source && { path: source.path, line: row.line };
  }

  /** Is the source that `address` comes from written in Intel syntax? */
  isIntelSyntaxAt(address: bigint): boolean {
    const row = this.rowAt(address) ?? this.rowAt(this.image.entry);
    return row !== undefined && this.#intelSources.has(row.source);
  }

  /**
   * An address at or before `address` where an instruction is known to start: a row of the line table or a function;
   * undefined when none is near.
   */
  instructionStartAtOrBefore(address: bigint): GuestAddress | undefined {
    const row = this.image.lines[lastAtOrBefore(this.image.lines, address)];
    let best = row !== undefined && this.#isInSegmentOf(row, address) ? row.address : undefined;
    for (let index = lastAtOrBefore(this.#symbolsByAddress, address); index >= 0; index--) {
      const symbol = this.#symbolsByAddress[index];
      if (symbol === undefined || address - symbol.address > reachOfUnsizedSymbol) break;
      if (symbol.kind === "object" || !this.#isInSegmentOf(symbol, address)) continue;
      if (best === undefined || symbol.address > best) best = symbol.address;
      break;
    }
    return best;
  }

  #isInSegmentOf(start: { readonly address: GuestAddress }, address: bigint): boolean {
    return this.image.segments.some(
      (segment) =>
        start.address >= segment.address &&
        address >= segment.address &&
        address < addressPlus(segment.address, segment.size) &&
        start.address < addressPlus(segment.address, segment.size),
    );
  }
}

/** Of symbols at the same address, which one to name: later is better. */
function rank(symbol: ProgramSymbol): number {
  const kinds = { absolute: 0, label: 1, object: 2, function: 3 } as const;
  return kinds[symbol.kind] * 2 + (symbol.binding === "local" ? 0 : 1);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The index of the last element whose address is at most `address`; −1 when there is none. */
function lastAtOrBefore(sorted: readonly { readonly address: GuestAddress }[], address: bigint): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const element = sorted[middle];
    if (element !== undefined && element.address <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
