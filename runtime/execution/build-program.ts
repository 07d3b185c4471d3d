import { type AssembleOptions, type AssemblySource, assemble, type ObjectFile } from "../asm/assembler.js";
import { codePlacesOf } from "../base/code-places.js";
import type { ProgramImage, ProgramSymbol } from "../base/program-image.js";
import { fail, ok, type Result } from "../base/result.js";
import { type Diagnostic, type SourcePath, type SourceSpan, wholeFile } from "../base/source.js";
import { guestLibrary } from "../guest/library.js";
import { type LinkedImage, link } from "../link/link.js";
import { readObject } from "../link/read-object.js";
import { demangle } from "../object/demangle/demangle.js";
import { ElfCallFrames } from "../object/elf-call-frames.js";
import { ElfCodePlaces } from "../object/elf-code-places.js";
import { LinkedCodePlaces } from "../object/linked-code-places.js";
import { ObjectFile as ElfObject } from "../object/object-file.js";

export interface BuildOptions {
  /** As `AssembleOptions.readInclude`; `source` is the one that is assembled. */
  readonly readInclude?: (
    target: string,
    from: SourcePath,
    source: SourcePath,
  ) => ReturnType<NonNullable<AssembleOptions["readInclude"]>>;
  /** Is told what deserves attention and does not stand in the way of a program. */
  readonly warn?: (diagnostic: Diagnostic) => void;
}

/** What a program is made of: the text of an assembly source, or the bytes of a relocatable ELF object. */
export type ProgramPart = AssemblySource | { readonly path: SourcePath; readonly bytes: Uint8Array };

/**
 * Assembles sources, each by itself with what it includes, and links them and objects with the guest library: from
 * texts to a program that can be loaded. Fails with everything that is wrong in them.
 */
export function buildProgram(
  parts: ProgramPart | readonly ProgramPart[],
  options: BuildOptions = {},
): Result<ProgramImage, Diagnostic[]> {
  const diagnostics: Diagnostic[] = [];
  const objects = (Array.isArray(parts) ? (parts as readonly ProgramPart[]) : [parts as ProgramPart]).flatMap(
    (part) => {
      const object = "text" in part ? assembled(part, options, diagnostics) : read(part, diagnostics);
      return object === undefined ? [] : [object];
    },
  );
  if (diagnostics.some(({ severity }) => severity === "error")) return fail(diagnostics);
  const linked = link(objects, { libraries: guestLibraryObjects(), sourceOf });
  if (!linked.ok) return fail([...diagnostics, ...linked.error]);
  for (const diagnostic of diagnostics) options.warn?.(diagnostic);
  return ok(withDebugInformation(linked.value));
}

function assembled(source: AssemblySource, options: BuildOptions, diagnostics: Diagnostic[]): ObjectFile | undefined {
  const outcome = assemble(source, {
    readInclude: (target, from) => options.readInclude?.(target, from, source.path),
  });
  diagnostics.push(...outcome.diagnostics);
  return outcome.object;
}

function read(part: Exclude<ProgramPart, AssemblySource>, diagnostics: Diagnostic[]): ObjectFile | undefined {
  const object = readObject(part.path, part.bytes);
  if (object.ok) return object.value;
  diagnostics.push({ severity: "error", message: object.error, span: wholeFile(part.path) });
  return undefined;
}

/** The line that an address comes from, in the debug information of a linked file. */
function sourceOf(address: number, linked: () => Uint8Array): SourceSpan | undefined {
  const line = new ElfCodePlaces(() => new ElfObject(linked()), 0).lineAt(address);
  return line && { path: line.path, line: line.line, column: line.column ?? 1, endColumn: (line.column ?? 1) + 1 };
}

/** What objects tell of their sources and their stacks, beside the lines of assembly. */
function withDebugInformation({ elfFile, ...image }: LinkedImage): ProgramImage {
  if (elfFile === undefined) return image;
  let opened: ElfObject | undefined;
  const object = (): ElfObject => {
    opened ??= new ElfObject(elfFile());
    return opened;
  };
  return {
    ...image,
    symbols: image.symbols.map(withReadableName),
    places: new LinkedCodePlaces(codePlacesOf(image), new ElfCodePlaces(object, 0)),
    callFrames: new ElfCallFrames(object, 0),
  };
}

function withReadableName(symbol: ProgramSymbol): ProgramSymbol {
  const readableName = demangle(symbol.name);
  return readableName === undefined ? symbol : { ...symbol, readableName };
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
