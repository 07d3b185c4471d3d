/** `workspace/symbol`: functions, data, constants and macros of all files, by a part of their names. */
import { type Connection, type ServerCapabilities, SymbolKind, type WorkspaceSymbol } from "vscode-languageserver";
import type { FileFacts } from "../project/file-facts.js";
import type { Project } from "../project/project.js";

/** More nobody reads; a longer query finds the rest. */
const mostSymbols = 500;

export function registerWorkspaceSymbols(connection: Connection, { index }: Project): ServerCapabilities {
  connection.onWorkspaceSymbol(async ({ query }) => {
    await index.ready();
    const found: WorkspaceSymbol[] = [];
    for (const file of index.all()) {
      for (const symbol of symbolsOf(file)) {
        if (!isMatch(symbol.name, query)) continue;
        found.push(symbol);
        if (found.length >= mostSymbols) return found;
      }
    }
    return found;
  });
  return { workspaceSymbolProvider: true };
}

function symbolsOf({ uri, blocks, macros, occurrences }: FileFacts): WorkspaceSymbol[] {
  const location = (line: number, start: number, end: number) => ({
    uri,
    range: { start: { line, character: start }, end: { line, character: end } },
  });
  return [
    ...blocks.map(({ name, isCode, line, start, end, section }) => ({
      name,
      kind: isCode ? SymbolKind.Function : SymbolKind.Variable,
      containerName: section,
      location: location(line, start, end),
    })),
    ...macros
      .filter(({ name }) => name !== "")
      .map(({ name, line, start, end }) => ({
        name,
        kind: SymbolKind.Operator,
        containerName: "macro",
        location: location(line, start, end),
      })),
    ...occurrences
      .filter(({ kind, role }) => kind === "symbol" && role === "assignment")
      .map(({ name, line, start, end }) => ({ name, kind: SymbolKind.Constant, location: location(line, start, end) })),
  ];
}

/** The letters of the query stand in the name in that order. */
function isMatch(name: string, query: string): boolean {
  let at = 0;
  const text = name.toLowerCase();
  for (const letter of query.toLowerCase()) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
