import { attempt } from "../byte-cursor.js";
import type { AddressRange } from "../object-file.js";
import { type CodeScope, readFunctionScope } from "./code-scope.js";
import * as dw from "./constants.js";
import type { Entry } from "./entry.js";
import { attributeOf, linkageNameOf, qualifiedName } from "./names.js";
import { rangesOf } from "./ranges.js";

/** A place in a source as debug information has it; the column counts bytes from 1. */
export interface DeclarationPlace {
  readonly path: string;
  readonly line: number;
  readonly column?: number;
}

/** A function that has code of its own. What it says of itself is read when asked for. */
export class DebugFunction {
  readonly ranges: readonly AddressRange[];
  #scope: CodeScope | undefined;

  constructor(readonly entry: Entry) {
    this.ranges = rangesOf(entry);
  }

  /** Where it is entered: the beginning of its first range, or what `DW_AT_entry_pc` says. */
  get entryAddress(): number {
    const told = this.#attempt(() => this.entry.address(dw.DW_AT_entry_pc) ?? this.entry.address(dw.DW_AT_low_pc));
    return told ?? this.ranges[0]?.start ?? 0;
  }

  /** With the namespaces and types around it, as the source's language writes them. */
  get name(): string | undefined {
    return this.#attempt(() => qualifiedName(this.entry));
  }

  /** As the linker knows it, where that is another name. */
  get linkageName(): string | undefined {
    return this.#attempt(() => linkageNameOf(this.entry));
  }

  get declaration(): DeclarationPlace | undefined {
    return this.#attempt(() => declarationOf(this.entry));
  }

  /** Visible outside of its unit. */
  get isExternal(): boolean {
    return this.#hasFlag(dw.DW_AT_external);
  }

  /** Made by the compiler: no source says it. */
  get isArtificial(): boolean {
    return this.#hasFlag(dw.DW_AT_artificial);
  }

  get neverReturns(): boolean {
    return this.#hasFlag(dw.DW_AT_noreturn);
  }

  /** The expression that frame-relative places are told from (`DW_AT_frame_base`). */
  get frameBase(): Uint8Array | undefined {
    return this.#attempt(() => this.entry.block(dw.DW_AT_frame_base));
  }

  /** Its blocks and what was inlined into it. */
  get scope(): CodeScope {
    this.#scope ??= readFunctionScope(this.entry, this.ranges);
    return this.#scope;
  }

  #hasFlag(attribute: number): boolean {
    return this.#attempt(() => attributeOf(this.entry, attribute)?.flag(attribute)) === true;
  }

  #attempt<Value>(read: () => Value): Value | undefined {
    return attempt(this.entry.unit.file.note, "what a function says of itself", read);
  }
}

/** Where the source declares what the entry stands for. */
export function declarationOf(entry: Entry): DeclarationPlace | undefined {
  const withFile = attributeOf(entry, dw.DW_AT_decl_file);
  // Files are counted by the unit that the entry is in.
  const path = withFile?.unit.path(withFile.number(dw.DW_AT_decl_file));
  const line = attributeOf(entry, dw.DW_AT_decl_line)?.number(dw.DW_AT_decl_line);
  if (path === undefined || line === undefined) return undefined;
  const column = attributeOf(entry, dw.DW_AT_decl_column)?.number(dw.DW_AT_decl_column);
  return { path, line, ...(column === undefined ? {} : { column }) };
}
