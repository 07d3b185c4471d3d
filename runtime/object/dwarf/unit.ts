import { attempt, ByteCursor } from "../byte-cursor.js";
import type { AddressRange } from "../object-file.js";
import type { AbbreviationTable } from "./abbreviations.js";
import * as dw from "./constants.js";
import type { DwarfFile } from "./dwarf-file.js";
import { Entry, isListOffset } from "./entry.js";
import type { UnitFormat } from "./form-sizes.js";
import { DebugFunction } from "./function.js";
import type { LineTable } from "./line-table.js";
import { rangesOf } from "./ranges.js";
import { UnitContents } from "./unit-contents.js";

/** What the header of a unit says. */
export interface UnitHeader extends UnitFormat {
  readonly sectionName: ".debug_info" | ".debug_types";
  /** Of the header, in its section. */
  readonly offset: number;
  readonly firstEntry: number;
  /** Exclusive. */
  readonly end: number;
  /** `DW_UT_*`. */
  readonly type: number;
  /** Offset of the unit's table in `.debug_abbrev`. */
  readonly abbreviations: number;
  readonly dwoId: bigint | undefined;
  readonly typeSignature: bigint | undefined;
  /** Of the type's entry, from the unit's header. */
  readonly typeOffset: number | undefined;
}

/** Bases of the unit's indices into other sections (DWARF 5, section 7.26 to 7.29). */
interface Bases {
  readonly strings: number;
  readonly addresses: number;
  readonly ranges: number;
  readonly locations: number;
}

/** A compilation, partial or type unit; what it says of itself is read when first asked for. */
export class Unit implements UnitFormat {
  readonly sectionName: ".debug_info" | ".debug_types";
  readonly offset: number;
  readonly firstEntry: number;
  readonly end: number;
  readonly version: number;
  readonly type: number;
  readonly offsetSize: number;
  readonly addressSize: number;
  readonly typeSignature: bigint | undefined;
  readonly #header: UnitHeader;
  #abbreviations: AbbreviationTable | undefined;
  #root: Entry | undefined;
  #bases: Bases | undefined;
  #split: Unit | undefined;
  #tracksVariables: boolean | undefined;
  #lowPc: number | undefined;
  #lines: LineTable | "none" | undefined;
  #contents: UnitContents | undefined;
  readonly #functions = new Map<number, DebugFunction>();

  constructor(
    readonly file: DwarfFile,
    /** Of the section: whoever reads an entry puts it there first. */
    readonly cursor: ByteCursor,
    header: UnitHeader,
  ) {
    this.#header = header;
    this.sectionName = header.sectionName;
    this.offset = header.offset;
    this.firstEntry = header.firstEntry;
    this.end = header.end;
    this.version = header.version;
    this.type = header.type;
    this.offsetSize = header.offsetSize;
    this.addressSize = header.addressSize;
    this.typeSignature = header.typeSignature;
  }

  get abbreviations(): AbbreviationTable {
    this.#abbreviations ??= this.file.abbreviationsAt(this.#header.abbreviations, this);
    return this.#abbreviations;
  }

  /** The unit's own entry. */
  get root(): Entry {
    this.#root ??= Entry.at(this, this.firstEntry);
    return this.#root;
  }

  /** The entry of the type that a type unit is there for. */
  get typeEntry(): Entry | undefined {
    const { typeOffset } = this.#header;
    return typeOffset === undefined ? undefined : Entry.at(this, this.offset + typeOffset);
  }

  /** The identity of a unit that is split in two. */
  get dwoId(): bigint | undefined {
    return this.#header.dwoId ?? this.root.constant(dw.DW_AT_GNU_dwo_id);
  }

  /** The name of the file with the rest of the unit. */
  get dwoName(): string | undefined {
    return this.root.text(dw.DW_AT_dwo_name) ?? this.root.text(dw.DW_AT_GNU_dwo_name);
  }

  /** The unit with all entries: the one in the `.dwo` file when this is a skeleton and the file is at hand. */
  get full(): Unit {
    if (this.#split === undefined && this.file.skeleton === undefined && this.dwoName !== undefined) {
      this.#split = this.file.splitUnitOf(this);
    }
    return this.#split ?? this;
  }

  /** The unit that has the line table and the addresses. */
  get skeleton(): Unit {
    return this.file.skeleton ?? this;
  }

  get name(): string | undefined {
    return this.root.text(dw.DW_AT_name) ?? this.skeleton.root.text(dw.DW_AT_name);
  }

  /** The directory that relative names begin at. */
  get directory(): string | undefined {
    return this.root.text(dw.DW_AT_comp_dir) ?? this.skeleton.root.text(dw.DW_AT_comp_dir);
  }

