import { MalformedData, textAt } from "../byte-cursor.js";
import type { Abbreviation } from "./abbreviations.js";
import * as dw from "./constants.js";
import { skipVariableForm } from "./form-sizes.js";
import type { Unit } from "./unit.js";

/** Where a text begins, which a zero byte ends. */
interface TextPlace {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/**
 * A debugging information entry: a place in its unit. Attributes are found and decoded each time they are asked for;
 * nothing is kept.
 */
export class Entry {
  private constructor(
    readonly unit: Unit,
    /** In its section. */
    readonly offset: number,
    readonly abbreviation: Abbreviation,
    readonly valuesAt: number,
  ) {}

  /** The entry at `offset` of the unit's section. Throws `MalformedData` where there is none. */
  static at(unit: Unit, offset: number): Entry {
    const entry = Entry.ifAt(unit, offset);
    if (!entry) throw new MalformedData(`no entry at offset 0x${offset.toString(16)}`);
    return entry;
  }

  /** The entry at `offset`, or undefined for the null entry that ends a list of siblings. */
  static ifAt(unit: Unit, offset: number): Entry | undefined {
    if (offset < unit.firstEntry || offset >= unit.end) throw new MalformedData("an entry outside of its unit");
    const { cursor } = unit;
    cursor.position = offset;
    const code = cursor.uleb();
    if (code === 0) return undefined;
    const valuesAt = cursor.position;
    const abbreviation = unit.abbreviations.get(code);
    if (!abbreviation) throw new MalformedData(`abbreviation ${code} is missing`);
    return new Entry(unit, offset, abbreviation, valuesAt);
  }

  get tag(): number {
    return this.abbreviation.tag;
  }

  /** Where the next entry is: the first child, or the next sibling of an entry without children. */
  get end(): number {
    const { cursor } = this.unit;
    cursor.position = this.valuesAt;
    skipValues(this.abbreviation, this.unit);
    return cursor.position;
  }

  /** The next sibling's place. */
  get endOfSubtree(): number {
    if (!this.abbreviation.hasChildren) return this.end;
    const sibling = this.abbreviation.sibling < 0 ? undefined : this.#unitOffset(dw.DW_AT_sibling);
    // One that does not lead onwards is damaged: reading must come to an end.
    if (sibling !== undefined && sibling > this.offset && sibling < this.unit.end) return sibling;
    return skipSubtree(this.unit, this.end);
  }

  /** The entries directly below. */
  *children(): Generator<Entry> {
    if (!this.abbreviation.hasChildren) return;
    for (let at = this.end; at < this.unit.end; ) {
      const child = Entry.ifAt(this.unit, at);
      if (!child) return;
      yield child;
      at = child.endOfSubtree;
    }
  }

  has(attribute: number): boolean {
    return this.abbreviation.attributes.includes(attribute);
  }

  /** A flag: absent is false. */
  flag(attribute: number): boolean {
    const form = this.#locate(attribute);
    if (form === dw.DW_FORM_flag_present) return true;
    return form === dw.DW_FORM_flag && this.unit.cursor.u8() !== 0;
  }

