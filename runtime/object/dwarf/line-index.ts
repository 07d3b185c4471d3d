/** The rows of a line table by line, for one source file: made once, for breakpoints are set again and again. */
import type { LineTable } from "./line-table.js";
import type { SourceUse } from "./source-index.js";

export class LineIndex {
  /** Lines that have rows where a statement begins, sorted. */
  readonly lines: readonly number[];
  /** Indices of these rows, in the order of the table. */
  readonly #rows = new Map<number, number[]>();
  readonly #starts = new Map<number, number[]>();

  private constructor(table: LineTable, files: ReadonlySet<number>) {
    for (const { first, last } of table.sequences) {
      let [lineBefore, fileBefore] = [-1, -1];
      let hasBlocks = false;
      let hasBegun = false;
      for (let index = first; index < last; index++) {
        const [line, file] = [table.lineOf(index), table.fileOf(index)];
        const isSameLine = line === lineBefore && file === fileBefore;
        hasBegun &&= isSameLine;
        hasBlocks = (isSameLine && hasBlocks) || table.discriminatorOf(index) !== 0;
        [lineBefore, fileBefore] = [line, file];
        if (line === 0 || !files.has(file) || !table.isStatement(index)) continue;
        add(this.#rows, line, index);
        // Where discriminators tell apart several blocks of one line, only the first of the rows that follow each other.
        // (Where the very first is no statement, gdb takes none of them.)
        if (!hasBegun || !hasBlocks) add(this.#starts, line, index);
        hasBegun = true;
      }
    }
    this.lines = [...this.#rows.keys()].sort((one, two) => one - two);
  }

  /** That of a file in a table. */
  static of({ lines, files }: SourceUse): LineIndex {
    let index = known.get(files);
    if (index === undefined) {
      index = new LineIndex(lines, files);
      known.set(files, index);
    }
    return index;
  }

  /** The rows of a line where a statement begins. */
  rowsOf(line: number): readonly number[] {
    return this.#rows.get(line) ?? [];
  }

  /** The rows where the line begins, as gdb takes them. */
  startsOf(line: number): readonly number[] {
    return this.#starts.get(line) ?? [];
  }

  /** The line itself or the next one with rows; infinity where there is none. */
  nearest(line: number): number {
    return this.lines[this.#firstFrom(line)] ?? Number.POSITIVE_INFINITY;
  }

  /** The lines with rows from `first` to `last`. */
  *between(first: number, last: number): Generator<number> {
    for (let at = this.#firstFrom(first); at < this.lines.length; at++) {
      const line = this.lines[at];
      if (line === undefined || line > last) return;
      yield line;
    }
  }

  #firstFrom(line: number): number {
    let low = 0;
    let high = this.lines.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.lines[middle] ?? 0) < line) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** By the set of a file's numbers, of which each table has its own. */
const known = new WeakMap<ReadonlySet<number>, LineIndex>();

function add(rows: Map<number, number[]>, line: number, index: number): void {
  const some = rows.get(line);
  if (some) some.push(index);
  else rows.set(line, [index]);
}
