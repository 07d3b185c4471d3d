/**
 * One set of debug information: that of a program, of a `.dwo` file, or one unit's share of a `.dwp` file. Sections are
 * fetched when first needed; units are listed by their headers alone.
 */
import { ByteCursor, MalformedData, textAt } from "../byte-cursor.js";
import type { SectionSource } from "../object-file.js";
import { AbbreviationTable } from "./abbreviations.js";
import * as dw from "./constants.js";
import type { UnitFormat } from "./form-sizes.js";
import { LineTable } from "./line-table.js";
import { Unit } from "./unit.js";

/** What addresses of a program go through. */
export interface AddressSpace {
  /** Where the program was loaded, less where it was linked for. */
  readonly bias: number;
  /** Addresses below belong to code that the linker dropped. */
  readonly lowestCode: number;
}

const noBytes = new Uint8Array();

export class DwarfFile {
  readonly #sections = new Map<string, Uint8Array>();
  readonly #abbreviations = new Map<string, AbbreviationTable>();
  readonly #lineTables = new Map<number, LineTable>();
  #units: Unit[] | undefined;
  #typeUnits: Map<bigint, Unit> | undefined;

  constructor(
    readonly source: SectionSource,
    readonly addresses: AddressSpace,
    /** What a problem is told to. */
    readonly note: (problem: string) => void,
    /** In a `.dwo` file: the unit of the program that it belongs to. */
    readonly skeleton?: Unit,
    /** How a unit finds those parts of itself that are in other files. */
    readonly splitUnitOf: (skeleton: Unit) => Unit | undefined = () => undefined,
    /** How a type unit is found that is not in this file: in another part of its package. */
    readonly typeUnitElsewhere: (signature: bigint) => Unit | undefined = () => undefined,
  ) {}

  /** A section by its plain name (`.debug_info`); empty when there is none. */
  section(name: string): Uint8Array {
    let bytes = this.#sections.get(name);
    if (bytes === undefined) {
      bytes = this.source.section(this.skeleton ? `${name}.dwo` : name) ?? noBytes;
      this.#sections.set(name, bytes);
    }
    return bytes;
  }

  /** `.debug_addr` stays in the program when the rest is split off. */
  get addressSection(): Uint8Array {
    return this.skeleton ? this.skeleton.file.section(".debug_addr") : this.section(".debug_addr");
  }

  /** All units, those of `.debug_types` last. A damaged header ends the list. */
  get units(): readonly Unit[] {
    this.#units ??= [...this.#readUnits(".debug_info"), ...this.#readUnits(".debug_types")];
    return this.#units;
  }

  /** The unit that has the entry at `offset` of `.debug_info`. */
  unitAt(offset: number): Unit | undefined {
    const units = this.units;
    let low = 0;
    let high = units.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const unit = units[middle];
      if (unit && unit.sectionName === ".debug_info" && unit.offset <= offset) low = middle + 1;
      else high = middle;
    }
    const unit = units[low - 1];
    return unit && offset < unit.end ? unit : undefined;
  }

  /** The type unit with that signature. */
  typeUnit(signature: bigint): Unit | undefined {
    if (this.#typeUnits === undefined) {
      this.#typeUnits = new Map();
      for (const unit of this.units) {
        if (unit.typeSignature !== undefined) this.#typeUnits.set(unit.typeSignature, unit);
      }
    }
    return this.#typeUnits.get(signature) ?? this.typeUnitElsewhere(signature);
  }

  abbreviationsAt(offset: number, format: UnitFormat): AbbreviationTable {
    const key = `${offset}:${format.version <= 2}:${format.offsetSize}:${format.addressSize}`;
    let table = this.#abbreviations.get(key);
    if (table === undefined) {
      table = new AbbreviationTable(this.section(".debug_abbrev"), offset, format);
      this.#abbreviations.set(key, table);
    }
    return table;
  }

  /** The line table at `offset`, which units may share. */
  lineTable(offset: number, directory: string | undefined, name: string | undefined): LineTable {
    let table = this.#lineTables.get(offset);
    if (table === undefined) {
      table = new LineTable(this, offset, directory, name);
      this.#lineTables.set(offset, table);
    }
    return table;
  }

  text(section: ".debug_str" | ".debug_line_str", offset: number): string | undefined {
    return textAt(this.section(section), offset);
  }

  /**
   * An address of the file as one of the loaded program; undefined for what the linker put in place of the address of
   * something it dropped (0, −1, −2) and for what is no address of a program.
   */
  address(raw: number): number | undefined {
    if (raw < this.addresses.lowestCode || raw > 0xffff_ffff_ffff) return undefined;
    return raw + this.addresses.bias;
  }

  #readUnits(sectionName: ".debug_info" | ".debug_types"): Unit[] {
    const section = this.section(sectionName);
    const units: Unit[] = [];
    if (section.length === 0) return units;
    // All units of a section read through one cursor.
    const shared = new ByteCursor(section);
    for (let at = 0; at < section.length; ) {
      try {
        const unit = readUnit(this, shared, sectionName, at);
        if (!unit) break;
        units.push(unit);
        at = unit.end;
      } catch (error) {
        if (!(error instanceof MalformedData)) throw error;
        this.note(`the list of units in ${sectionName} is damaged at offset 0x${at.toString(16)}`);
        break;
      }
    }
    return units;
  }
}

/** Reads a unit's header (DWARF 5, section 7.5.1). */
function readUnit(
  file: DwarfFile,
  cursor: ByteCursor,
  sectionName: ".debug_info" | ".debug_types",
  offset: number,
): Unit | undefined {
  cursor.position = offset;
  let length = cursor.u32();
  if (length === 0) return undefined;
  const offsetSize = length === 0xffff_ffff ? 8 : 4;
  if (offsetSize === 8) length = cursor.offset64();
  const end = cursor.position + length;
  if (end > cursor.end) throw new MalformedData("a unit reaches behind the end of its section");
  const version = cursor.u16();
  let type = sectionName === ".debug_types" ? dw.DW_UT_type : dw.DW_UT_compile;
  let addressSize = 8;
  let abbreviations = 0;
  let dwoId: bigint | undefined;
  let typeSignature: bigint | undefined;
  let typeOffset: number | undefined;
  if (version >= 5) {
    type = cursor.u8();
    addressSize = cursor.u8();
    abbreviations = cursor.offset(offsetSize);
  } else {
    abbreviations = cursor.offset(offsetSize);
    addressSize = cursor.u8();
  }
  if (type === dw.DW_UT_skeleton || type === dw.DW_UT_split_compile) dwoId = cursor.u64();
  if (type === dw.DW_UT_type || type === dw.DW_UT_split_type) {
    typeSignature = cursor.u64();
    typeOffset = cursor.offset(offsetSize);
  }
  return new Unit(file, cursor, {
    sectionName,
    offset,
    firstEntry: cursor.position,
    end,
    version,
    type,
    offsetSize,
    addressSize,
    abbreviations,
    dwoId,
    typeSignature,
    typeOffset,
  });
}