  /** A constant that is small by its nature (a size, a line, an offset into a section), or undefined. */
  number(attribute: number): number | undefined {
    const form = this.#locate(attribute);
    const { cursor } = this.unit;
    switch (form) {
      case dw.DW_FORM_data1:
        return cursor.u8();
      case dw.DW_FORM_data2:
        return cursor.u16();
      case dw.DW_FORM_data4:
        return cursor.u32();
      case dw.DW_FORM_data8:
        return cursor.offset64();
      case dw.DW_FORM_udata:
      case dw.DW_FORM_loclistx:
      case dw.DW_FORM_rnglistx:
        return cursor.uleb();
      case dw.DW_FORM_sdata:
        return cursor.sleb();
      case dw.DW_FORM_sec_offset:
        return cursor.offset(this.unit.offsetSize);
      case dw.DW_FORM_implicit_const:
        return Number(this.#implicit(attribute));
      default:
        return undefined;
    }
  }

  /** A constant of up to 64 bits. The fixed sizes say nothing about a sign: they come out unsigned. */
  constant(attribute: number): bigint | undefined {
    const form = this.#locate(attribute);
    const { cursor } = this.unit;
    switch (form) {
      case dw.DW_FORM_data1:
        return cursor.unsigned(1);
      case dw.DW_FORM_data2:
        return cursor.unsigned(2);
      case dw.DW_FORM_data4:
        return cursor.unsigned(4);
      case dw.DW_FORM_data8:
        return cursor.unsigned(8);
      case dw.DW_FORM_udata:
        return cursor.uleb64();
      case dw.DW_FORM_sdata:
        return cursor.sleb64();
      case dw.DW_FORM_implicit_const:
        return this.#implicit(attribute);
      default:
        return undefined;
    }
  }

  text(attribute: number): string | undefined {
    const place = this.#textPlace(attribute);
    return place && textAt(place.bytes, place.offset);
  }

  /** Whether the attribute is a text that begins with these bytes: much less work than to read it. */
  beginsWith(attribute: number, beginning: Uint8Array): boolean {
    const place = this.#textPlace(attribute);
    return place !== undefined && beginning.every((byte, index) => place.bytes[place.offset + index] === byte);
  }

  #textPlace(attribute: number): TextPlace | undefined {
    const form = this.#locate(attribute);
    const { cursor, file, offsetSize } = this.unit;
    switch (form) {
      case dw.DW_FORM_string:
        return { bytes: cursor.bytes, offset: cursor.position };
      case dw.DW_FORM_strp:
        return { bytes: file.section(".debug_str"), offset: cursor.offset(offsetSize) };
      case dw.DW_FORM_line_strp:
        return { bytes: file.section(".debug_line_str"), offset: cursor.offset(offsetSize) };
      case dw.DW_FORM_strx:
      case dw.DW_FORM_GNU_str_index:
        return this.#indexedText(cursor.uleb());
      case dw.DW_FORM_strx1:
        return this.#indexedText(cursor.u8());
      case dw.DW_FORM_strx2:
        return this.#indexedText(cursor.u16());
      case dw.DW_FORM_strx3:
        return this.#indexedText(cursor.u24());
      case dw.DW_FORM_strx4:
        return this.#indexedText(cursor.u32());
      default:
        // Texts of a supplementary file (DW_FORM_strp_sup, GNU_strp_alt) are not at hand.
        return undefined;
    }
  }

  #indexedText(index: number): TextPlace | undefined {
    const offset = this.unit.indexedTextOffset(index);
    return offset === undefined ? undefined : { bytes: this.unit.file.section(".debug_str"), offset };
  }

  /** An address of the loaded program; undefined when the linker dropped what was there. */
  address(attribute: number): number | undefined {
    const raw = this.rawAddress(attribute);
    return raw === undefined ? undefined : this.unit.file.address(raw);
  }

  /** An address as the file has it. */
  rawAddress(attribute: number): number | undefined {
    const form = this.#locate(attribute);
    const { cursor, addressSize } = this.unit;
    switch (form) {
      case dw.DW_FORM_addr:
        return cursor.offset(addressSize);
      case dw.DW_FORM_addrx:
      case dw.DW_FORM_GNU_addr_index:
        return this.unit.indexedAddress(cursor.uleb());
      case dw.DW_FORM_addrx1:
        return this.unit.indexedAddress(cursor.u8());
      case dw.DW_FORM_addrx2:
        return this.unit.indexedAddress(cursor.u16());
      case dw.DW_FORM_addrx3:
        return this.unit.indexedAddress(cursor.u24());
      case dw.DW_FORM_addrx4:
        return this.unit.indexedAddress(cursor.u32());
      default:
        return undefined;
    }
  }

  /** The bytes of a block or an expression. */
  block(attribute: number): Uint8Array | undefined {
    const form = this.#locate(attribute);
    const { cursor } = this.unit;
    switch (form) {
      case dw.DW_FORM_exprloc:
      case dw.DW_FORM_block:
        return cursor.take(cursor.uleb());
      case dw.DW_FORM_block1:
        return cursor.take(cursor.u8());
      case dw.DW_FORM_block2:
        return cursor.take(cursor.u16());
      case dw.DW_FORM_block4:
        return cursor.take(cursor.u32());
      case dw.DW_FORM_data16:
        return cursor.take(16);
      default:
        return undefined;
    }
  }

