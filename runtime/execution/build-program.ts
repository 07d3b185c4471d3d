import { type AssembleOptions, type AssemblySource, assemble, type ObjectFile } from "../asm/assembler.js";
import { link } from "../asm/link.js";
import type { ProgramImage } from "../base/program-image.js";
import { fail, type Result } from "../base/result.js";
import type { Diagnostic } from "../base/source.js";
import { guestLibrary } from "../guest/library.js";

export interface BuildOptions extends AssembleOptions {
  /** Is told what deserves attention and does not stand in the way of a program. */
  readonly warn?: (diagnostic: Diagnostic) => void;
}

/**
 * Assembles a source and what it includes, and links it with the guest library: from a text to a program that can be
 * loaded. Fails with everything that is wrong in the sources.
 */
export function buildProgram(source: AssemblySource, options: BuildOptions = {}): Result<ProgramImage, Diagnostic[]> {
  const assembled = assemble(source, options);
  if (assembled.object === undefined) return fail([...assembled.diagnostics]);
  const linked = link([assembled.object], { libraries: guestLibraryObjects() });
  if (!linked.ok) return fail([...assembled.diagnostics, ...linked.error]);
  for (const diagnostic of assembled.diagnostics) options.warn?.(diagnostic);
  return linked;
}

let library: readonly ObjectFile[] | undefined;

/** The members of the guest library, assembled when they are first needed. */
function guestLibraryObjects(): readonly ObjectFile[] {
  library ??= guestLibrary.map((member) => {
    const { object, diagnostics } = assemble(member);
    if (object === undefined) {
      const [first] = diagnostics;
      throw new Error(`The guest library does not assemble: ${member.path}:${first?.span.line}: ${first?.message}`);
    }
    return object;
  });
  return library;
}
