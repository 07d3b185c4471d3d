/** Ranges of addresses of an entry (DWARF 5, sections 2.17 and 7.25; DWARF 4, section 2.17.3). */
import { ByteCursor } from "../byte-cursor.js";
import type { AddressRange } from "../object-file.js";
import * as dw from "./constants.js";
import type { Entry } from "./entry.js";
import type { Unit } from "./unit.js";

/** The addresses of the loaded program that belong to the entry, in the order of the file. */
export function rangesOf(entry: Entry): AddressRange[] {
  const rangesForm = entry.form(dw.DW_AT_ranges);
  if (rangesForm !== undefined) {
    const value = entry.number(dw.DW_AT_ranges);
    return value === undefined ? [] : rangeList(entry.unit, value, rangesForm === dw.DW_FORM_rnglistx);
  }
  const low = entry.rawAddress(dw.DW_AT_low_pc);
  if (low === undefined) return [];
  // A constant is a length, an address the end.
  const length = entry.number(dw.DW_AT_high_pc);
  const high = length === undefined ? entry.rawAddress(dw.DW_AT_high_pc) : low + length;
  const ranges: AddressRange[] = [];
  if (high !== undefined) add(ranges, entry.unit, low, high);
  return ranges;
}

function rangeList(unit: Unit, value: number, isIndex: boolean): AddressRange[] {
  if (unit.version < 5) {
    // The base applies to the split unit's lists, which stay in the program, and not to the skeleton's own.
    const base = unit.file.skeleton?.root.number(dw.DW_AT_GNU_ranges_base) ?? 0;
    return oldRangeList(unit, value + base);
  }
  const section = unit.file.section(".debug_rnglists");
  if (!isIndex) return newRangeList(unit, section, value);
  const { ranges } = unit.bases;
  const offset = new ByteCursor(section, ranges + value * unit.offsetSize).offset(unit.offsetSize);
  return newRangeList(unit, section, ranges + offset);
}

function oldRangeList(unit: Unit, offset: number): AddressRange[] {
  const file = unit.file.skeleton?.file ?? unit.file;
  const cursor = new ByteCursor(file.section(".debug_ranges"), offset);
  const ranges: AddressRange[] = [];
  let base = unit.lowPc;
  for (;;) {
    const start = cursor.unsigned(unit.addressSize);
    const end = cursor.unsigned(unit.addressSize);
    if (start === 0n && end === 0n) return ranges;
    if (start === BigInt.asUintN(unit.addressSize * 8, -1n)) base = Number(end);
    else add(ranges, unit, base + Number(start), base + Number(end));
  }
}

function newRangeList(unit: Unit, section: Uint8Array, offset: number): AddressRange[] {
  const cursor = new ByteCursor(section, offset);
  const ranges: AddressRange[] = [];
  let base = unit.lowPc;
  const dropped = Number.POSITIVE_INFINITY;
  const indexed = () => unit.indexedAddress(cursor.uleb()) ?? dropped;
  for (;;) {
    const kind = cursor.u8();
    switch (kind) {
      case dw.DW_RLE_end_of_list:
        return ranges;
      case dw.DW_RLE_base_addressx:
        base = indexed();
        break;
      case dw.DW_RLE_base_address:
        base = cursor.offset(unit.addressSize);
        break;
      case dw.DW_RLE_startx_endx:
        add(ranges, unit, indexed(), indexed());
        break;
      case dw.DW_RLE_startx_length: {
        const start = indexed();
        add(ranges, unit, start, start + cursor.uleb());
        break;
      }
      case dw.DW_RLE_offset_pair: {
        const start = base + cursor.uleb();
        add(ranges, unit, start, base + cursor.uleb());
        break;
      }
      case dw.DW_RLE_start_end: {
        const start = cursor.offset(unit.addressSize);
        add(ranges, unit, start, cursor.offset(unit.addressSize));
        break;
      }
      case dw.DW_RLE_start_length: {
        const start = cursor.offset(unit.addressSize);
        add(ranges, unit, start, start + cursor.uleb());
        break;
      }
      default:
        // What follows cannot be told apart any more.
        return ranges;
    }
  }
}

/** Adds a range that is not empty and that the linker did not drop. */
function add(ranges: AddressRange[], unit: Unit, rawStart: number, rawEnd: number): void {
  const start = unit.file.address(rawStart);
  const end = unit.file.address(rawEnd);
  if (start !== undefined && end !== undefined && end > start) ranges.push({ start, end });
}
