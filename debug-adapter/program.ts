/** A program's symbols, lines and sources, arranged for the questions that a debugger asks. */
import {
  type BreakpointPlace,
  type CodePlaces,
  codePlacesOf,
  type LinePlaces,
  type StatementPlace,
} from "../runtime/base/code-places.js";
import { type GuestAddress, guestAddress } from "../runtime/base/guest-address.js";
import type { ProgramImage, ProgramSource, ProgramSymbol } from "../runtime/base/program-image.js";
import type { SourcePath } from "../runtime/base/source.js";
import { pathKey } from "../runtime/base/source-path.js";
import { SourcePaths } from "./source-paths.js";

export interface SymbolPlace {
  readonly symbol: ProgramSymbol;
  /** Bytes from the symbol's address. */
  readonly offset: bigint;
}

/** A line that an address comes from, and the first address of its row. */
export interface SourceRow {
  /** Index into `sources`. */
  readonly source: number;
  readonly line: number;
  readonly start: number;
}

/** How far behind a symbol without a size an address still counts as belonging to it. */
const reachOfUnsizedSymbol = 0x10000n;

export class Program {
  #byAddress: readonly ProgramSymbol[] | undefined;
  #byName: ReadonlyMap<string, ProgramSymbol> | undefined;
  /** What the image has been asked for. */
  readonly #named = new Map<string, ProgramSymbol | undefined>();
  readonly #places: CodePlaces;
  readonly #intelSources = new Set<number>();
  readonly #segments: readonly SegmentRange[];
  #sources: SourceTable | undefined;

