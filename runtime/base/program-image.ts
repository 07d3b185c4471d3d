import type { CallFrameTables } from "./call-frame-tables.js";
import type { CodePlaces } from "./code-places.js";
import type { GuestAddress } from "./guest-address.js";
import type { SourcePath } from "./source.js";

/** What the pages of a segment allow. */
export interface Permissions {
  readonly read: boolean;
  readonly write: boolean;
  readonly execute: boolean;
}

/** A stretch of memory that is laid down before the program starts. */
export interface ProgramSegment {
  readonly name: string;
  readonly address: GuestAddress;
  /** The bytes at `address`; the rest up to `size` is zero. */
  readonly bytes: Uint8Array;
  /** In bytes; at least `bytes.length`. */
  readonly size: number;
  readonly permissions: Permissions;
}

export interface ProgramSymbol {
  /** As the linker knows it. */
  readonly name: string;
  /** As the source has it, where that is another name (C++ and Rust). */
  readonly readableName?: string;
  readonly address: GuestAddress;
  /** In bytes; zero when unknown (labels). */
  readonly size: number;
  readonly kind: "function" | "object" | "label" | "absolute";
  readonly binding: "local" | "global" | "weak";
  readonly section?: string;
}

/** From `address` up to the next row's address, instructions belong to this line. Rows are sorted by address. */
export interface LineRow {
  readonly address: GuestAddress;
  /** Index into `ProgramImage.sources`; −1 ends a sequence (no line from here on). */
  readonly source: number;
  /** From 1. */
  readonly line: number;
}

export interface ProgramSource {
  readonly path: SourcePath;
  /** The text, where the program carries it (assembled programs do). */
  readonly text?: string;
  /** Part of the guest library rather than of the user's program. */
  readonly isLibrary: boolean;
}

/** The table of an ELF file's segments, as it lies in memory once the program is loaded: its startup code reads it. */
export interface ProgramHeaderTable {
  readonly address: GuestAddress;
  /** In bytes. */
  readonly entrySize: number;
  readonly count: number;
}

/** A program ready to be loaded: what the static linker makes of objects, or the ELF reader of a file. */
export interface ProgramImage {
  readonly entry: GuestAddress;
  readonly segments: readonly ProgramSegment[];
  /** May be read from the program's file when they are asked for. */
  readonly symbols: readonly ProgramSymbol[];
  /** The symbol of that name, a global one before a local one: where it can be found without reading them all. */
  readonly symbolNamed?: (name: string) => ProgramSymbol | undefined;
  /** The symbols with `part` in their names: where they can be found without reading them all. */
  readonly symbolsWith?: (part: string) => readonly ProgramSymbol[];
  readonly sources: readonly ProgramSource[];
  readonly lines: readonly LineRow[];
  /** Where the program comes from an ELF file whose headers are loaded with it. */
  readonly programHeaders?: ProgramHeaderTable;
  /** What its debug information says of its code, instead of `sources` and `lines`; see `codePlacesOf`. */
  readonly places?: CodePlaces;
  /** How its stacks are unwound, where it brings tables along. */
  readonly callFrames?: CallFrameTables;
  /** The bytes of the file that it was read from: what a program reads that looks for its own symbols. */
  readonly file?: Uint8Array;
}
