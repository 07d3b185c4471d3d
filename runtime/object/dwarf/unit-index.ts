/** Which compile unit an address belongs to: from the units' own entries, `.debug_aranges` or the line tables. */
import { ByteCursor, MalformedData } from "../byte-cursor.js";
import type { AddressRange } from "../object-file.js";
import { AddressMap } from "./address-map.js";
import * as dw from "./constants.js";
import type { DwarfFile } from "./dwarf-file.js";
import type { Unit } from "./unit.js";

export class UnitIndex {
  /** Those that have code: no type units, no partial ones. */
  readonly units: readonly Unit[];
  #map: AddressMap | undefined;

  constructor(readonly file: DwarfFile) {
    this.units = file.units.filter(({ type }) => type === dw.DW_UT_compile || type === dw.DW_UT_skeleton);
  }

  /** The unit that has the code at `address`: where it is split, the skeleton. */
  at(address: number): Unit | undefined {
    this.#map ??= this.#read();
    const index = this.#map.at(address);
    return index === undefined ? undefined : this.units[index];
  }

  #read(): AddressMap {
    const ranges: (AddressRange & { value: number })[] = [];
    let tabulated: Map<number, AddressRange[]> | undefined;
    this.units.forEach((unit, value) => {
      let own = unit.ranges;
      if (own.length === 0) {
        tabulated ??= readTable(this.file);
        own = tabulated.get(unit.offset) ?? [...(unit.lines?.sequences ?? [])];
      }
      for (const { start, end } of own) ranges.push({ start, end, value });
    });
    return new AddressMap(ranges);
  }
}

/** `.debug_aranges`: ranges by the offset of their unit (DWARF 5, section 6.1.2). */
function readTable(file: DwarfFile): Map<number, AddressRange[]> {
  const byUnit = new Map<number, AddressRange[]>();
  const cursor = new ByteCursor(file.section(".debug_aranges"));
  try {
    while (!cursor.isAtEnd) readSet(file, cursor, byUnit);
  } catch (error) {
    if (!(error instanceof MalformedData)) throw error;
    file.note("the table of address ranges is damaged");
  }
  return byUnit;
}

function readSet(file: DwarfFile, cursor: ByteCursor, byUnit: Map<number, AddressRange[]>): void {
  const start = cursor.position;
  let length = cursor.u32();
  const offsetSize = length === 0xffff_ffff ? 8 : 4;
  if (offsetSize === 8) length = cursor.offset64();
  const end = cursor.position + length;
  cursor.skip(2);
  const unit = cursor.offset(offsetSize);
  const addressSize = cursor.u8();
  cursor.skip(1);
  if (addressSize !== 4 && addressSize !== 8) throw new MalformedData(`addresses of ${addressSize} bytes`);
  // Pairs are aligned to their size, counted from the beginning of the set.
  const pair = 2 * addressSize;
  cursor.position = start + Math.ceil((cursor.position - start) / pair) * pair;
  const ranges: AddressRange[] = [];
  while (cursor.position + pair <= end) {
    const [address, size] = [cursor.offset(addressSize), cursor.offset(addressSize)];
    const loaded = file.address(address);
    if (loaded !== undefined && size > 0) ranges.push({ start: loaded, end: loaded + size });
  }
  if (ranges.length > 0) byUnit.set(unit, ranges);
  if (end > cursor.end) throw new MalformedData("a set of ranges reaches behind the end of its section");
  cursor.position = end;
}
