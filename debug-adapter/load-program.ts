/** From the path of a program to its image: reads the files, assembles and links. */

import type { ProgramImage } from "../runtime/base/program-image.js";
import { fail, type Result } from "../runtime/base/result.js";
import { type Diagnostic, describeSpan, type SourcePath } from "../runtime/base/source.js";
import { baseName, directoryName, joinPath } from "../runtime/base/source-path.js";
import { assembler, readExecutable } from "../runtime/debuggee.js";
import type { HostFiles } from "./host-files.js";

type ProgramPart = Exclude<Parameters<Awaited<ReturnType<typeof assembler>>["buildProgram"]>[0], readonly unknown[]>;
type AssemblySource = Extract<ProgramPart, { readonly text: string }>;

export interface LoadFailure {
  /** One sentence for the user. */
  readonly message: string;
  /** What is wrong in the sources, when that is it. */
  readonly diagnostics: readonly Diagnostic[];
}

const elfMagic = [0x7f, 0x45, 0x4c, 0x46];
/** `e_type` of an ELF file that is to be linked. */
const relocatable = 1;

/**
 * The program in the files at `paths`: assembly sources and relocatable objects, which are assembled and linked with
 * the guest library, or one ELF executable. `warn` is told what deserves attention in a program that can be loaded.
 */
export async function loadProgram(
  files: HostFiles,
  paths: readonly SourcePath[],
  warn: (diagnostic: Diagnostic) => void,
): Promise<Result<ProgramImage, LoadFailure>> {
  const parts: ProgramPart[] = [];
  for (const path of paths) {
    const bytes = await files.read(path);
    if (!bytes.ok) return refuse(`The program "${path}" cannot be read: ${bytes.error}.`);
    const isElf = elfMagic.every((byte, index) => bytes.value[index] === byte);
    if (isElf && bytes.value[16] !== relocatable) {
      if (paths.length > 1) {
        return refuse(
          `"${path}" is linked already, so nothing can be linked to it. Give it alone as "program", or leave it out.`,
        );
      }
      const image = readExecutable(bytes.value);
      return image.ok ? image : refuse(image.error);
    }
    if (isElf) parts.push({ path, bytes: bytes.value });
    else if (isArchive(bytes.value)) {
      return refuse(
        `"${path}" is an archive of objects. Take out those that are needed (ar x), and name them instead.`,
      );
    } else if (bytes.value.includes(0)) {
      return refuse(
        `The program "${path}" is neither assembly source nor an ELF file: it holds bytes that are no text.`,
      );
    } else parts.push({ path, text: new TextDecoder().decode(bytes.value) });
  }
  return build(files, parts, warn);
}

function refuse(message: string): Result<never, LoadFailure> {
  return fail({ message, diagnostics: [] });
}

function isArchive(bytes: Uint8Array): boolean {
  return [..."!<arch>\n"].every((letter, index) => bytes[index] === letter.charCodeAt(0));
}

/** An `.include` that misses is fetched and the program built again, so that reading may take its time. */
async function build(
  files: HostFiles,
  parts: readonly ProgramPart[],
  warn: (diagnostic: Diagnostic) => void,
): Promise<Result<ProgramImage, LoadFailure>> {
  const { buildProgram } = await assembler();
  const included = new Map<SourcePath, AssemblySource | undefined>();
  for (;;) {
    const missing = new Set<SourcePath>();
    const warnings: Diagnostic[] = [];
    const built = buildProgram(parts, {
      warn: (diagnostic) => warnings.push(diagnostic),
      readInclude(target, from, source) {
        for (const candidate of includeCandidates(target, from, source)) {
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

/** Where an included file may lie: beside the file that includes it, or beside the source that is assembled. */
function includeCandidates(target: string, from: SourcePath, source: SourcePath): Set<SourcePath> {
  return new Set([from, source].map((path) => joinPath(directoryName(path), target)));
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
  return `${describeSpan({ ...span, path: baseName(span.path) })}: ${message}`;
}
