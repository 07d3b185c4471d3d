/**
 * How to unwind one frame from any instruction, by the program's own tables: `.eh_frame`, found through
 * `.eh_frame_hdr` where there is one, and `.debug_frame`. As data; whoever unwinds has the registers and the memory.
 */
import { attempt, ByteCursor } from "./byte-cursor.js";
import { AddressMap } from "./dwarf/address-map.js";
import {
  type CommonEntry,
  type FrameSection,
  type FunctionEntry,
  readCommonEntry,
  readEncoded,
  readFunctionEntry,
  recordAt,
} from "./dwarf/call-frame-records.js";
import { type CallFrameRow, type CfaRule, type RegisterRule, rowsOf } from "./dwarf/call-frame-rows.js";
import type { ObjectFile } from "./object-file.js";

export type { CfaRule, RegisterRule };

/** The rules at an instruction. Registers have DWARF's numbers (`generalRegisters` translates), addresses the program's. */
export interface UnwindRow extends CallFrameRow {
  /** Of the function, or the part of it that the table describes; `functionEnd` is exclusive. */
  readonly functionStart: number;
  readonly functionEnd: number;
  /** The register whose rule gives the return address: 16. Its rule "undefined" marks the bottom of a stack. */
  readonly returnAddress: number;
  /** The frame that a signal made: its return address is the next instruction itself, not one behind a call. */
  readonly isSignalFrame: boolean;
}

/** The hardware's number of a general register by DWARF's number (System V ABI for x86-64, figure 3.36). */
export const generalRegisters: readonly number[] = [0, 2, 1, 3, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15];

interface Found {
  readonly entry: FunctionEntry;
  readonly rows: readonly CallFrameRow[];
}

export class CallFrames {
  readonly notes: string[] = [];
  readonly #tables: readonly FrameTable[];

  /** `bias`: where the program is loaded, less where it was linked for. */
  constructor(
    object: ObjectFile,
    readonly bias = 0,
    debugObject = object,
  ) {
    const note = (problem: string) => this.notes.push(problem);
    this.#tables = [
      new FrameTable(object, ".eh_frame", bias, note),
      new FrameTable(debugObject, ".debug_frame", bias, note),
    ];
  }

  /** The rules at the instruction at `address`; undefined where the program's tables say nothing. */
  at(address: number): UnwindRow | undefined {
    for (const table of this.#tables) {
      const found = table.at(address - this.bias);
      const row = found?.rows.find(({ start, end }) => address - this.bias >= start && address - this.bias < end);
      if (!found || !row) continue;
      const { low, high, common } = found.entry;
      return {
        ...row,
        start: row.start + this.bias,
        end: row.end + this.bias,
        functionStart: low + this.bias,
        functionEnd: high + this.bias,
        returnAddress: common.returnAddress,
        isSignalFrame: common.isSignalFrame,
      };
    }
    return undefined;
  }
}

/** One section. Addresses are those of the file. */
class FrameTable {
  readonly #section: FrameSection;
  readonly #common = new Map<number, CommonEntry>();
  readonly #found = new Map<number, Found | undefined>();
  #index: AddressMap | undefined;
  #search: SearchTable | undefined | "none";

  constructor(
    readonly object: ObjectFile,
    readonly name: ".eh_frame" | ".debug_frame",
    readonly bias: number,
    readonly note: (problem: string) => void,
  ) {
    this.#section = {
      bytes: object.section(name) ?? new Uint8Array(),
      address: object.sectionAddress(name) ?? 0,
      isExceptionFrame: name === ".eh_frame",
    };
  }

  at(address: number): Found | undefined {
    const offset = this.#offsetFor(address);
    if (offset === undefined) return undefined;
    if (!this.#found.has(offset)) this.#found.set(offset, this.#read(offset));
    const found = this.#found.get(offset);
    return found && address >= found.entry.low && address < found.entry.high ? found : undefined;
  }

  #offsetFor(address: number): number | undefined {
    if (this.name === ".eh_frame") {
      this.#search ??= attempt(this.note, ".eh_frame_hdr", () => SearchTable.read(this.object)) ?? "none";
      if (this.#search !== "none") {
        const place = this.#search.at(address);
        return place === undefined ? undefined : place - this.#section.address;
      }
    }
    this.#index ??= this.#readIndex();
    return this.#index.at(address);
  }

  #read(offset: number): Found | undefined {
    return attempt(this.note, `a record of ${this.name}`, () => {
      const entry = this.#entryAt(offset);
      return entry && { entry, rows: rowsOf(this.#section, entry) };
    });
  }

  #entryAt(offset: number): FunctionEntry | undefined {
    const record = recordAt(this.#section, offset);
    return record && readFunctionEntry(this.#section, record, (common) => this.#commonAt(common));
  }

  #commonAt(offset: number): CommonEntry {
    let common = this.#common.get(offset);
    if (common === undefined) {
      common = readCommonEntry(this.#section, offset);
      this.#common.set(offset, common);
    }
    return common;
  }

  /** Goes through all records once; what comes behind damage is left out. */
  #readIndex(): AddressMap {
    const ranges: { start: number; end: number; value: number }[] = [];
    const lowestCode = this.object.code[0]?.start ?? 1;
    attempt(this.note, this.name, () => {
      for (let offset = 0; ; ) {
        const record = recordAt(this.#section, offset);
        if (!record) return;
        if (record.common !== undefined) {
          const { low, high } = readFunctionEntry(this.#section, record, (common) => this.#commonAt(common));
          // Functions that the linker dropped begin at 0.
          if (low >= lowestCode && high > low) ranges.push({ start: low, end: high, value: offset });
        }
        offset = record.end;
      }
    });
    return new AddressMap(ranges);
  }
}

/** DW_EH_PE_datarel | DW_EH_PE_sdata4: what linkers write, and what can be searched. */
const searchableEncoding = 0x3b;

/** The sorted table of `.eh_frame_hdr` (Linux Standard Base, "The .eh_frame_hdr section"). */
class SearchTable {
  private constructor(
    readonly view: DataView,
    readonly address: number,
    readonly count: number,
  ) {}

  static read(object: ObjectFile): SearchTable | undefined {
    const bytes = object.section(".eh_frame_hdr");
    const address = object.sectionAddress(".eh_frame_hdr");
    if (bytes === undefined || address === undefined) return undefined;
    const cursor = new ByteCursor(bytes);
    const [version, pointer, counter, table] = [cursor.u8(), cursor.u8(), cursor.u8(), cursor.u8()];
    if (version !== 1 || table !== searchableEncoding) return undefined;
    readEncoded({ address }, cursor, pointer);
    const count = readEncoded({ address }, cursor, counter) ?? 0;
    const start = cursor.position;
    cursor.skip(count * 8);
    return new SearchTable(new DataView(bytes.buffer, bytes.byteOffset + start, count * 8), address, count);
  }

  /** The address of the record that may describe the code at `address`. */
  at(address: number): number | undefined {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.address + this.view.getInt32(middle * 8, true) <= address) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : this.address + this.view.getInt32((low - 1) * 8 + 4, true);
  }
}
