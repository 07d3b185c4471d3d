/** `textDocument/documentHighlight`: the same name in the document, and a register under all its names. */
import {
  type Connection,
  type DocumentHighlight,
  DocumentHighlightKind,
  type Position,
  type ServerCapabilities,
} from "vscode-languageserver";
import { findRegister } from "../../runtime/asm/analysis.js";
import { isDefinition } from "../project/file-facts.js";
import { namePlaces, occurrenceRange } from "../project/name-places.js";
import type { Project } from "../project/project.js";
import type { Source } from "../source-store.js";
import { lineTokens } from "../syntax/line-tokens.js";

export function registerDocumentHighlights(connection: Connection, project: Project): ServerCapabilities {
  connection.onDocumentHighlight(({ textDocument, position }) => {
    const source = project.sources.get(textDocument.uri);
    if (source === undefined) return null;
    const found = namePlaces(project, source, position);
    if (found === undefined) return registerHighlights(source, position);
    return found.places
      .filter(({ file }) => file === source.facts)
      .map(({ occurrence }) => ({
        range: occurrenceRange(occurrence),
        kind: isDefinition(occurrence) ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
      }));
  });
  return { documentHighlightProvider: true };
}

/** Within the function around, or the document when there is none. */
function registerHighlights({ lines, facts }: Source, { line, character }: Position): DocumentHighlight[] | null {
  const pointed = lines[line];
  const token = pointed && lineTokens(pointed).find(({ start, end }) => character >= start && character <= end);
  const family = token?.kind === "register" ? familyOf(token.text) : undefined;
  if (family === undefined) return null;
  const block = facts.blocks.find((one) => one.isCode && line >= one.line && line <= one.lastLine);
  const first = block?.line ?? 0;
  return lines.slice(first, (block?.lastLine ?? lines.length) + 1).flatMap((parsed, index) =>
    lineTokens(parsed)
      .filter(({ kind, text }) => kind === "register" && familyOf(text) === family)
      .map(({ start, end }) => ({
        range: { start: { line: first + index, character: start }, end: { line: first + index, character: end } },
        kind: DocumentHighlightKind.Text,
      })),
  );
}

/** `al`, `ax`, `eax` and `rax` are one register. */
function familyOf(text: string): string | undefined {
  const register = findRegister(text.replace(/^%/, "").toLowerCase());
  if (register === undefined) return undefined;
  const { name } = register;
  const legacy = /^[re]?([abcd])x$|^([abcd])[lh]$/.exec(name);
  if (legacy !== null) return `${legacy[1] ?? legacy[2]}x`;
  const pointer = /^[re]?(si|di|bp|sp|ip)l?$/.exec(name);
  if (pointer?.[1] !== undefined) return pointer[1];
  const numbered = /^r(\d+)[dwb]?$/.exec(name);
  if (numbered !== null) return `r${numbered[1]}`;
  const vector = /^[xyz]mm(\d+)$/.exec(name);
  return vector === null ? name : `vector ${vector[1]}`;
}
