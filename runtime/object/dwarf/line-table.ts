/** Line tables: which line an instruction comes from (DWARF 5, section 6.2). */
import { ByteCursor, MalformedData } from "../byte-cursor.js";
import type { AddressRange } from "../object-file.js";
import * as dw from "./constants.js";
import type { DwarfFile } from "./dwarf-file.js";
import { type LineFile, type LineHeader, readLineHeader, readOldFile } from "./line-header.js";

/** From `address` on, instructions come from this place, up to the address of the next row. */
export interface LineTableRow {
  readonly address: number;
  /** Index into the table's files. */
  readonly file: number;
  /** From 1; 0 for code that comes from no line. */
  readonly line: number;
  /** From 1; 0 when the compiler tells none. In bytes of the source. */
  readonly column: number;
  /** A place for a breakpoint: a statement begins here. */
  readonly isStatement: boolean;
  /** A breakpoint on the function goes here. */
  readonly isPrologueEnd: boolean;
  readonly isEpilogueBegin: boolean;
  readonly discriminator: number;
}

/** Consecutive rows without a gap, sorted by address. `last` is exclusive. */
export interface LineSequence extends AddressRange {
  readonly first: number;
  readonly last: number;
}

const isStatementFlag = 1;
const prologueEndFlag = 2;
const epilogueBeginFlag = 4;

/** The table of one unit; the rows are made when first asked for. */
export class LineTable {
  readonly #header: LineHeader;
  #rows: Rows | undefined;

  /** Reads the header at `offset` of `.debug_line`. Throws `MalformedData`. */
  constructor(
    readonly file: DwarfFile,
    offset: number,
    directory: string | undefined,
    name: string | undefined,
  ) {
    this.#header = readLineHeader(file, offset, directory, name);
  }

  /** By the number that rows and `DW_AT_decl_file` use. */
  get files(): readonly (LineFile | undefined)[] {
    return this.#header.files;
  }

  get directories(): readonly string[] {
    return this.#header.directories;
  }

  /** Sorted by address. */
  get sequences(): readonly LineSequence[] {
    return this.#decoded.sequences;
  }

  get rowCount(): number {
    return this.#decoded.addresses.length;
  }

  row(index: number): LineTableRow {
    const { addresses, files, lines, columns, flags, discriminators } = this.#decoded;
    const flag = flags[index] ?? 0;
    return {
      address: addresses[index] ?? 0,
      file: files[index] ?? 0,
      line: lines[index] ?? 0,
      column: columns[index] ?? 0,
      isStatement: (flag & isStatementFlag) !== 0,
      isPrologueEnd: (flag & prologueEndFlag) !== 0,
      isEpilogueBegin: (flag & epilogueBeginFlag) !== 0,
      discriminator: discriminators[index] ?? 0,
    };
  }

  /** The address of a row alone. */
  addressOf(index: number): number {
    return this.#decoded.addresses[index] ?? 0;
  }

  lineOf(index: number): number {
    return this.#decoded.lines[index] ?? 0;
  }

  fileOf(index: number): number {
    return this.#decoded.files[index] ?? 0;
  }

  discriminatorOf(index: number): number {
    return this.#decoded.discriminators[index] ?? 0;
  }

