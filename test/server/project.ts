/** A workspace for tests: files by name, some of them open; places are marked by words. */
import { place, Session, type SessionOptions } from "./session.js";

export const folder = "file:///home/ada/project";
export const uriOf = (name: string): string => `${folder}/${name}`;

/** A session whose client has these files, in one workspace folder; `open` are open in the editor. */
export async function openProject(
  files: Readonly<Record<string, string>>,
  open: readonly string[],
  options: SessionOptions = {},
): Promise<Session> {
  const byUri = Object.fromEntries(Object.entries(files).map(([name, text]) => [uriOf(name), text]));
  const session = await Session.inProcess(byUri, {}, { workspaceFolders: [folder], ...options }, (connection) => {
    connection.onRequest("green-threads/findFiles", () => Object.keys(byUri));
  });
  for (const name of open) await session.open(uriOf(name), files[name] ?? "");
  return session;
}

/** The request parameters of the first place of `word`, some columns further. */
export function at(files: Readonly<Record<string, string>>, name: string, word: string, shift = 0) {
  const { line, character } = place(files[name] ?? "", word);
  return { textDocument: { uri: uriOf(name) }, position: { line, character: character + shift } };
}

/** `main.s:4:8` (from 1), for comparison. */
export function describePlace({ uri, range }: { uri: string; range: { start: { line: number; character: number } } }) {
  return `${uri.slice(folder.length + 1)}:${range.start.line + 1}:${range.start.character + 1}`;
}
