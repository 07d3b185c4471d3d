/** `textDocument/selectionRange`: word, operand, operands, statement, line, lines up to the label, function, file. */
import type { Connection, Position, Range, SelectionRange, ServerCapabilities } from "vscode-languageserver";
import type { Project } from "../project/project.js";
import type { Source } from "../source-store.js";
import { lineTokens } from "../syntax/line-tokens.js";

export function registerSelectionRanges(connection: Connection, { sources }: Project): ServerCapabilities {
  connection.onSelectionRanges(({ textDocument, positions }) => {
    const source = sources.get(textDocument.uri);
    return source === undefined ? null : positions.map((position) => selectionAt(source, position));
  });
  return { selectionRangeProvider: true };
}

function selectionAt({ lines, facts }: Source, position: Position): SelectionRange {
  const { line, character } = position;
  const parsed = lines[line];
  const ranges: Range[] = [];
  const columns = (start: number, untrimmed: number): void => {
    const end = start + (parsed?.text.slice(start, untrimmed).trimEnd().length ?? 0);
    if (character >= start && character <= end) {
      ranges.push({ start: { line, character: start }, end: { line, character: end } });
    }
  };
  const whole = (first: number, last: number): void => {
    const end = { line: last, character: lines[last]?.text.length ?? 0 };
    ranges.push({ start: { line: first, character: 0 }, end });
  };
  if (parsed !== undefined) {
    const tokens = lineTokens(parsed).filter(({ start, end }) => character >= start && character <= end);
    const token = tokens.find(({ end }) => character < end) ?? tokens[0];
    if (token !== undefined) columns(token.start, token.end);
    for (const statement of parsed.statements) {
      const parts =
        statement.kind === "instruction"
          ? statement.operands
          : statement.kind === "directive"
            ? statement.arguments
            : [];
      for (const { range } of parts) columns(range.start, range.end);
      const [first, last] = [parts[0], parts.at(-1)];
      if (first !== undefined && last !== undefined) columns(first.range.start, last.range.end);
      columns(statement.range.start, statement.range.end);
    }
    columns(parsed.text.length - parsed.text.trimStart().length, parsed.text.trimEnd().length);
    whole(line, line);
  }
  const block = facts.blocks.findLast((one) => line >= one.line && line <= one.lastLine);
  if (block !== undefined) {
    const isLabel = (index: number): boolean => lines[index]?.statements.some(({ kind }) => kind === "label") === true;
    let first = line;
    while (first > block.line && !isLabel(first)) first--;
    let last = line;
    while (last < block.lastLine && !isLabel(last + 1)) last++;
    whole(first, last);
    whole(block.line, block.lastLine);
  }
  whole(0, lines.length - 1);
  return nested(ranges);
}

/** Each range within the next larger one; those that do not contain what is inside are left out, as equals are. */
function nested(ranges: readonly Range[]): SelectionRange {
  const kept: Range[] = [];
  for (const range of ranges) {
    const inner = kept.at(-1);
    if (inner === undefined || (contains(range, inner) && !contains(inner, range))) kept.push(range);
  }
  const empty: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  const [outermost = empty, ...others] = kept.toReversed();
  let selection: SelectionRange = { range: outermost };
  for (const range of others) selection = { range, parent: selection };
  return selection;
}

function contains(outer: Range, inner: Range): boolean {
  const isBefore = (a: Position, b: Position): boolean =>
    a.line < b.line || (a.line === b.line && a.character <= b.character);
  return isBefore(outer.start, inner.start) && isBefore(inner.end, outer.end);
}
