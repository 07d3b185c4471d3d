/**
 * Where the code of a program comes from: lines of sources, functions that were inlined. An assembled program has a
 * table of it; what an ELF file tells is read piece by piece, when it is asked for. Addresses are numbers: an image
 * lies below 4 GiB.
 */
import type { LineRow, ProgramImage, ProgramSource } from "./program-image.js";
import type { SourcePath, SourcePosition } from "./source.js";
import { pathKey } from "./source-path.js";

/** The line that an instruction comes from, and the instructions around it that come from the same place. */
export interface CodeLine extends SourcePosition {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** `start` is where a statement begins: a step may end there. */
  readonly isStatement: boolean;
}

/** Where a breakpoint stops. */
export interface BreakpointPlace {
  readonly address: number;
  /**
   * How many inlined functions the place is in. Those that begin at the address and are further in are not entered yet:
   * the place is that of the call.
   */
  readonly inlinedDepth: number;
}

/** Where a breakpoint on a line goes. */
export interface LinePlaces {
  /** The one asked for, or the next one that has code. */
  readonly line: number;
  /** Where a column was asked for: the one that has code, at or behind it, or the last one before. */
  readonly column?: number;
  /** One in each copy of the code. */
  readonly places: readonly BreakpointPlace[];
}

/** A place in a source at which a breakpoint can stop; the column counts bytes from 1. */
export interface StatementPlace {
  readonly line: number;
  /** Where there are several on the line. */
  readonly column?: number;
}

/** A function as the source has it, around an instruction. */
export interface SourceFrame {
  readonly name: string | undefined;
  /** Where this frame is: of the innermost one the instruction's line, of others the line of the call. */
  readonly position: SourcePosition | undefined;
  /** It has no frame of its own on the stack. */
  readonly isInlined: boolean;
  /** The function, or this one copy of an inlined one: the same object whenever it is asked for. */
  readonly instance: object;
  /** The instruction is the first one of an inlined function: execution is as much before the call as in it. */
  readonly isBeginning: boolean;
}

/** Parts of the debug information that are in files of their own (split DWARF). */
export interface SeparateFiles {
  /** The paths of those that have not been handed in, as the compiler wrote them. */
  missing(): readonly string[];
  /** Hands in one of them, or a package of several under any path; false for a file that is neither. */
  provide(path: string, bytes: Uint8Array): boolean;
}

export interface CodePlaces {
  readonly sources: readonly ProgramSource[];
  /** There are lines at all. */
  readonly hasLines: boolean;
  /** What is damaged or missing in the information, as sentences for the user. */
  readonly notes: readonly string[];
  lineAt(address: number): CodeLine | undefined;
  /** Undefined when there is no code from the line nor from any line behind it. */
  placesOf(path: SourcePath, line: number, column?: number): LinePlaces | undefined;
  /** Sorted. */
  statementsIn(path: SourcePath, first: number, last: number): readonly StatementPlace[];
  /**
   * Where a breakpoint on a function goes that the source calls `name`: behind what sets up the frame of each function
   * of that name, and into each place that one was inlined into. Empty where the source is not known.
   */
  functionPlaces(name: string): readonly BreakpointPlace[];
  /** Innermost first: the last one is the function that has the code. Empty where nothing is known. */
  framesAt(address: number): readonly SourceFrame[];
  /**
   * The tail calls by which execution came from a call that returns to `returnAddress` to the function that the
   * instruction at `callee` belongs to, the last one first, each by the address behind its jump. Empty where there are
   * none, and where they are not certain.
   */
  tailCallsBetween(returnAddress: number, callee: number): readonly number[];
  /** Where the body of the function that begins at `start` begins: behind what sets up its frame. */
  bodyStart(start: number): number;
  /** Absent where nothing is elsewhere. */
  readonly separateFiles?: SeparateFiles;
}

const known = new WeakMap<ProgramImage, CodePlaces>();

/** The places of a program's code, from its debug information or its table of lines. */
export function codePlacesOf(image: ProgramImage): CodePlaces {
  let places = image.places ?? known.get(image);
  if (places === undefined) {
    places = new LineTablePlaces(image.sources, image.lines);
    known.set(image, places);
  }
  return places;
}

/** Of an assembled program. Its rows are sorted by address; each is where the code of a line begins. */
class LineTablePlaces implements CodePlaces {
  readonly notes = [];
  readonly #addressesByLine = new Map<string, Map<number, number[]>>();

  constructor(
    readonly sources: readonly ProgramSource[],
    private readonly rows: readonly LineRow[],
  ) {
    const bySource = sources.map(({ path }) => {
      const lines = new Map<number, number[]>();
      this.#addressesByLine.set(pathKey(path), lines);
      return lines;
    });
    let previous: LineRow | undefined;
    for (const row of rows) {
      const lines = bySource[row.source];
      const isContinued = previous?.source === row.source && previous.line === row.line;
      previous = row;
      if (lines === undefined || isContinued) continue;
      const addresses = lines.get(row.line);
      if (addresses === undefined) lines.set(row.line, [Number(row.address)]);
      else addresses.push(Number(row.address));
    }
  }

  get hasLines(): boolean {
    return this.rows.length > 0;
  }

  lineAt(address: number): CodeLine | undefined {
    const index = this.#lastAtOrBelow(address);
    const row = this.rows[index];
    const source = row && this.sources[row.source];
    if (row === undefined || source === undefined) return undefined;
    const next = this.rows[index + 1];
    return {
      path: source.path,
      line: row.line,
      start: Number(row.address),
      end: next === undefined ? Number.POSITIVE_INFINITY : Number(next.address),
      isStatement: true,
    };
  }

  placesOf(path: SourcePath, line: number): LinePlaces | undefined {
    const nearest = this.statementsIn(path, line, Number.POSITIVE_INFINITY)[0]?.line;
    const addresses = nearest === undefined ? undefined : this.#addressesByLine.get(pathKey(path))?.get(nearest);
    if (nearest === undefined || addresses === undefined) return undefined;
    return { line: nearest, places: addresses.map((address) => ({ address, inlinedDepth: 0 })) };
  }

  statementsIn(path: SourcePath, first: number, last: number): readonly StatementPlace[] {
    const lines = this.#addressesByLine.get(pathKey(path))?.keys() ?? [];
    return [...lines]
      .filter((line) => line >= first && line <= last)
      .sort((one, two) => one - two)
      .map((line) => ({ line }));
  }

  functionPlaces(): readonly BreakpointPlace[] {
    return [];
  }

  framesAt(): readonly SourceFrame[] {
    return [];
  }

  tailCallsBetween(): readonly number[] {
    return [];
  }

  /** Assembly is what it says: a function's first instruction is its body's. */
  bodyStart(start: number): number {
    return start;
  }

  #lastAtOrBelow(address: number): number {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = this.rows[middle];
      if (row !== undefined && Number(row.address) <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
