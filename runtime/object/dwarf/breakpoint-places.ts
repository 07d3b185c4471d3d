/** Where a breakpoint on a line or on a function goes. */
import { scopesAt } from "./code-scope.js";
import type { Entry } from "./entry.js";
import type { DebugFunction } from "./function.js";
import type { LineTable, LineTableRow } from "./line-table.js";
import type { SourceUse } from "./source-index.js";

/** The line that a breakpoint is set on, and an address in each copy of the code. */
export interface LinePlaces {
  /** The one asked for, or the next one that has code. */
  readonly line: number;
  readonly addresses: readonly number[];
}

/**
 * Addresses at which `line` begins: one in each function that has code from it, and one in each place that such a
 * function was inlined into. Undefined when neither the line nor any behind it has code.
 */
export function placesOfLine(uses: readonly SourceUse[], line: number): LinePlaces | undefined {
  const found = nearestLine(uses, line);
  if (found === Number.POSITIVE_INFINITY) return undefined;
  const lowest = new Map<Entry, number>();
  const unclaimed: number[] = [];
  for (const { unit, lines, files } of uses) {
    for (const row of rowsFrom(lines, files)) {
      if (row.line !== found) continue;
      const home = unit.full.functionAt(row.address);
      const scope = home && scopesAt(home.scope, row.address).findLast(({ kind }) => kind !== "block");
      if (!scope) {
        unclaimed.push(row.address);
        continue;
      }
      const isEntry = scope.kind === "function" && row.address === home.entryAddress;
      const address = isEntry ? bodyStart(home, lines) : row.address;
      lowest.set(scope.entry, Math.min(lowest.get(scope.entry) ?? Number.POSITIVE_INFINITY, address));
    }
  }
  // Code that no function claims is assembly, or a thunk that the compiler made beside the functions.
  const addresses = [...new Set(lowest.size > 0 ? lowest.values() : unclaimed)].sort((one, two) => one - two);
  return { line: found, addresses };
}

/**
 * Where the body of a function begins: behind what sets up its frame. The line table says it, or it is where the
 * function's second row is, as debuggers take it.
 */
export function bodyStart(home: DebugFunction, lines: LineTable): number {
  const entry = home.entryAddress;
  const range = home.ranges.find(({ start, end }) => entry >= start && entry < end);
  const sequence = range && lines.sequenceAt(entry);
  if (!sequence) return entry;
  let second: number | undefined;
  for (let index = lines.firstAtOrBehind(sequence, entry); index < sequence.last; index++) {
    const row = lines.row(index);
    if (row.address >= range.end) break;
    if (row.isPrologueEnd) return row.address;
    if (second === undefined && row.isStatement && row.line !== 0 && index > lines.firstAtOrBehind(sequence, entry)) {
      second = row.address;
    }
  }
  return second ?? entry;
}

function nearestLine(uses: readonly SourceUse[], line: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const { lines, files } of uses) {
    for (const row of rowsFrom(lines, files)) if (row.line >= line && row.line < nearest) nearest = row.line;
  }
  return nearest;
}

/** The rows of these files where a statement begins. */
function* rowsFrom(lines: LineTable, files: ReadonlySet<number>): Generator<LineTableRow> {
  for (const { first, last } of lines.sequences) {
    for (let index = first; index < last; index++) {
      const row = lines.row(index);
      if (row.isStatement && row.line > 0 && files.has(row.file)) yield row;
    }
  }
}
