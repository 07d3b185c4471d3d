/** `textDocument/declaration`: the lines that make a symbol known (`.globl`, `.extern`, …), or else its definition. */
import type { Connection, ServerCapabilities } from "vscode-languageserver";
import { isDefinition } from "../project/file-facts.js";
import { namePlaces, toLocation } from "../project/name-places.js";
import type { Project } from "../project/project.js";

export function registerDeclaration(connection: Connection, project: Project): ServerCapabilities {
  connection.onDeclaration(async ({ textDocument, position }) => {
    await project.index.ready();
    const source = project.sources.get(textDocument.uri);
    const places = source && namePlaces(project, source, position)?.places;
    if (places === undefined) return null;
    const declarations = places.filter(({ occurrence }) => occurrence.role === "declaration");
    const found = declarations.length > 0 ? declarations : places.filter(({ occurrence }) => isDefinition(occurrence));
    return found.length === 0 ? null : found.map(toLocation);
  });
  return { declarationProvider: true };
}
