/** From the path of a program to its image: reads the files, assembles and links. */

import type { ProgramImage } from "../runtime/base/program-image.js";
import { fail, type Result } from "../runtime/base/result.js";
import type { Diagnostic, SourcePath } from "../runtime/base/source.js";
import { baseName, directoryName, joinPath } from "../runtime/base/source-path.js";
import { assembler, readExecutable } from "../runtime/debuggee.js";
import type { HostFiles } from "./host-files.js";

type AssemblySource = Parameters<Awaited<ReturnType<typeof assembler>>["buildProgram"]>[0];

export interface LoadFailure {
  /** One sentence for the user. */
  readonly message: string;
  /** What is wrong in the sources, when that is it. */
  readonly diagnostics: readonly Diagnostic[];
}

const elfMagic = [0x7f, 0x45, 0x4c, 0x46];

/**
 * The program at `path`: an assembly source, assembled and linked with the guest library, or an ELF executable. `warn`
 * is told what deserves attention in a program that can be loaded.
 */
export async function loadProgram(
  files: HostFiles,
  path: SourcePath,
  warn: (diagnostic: Diagnostic) => void,
): Promise<Result<ProgramImage, LoadFailure>> {
  const bytes = await files.read(path);
  if (!bytes.ok) {
    return fail({ message: `The program "${path}" cannot be read: ${bytes.error}.`, diagnostics: [] });
  }
  if (elfMagic.every((byte, index) => bytes.value[index] === byte)) {
    const image = readExecutable(bytes.value);
    return image.ok ? image : fail({ message: image.error, diagnostics: [] });
  }
  if (bytes.value.includes(0)) {
    return fail({
      message: `The program "${path}" is neither assembly source nor an ELF executable: it holds bytes that are no text.`,
      diagnostics: [],
    });
  }
  return assemble(files, { path, text: new TextDecoder().decode(bytes.value) }, warn);
}

/** An `.include` that misses is fetched and the program assembled again, so that reading may take its time. */
async function assemble(
  files: HostFiles,
  source: AssemblySource,
  warn: (diagnostic: Diagnostic) => void,
): Promise<Result<ProgramImage, LoadFailure>> {
  const { buildProgram } = await assembler();
  const included = new Map<SourcePath, AssemblySource | undefined>();
  for (;;) {
    const missing = new Set<SourcePath>();
    const warnings: Diagnostic[] = [];
    const built = buildProgram(source, {
      warn: (diagnostic) => warnings.push(diagnostic),
      readInclude(target, from) {
        for (const candidate of includeCandidates(target, from, source.path)) {
          if (!included.has(candidate)) missing.add(candidate);
          const found = included.get(candidate);
          if (found !== undefined) return found;
        }
        return undefined;
      },
    });
    if (missing.size === 0) {
      if (!built.ok) return fail(describeDiagnostics(built.error));
      for (const warning of warnings) warn(warning);
      return built;
    }
    for (const path of missing) {
      const bytes = await files.read(path);
      included.set(path, bytes.ok ? { path, text: new TextDecoder().decode(bytes.value) } : undefined);
    }
  }
}

/** Where an included file may lie: beside the file that includes it, or beside the program. */
function includeCandidates(target: string, from: SourcePath, program: SourcePath): Set<SourcePath> {
  return new Set([from, program].map((path) => joinPath(directoryName(path), target)));
}

function describeDiagnostics(diagnostics: readonly Diagnostic[]): LoadFailure {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const [first] = errors;
  const more = errors.length - 1;
  const others = more === 0 ? "" : ` (and ${more} more ${more === 1 ? "error" : "errors"}: see the Debug Console)`;
  return {
    message: first === undefined ? "The program cannot be built." : `${describeDiagnostic(first)}${others}`,
    diagnostics,
  };
}

/** `hello.s:12:9: …`, as compilers say it. */
export function describeDiagnostic({ message, span }: Diagnostic): string {
  return `${baseName(span.path)}:${span.line}:${span.column}: ${message}`;
}
