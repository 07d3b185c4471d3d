/** Location lists: expressions that hold for some instructions only (DWARF 5, section 2.6.2; DWARF 4, section 2.6.2). */
import { ByteCursor } from "../byte-cursor.js";
import type { AddressRange } from "../object-file.js";
import * as dw from "./constants.js";
import { type Entry, isListOffset } from "./entry.js";
import type { Unit } from "./unit.js";

/** An expression and the instructions that it holds for. */
export interface LocatedExpression extends AddressRange {
  readonly expression: Uint8Array;
}

/** The expression that holds at `address`; undefined where there is none. Without an address only one that holds always. */
export function expressionAt(entry: Entry, attribute: number, address: number | undefined): Uint8Array | undefined {
  const single = entry.block(attribute);
  if (single !== undefined || address === undefined) return single;
  // What holds by default comes last.
  return locationList(entry, attribute)?.find(({ start, end }) => address >= start && address < end)?.expression;
}

/** The list of an attribute; undefined when it has a single expression or none. */
export function locationList(entry: Entry, attribute: number): LocatedExpression[] | undefined {
  const form = entry.form(attribute);
  const value = entry.number(attribute);
  if (form === undefined || value === undefined) return undefined;
  const { unit } = entry;
  if (form === dw.DW_FORM_loclistx) {
    const section = unit.file.section(".debug_loclists");
    const { locations } = unit.bases;
    const offset = new ByteCursor(section, locations + value * unit.offsetSize).offset(unit.offsetSize);
    return newList(unit, section, locations + offset);
  }
  if (!isListOffset(form, unit.version)) return undefined;
  if (unit.version >= 5) return newList(unit, unit.file.section(".debug_loclists"), value);
  const section = unit.file.section(".debug_loc");
  return unit.file.skeleton ? oldSplitList(unit, section, value) : oldList(unit, section, value);
}

function oldList(unit: Unit, section: Uint8Array, offset: number): LocatedExpression[] {
  const cursor = new ByteCursor(section, offset);
  const list: LocatedExpression[] = [];
  let base = unit.lowPc;
  for (;;) {
    const start = cursor.unsigned(unit.addressSize);
    const end = cursor.unsigned(unit.addressSize);
    if (start === 0n && end === 0n) return list;
    if (start === BigInt.asUintN(unit.addressSize * 8, -1n)) base = Number(end);
    else add(list, unit, base + Number(start), base + Number(end), cursor.take(cursor.u16()));
  }
}

const DW_LLE_end_of_list = 0x00;
const DW_LLE_base_addressx = 0x01;
const DW_LLE_startx_endx = 0x02;
const DW_LLE_startx_length = 0x03;
const DW_LLE_offset_pair = 0x04;
const DW_LLE_default_location = 0x05;
const DW_LLE_base_address = 0x06;
const DW_LLE_start_end = 0x07;
const DW_LLE_start_length = 0x08;
const DW_LLE_GNU_view_pair = 0x09;

/** The lists of split units before DWARF 5 (GNU's "DebugFission"): the same kinds, with lengths of fixed sizes. */
function oldSplitList(unit: Unit, section: Uint8Array, offset: number): LocatedExpression[] {
  const cursor = new ByteCursor(section, offset);
  const list: LocatedExpression[] = [];
  let base = unit.lowPc;
  for (;;) {
    let start: number;
    let end: number;
    switch (cursor.u8()) {
      case DW_LLE_base_addressx:
        base = indexed(unit, cursor);
        continue;
      case DW_LLE_startx_endx:
        start = indexed(unit, cursor);
        end = indexed(unit, cursor);
        break;
      case DW_LLE_startx_length:
        start = indexed(unit, cursor);
        end = start + cursor.u32();
        break;
      case DW_LLE_offset_pair:
        start = base + cursor.u32();
        end = base + cursor.u32();
        break;
      default:
        return list;
    }
    add(list, unit, start, end, cursor.take(cursor.u16()));
  }
}

function newList(unit: Unit, section: Uint8Array, offset: number): LocatedExpression[] {
  const cursor = new ByteCursor(section, offset);
  const list: LocatedExpression[] = [];
  const defaults: LocatedExpression[] = [];
  let base = unit.lowPc;
  const expression = () => cursor.take(cursor.uleb());
  for (;;) {
    switch (cursor.u8()) {
      case DW_LLE_base_addressx:
        base = indexed(unit, cursor);
        break;
      case DW_LLE_base_address:
        base = cursor.offset(unit.addressSize);
        break;
      case DW_LLE_startx_endx: {
        const start = indexed(unit, cursor);
        add(list, unit, start, indexed(unit, cursor), expression());
        break;
      }
      case DW_LLE_startx_length: {
        const start = indexed(unit, cursor);
        add(list, unit, start, start + cursor.uleb(), expression());
        break;
      }
      case DW_LLE_offset_pair: {
        const start = base + cursor.uleb();
        add(list, unit, start, base + cursor.uleb(), expression());
        break;
      }
      case DW_LLE_start_end: {
        const start = cursor.offset(unit.addressSize);
        add(list, unit, start, cursor.offset(unit.addressSize), expression());
        break;
      }
      case DW_LLE_start_length: {
        const start = cursor.offset(unit.addressSize);
        add(list, unit, start, start + cursor.uleb(), expression());
        break;
      }
      case DW_LLE_default_location:
        defaults.push({ start: 0, end: Number.POSITIVE_INFINITY, expression: expression() });
        break;
      case DW_LLE_GNU_view_pair:
        cursor.skipLeb();
        cursor.skipLeb();
        break;
      case DW_LLE_end_of_list:
        return [...list, ...defaults];
      default:
        // What follows cannot be told apart any more.
        return [...list, ...defaults];
    }
  }
}

function indexed(unit: Unit, cursor: ByteCursor): number {
  return unit.indexedAddress(cursor.uleb()) ?? Number.POSITIVE_INFINITY;
}

/** Adds an expression whose code the linker did not drop. */
function add(list: LocatedExpression[], unit: Unit, rawStart: number, rawEnd: number, expression: Uint8Array): void {
  const start = unit.file.address(rawStart);
  const end = unit.file.address(rawEnd);
  if (start !== undefined && end !== undefined && end > start) list.push({ start, end, expression });
}
