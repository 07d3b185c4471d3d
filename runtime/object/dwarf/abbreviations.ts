/** Abbreviation tables (DWARF 5, section 7.5.3), read no further than to the codes that were asked for. */
import { ByteCursor } from "../byte-cursor.js";
import * as dw from "./constants.js";
import { fixedFormSize, type UnitFormat } from "./form-sizes.js";

/** What all entries with the same abbreviation code share. */
export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  /** `DW_AT_*`, in the order of the values. */
  readonly attributes: readonly number[];
  /** `DW_FORM_*` of each attribute. */
  readonly forms: readonly number[];
  /** In bytes; negative for a value that tells its size itself. */
  readonly sizes: readonly number[];
  /** All values together; negative when some tell their size themselves. */
  readonly size: number;
  /** Values that stand in the abbreviation itself (`DW_FORM_implicit_const`), by position. */
  readonly implicit: ReadonlyMap<number, bigint> | undefined;
  /** Position of `DW_AT_sibling`, or −1. */
  readonly sibling: number;
}

/** Codes are dense in practice; others are kept in a map. */
const largestDenseCode = 0x10000;

export class AbbreviationTable {
  readonly #dense: (Abbreviation | undefined)[] = [];
  readonly #others = new Map<number, Abbreviation>();
  readonly #cursor: ByteCursor;
  readonly #format: UnitFormat;
  #isComplete = false;

  /** The table at `offset` of `.debug_abbrev`, for units of one format. */
  constructor(section: Uint8Array, offset: number, format: UnitFormat) {
    this.#cursor = new ByteCursor(section, offset);
    this.#format = format;
  }

  /** The abbreviation with that code; undefined when the table has none. */
  get(code: number): Abbreviation | undefined {
    for (;;) {
      const found = code < largestDenseCode ? this.#dense[code] : this.#others.get(code);
      if (found || this.#isComplete) return found;
      this.#readNext();
    }
  }

  /** Some abbreviation of the whole table is as described. */
  some(isSo: (abbreviation: Abbreviation) => boolean): boolean {
    while (!this.#isComplete) this.#readNext();
    return this.#dense.some((one) => one !== undefined && isSo(one)) || [...this.#others.values()].some(isSo);
  }

  #readNext(): void {
    const cursor = this.#cursor;
    const code = cursor.isAtEnd ? 0 : cursor.uleb();
    if (code === 0) {
      this.#isComplete = true;
      return;
    }
    const tag = cursor.uleb();
    const hasChildren = cursor.u8() !== 0;
    const attributes: number[] = [];
    const forms: number[] = [];
    const sizes: number[] = [];
    let implicit: Map<number, bigint> | undefined;
    let size = 0;
    for (;;) {
      const attribute = cursor.uleb();
      const form = cursor.uleb();
      if (form === dw.DW_FORM_implicit_const) {
        implicit ??= new Map();
        implicit.set(forms.length, cursor.sleb64());
      }
      if (attribute === 0 && form === 0) break;
      const formSize = fixedFormSize(form, this.#format);
      size = size < 0 || formSize < 0 ? -1 : size + formSize;
      attributes.push(attribute);
      forms.push(form);
      sizes.push(formSize);
    }
    const sibling = attributes.indexOf(dw.DW_AT_sibling);
    const abbreviation = { tag, hasChildren, attributes, forms, sizes, size, implicit, sibling };
    if (code >= largestDenseCode) this.#others.set(code, abbreviation);
    else {
      while (this.#dense.length < code) this.#dense.push(undefined);
      this.#dense[code] ??= abbreviation;
    }
  }
}