  /** `DW_LANG_*`. */
  get language(): number | undefined {
    return this.root.number(dw.DW_AT_language) ?? this.full.root.number(dw.DW_AT_language);
  }

  /**
   * Optimised by gcc: variables are where lists say, at each instruction. There a function's first instruction is as
   * good as any behind what sets up its frame, and what sets it up is spread over the code.
   */
  get tracksVariables(): boolean {
    this.#tracksVariables ??=
      this.root.text(dw.DW_AT_producer)?.startsWith("GNU ") === true &&
      this.abbreviations.some(({ tag, attributes, forms }) => {
        const form = forms[attributes.indexOf(dw.DW_AT_location)];
        const isVariable = tag === dw.DW_TAG_variable || tag === dw.DW_TAG_formal_parameter;
        return isVariable && (form === dw.DW_FORM_loclistx || isListOffset(form ?? 0, this.version));
      });
    return this.#tracksVariables;
  }

  /** The base of the unit's ranges and locations, as the file has it. */
  get lowPc(): number {
    this.#lowPc ??= this.skeleton.root.rawAddress(dw.DW_AT_low_pc) ?? 0;
    return this.#lowPc;
  }

  /** The addresses of the unit's code, by its own entry; empty when that does not tell. */
  get ranges(): AddressRange[] {
    return attempt(this.file.note, "the ranges of a unit", () => rangesOf(this.root)) ?? [];
  }

  /** The line table; undefined where there is none or it cannot be read. */
  get lines(): LineTable | undefined {
    this.#lines ??= attempt(this.file.note, "a line table", () => this.#readLines()) ?? "none";
    return this.#lines === "none" ? undefined : this.#lines;
  }

  /** The path of a file by its number in the line table. */
  path(file: number | undefined): string | undefined {
    return file === undefined ? undefined : this.lines?.files[file]?.path;
  }

  /** What is in this unit itself: a skeleton has nothing. */
  get contents(): UnitContents {
    this.#contents ??= new UnitContents(this);
    return this.#contents;
  }

  /** The function, not an inlined one, that `address` lies in. */
  functionAt(address: number): DebugFunction | undefined {
    const index = this.contents.byAddress.at(address);
    const offset = index === undefined ? undefined : this.contents.functions[index];
    return offset === undefined ? undefined : this.function(offset);
  }

  /** The function whose entry is at `offset`. */
  function(offset: number): DebugFunction {
    let found = this.#functions.get(offset);
    if (found === undefined) {
      found = new DebugFunction(Entry.at(this, offset));
      this.#functions.set(offset, found);
    }
    return found;
  }

  get bases(): Bases {
    this.#bases ??= this.#readBases();
    return this.#bases;
  }

  /** Where a text is in `.debug_str`, by its index. */
  indexedTextOffset(index: number): number | undefined {
    const section = this.file.section(".debug_str_offsets");
    const at = this.bases.strings + index * this.offsetSize;
    if (at + this.offsetSize > section.length) return undefined;
    return new ByteCursor(section, at).offset(this.offsetSize);
  }

  /** An address of `.debug_addr` by its index, as the file has it. */
  indexedAddress(index: number): number | undefined {
    const section = this.file.addressSection;
    const at = this.skeleton.bases.addresses + index * this.addressSize;
    if (at + this.addressSize > section.length) return undefined;
    return new ByteCursor(section, at).offset(this.addressSize);
  }

  #readLines(): LineTable | undefined {
    const offset = this.root.number(dw.DW_AT_stmt_list);
    if (offset !== undefined) return this.file.lineTable(offset, this.directory, this.name);
    return this.skeleton === this ? undefined : this.skeleton.lines;
  }

  #readBases(): Bases {
    const { root } = this;
    const isSplit = this.file.skeleton !== undefined;
    // A split unit has its lists behind the first header of its section (DWARF 5, section 7.3.2.1).
    const afterHeader = (version5: number) => (isSplit && this.version >= 5 ? version5 : 0);
    const wide = this.offsetSize === 8;
    return {
      strings: root.number(dw.DW_AT_str_offsets_base) ?? afterHeader(wide ? 16 : 8),
      addresses: root.number(dw.DW_AT_addr_base) ?? root.number(dw.DW_AT_GNU_addr_base) ?? (this.version >= 5 ? 8 : 0),
      ranges: root.number(dw.DW_AT_rnglists_base) ?? afterHeader(wide ? 20 : 12),
      locations: root.number(dw.DW_AT_loclists_base) ?? afterHeader(wide ? 20 : 12),
    };
  }
}
