/** Where a breakpoint on a line or on a function goes. */
import type { BreakpointPlace, LinePlaces, StatementPlace } from "../../base/code-places.js";
import { beginsAt, type CodeScope, inlinedDepth, scopesAt } from "./code-scope.js";
import * as dw from "./constants.js";
import type { Entry } from "./entry.js";
import type { DebugFunction } from "./function.js";
import { type CallLine, inlinedCallLines, placeOfInstance } from "./inlined-places.js";
import { LineIndex } from "./line-index.js";
import type { LineTable, LineTableRow } from "./line-table.js";
import type { SourceUse } from "./source-index.js";

/**
 * Where `line` begins: in each function that has code from it, and in each place that such a function was inlined into.
 * A line of which nothing is left but a call that was inlined begins with the code of that call. Undefined when neither
 * the line nor any behind it has code. With `column`, only the part of the line there counts.
 */
export function placesOfLine(uses: readonly SourceUse[], line: number, column?: number): LinePlaces | undefined {
  const nearest = nearestLine(uses, line);
  const onlyCalls = callsIn(uses, line, nearest - 1);
  const found = onlyCalls.reduce((least, { call }) => Math.min(least, call.line), nearest);
  if (found === Number.POSITIVE_INFINITY) return undefined;
  if (found < nearest) {
    const calls = onlyCalls.filter(({ call }) => call.line === found);
    const wanted =
      column === undefined ? undefined : nearestColumn(new Set(calls.map(({ call }) => call.column)), column);
    const places = calls
      .filter(({ call }) => wanted === undefined || call.column === wanted)
      .flatMap(({ use, call }) => placeOfCall(use, call) ?? []);
    return { line: found, ...(wanted ? { column: wanted } : {}), places: distinct(places) };
  }
  const wanted = column === undefined ? undefined : nearestColumn(columnsOf(uses, found), column);
  const lowest = new Map<Entry, BreakpointPlace>();
  const unclaimed: BreakpointPlace[] = [];
  for (const use of uses) {
    const { unit, lines, files } = use;
    const index = LineIndex.of(use);
    for (const rowIndex of wanted === undefined ? index.startsOf(found) : index.rowsOf(found)) {
      const row = lines.row(rowIndex);
      if (wanted !== undefined && row.column !== wanted) continue;
      const home = unit.full.functionAt(row.address);
      const path = home && scopesAt(home.scope, row.address);
      const scope = path && functionScopeOf(row, files, path);
      if (!scope) {
        unclaimed.push({ address: row.address, inlinedDepth: 0 });
        continue;
      }
      // Each block with variables of its own has a place of its own, as in gdb.
      const block = path.findLast(({ kind, variables }) => kind !== "block" || variables.length > 0) ?? scope;
      const isEntry = scope.kind === "function" && row.address === home.entryAddress;
      const address = isEntry ? bodyStart(home, lines) : row.address;
      const known = lowest.get(block.entry);
      if (known === undefined || address < known.address) {
        lowest.set(block.entry, { address, inlinedDepth: inlinedDepth(scope) });
      }
    }
  }
  // Code that no function claims is assembly, or a thunk that the compiler made beside the functions.
  const places = distinct(lowest.size > 0 ? [...lowest.values()] : unclaimed);
  return { line: found, ...(wanted ? { column: wanted } : {}), places };
}

/** The places of these lines at which a breakpoint can stop, sorted; with columns where a line has several. */
export function statementsIn(uses: readonly SourceUse[], first: number, last: number): StatementPlace[] {
  const columns = new Map<number, Set<number>>();
  const add = (line: number, column: number) => {
    const known = columns.get(line);
    if (known) known.add(column);
    else columns.set(line, new Set([column]));
  };
  for (const use of uses) {
    const index = LineIndex.of(use);
    for (const line of index.between(first, last)) {
      for (const rowIndex of index.rowsOf(line)) add(line, use.lines.row(rowIndex).column);
    }
  }
  const withRows = new Set(columns.keys());
  for (const { call } of callsIn(uses, first, last)) if (!withRows.has(call.line)) add(call.line, call.column);
  return [...columns.keys()]
    .sort((one, two) => one - two)
    .flatMap((line): StatementPlace[] => {
      const known = [...(columns.get(line) ?? [])].filter((column) => column > 0).sort((one, two) => one - two);
      return known.length > 1 ? known.map((column) => ({ line, column })) : [{ line }];
    });
}

/**
 * Where the body of a function begins: behind what sets up its frame. The line table says it, or it is where the
 * function's second row is, as debuggers take it.
 */
export function bodyStart(home: DebugFunction, lines: LineTable): number {
  const entry = home.entryAddress;
  if (home.entry.unit.tracksVariables) return entry;
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
  return uses.reduce((nearest, use) => Math.min(nearest, LineIndex.of(use).nearest(line)), Number.POSITIVE_INFINITY);
}

/**
 * The function, inlined or not, that a row belongs to. A row may be at the address at which the code of a call in its
 * line begins: it is the caller's.
 */
function functionScopeOf(
  { line, address }: LineTableRow,
  files: ReadonlySet<number>,
  path: readonly CodeScope[],
): CodeScope | undefined {
  const scopes = path.filter(({ kind }) => kind !== "block");
  const isCallHere = (scope: CodeScope) =>
    scope.kind === "inlined" &&
    beginsAt(scope, address) &&
    scope.entry.number(dw.DW_AT_call_line) === line &&
    files.has(scope.entry.number(dw.DW_AT_call_file) ?? -1);
  const called = scopes.findIndex(isCallHere);
  return called < 0 ? scopes.at(-1) : scopes[called - 1];
}

/** The columns of a line at which statements begin. */
function columnsOf(uses: readonly SourceUse[], line: number): Set<number> {
  const columns = new Set<number>();
  for (const use of uses) {
    for (const rowIndex of LineIndex.of(use).rowsOf(line)) columns.add(use.lines.row(rowIndex).column);
  }
  return columns;
}

/** The first one at `column` or behind it, or the last one before. */
function nearestColumn(columns: ReadonlySet<number>, column: number): number | undefined {
  const sorted = [...columns].sort((one, two) => one - two);
  return sorted.find((one) => one >= column) ?? sorted.at(-1);
}

/** The inlined calls from these lines. */
function callsIn(uses: readonly SourceUse[], first: number, last: number): { use: SourceUse; call: CallLine }[] {
  if (first > last) return [];
  return uses.flatMap((use) =>
    inlinedCallLines(use.unit.full)
      .filter(({ file, line }) => line >= first && line <= last && use.files.has(file))
      .map((call) => ({ use, call })),
  );
}

/** The call has not been entered yet: the place is one further out than the instance's code. */
function placeOfCall({ unit }: SourceUse, { instance }: CallLine): BreakpointPlace | undefined {
  const place = placeOfInstance(unit.full, instance);
  return place && { ...place, inlinedDepth: place.inlinedDepth - 1 };
}

/** One at each address, the outermost, sorted. */
function distinct(places: readonly BreakpointPlace[]): BreakpointPlace[] {
  const byAddress = new Map<number, BreakpointPlace>();
  for (const place of places) {
    const known = byAddress.get(place.address);
    if (known === undefined || place.inlinedDepth < known.inlinedDepth) byAddress.set(place.address, place);
  }
  return [...byAddress.values()].sort((one, two) => one.address - two.address);
}
