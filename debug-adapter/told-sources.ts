/** The sources that the client has been told of: it hears when a restart, or the launch, makes them others. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Program } from "./program.js";
import type { Session } from "./session.js";
import { sourceToClient } from "./sources.js";

export class ToldSources {
  /** By path; undefined while the client has not asked, and need not be told. */
  #told: ReadonlyMap<string, DebugProtocol.Source> | undefined;
  #program: Program | undefined;

  /** The answer to `loadedSources`. Before a program is there, there are none. */
  list(session: Session): DebugProtocol.Source[] {
    this.#program = session.launched?.program;
    this.#told = sourcesOf(session, this.#program);
    return [...this.#told.values()];
  }

  /** To be called when the client has been told why the program stopped: reading all that a program is of takes time. */
  update(session: Session): void {
    const before = this.#told;
    const program = session.launched?.program;
    if (before === undefined || program === undefined || program === this.#program) return;
    this.#program = program;
    const now = sourcesOf(session, program);
    this.#told = now;
    for (const [path, source] of before) {
      if (!now.has(path)) session.emitEvent("loadedSource", { reason: "removed", source });
    }
    for (const [path, source] of now) {
      if (!before.has(path)) session.emitEvent("loadedSource", { reason: "new", source });
    }
  }
}

function sourcesOf(session: Session, program: Program | undefined): Map<string, DebugProtocol.Source> {
  const sources = program?.sources.map((_, index) => sourceToClient(session, program, index)) ?? [];
  return new Map(sources.map((source) => [source.path ?? "", source]));
}