  isStatement(index: number): boolean {
    return ((this.#decoded.flags[index] ?? 0) & isStatementFlag) !== 0;
  }

  /**
   * Index of the row that `address` belongs to. Of several at one address the last one counts, or the last one where
   * a statement begins: so does gdb.
   */
  indexAt(address: number): number | undefined {
    const sequence = this.sequenceAt(address);
    if (!sequence) return undefined;
    const { addresses, flags } = this.#decoded;
    const last = upperBound(addresses, sequence.first, sequence.last, address) - 1;
    for (let index = last; index >= sequence.first && addresses[index] === addresses[last]; index--) {
      if (((flags[index] ?? 0) & isStatementFlag) !== 0) return index;
    }
    return last < sequence.first ? undefined : last;
  }

  /** Where the row's instructions end: the next address in its sequence. */
  endOf(index: number): number {
    const { addresses } = this.#decoded;
    const address = addresses[index] ?? 0;
    const sequence = this.sequenceAt(address);
    for (let next = index + 1; sequence && next < sequence.last; next++) {
      if ((addresses[next] ?? 0) > address) return addresses[next] ?? 0;
    }
    return sequence?.end ?? address;
  }

  /**
   * The instructions of the row's line around it, and whether a statement begins with the first one. Where
   * discriminators tell apart several blocks of a line, the rows of all that follow each other are one: so does gdb.
   */
  extentOf(index: number): AddressRange & { readonly isStatement: boolean } {
    const { addresses, lines, files, discriminators, flags } = this.#decoded;
    const sequence = this.sequenceAt(addresses[index] ?? 0);
    const follows = (row: number) => lines[row] === lines[row - 1] && files[row] === files[row - 1];
    let first = index;
    let block = (discriminators[index] ?? 0) === 0 ? undefined : index;
    if (sequence) {
      for (let row = index; row > sequence.first && follows(row); row--) {
        if ((discriminators[row] ?? 0) !== 0) block = row;
        if ((discriminators[row - 1] ?? 0) !== 0) block = row - 1;
      }
      // The first row with a discriminator goes with the one before it, if that is of the same line.
      if (block !== undefined) first = block > sequence.first && follows(block) ? block - 1 : block;
    }
    let last = index;
    let hasBlocks = block !== undefined;
    while (sequence && last + 1 < sequence.last && follows(last + 1)) {
      hasBlocks ||= (discriminators[last + 1] ?? 0) !== 0;
      if (!hasBlocks) break;
      last++;
    }
    return {
      start: addresses[first] ?? 0,
      end: this.endOf(last),
      isStatement: ((flags[first] ?? 0) & isStatementFlag) !== 0,
    };
  }

  /** The sequence that `address` belongs to. */
  sequenceAt(address: number): LineSequence | undefined {
    const { sequences } = this.#decoded;
    let low = 0;
    let high = sequences.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sequences[middle]?.start ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    // Sequences of damaged files may overlap; the nearest one that reaches far enough has it.
    const sequence = sequences[low - 1];
    return sequence && address < sequence.end ? sequence : undefined;
  }

  /** Index of the first row of a sequence whose address is `address` or behind. */
  firstAtOrBehind(sequence: LineSequence, address: number): number {
    return upperBound(this.#decoded.addresses, sequence.first, sequence.last, address - 1);
  }

  get #decoded(): Rows {
    this.#rows ??= runProgram(this.file, this.#header);
    return this.#rows;
  }
}

interface Rows {
  readonly addresses: Float64Array;
  readonly files: Uint32Array;
  readonly lines: Uint32Array;
  readonly columns: Uint32Array;
  readonly flags: Uint8Array;
  readonly discriminators: Uint32Array;
  readonly sequences: readonly LineSequence[];
}

/** Behind all addresses of programs; what is damaged can be behind all numbers. */
const addressEnd = 0x1_0000_0000_0000;

function isAddress(value: number): boolean {
  return value >= 0 && value < addressEnd && Number.isInteger(value);
}

function areAddresses(values: readonly number[], first: number): boolean {
  for (let index = first; index < values.length; index++) if (!isAddress(values[index] ?? 0)) return false;
  return true;
}

/** The state machine of section 6.2.2. What is damaged ends the table; the sequences before it stay. */
function runProgram(dwarf: DwarfFile, header: LineHeader): Rows {
  const addresses: number[] = [];
  const files: number[] = [];
  const lines: number[] = [];
  const columns: number[] = [];
  const flags: number[] = [];
  const discriminators: number[] = [];
  const sequences: LineSequence[] = [];
  const { lineBase, lineRange, opcodeBase, minimumInstructionLength: unit } = header;
  const cursor = new ByteCursor(dwarf.section(".debug_line"), header.start, header.end);
  let [address, file, line, column, discriminator, flag, first] = [0, 1, 1, 0, 0, 0, 0];
  const start = header.defaultIsStatement ? isStatementFlag : 0;
  const reset = () => {
    [address, file, line, column, discriminator, flag] = [0, 1, 1, 0, 0, start];
    first = addresses.length;
  };
  const emit = () => {
    addresses.push(address);
    files.push(file);
    lines.push(line);
    columns.push(column);
    flags.push(flag);
    discriminators.push(discriminator);
    flag &= isStatementFlag;
    discriminator = 0;
  };
  const cutOff = () => {
    for (const array of [addresses, files, lines, columns, flags, discriminators]) array.length = first;
  };
  const endSequence = () => {
    const from = dwarf.address(addresses[first] ?? address);
    // What the linker dropped begins at an address below all code.
    if (from === undefined || addresses.length === first || !(address > (addresses[first] ?? 0))) cutOff();
    else if (!areAddresses(addresses, first) || !isAddress(address)) {
      dwarf.note("a part of a line table leaves the program's addresses");
      cutOff();
    } else {
      const bias = dwarf.addresses.bias;
      for (let index = first; index < addresses.length; index++) addresses[index] = (addresses[index] ?? 0) + bias;
      sequences.push({ start: from, end: address + bias, first, last: addresses.length });
    }
    reset();
  };
  const extended = () => {
    const end = cursor.uleb() + cursor.position;
    switch (cursor.u8()) {
      case dw.DW_LNE_end_sequence:
        endSequence();
        break;
      case dw.DW_LNE_set_address:
        address = cursor.offset(end - cursor.position === 4 ? 4 : 8);
        break;
      case dw.DW_LNE_define_file:
        header.files.push(readOldFile(cursor, cursor.text(), header.directories));
        break;
      case dw.DW_LNE_set_discriminator:
        discriminator = cursor.uleb();
        break;
    }
    cursor.position = end;
  };
  reset();
  const step = () => {
    const opcode = cursor.u8();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      address += unit * Math.trunc(adjusted / lineRange);
      line += lineBase + (adjusted % lineRange);
      emit();
      return;
    }
    switch (opcode) {
      case 0:
        extended();
        return;
      case dw.DW_LNS_copy:
        emit();
        return;
      case dw.DW_LNS_advance_pc:
        address += unit * cursor.uleb();
        return;
      case dw.DW_LNS_advance_line:
        line += cursor.sleb();
        return;
      case dw.DW_LNS_set_file:
        file = cursor.uleb();
        return;
      case dw.DW_LNS_set_column:
        column = cursor.uleb();
        return;
      case dw.DW_LNS_negate_stmt:
        flag ^= isStatementFlag;
        return;
      case dw.DW_LNS_set_basic_block:
        return;
      case dw.DW_LNS_const_add_pc:
        address += unit * Math.trunc((255 - opcodeBase) / lineRange);
        return;
      case dw.DW_LNS_fixed_advance_pc:
        address += cursor.u16();
        return;
      case dw.DW_LNS_set_prologue_end:
        flag |= prologueEndFlag;
        return;
      case dw.DW_LNS_set_epilogue_begin:
        flag |= epilogueBeginFlag;
        return;
      default:
        // set_isa, and opcodes of the future: their operands are counted in the header.
        for (let count = header.operandCounts[opcode - 1] ?? 0; count > 0; count--) cursor.skipLeb();
    }
  };
  try {
    while (!cursor.isAtEnd && lineRange > 0) step();
  } catch (error) {
    if (!(error instanceof MalformedData)) throw error;
    dwarf.note("a line table is damaged: lines of a part of the program are missing");
  }
  cutOff();
  sequences.sort((one, two) => one.start - two.start);
  return {
    addresses: Float64Array.from(addresses),
    files: Uint32Array.from(files),
    lines: Uint32Array.from(lines),
    columns: Uint32Array.from(columns),
    flags: Uint8Array.from(flags),
    discriminators: Uint32Array.from(discriminators),
    sequences,
  };
}

/** Index of the first of `sorted[low..high]` that is greater than `value`. */
function upperBound(sorted: Float64Array, low: number, high: number, value: number): number {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
