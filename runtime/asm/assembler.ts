/**
 * The GNU-as-compatible assembler: text in, a relocatable object with line table and symbols out, with every mistake
 * of the text named by line and column. `runtime/link` makes a program of objects.
 */
import type { LineRow } from "../base/program-image.js";
import type { Diagnostic, SourcePath, SourceSpan } from "../base/source.js";
import { Assembly } from "./assembly.js";
import type { PreprocessOptions } from "./preprocessor/preprocess.js";

export interface AssemblySource {
  readonly path: SourcePath;
  readonly text: string;
}

export interface AssembleOptions {
  /** For sources whose name ends in `.S`, which go through the C preprocessor. */
  readonly preprocess?: PreprocessOptions;
  /**
   * Reads the target of `.include`; undefined when there is none. `from` is the including file. Hosts whose reads are
   * asynchronous note the miss, fetch, and assemble again.
   */
  readonly readInclude?: (target: string, from: SourcePath) => AssemblySource | undefined;
  /** What the source is written in until a directive says otherwise; AT&T by default (`-msyntax` of GNU as). */
  readonly syntax?: AssemblySyntax;
}

/** Intel syntax means register names without `%`, as `.intel_syntax noprefix` does. */
export type AssemblySyntax = "att" | "intel";

export type SectionFlags = { readonly allocate: boolean; readonly write: boolean; readonly execute: boolean };

export interface ObjectSection {
  readonly name: string;
  readonly flags: SectionFlags;
  /** Takes no room in the file (`.bss`). */
  readonly isZeroed: boolean;
  /** Power of two, in bytes. */
  readonly alignment: number;
  readonly size: number;
  /** `size` bytes, or none for a zeroed section. */
  readonly bytes: Uint8Array;
  readonly relocations: readonly Relocation[];
  /** Sorted by offset; `address` holds the offset in the section. */
  readonly lines: readonly (Omit<LineRow, "address"> & { readonly offset: number })[];
  readonly type: "progbits" | "nobits" | "note" | "init_array" | "fini_array" | "preinit_array" | "unwind";
  /** Bytes of one entry of a mergeable section; 0 otherwise. */
  readonly entrySize: number;
  readonly isMergeable: boolean;
  readonly isStrings: boolean;
  readonly isThreadLocal: boolean;
}

/** The x86-64 psABI's relocation types that static code needs (table 4.9); those of compilers the last. */
export type RelocationType =
  | "R_X86_64_64"
  | "R_X86_64_PC32"
  | "R_X86_64_PLT32"
  | "R_X86_64_32"
  | "R_X86_64_32S"
  | "R_X86_64_16"
  | "R_X86_64_PC16"
  | "R_X86_64_8"
  | "R_X86_64_PC8"
  | "R_X86_64_PC64"
  | "R_X86_64_GOTPCREL"
  | "R_X86_64_GOTPCRELX"
  | "R_X86_64_REX_GOTPCRELX";

export interface Relocation {
  readonly offset: number;
  readonly type: RelocationType;
  /** Index into `ObjectFile.symbols`. */
  readonly symbol: number;
  readonly addend: bigint;
  /** For the linker's messages. */
  readonly span?: SourceSpan;
}

export interface ObjectSymbol {
  readonly name: string;
  /** Index into `ObjectFile.sections`, or where else it is. */
  readonly section: number | "undefined" | "absolute" | "common";
  readonly value: bigint;
  readonly size: bigint;
  readonly type: "none" | "function" | "object" | "section";
  readonly binding: "local" | "global" | "weak";
  readonly visibility?: "default" | "internal" | "hidden" | "protected";
  readonly isThreadLocal?: boolean;
  /** Where it is defined (or first used, when undefined). */
  readonly span?: SourceSpan;
}

export interface ObjectFile {
  readonly sections: readonly ObjectSection[];
  readonly symbols: readonly ObjectSymbol[];
  /** What `lines` index: the source and its includes. Empty for an object that was read from a file. */
  readonly sources: readonly AssemblySource[];
  /** Where an object was read from, for the linker's messages. */
  readonly path?: SourcePath;
  /** Sections of which a program has one copy, whatever the number of objects that bring it (COMDAT groups). */
  readonly groups?: readonly { readonly signature: string; readonly sections: readonly number[] }[];
  /** What the linker cannot do for this object: whether it is in the way is seen when the section is linked. */
  readonly obstacles?: readonly Obstacle[];
}

/** Something in a section that the linker has no means for. */
export interface Obstacle {
  /** Index into `ObjectFile.sections`. */
  readonly section: number;
  readonly offset: number;
  /** One sentence, which ends in the remedy. */
  readonly message: string;
}

export interface AssemblyOutcome {
  /** Absent when a diagnostic is an error. */
  readonly object?: ObjectFile;
  /** In order of their places. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Assembles a source and what it includes. Never throws: everything wrong is in the diagnostics. */
export function assemble(source: AssemblySource, options: AssembleOptions = {}): AssemblyOutcome {
  return new Assembly(source, options).run();
}
