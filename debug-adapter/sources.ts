/** Sources: what a client calls them, the texts of those that lie in no file, and the list of all. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { baseName } from "../runtime/base/source-path.js";
import type { Program } from "./program.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";
import type { Session } from "./session.js";
import { toClientPath } from "./source-names.js";

export const sourceRequests: Handlers = {
  source(session, args) {
    const { program } = session.requireLaunched();
    const index = args.source === undefined ? undefined : findSource(program, args.source);
    const source = program.source(index ?? args.sourceReference - 1);
    if (source?.text === undefined) throw new RequestError("The program carries no such source.");
    // Without a MIME type the client goes by the name, `.s`, and shows the source in its language.
    return { content: source.text };
  },

  loadedSources(session) {
    return { sources: session.toldSources.list(session) };
  },
};

const described = new WeakMap<Program, Map<number, DebugProtocol.Source>>();

/** A source of the program as the client knows it: by its path, or by a reference when it lies in no file. */
export function sourceToClient(session: Session, program: Program, index: number): DebugProtocol.Source {
  let known = described.get(program);
  if (known === undefined) {
    known = new Map();
    described.set(program, known);
  }
  const found = known.get(index) ?? describe(session, program, index);
  known.set(index, found);
  return found;
}

function describe(session: Session, program: Program, index: number): DebugProtocol.Source {
  const source = program.source(index);
  if (source === undefined) throw new Error(`the program has no source ${index}`);
  const name = baseName(source.path);
  return source.isLibrary
    ? { name, path: source.path, sourceReference: index + 1, origin: "Green Threads library" }
    : { name, path: toClientPath(source.path, session.conventions.pathFormat) };
}

/** The index of the program's source that the client means. */
export function findSource(program: Program, source: DebugProtocol.Source): number | undefined {
  const { path, sourceReference } = source;
  if (path !== undefined) {
    const byPath = program.sourceAt(path);
    if (byPath !== undefined) return byPath;
  }
  const byReference = sourceReference === undefined ? undefined : program.source(sourceReference - 1);
  return byReference?.isLibrary && sourceReference !== undefined ? sourceReference - 1 : undefined;
}