  /** The entry that a reference leads to; undefined for none, and for one into a file that is not at hand. */
  reference(attribute: number): Entry | undefined {
    const form = this.#locate(attribute);
    const { cursor, file, offsetSize, addressSize } = this.unit;
    switch (form) {
      case dw.DW_FORM_ref_addr: {
        const offset = cursor.offset(this.unit.version <= 2 ? addressSize : offsetSize);
        const unit = file.unitAt(offset);
        return unit && Entry.ifAt(unit, offset);
      }
      case dw.DW_FORM_ref_sig8:
        return file.typeUnit(cursor.u64())?.typeEntry;
      default: {
        const offset = this.#unitOffset(attribute);
        return offset === undefined ? undefined : Entry.ifAt(this.unit, offset);
      }
    }
  }

  /** The form of an attribute's value and how the attribute is stored; undefined when the entry has none. */
  form(attribute: number): number | undefined {
    const form = this.#locate(attribute);
    return form === 0 ? undefined : form;
  }

  /** A reference within the unit, as an offset in its section. */
  #unitOffset(attribute: number): number | undefined {
    const form = this.#locate(attribute);
    const { cursor, offset } = this.unit;
    switch (form) {
      case dw.DW_FORM_ref1:
        return offset + cursor.u8();
      case dw.DW_FORM_ref2:
        return offset + cursor.u16();
      case dw.DW_FORM_ref4:
        return offset + cursor.u32();
      case dw.DW_FORM_ref8:
        return offset + cursor.offset64();
      case dw.DW_FORM_ref_udata:
        return offset + cursor.uleb();
      default:
        return undefined;
    }
  }

  #implicit(attribute: number): bigint | undefined {
    return this.abbreviation.implicit?.get(this.abbreviation.attributes.indexOf(attribute));
  }

  /** Puts the unit's cursor before the value and returns its form, or 0 when the entry has no such attribute. */
  #locate(attribute: number): number {
    const { attributes, forms, sizes } = this.abbreviation;
    const index = attributes.indexOf(attribute);
    if (index < 0) return 0;
    const { cursor } = this.unit;
    cursor.position = this.valuesAt;
    for (let before = 0; before < index; before++) skipValue(forms[before] ?? 0, sizes[before] ?? -1, this.unit);
    const form = forms[index] ?? 0;
    return form === dw.DW_FORM_indirect ? cursor.uleb() : form;
  }
}

/** The place behind the null entry that ends the list of siblings at `offset`, whatever is below them. */
export function skipSubtree(unit: Unit, offset: number): number {
  const { cursor, abbreviations, end } = unit;
  cursor.position = offset;
  for (let depth = 1; depth > 0 && cursor.position < end; ) {
    const code = cursor.uleb();
    if (code === 0) {
      depth--;
      continue;
    }
    const abbreviation = abbreviations.get(code);
    if (!abbreviation) throw new MalformedData(`abbreviation ${code} is missing`);
    skipValues(abbreviation, unit);
    if (abbreviation.hasChildren) depth++;
  }
  return cursor.position;
}

/** Moves the unit's cursor over the values of an entry. */
export function skipValues(abbreviation: Abbreviation, unit: Unit): void {
  if (abbreviation.size >= 0) {
    unit.cursor.skip(abbreviation.size);
    return;
  }
  const { forms, sizes } = abbreviation;
  for (let index = 0; index < forms.length; index++) skipValue(forms[index] ?? 0, sizes[index] ?? -1, unit);
}

function skipValue(form: number, size: number, unit: Unit): void {
  if (size >= 0) unit.cursor.skip(size);
  else skipVariableForm(form, unit.cursor, unit);
}

/** Whether a form stands for a place in another section, in the versions before there was a form of its own for that. */
export function isListOffset(form: number, version: number): boolean {
  if (form === dw.DW_FORM_sec_offset) return true;
  return version < 4 && (form === dw.DW_FORM_data4 || form === dw.DW_FORM_data8);
}