  constructor(
    readonly image: ProgramImage,
    private readonly sourcePaths: SourcePaths = new SourcePaths({}),
  ) {
    this.#places = codePlacesOf(image);
    this.#segments = image.segments.map(({ address, size }) => ({
      start: Number(address),
      end: Number(address) + size,
    }));
    for (const [index, source] of image.sources.entries()) {
      if (/^\s*\.intel_syntax\b/m.test(source.text ?? "")) this.#intelSources.add(index);
    }
  }

  /** A global one before a local one. */
  symbolNamed(name: string): ProgramSymbol | undefined {
    const { symbolNamed } = this.image;
    if (symbolNamed === undefined) {
      this.#byName ??= namesOf(this.image.symbols);
      return this.#byName.get(name);
    }
    if (!this.#named.has(name)) this.#named.set(name, symbolNamed(name));
    return this.#named.get(name);
  }

  get #symbolsByAddress(): readonly ProgramSymbol[] {
    this.#byAddress ??= this.image.symbols
      .filter((symbol) => symbol.kind !== "absolute" && symbol.name !== "" && !symbol.name.startsWith("."))
      .sort((a, b) => Number(a.address - b.address) || rank(a) - rank(b));
    return this.#byAddress;
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
    const name = place.symbol.readableName ?? place.symbol.name;
    return place.offset === 0n ? name : `${name}+0x${place.offset.toString(16)}`;
  }

  /** The program has lines; without, its symbols are all there is. */
  get hasLines(): boolean {
    return this.#places.hasLines;
  }

  /** All sources, as the host finds them. */
  get sources(): readonly ProgramSource[] {
    return this.#sourceTable.sources;
  }

  source(index: number): ProgramSource | undefined {
    return this.sources[index];
  }

  /** The source at a path of the host, in any of its spellings. */
  sourceAt(path: SourcePath): number | undefined {
    return this.#sourceTable.byHostPath.get(pathKey(path));
  }

  /** The source that the program's own information calls `path`. */
  sourceNamed(path: SourcePath): number | undefined {
    return this.#sourceTable.byOwnPath.get(path);
  }

  /** Where a breakpoint on a line, or on a part of it, goes; undefined when there is no code from there on. */
  placesOfLine(source: number, line: number, column?: number): LinePlaces | undefined {
    const path = this.#places.sources[source]?.path;
    return path === undefined ? undefined : this.#places.placesOf(path, line, column);
  }

  /** The places in the lines from `first` to `last` that instructions were made of, sorted. */
  statementsIn(source: number, first: number, last: number): readonly StatementPlace[] {
    const path = this.#places.sources[source]?.path;
    return path === undefined ? [] : this.#places.statementsIn(path, first, last);
  }

  /** Where a breakpoint on a function goes, by its name in the source or its symbol. Empty when there is none. */
  placesOfFunction(name: string): readonly BreakpointPlace[] {
    const places = this.#places.functionPlaces(name);
    if (places.length > 0) return places;
    const symbol = this.functionNamed(name);
    return symbol === undefined ? [] : [{ address: Number(this.bodyStart(symbol.address)), inlinedDepth: 0 }];
  }

  /** The line that `address` comes from. */
  rowAt(address: bigint): SourceRow | undefined {
    const line = this.#segmentOf(address) === undefined ? undefined : this.#places.lineAt(Number(address));
    const source = line && this.sourceNamed(line.path);
    return line === undefined || source === undefined ? undefined : { source, line: line.line, start: line.start };
  }

  /** Where a breakpoint on a function goes: behind what sets up its frame. */
  bodyStart(start: GuestAddress): GuestAddress {
    return guestAddress(BigInt(this.#places.bodyStart(Number(start))));
  }

  get #sourceTable(): SourceTable {
    this.#sources ??= tableOf(this.#places.sources, this.sourcePaths);
    return this.#sources;
  }

  /** Is the source that `address` comes from written in Intel syntax? */
  isIntelSyntaxAt(address: bigint): boolean {
    if (this.#intelSources.size === 0) return false;
    const row = this.rowAt(address) ?? this.rowAt(this.image.entry);
    return row !== undefined && this.#intelSources.has(row.source);
  }

  /**
   * An address at or before `address` where an instruction is known to start: a row of the line table or a function;
   * undefined when none is near.
   */
  instructionStartAtOrBefore(address: bigint): GuestAddress | undefined {
    const row = this.rowAt(address);
    let best = row === undefined ? undefined : guestAddress(BigInt(row.start));
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
    const segment = this.#segmentOf(address);
    return segment !== undefined && segment === this.#segmentOf(start.address);
  }

  #segmentOf(address: bigint): SegmentRange | undefined {
    const place = Number(address);
    return this.#segments.find(({ start, end }) => place >= start && place < end);
  }
}

/** A segment of the program; `end` is exclusive. */
interface SegmentRange {
  readonly start: number;
  readonly end: number;
}

/** Sources as the host finds them, and their indices. */
interface SourceTable {
  readonly sources: readonly ProgramSource[];
  readonly byHostPath: ReadonlyMap<string, number>;
  readonly byOwnPath: ReadonlyMap<SourcePath, number>;
}

function tableOf(own: readonly ProgramSource[], paths: SourcePaths): SourceTable {
  const sources = own.map((source) => ({ ...source, path: paths.onHost(source.path) }));
  return {
    sources,
    byHostPath: new Map(sources.map(({ path }, index) => [pathKey(path), index])),
    byOwnPath: new Map(own.map(({ path }, index) => [path, index])),
  };
}

/** Of symbols at the same address, which one to name: later is better. */
function rank(symbol: ProgramSymbol): number {
  const kinds = { absolute: 0, label: 1, object: 2, function: 3 } as const;
  return kinds[symbol.kind] * 2 + (symbol.binding === "local" ? 0 : 1);
}

function namesOf(symbols: readonly ProgramSymbol[]): ReadonlyMap<string, ProgramSymbol> {
  const names = new Map<string, ProgramSymbol>();
  for (const symbol of symbols) {
    const other = names.get(symbol.name);
    if (other === undefined || (other.binding === "local" && symbol.binding !== "local"))
      names.set(symbol.name, symbol);
  }
  return names;
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
