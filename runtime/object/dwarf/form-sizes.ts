/** How long the values of attributes are (DWARF 5, section 7.5.5 and 7.5.6). */
import { type ByteCursor, MalformedData } from "../byte-cursor.js";
import * as dw from "./constants.js";

/** What the encoding of a unit depends on. */
export interface UnitFormat {
  readonly version: number;
  /** 4, or 8 in the 64-bit format. */
  readonly offsetSize: number;
  readonly addressSize: number;
}

/** The size of a value in bytes; −1 for a value that tells its size itself. */
export function fixedFormSize(form: number, format: UnitFormat): number {
  switch (form) {
    case dw.DW_FORM_flag_present:
    case dw.DW_FORM_implicit_const:
      return 0;
    case dw.DW_FORM_data1:
    case dw.DW_FORM_ref1:
    case dw.DW_FORM_flag:
    case dw.DW_FORM_strx1:
    case dw.DW_FORM_addrx1:
      return 1;
    case dw.DW_FORM_data2:
    case dw.DW_FORM_ref2:
    case dw.DW_FORM_strx2:
    case dw.DW_FORM_addrx2:
      return 2;
    case dw.DW_FORM_strx3:
    case dw.DW_FORM_addrx3:
      return 3;
    case dw.DW_FORM_data4:
    case dw.DW_FORM_ref4:
    case dw.DW_FORM_strx4:
    case dw.DW_FORM_addrx4:
    case dw.DW_FORM_ref_sup4:
      return 4;
    case dw.DW_FORM_data8:
    case dw.DW_FORM_ref8:
    case dw.DW_FORM_ref_sig8:
    case dw.DW_FORM_ref_sup8:
      return 8;
    case dw.DW_FORM_data16:
      return 16;
    case dw.DW_FORM_addr:
      return format.addressSize;
    case dw.DW_FORM_ref_addr:
      return format.version <= 2 ? format.addressSize : format.offsetSize;
    case dw.DW_FORM_strp:
    case dw.DW_FORM_line_strp:
    case dw.DW_FORM_strp_sup:
    case dw.DW_FORM_sec_offset:
    case dw.DW_FORM_GNU_ref_alt:
    case dw.DW_FORM_GNU_strp_alt:
      return format.offsetSize;
    default:
      return -1;
  }
}

/** Moves over a value that tells its size itself. */
export function skipVariableForm(form: number, cursor: ByteCursor, format: UnitFormat): void {
  switch (form) {
    case dw.DW_FORM_sdata:
    case dw.DW_FORM_udata:
    case dw.DW_FORM_ref_udata:
    case dw.DW_FORM_strx:
    case dw.DW_FORM_addrx:
    case dw.DW_FORM_loclistx:
    case dw.DW_FORM_rnglistx:
    case dw.DW_FORM_GNU_addr_index:
    case dw.DW_FORM_GNU_str_index:
      cursor.skipLeb();
      return;
    case dw.DW_FORM_string:
      cursor.skipText();
      return;
    case dw.DW_FORM_block:
    case dw.DW_FORM_exprloc:
      cursor.skip(cursor.uleb());
      return;
    case dw.DW_FORM_block1:
      cursor.skip(cursor.u8());
      return;
    case dw.DW_FORM_block2:
      cursor.skip(cursor.u16());
      return;
    case dw.DW_FORM_block4:
      cursor.skip(cursor.u32());
      return;
    case dw.DW_FORM_indirect: {
      const actual = cursor.uleb();
      const size = fixedFormSize(actual, format);
      if (size >= 0) cursor.skip(size);
      else skipVariableForm(actual, cursor, format);
      return;
    }
    default:
      throw new MalformedData(`form 0x${form.toString(16)} of an attribute is not known`);
  }
}
