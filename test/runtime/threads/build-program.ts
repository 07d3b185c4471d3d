import { assemble, type ObjectFile } from "../../../runtime/asm/assembler.js";
import type { ProgramImage } from "../../../runtime/base/program-image.js";
import type { Diagnostic } from "../../../runtime/base/source.js";
import { guestLibrary } from "../../../runtime/guest/library.js";
import { link } from "../../../runtime/link/link.js";

let library: readonly ObjectFile[] | undefined;

/** Assembles a program and links it with the guest library; throws what the assembler or linker says. */
export function buildProgram(text: string): ProgramImage {
  library ??= guestLibrary.map(({ path, text }) => object(path, text));
  const linked = link([object("program.s", text)], { libraries: library });
  if (!linked.ok) throw new Error(inWords(linked.error));
  return linked.value;
}

function object(path: string, text: string): ObjectFile {
  const outcome = assemble({ path, text });
  if (!outcome.object) throw new Error(inWords(outcome.diagnostics));
  return outcome.object;
}

function inWords(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(({ message, span }) => `${span.path}:${span.line}:${span.column}: ${message}`).join("\n");
}
