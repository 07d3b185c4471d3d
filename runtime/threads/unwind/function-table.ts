import { type CodePlaces, codePlacesOf } from "../../base/code-places.js";
import type { ProgramImage, ProgramSymbol } from "../../base/program-image.js";
import type { SourcePosition } from "../../base/source.js";
import type { InstructionReader } from "./instruction-facts.js";

/** A function as the symbols tell it. `end` is exclusive. */
export interface KnownFunction {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Which function an address belongs to, and which line. Learners leave out `.type` and `.size`, so a label counts as a
 * function when it is the entry of the program, when something calls it or takes its address, or when it is global and
 * nothing jumps to it.
 */
export class FunctionTable {
  #collected:
    | { readonly functions: readonly KnownFunction[]; readonly byStart: ReadonlyMap<number, KnownFunction> }
    | undefined;
  #symbolsByName: Map<string, ProgramSymbol> | undefined;
  readonly #places: CodePlaces;
  readonly #executable: readonly { readonly start: number; readonly end: number }[];

  constructor(
    readonly image: ProgramImage,
    private readonly reader: InstructionReader,
  ) {
    this.#places = codePlacesOf(image);
    this.#executable = image.segments
      .filter((segment) => segment.permissions.execute)
      .map((segment) => ({ start: Number(segment.address), end: Number(segment.address) + segment.size }));
  }

  /** Sorted by start, and by it. Collected when somebody asks: no program needs them to run. */
  get #known() {
    if (!this.#collected) {
      const functions = this.#collect(this.reader);
      this.#collected = { functions, byStart: new Map(functions.map((known) => [known.start, known])) };
    }
    return this.#collected;
  }

  /** The symbol of that name; a global one before a local one. */
  symbol(name: string): ProgramSymbol | undefined {
    if (this.image.symbolNamed) return this.image.symbolNamed(name);
    if (!this.#symbolsByName) {
      this.#symbolsByName = new Map();
      for (const symbol of this.image.symbols) {
        if (!this.#symbolsByName.has(symbol.name) || symbol.binding !== "local")
          this.#symbolsByName.set(symbol.name, symbol);
      }
    }
    return this.#symbolsByName.get(name);
  }

  startingAt(address: bigint): KnownFunction | undefined {
    return this.#known.byStart.get(Number(address));
  }

  /** The functions that may contain `address`, the nearest start first; few, and perhaps none. */
  candidates(address: number): KnownFunction[] {
    const found: KnownFunction[] = [];
    const segment = this.segmentOf(address);
    if (!segment) return found;
    const { functions } = this.#known;
    let index = upperBound(functions, address, (known) => known.start) - 1;
    for (; index >= 0 && found.length < 4; index--) {
      const known = functions[index];
      if (!known || known.start < segment.start) break;
      // The nearest one counts only up to its end; those before it, in case the nearest lies inside them.
      if (address < known.end || found.length > 0) found.push(known);
      else break;
    }
    return found;
  }

  /** The function that contains `address` by its symbols alone. */
  containing(address: bigint): KnownFunction | undefined {
    const { functions } = this.#known;
    const index = upperBound(functions, Number(address), (known) => known.start) - 1;
    const known = functions[index];
    return known && Number(address) < known.end ? known : undefined;
  }

  /** The executable segment of the image that holds `address`. */
  segmentOf(address: number): { readonly start: number; readonly end: number } | undefined {
    return this.#executable.find((segment) => address >= segment.start && address < segment.end);
  }

  /** The innermost function of the source that was inlined at `address`; undefined where none was. */
  inlinedNameAt(address: bigint): string | undefined {
    const [innermost] = this.#places.framesAt(Number(address));
    return innermost?.isInlined ? innermost.name : undefined;
  }

  positionOf(address: bigint): SourcePosition | undefined {
    const line = this.#places.lineAt(Number(address));
    return line && { path: line.path, line: line.line, ...(line.column !== undefined && { column: line.column }) };
  }

  #collect(reader: InstructionReader): KnownFunction[] {
    const inCode = this.image.symbols.filter(
      (symbol) =>
        (symbol.kind === "function" || symbol.kind === "label") && this.segmentOf(Number(symbol.address)) !== undefined,
    );
    const starts = new Map<number, ProgramSymbol>();
    const labels: ProgramSymbol[] = [];
    for (const symbol of inCode) {
      if (symbol.kind === "label") labels.push(symbol);
      else if (isBetterName(symbol, starts.get(Number(symbol.address)))) starts.set(Number(symbol.address), symbol);
    }
    if (labels.length > 0) this.#addLabels(labels, starts, reader);
    const sorted = [...starts.values()].sort((a, b) => Number(a.address - b.address));
    return sorted.map((symbol, index) => {
      const start = Number(symbol.address);
      const next = sorted[index + 1];
      const limit = Math.min(
        this.segmentOf(start)?.end ?? start,
        next ? Number(next.address) : Number.POSITIVE_INFINITY,
      );
      const sizedEnd = symbol.size > 0 ? start + symbol.size : limit;
      let name: string | undefined;
      return {
        get name() {
          name ??= symbol.readableName ?? symbol.name;
          return name;
        },
        start,
        end: sizedEnd,
      };
    });
  }

  #addLabels(labels: readonly ProgramSymbol[], starts: Map<number, ProgramSymbol>, reader: InstructionReader): void {
    const { called, jumped } = this.#references(reader);
    for (const label of labels) {
      const address = Number(label.address);
      const isStart =
        label.address === this.image.entry ||
        called.has(address) ||
        (label.binding !== "local" && !jumped.has(address));
      if (isStart && isBetterName(label, starts.get(address))) starts.set(address, label);
    }
  }

  /** Targets of direct calls and addresses taken, and targets of jumps, by a sweep over the code. */
  #references(reader: InstructionReader): { called: Set<number>; jumped: Set<number> } {
    const called = new Set<number>();
    const jumped = new Set<number>();
    for (const facts of this.#sweep(reader)) {
      if (facts.flow.kind === "call" && facts.flow.target !== undefined) called.add(facts.flow.target);
      else if (facts.flow.kind === "jump" || facts.flow.kind === "branch") jumped.add(facts.flow.target);
      else if (facts.mentions !== undefined) called.add(facts.mentions);
    }
    return { called, jumped };
  }

  /** All instructions, decoded afresh at each symbol: data between them does not derail what follows. */
  *#sweep(reader: InstructionReader) {
    for (const segment of this.image.segments) {
      if (!segment.permissions.execute) continue;
      const start = Number(segment.address);
      const end = start + segment.bytes.length;
      const cuts = new Set([start]);
      for (const symbol of this.image.symbols) {
        const address = Number(symbol.address);
        if (address > start && address < end) cuts.add(address);
      }
      const sorted = [...cuts].sort((a, b) => a - b);
      for (const [index, cut] of sorted.entries()) {
        yield* reader.read(segment.bytes.subarray(cut - start, (sorted[index + 1] ?? end) - start), cut);
      }
    }
  }
}

function isBetterName(symbol: ProgramSymbol, other: ProgramSymbol | undefined): boolean {
  if (!other) return true;
  const rank = (one: ProgramSymbol) => (one.kind === "function" ? 2 : 0) + (one.binding === "local" ? 0 : 1);
  return rank(symbol) > rank(other);
}

/** Index of the first element whose key is greater than `key`. */
function upperBound<Element, Key extends number | bigint>(
  sorted: readonly Element[],
  key: Key,
  keyOf: (element: Element) => Key,
): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const element = sorted[middle];
    if (element !== undefined && keyOf(element) <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
