/** A name that a person points at, and all its places in the project. */
import type { Position, Range } from "vscode-languageserver";
import type { Source } from "../source-store.js";
import type { FileFacts, Occurrence } from "./file-facts.js";
import type { Project } from "./project.js";
import { type PlacedOccurrence, symbolScope, unitFiles } from "./symbol-scope.js";

export interface NamePlaces {
  readonly at: Occurrence;
  /** By files, in the order of their texts. */
  readonly places: readonly PlacedOccurrence[];
  /** Files that define a symbol of the name as well, so that it is not certain which one is meant. */
  readonly rivals: readonly FileFacts[];
}

export const occurrenceRange = ({ line, start, end }: Occurrence): Range => ({
  start: { line, character: start },
  end: { line, character: end },
});

export const toLocation = ({ file, occurrence }: PlacedOccurrence) => ({
  uri: file.uri,
  range: occurrenceRange(occurrence),
});

/** The name at a place; at the end of a word it still counts. */
export function occurrenceAt({ occurrences }: FileFacts, { line, character }: Position): Occurrence | undefined {
  const touching = occurrences.filter((one) => one.line === line && character >= one.start && character <= one.end);
  return touching.find(({ end }) => character < end) ?? touching[0];
}

/** All places of the name at a place of a document, in all files where it means the same. */
export function namePlaces({ index }: Project, { facts }: Source, position: Position): NamePlaces | undefined {
  const at = occurrenceAt(facts, position);
  if (at === undefined) return undefined;
  const within = (files: readonly FileFacts[], test: (one: Occurrence) => boolean): PlacedOccurrence[] =>
    files.flatMap((file) => file.occurrences.filter(test).map((occurrence) => ({ file, occurrence })));
  switch (at.kind) {
    case "symbol": {
      const { files, rivals } = symbolScope(index.all(), facts, at.name);
      const places = files.flatMap((file) =>
        (file.symbols.get(at.name) ?? []).map((occurrence) => ({ file, occurrence })),
      );
      return { at, places, rivals };
    }
    case "macro": {
      const places = within(unitFiles(index.all(), facts), ({ kind, name }) => kind === "macro" && name === at.name);
      return { at, places, rivals: [] };
    }
    case "parameter": {
      const isSame = ({ kind, name, macro }: Occurrence) =>
        kind === "parameter" && name === at.name && macro === at.macro;
      return { at, places: within([facts], isSame), rivals: [] };
    }
    case "numeric": {
      const target = numericDefinition(facts, at);
      const isSame = (one: Occurrence) =>
        one.kind === "numeric" && one.name === at.name && numericDefinition(facts, one) === target;
      return { at, places: target === undefined ? [] : within([facts], isSame), rivals: [] };
    }
  }
}

/** The definition that `1f` or `1b` means; a definition means itself. */
export function numericDefinition({ occurrences }: FileFacts, at: Occurrence): Occurrence | undefined {
  if (at.role === "label") return at;
  const labels = occurrences.filter(
    ({ kind, name, role }) => kind === "numeric" && role === "label" && name === at.name,
  );
  const isBefore = (one: Occurrence): boolean => one.line < at.line || (one.line === at.line && one.start < at.start);
  return at.role === "jump" ? labels.find((one) => !isBefore(one)) : labels.findLast(isBefore);
}
