/** `textDocument/linkedEditingRange`: a local label (`.L…`) with its uses, a macro's parameter with its uses. */
import type { Connection, ServerCapabilities } from "vscode-languageserver";
import { namePlaces, occurrenceRange } from "../project/name-places.js";
import type { Project } from "../project/project.js";

export function registerLinkedEditing(connection: Connection, project: Project): ServerCapabilities {
  connection.languages.onLinkedEditingRange(({ textDocument, position }) => {
    const source = project.sources.get(textDocument.uri);
    const found = source && namePlaces(project, source, position);
    if (source === undefined || found === undefined || found.places.length < 2) return null;
    const { at, places } = found;
    // What other files see is renamed, not edited in passing.
    if (at.kind !== "parameter" && !(at.kind === "symbol" && at.name.startsWith(".L"))) return null;
    if (places.some(({ file }) => file !== source.facts)) return null;
    const block = source.facts.blocks.find(({ line, lastLine }) => at.line >= line && at.line <= lastLine);
    const isNear = places.every(({ occurrence: { line } }) => {
      return block === undefined || (line >= block.line && line <= block.lastLine);
    });
    if (at.kind === "symbol" && !isNear) return null;
    const wordPattern = "[A-Za-z_.$\\u0080-\\uffff][\\w.$\\u0080-\\uffff]*";
    return { ranges: places.map(({ occurrence }) => occurrenceRange(occurrence)), wordPattern };
  });
  return { linkedEditingRangeProvider: true };
}
