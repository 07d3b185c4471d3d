/** `textDocument/references`: of symbols in all files where they mean the same, macros, their parameters, `1f`. */
import type { Connection, ServerCapabilities } from "vscode-languageserver";
import { isDefinition } from "../project/file-facts.js";
import { namePlaces, toLocation } from "../project/name-places.js";
import type { Project } from "../project/project.js";

export function registerReferences(connection: Connection, project: Project): ServerCapabilities {
  connection.onReferences(async ({ textDocument, position, context }) => {
    await project.index.ready();
    const source = project.sources.get(textDocument.uri);
    const found = source && namePlaces(project, source, position);
    if (found === undefined) return null;
    return found.places
      .filter(({ occurrence }) => {
        if (context.includeDeclaration) return true;
        return !isDefinition(occurrence) && occurrence.role !== "declaration";
      })
      .map(toLocation);
  });
  return { referencesProvider: true };
}
