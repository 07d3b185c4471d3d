/** `textDocument/documentSymbol`: functions with the labels inside them, data, constants and macros. */
import {
  type Connection,
  type DocumentSymbol,
  type Range,
  type ServerCapabilities,
  SymbolKind,
} from "vscode-languageserver";
import type { Analysis, ParsedLine, SymbolDefinition } from "../../runtime/asm/analysis.js";
import type { Project } from "../project/project.js";
import { toRange } from "../ranges.js";

export function registerDocumentSymbols(connection: Connection, { sources }: Project): ServerCapabilities {
  connection.onDocumentSymbol(({ textDocument }) => {
    const source = sources.get(textDocument.uri);
    return source === undefined ? null : outline(source.analysis, textDocument.uri);
  });
  return { documentSymbolProvider: true };
}

/** The symbols of a document as a tree, in the order of the text. */
function outline({ symbols, lines }: Analysis, uri: string): DocumentSymbol[] {
  const own = symbols.filter(({ span }) => span.path === uri);
  const roots = own.filter((symbol) => !isInner(symbol));
  const tree: DocumentSymbol[] = [];
  let container: DocumentSymbol | undefined;
  for (const symbol of own) {
    const selectionRange = toRange(symbol.span);
    if (isInner(symbol)) {
      const range = lineRange(lines, selectionRange.start.line, selectionRange.start.line);
      const label = { name: symbol.name, kind: SymbolKind.Key, range, selectionRange };
      if (container === undefined || selectionRange.start.line > container.range.end.line) tree.push(label);
      else container.children?.push(label);
      continue;
    }
    const kind = kindOf(symbol);
    const isContainer = kind === SymbolKind.Function;
    const last = isContainer || kind === SymbolKind.Variable ? lastLine(lines, symbol, roots) : symbol.span.line - 1;
    const entry: DocumentSymbol = {
      name: symbol.name,
      detail: detailOf(symbol),
      kind,
      range: lineRange(lines, symbol.span.line - 1, last),
      selectionRange,
      children: isContainer ? [] : undefined,
    };
    tree.push(entry);
    if (symbol.kind !== "constant") container = isContainer ? entry : undefined;
  }
  return [...tree, ...macros(lines)].sort((a, b) => a.range.start.line - b.range.start.line);
}

/** Labels of a function's own. */
function isInner({ name, kind }: SymbolDefinition): boolean {
  return kind === "label" && name.startsWith(".L");
}

function kindOf({ kind, section }: SymbolDefinition): SymbolKind {
  switch (kind) {
    case "function":
      return SymbolKind.Function;
    case "constant":
      return SymbolKind.Constant;
    case "object":
    case "common":
      return SymbolKind.Variable;
    case "label":
      return section?.startsWith(".text") ? SymbolKind.Function : SymbolKind.Variable;
  }
}

function detailOf({ kind, binding, section, value }: SymbolDefinition): string {
  if (kind === "constant") return value === undefined ? "" : String(value);
  return [binding === "local" ? "" : binding, section ?? ""].filter((part) => part !== "").join(" ");
}

/** Up to its `.size`, the next symbol, or another section, whichever is first; without blank lines and comments. */
function lastLine(lines: readonly ParsedLine[], symbol: SymbolDefinition, roots: readonly SymbolDefinition[]): number {
  const first = symbol.span.line - 1;
  const next = roots.find(({ span, kind }) => span.line - 1 > first && kind !== "constant");
  const limit = next === undefined ? lines.length : next.span.line - 1;
  let last = first;
  for (let line = first + 1; line < limit; line++) {
    for (const statement of lines[line]?.statements ?? []) {
      if (statement.kind === "directive") {
        if (statement.name.text === ".size") return line;
        if (endsData.has(statement.name.text)) return last;
      }
      last = line;
    }
  }
  return last;
}

const endsData = new Set(
  ".text .data .bss .section .pushsection .popsection .previous .globl .global .type .balign .align .p2align .macro .end".split(
    " ",
  ),
);

function macros(lines: readonly ParsedLine[]): DocumentSymbol[] {
  const found: DocumentSymbol[] = [];
  for (const [line, { statements, text }] of lines.entries()) {
    for (const statement of statements) {
      if (statement.kind !== "directive" || statement.name.text !== ".macro") continue;
      const { start } = statement.rest;
      const name = /^[\w.$]+/.exec(text.slice(start))?.[0];
      if (name === undefined) continue;
      const end = lines.findIndex(
        (other, index) =>
          index > line &&
          other.statements.some((s) => s.kind === "directive" && /^\.endmacro$|^\.endm$/.test(s.name.text)),
      );
      found.push({
        name,
        detail: "macro",
        kind: SymbolKind.Operator,
        range: lineRange(lines, line, end < 0 ? line : end),
        selectionRange: { start: { line, character: start }, end: { line, character: start + name.length } },
      });
    }
  }
  return found;
}

function lineRange(lines: readonly ParsedLine[], first: number, last: number): Range {
  return { start: { line: first, character: 0 }, end: { line: last, character: lines[last]?.text.length ?? 0 } };
}
