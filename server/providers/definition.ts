/** `textDocument/definition`: labels, constants, macros, included files, and the symbols of the guest library. */
import type { Connection, Definition, Location, Position, ServerCapabilities } from "vscode-languageserver";
import type { Analysis } from "../../runtime/asm/analysis.js";
import { librarySymbol } from "../guest-library.js";
import type { Project } from "../project/project.js";
import { toRange } from "../ranges.js";
import { includedUri, type Source } from "../source-store.js";
import { macroDefinition, thingAt } from "../syntax-queries.js";

export function registerDefinition(connection: Connection, { sources }: Project): ServerCapabilities {
  connection.onDefinition(({ textDocument, position }) => {
    const source = sources.get(textDocument.uri);
    return source === undefined ? null : findDefinition(source, position);
  });
  return { definitionProvider: true };
}

function findDefinition({ analysis, document }: Source, position: Position): Definition | null {
  const thing = thingAt(analysis, position)?.thing;
  switch (thing?.kind) {
    case "symbol":
      return definitionsOf(thing.name, analysis);
    case "instruction": {
      const range = macroDefinition(analysis, thing.name);
      return range === undefined ? null : { uri: document.uri, range };
    }
    case "localLabel": {
      const range = localLabel(analysis, thing.label, thing.direction, position.line);
      return range === undefined ? null : { uri: document.uri, range };
    }
    case "include": {
      const start = { line: 0, character: 0 };
      return { uri: includedUri(thing.target, document.uri), range: { start, end: start } };
    }
    case "directive":
    case "register":
    case "number":
    case undefined:
      return null;
  }
}

function definitionsOf(name: string, analysis: Analysis): Location[] | null {
  const own = analysis.symbols.filter((symbol) => symbol.name === name);
  if (own.length > 0) return own.map(({ span }) => ({ uri: span.path, range: toRange(span) }));
  const library = librarySymbol(name);
  if (library !== undefined) return [{ uri: library.member.path, range: toRange(library.definition.span) }];
  return null;
}

/** The nearest `label:` in that direction; a label on the line itself is behind what stands on it. */
function localLabel({ lines }: Analysis, label: string, direction: "f" | "b", from: number) {
  const step = direction === "f" ? 1 : -1;
  for (let line = direction === "f" ? from + 1 : from; line >= 0 && line < lines.length; line += step) {
    for (const statement of lines[line]?.statements ?? []) {
      if (statement.kind !== "label" || !statement.isNumeric || statement.name !== label) continue;
      const { start } = statement.range;
      return { start: { line, character: start }, end: { line, character: start + label.length } };
    }
  }
  return undefined;
}
