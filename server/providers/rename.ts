/** `textDocument/rename` and `prepareRename`: labels, constants, macros and their parameters, in all their files. */

import type { Position } from "vscode-languageserver";
import {
  type Connection,
  ErrorCodes,
  type Range,
  ResponseError,
  type ServerCapabilities,
  type TextDocumentEdit,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver";
import { findRegister } from "../../runtime/asm/analysis.js";
import { baseName } from "../../runtime/base/source-path.js";
import { librarySymbol } from "../guest-library.js";
import { isDefinition, isInstruction } from "../project/file-facts.js";
import { type NamePlaces, namePlaces, occurrenceRange } from "../project/name-places.js";
import type { Project } from "../project/project.js";
import { symbolScope, unitFiles } from "../project/symbol-scope.js";
import type { Source } from "../source-store.js";
import { lineTokens } from "../syntax/line-tokens.js";

export function registerRename(connection: Connection, project: Project): ServerCapabilities {
  connection.onPrepareRename(async ({ textDocument, position }) => {
    await project.index.ready();
    const source = project.sources.get(textDocument.uri);
    const found = source && renamable(project, source, position);
    if (found === undefined) return null;
    if (found instanceof ResponseError) return found;
    const range: Range = occurrenceRange(found.at);
    return { range, placeholder: source?.document.getText(range) ?? found.at.name };
  });
  connection.onRenameRequest(async ({ textDocument, position, newName }) => {
    await project.index.ready();
    const source = project.sources.get(textDocument.uri);
    const found = source && renamable(project, source, position);
    if (source === undefined || found === undefined) return null;
    if (found instanceof ResponseError) return found;
    const obstacle = newNameObstacle(project, source, found, newName);
    return obstacle === undefined ? edits(project, found, newName) : refused(obstacle);
  });
  return { renameProvider: { prepareProvider: true } };
}

const refused = (message: string): ResponseError<void> => new ResponseError(ErrorCodes.InvalidRequest, message);

/** What is to be renamed, or why it cannot be; undefined where nothing has a name. */
function renamable(project: Project, source: Source, position: Position): NamePlaces | ResponseError<void> | undefined {
  const found = namePlaces(project, source, position);
  if (found === undefined) {
    const line = source.lines[position.line];
    const token =
      line && lineTokens(line).find((one) => position.character >= one.start && position.character <= one.end);
    if (token?.kind === "register") return refused("A register has its name from the processor.");
    if (token?.kind === "mnemonic") return refused("An instruction has its name from the processor.");
    if (token?.kind === "template") {
      return refused("This name is put together when a macro is expanded, so it cannot be renamed here.");
    }
    return undefined;
  }
  const { at, places, rivals } = found;
  if (at.kind === "numeric") {
    return refused("A numeric label is found by its direction (1f, 1b), not by its name. Give it a name by hand.");
  }
  if (!places.some(({ occurrence }) => isDefinition(occurrence))) {
    if (at.kind === "symbol" && librarySymbol(at.name) !== undefined) {
      return refused(`\`${at.name}\` belongs to the guest library, which cannot be changed.`);
    }
    const made = source.analysis.symbols.find(({ name }) => name === at.name);
    if (made !== undefined) {
      return refused(`\`${at.name}\` is made by a macro in line ${made.span.line}. Rename it there by hand.`);
    }
    return refused(`\`${at.name}\` is defined in no file of this workspace.`);
  }
  if (rivals.length > 0) {
    const files = rivals.map(({ uri }) => baseName(uri)).join(", ");
    return refused(`\`${at.name}\` is defined in ${files} as well, and which of them is meant cannot be told.`);
  }
  return found;
}

/** Why the new name cannot be had. */
function newNameObstacle(
  project: Project,
  source: Source,
  { at, places }: NamePlaces,
  name: string,
): string | undefined {
  if (!/^[A-Za-z_.$\u0080-\uffff][\w.$\u0080-\uffff]*$/.test(name) || name === ".") {
    return `\`${name}\` is no name: letters, digits, "_", "." and "$" may stand in one, and no digit at its beginning.`;
  }
  if (name === at.name) return undefined;
  switch (at.kind) {
    case "symbol": {
      if (findRegister(name.toLowerCase()) !== undefined) return `\`${name}\` is a register.`;
      const all = project.index.all();
      const concerned = new Set(places.map(({ file }) => file));
      const taken = [...concerned]
        .flatMap((file) => symbolScope(all, file, name).files)
        .find((file) => file.symbols.get(name)?.some(isDefinition));
      if (taken !== undefined) return `\`${name}\` is defined in ${baseName(taken.uri)} already.`;
      return librarySymbol(name) === undefined ? undefined : `\`${name}\` is a symbol of the guest library.`;
    }
    case "macro": {
      const key = name.toLowerCase();
      if (isInstruction(key)) return `\`${name}\` is an instruction.`;
      const unit = unitFiles(project.index.all(), source.facts);
      const taken = unit.some(({ macros }) => macros.some((macro) => macro.name.toLowerCase() === key));
      return taken ? `There is a macro \`${name}\` already.` : undefined;
    }
    case "parameter": {
      const parameters = source.facts.macros[at.macro ?? -1]?.parameters ?? [];
      return parameters.includes(name) ? `The macro has a parameter \`${name}\` already.` : undefined;
    }
    case "numeric":
      return undefined;
  }
}

function edits({ sources, client }: Project, { places }: NamePlaces, newText: string): WorkspaceEdit {
  const byFile = new Map<string, TextEdit[]>();
  for (const { file, occurrence } of places) {
    const edit = { range: occurrenceRange(occurrence), newText };
    const list = byFile.get(file.uri);
    if (list === undefined) byFile.set(file.uri, [edit]);
    else list.push(edit);
  }
  if (!client.takesDocumentChanges) return { changes: Object.fromEntries(byFile) };
  const documentChanges = [...byFile].map(
    ([uri, list]): TextDocumentEdit => ({
      textDocument: { uri, version: sources.get(uri)?.document.version ?? null },
      edits: list,
    }),
  );
  return { documentChanges };
}
