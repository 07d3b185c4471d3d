/** `textDocument/definition`: labels, constants, macros, included files, and the symbols of the guest library. */
import type { Connection, Definition, Location, Position, ServerCapabilities } from "vscode-languageserver";
import { librarySymbol } from "../guest-library.js";
import { isDefinition } from "../project/file-facts.js";
import { namePlaces, numericDefinition, occurrenceRange, toLocation } from "../project/name-places.js";
import type { Project } from "../project/project.js";
import { toRange } from "../ranges.js";
import { includedUri, type Source } from "../source-store.js";

export function registerDefinition(connection: Connection, project: Project): ServerCapabilities {
  connection.onDefinition(async ({ textDocument, position }) => {
    await project.index.ready();
    const source = project.sources.get(textDocument.uri);
    return source === undefined ? null : findDefinition(project, source, position);
  });
  return { definitionProvider: true };
}

function findDefinition(project: Project, source: Source, position: Position): Definition | null {
  const { facts, document } = source;
  const { line, character } = position;
  const include = facts.includes.find((one) => one.line === line && character >= one.start && character <= one.end);
  if (include !== undefined) {
    const start = { line: 0, character: 0 };
    return { uri: includedUri(include.target, document.uri), range: { start, end: start } };
  }
  const found = namePlaces(project, source, position);
  if (found === undefined) return null;
  const { at, places } = found;
  if (at.kind === "numeric") {
    const target = numericDefinition(facts, at);
    return target === undefined ? null : { uri: document.uri, range: occurrenceRange(target) };
  }
  const definitions = places.filter(({ occurrence }) => isDefinition(occurrence)).map(toLocation);
  if (definitions.length > 0) return definitions;
  return at.kind === "symbol" ? madeElsewhere(source, at.name) : null;
}

/** What a macro makes, what stands in a file outside the workspace, and the guest library. */
function madeElsewhere({ analysis }: Source, name: string): Location[] | null {
  const made = analysis.symbols.filter((symbol) => symbol.name === name);
  if (made.length > 0) return made.map(({ span }) => ({ uri: span.path, range: toRange(span) }));
  const library = librarySymbol(name);
  return library === undefined ? null : [{ uri: library.member.path, range: toRange(library.definition.span) }];
}
