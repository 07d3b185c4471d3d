/** Headers of line number programs: directories and files (DWARF 5, section 6.2.4; DWARF 2 to 4 as they had it). */
import { joinPath } from "../../base/source-path.js";
import { ByteCursor, MalformedData } from "../byte-cursor.js";
import * as dw from "./constants.js";
import type { DwarfFile } from "./dwarf-file.js";
import { fixedFormSize, skipVariableForm, type UnitFormat } from "./form-sizes.js";

/** A source file as a line table names it. */
export interface LineFile {
  readonly name: string;
  /** With its directory, as absolute as the compiler told it. */
  readonly path: string;
  /** MD5 of the text in hexadecimal digits, where the compiler told it. */
  readonly md5?: string;
}

/** What a line number program needs to be run. */
export interface LineHeader {
  readonly version: number;
  readonly offsetSize: number;
  /** Where the program begins and ends (exclusive) in `.debug_line`. */
  readonly start: number;
  readonly end: number;
  readonly minimumInstructionLength: number;
  readonly defaultIsStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Number of operands of each standard opcode, by opcode − 1. */
  readonly operandCounts: Uint8Array;
  readonly directories: readonly string[];
  /** By the number that the program uses: from 0 in DWARF 5, from 1 before that. */
  readonly files: (LineFile | undefined)[];
}

/** Reads the header at `offset` of `.debug_line`. `directory` and `name` are those of the unit. */
export function readLineHeader(
  file: DwarfFile,
  offset: number,
  directory: string | undefined,
  name: string | undefined,
): LineHeader {
  const cursor = new ByteCursor(file.section(".debug_line"), offset);
  let length = cursor.u32();
  const offsetSize = length === 0xffff_ffff ? 8 : 4;
  if (offsetSize === 8) length = cursor.offset64();
  const end = cursor.position + length;
  const version = cursor.u16();
  if (version < 2 || version > 5) throw new MalformedData(`line tables of version ${version} are not known`);
  let addressSize = 8;
  if (version >= 5) {
    addressSize = cursor.u8();
    cursor.skip(1);
  }
  const headerLength = cursor.offset(offsetSize);
  const start = cursor.position + headerLength;
  if (end > cursor.end || start > end) throw new MalformedData("a line table reaches behind the end of its section");
  const minimumInstructionLength = cursor.u8();
  if (version >= 4) cursor.skip(1);
  const defaultIsStatement = cursor.u8() !== 0;
  const lineBase = cursor.i8();
  const lineRange = cursor.u8();
  const opcodeBase = cursor.u8();
  const operandCounts = cursor.take(Math.max(opcodeBase - 1, 0));
  const format = { version, offsetSize, addressSize };
  const tables =
    version >= 5 ? readTables(file, cursor, format, directory) : readOldTables(cursor, directory ?? "", name);
  return {
    version,
    offsetSize,
    start,
    end,
    minimumInstructionLength,
    defaultIsStatement,
    lineBase,
    lineRange,
    opcodeBase,
    operandCounts,
    ...tables,
  };
}

type Tables = Pick<LineHeader, "directories" | "files">;

function readOldTables(cursor: ByteCursor, directory: string, name: string | undefined): Tables {
  const directories = [directory];
  for (let text = cursor.text(); text !== ""; text = cursor.text()) directories.push(resolve(directory, text));
  const files: (LineFile | undefined)[] = [name === undefined ? undefined : { name, path: resolve(directory, name) }];
  for (let text = cursor.text(); text !== ""; text = cursor.text()) files.push(readOldFile(cursor, text, directories));
  return { directories, files };
}

/** Reads what follows a file's name before DWARF 5: directory, time and length. */
export function readOldFile(cursor: ByteCursor, name: string, directories: readonly string[]): LineFile {
  const directory = directories[cursor.uleb()] ?? "";
  cursor.skipLeb();
  cursor.skipLeb();
  return { name, path: resolve(directory, name) };
}

function readTables(
  file: DwarfFile,
  cursor: ByteCursor,
  format: UnitFormat,
  unitDirectory: string | undefined,
): Tables {
  const directories: string[] = [];
  for (const { name } of readEntries(file, cursor, format)) {
    // Directory 0 is the unit's own; the others begin at it.
    directories.push(resolve(directories[0] ?? unitDirectory ?? "", name));
  }
  const files = readEntries(file, cursor, format).map(({ name, directory, md5 }) => ({
    name,
    path: resolve(directories[directory] ?? "", name),
    ...(md5 === undefined ? {} : { md5 }),
  }));
  return { directories, files };
}

interface PathEntry {
  readonly name: string;
  readonly directory: number;
  readonly md5: string | undefined;
}

function readEntries(file: DwarfFile, cursor: ByteCursor, format: UnitFormat): PathEntry[] {
  const fields: { readonly content: number; readonly form: number }[] = [];
  for (let count = cursor.u8(); count > 0; count--) fields.push({ content: cursor.uleb(), form: cursor.uleb() });
  const entries: PathEntry[] = [];
  const count = cursor.uleb();
  // Without fields that take up room, any count would do.
  const isEmpty = fields.every(({ form }) => fixedFormSize(form, format) === 0);
  if (count > 0 && isEmpty) throw new MalformedData("a table of files without fields");
  for (let index = 0; index < count; index++) {
    let name = "";
    let directory = 0;
    let md5: string | undefined;
    for (const { content, form } of fields) {
      if (content === dw.DW_LNCT_path) name = readText(file, cursor, form, format) ?? "";
      else if (content === dw.DW_LNCT_directory_index) directory = readNumber(cursor, form);
      else if (content === dw.DW_LNCT_MD5 && form === dw.DW_FORM_data16) md5 = hexadecimal(cursor.take(16));
      else skip(cursor, form, format);
    }
    entries.push({ name, directory, md5 });
  }
  return entries;
}

function readText(file: DwarfFile, cursor: ByteCursor, form: number, format: UnitFormat): string | undefined {
  switch (form) {
    case dw.DW_FORM_string:
      return cursor.text();
    case dw.DW_FORM_line_strp:
      return file.text(".debug_line_str", cursor.offset(format.offsetSize));
    case dw.DW_FORM_strp:
      return file.text(".debug_str", cursor.offset(format.offsetSize));
    default:
      skip(cursor, form, format);
      return undefined;
  }
}

function readNumber(cursor: ByteCursor, form: number): number {
  switch (form) {
    case dw.DW_FORM_udata:
      return cursor.uleb();
    case dw.DW_FORM_data1:
      return cursor.u8();
    case dw.DW_FORM_data2:
      return cursor.u16();
    case dw.DW_FORM_data4:
      return cursor.u32();
    default:
      throw new MalformedData(`form 0x${form.toString(16)} of a directory's number`);
  }
}

function skip(cursor: ByteCursor, form: number, format: UnitFormat): void {
  const size = fixedFormSize(form, format);
  if (size >= 0) cursor.skip(size);
  else skipVariableForm(form, cursor, format);
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Files repeat in every unit: joining a path takes longer than finding it here. */
const resolved = new Map<string, string>();
const mostResolved = 20_000;

function resolve(directory: string, name: string): string {
  const key = `${directory}\0${name}`;
  let path = resolved.get(key);
  if (path === undefined) {
    path = directory === "" ? name : joinPath(directory, name);
    if (resolved.size >= mostResolved) resolved.clear();
    resolved.set(key, path);
  }
  return path;
}
