/** `textDocument/documentLink`: the files that `.include`, `.incbin` and `#include` name. */
import type { Connection, ServerCapabilities } from "vscode-languageserver";
import type { Project } from "../project/project.js";
import { includedUri } from "../source-store.js";

export function registerDocumentLinks(connection: Connection, { sources }: Project): ServerCapabilities {
  connection.onDocumentLinks(({ textDocument }) => {
    const source = sources.get(textDocument.uri);
    if (source === undefined) return null;
    return source.facts.includes.map(({ target, line, start, end }) => ({
      range: { start: { line, character: start }, end: { line, character: end } },
      target: includedUri(target, textDocument.uri),
    }));
  });
  return { documentLinkProvider: {} };
}
