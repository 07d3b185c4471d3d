/** The line of the program that an output comes from, for the link beside it in the Debug Console. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Launched } from "./launched.js";
import type { Session } from "./session.js";
import { sourceToClient } from "./sources.js";
import { isToolchainSource } from "./toolchain-sources.js";

export type OutputOrigin = Required<Pick<DebugProtocol.OutputEvent["body"], "source" | "line" | "column">>;

/** How far below the system call the program's own code is looked for: `printf` is about ten deep, Rust's `println!` more. */
const mostFrames = 40;

/**
 * The innermost frame of whoever writes now whose source is the program's own: neither a library of ours nor one of a
 * compiler. Undefined where there is none: in code without sources, and in other processes of the program.
 */
export function originOfOutput(session: Session, { program, debuggee }: Launched): OutputOrigin | undefined {
  const { conventions } = session;
  for (const { position } of debuggee.systemCallStack(mostFrames)) {
    const index = position && program.sourceNamed(position.path);
    if (position === undefined || index === undefined) continue;
    if (program.source(index)?.isLibrary === true || isToolchainSource(position.path)) continue;
    return {
      source: sourceToClient(session, program, index),
      line: conventions.lineToClient(position.line),
      column: conventions.columnToClient(position.column ?? 1),
    };
  }
  return undefined;
}
