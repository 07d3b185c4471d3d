/**
 * The records of `.eh_frame` and `.debug_frame` (System V ABI for x86-64, section 3.7 and Linux Standard Base, "Exception
 * Frames"; DWARF 5, section 6.4.1): what functions have in common (CIE), and what each has of its own (FDE).
 */
import { ByteCursor, MalformedData } from "../byte-cursor.js";

/** A section with call frame records, and where it is linked for: encoded pointers may be relative to that. */
export interface FrameSection {
  readonly bytes: Uint8Array;
  readonly address: number;
  /** `.eh_frame`: its records differ a little from those of `.debug_frame`. */
  readonly isExceptionFrame: boolean;
}

/** Common information entry. */
export interface CommonEntry {
  readonly codeAlignment: number;
  readonly dataAlignment: number;
  /** The number of the column that holds the return address: 16 on x86-64. */
  readonly returnAddress: number;
  /** How the functions' records encode addresses (`DW_EH_PE_*`). */
  readonly addressEncoding: number;
  readonly dataEncoding: number;
  readonly hasAugmentationData: boolean;
  readonly isSignalFrame: boolean;
  /** Of its instructions in the section. */
  readonly start: number;
  readonly end: number;
}

/** Frame description entry: the addresses are those of the file. */
export interface FunctionEntry {
  readonly common: CommonEntry;
  readonly low: number;
  /** Exclusive. */
  readonly high: number;
  /** Where the language keeps what it needs to handle exceptions (LSDA). */
  readonly languageData: number | undefined;
  readonly start: number;
  readonly end: number;
}

const DW_EH_PE_omit = 0xff;
const DW_EH_PE_pcrel = 0x10;
const DW_EH_PE_datarel = 0x30;
const DW_EH_PE_indirect = 0x80;

/** A record before it is known what it is. */
export interface RecordFrame {
  /** Behind the id. */
  readonly contents: number;
  readonly end: number;
  /** Offset of the CIE of an FDE; undefined for a CIE. */
  readonly common: number | undefined;
  readonly offsetSize: number;
}

/** The record at `offset`; undefined at the end of the section. */
export function recordAt(section: FrameSection, offset: number): RecordFrame | undefined {
  if (offset + 4 > section.bytes.length) return undefined;
  const cursor = new ByteCursor(section.bytes, offset);
  let length = cursor.u32();
  if (length === 0) return undefined;
  const offsetSize = length === 0xffff_ffff ? 8 : 4;
  if (offsetSize === 8) length = cursor.offset64();
  const end = cursor.position + length;
  if (end > section.bytes.length) throw new MalformedData("a call frame record reaches behind the end of its section");
  const idAt = cursor.position;
  // In `.eh_frame` the id is 4 bytes long in either format.
  const idSize = section.isExceptionFrame ? 4 : offsetSize;
  const id = idSize === 8 ? cursor.u64() : BigInt(cursor.u32());
  const contents = cursor.position;
  if (section.isExceptionFrame) {
    return { contents, end, common: id === 0n ? undefined : idAt - Number(id), offsetSize };
  }
  const commonId = idSize === 8 ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn;
  return { contents, end, common: id === commonId ? undefined : Number(id), offsetSize };
}

/** Reads the CIE at `offset`. */
export function readCommonEntry(section: FrameSection, offset: number): CommonEntry {
  const record = recordAt(section, offset);
  if (!record || record.common !== undefined) throw new MalformedData("a call frame record without its common part");
  const cursor = new ByteCursor(section.bytes, record.contents, record.end);
  const version = cursor.u8();
  const augmentation = cursor.text();
  if (version >= 4) cursor.skip(2);
  if (augmentation.startsWith("eh")) cursor.skip(8);
  const codeAlignment = cursor.uleb();
  const dataAlignment = cursor.sleb();
  const returnAddress = version === 1 ? cursor.u8() : cursor.uleb();
  let addressEncoding = 0;
  let dataEncoding = DW_EH_PE_omit;
  let isSignalFrame = false;
  const hasAugmentationData = augmentation.startsWith("z");
  if (hasAugmentationData) {
    const behind = cursor.uleb() + cursor.position;
    for (const letter of augmentation.slice(1)) {
      if (letter === "R") addressEncoding = cursor.u8();
      else if (letter === "L") dataEncoding = cursor.u8();
      else if (letter === "P") readEncoded(section, cursor, cursor.u8());
      else if (letter === "S") isSignalFrame = true;
      // What an unknown letter has is not known; the length leads past all of it.
      else if (letter !== "B") break;
    }
    cursor.position = behind;
  }
  return {
    codeAlignment,
    dataAlignment,
    returnAddress,
    addressEncoding,
    dataEncoding,
    hasAugmentationData,
    isSignalFrame,
    start: cursor.position,
    end: record.end,
  };
}

/** Reads the FDE whose record is given; `common` reads its CIE. */
export function readFunctionEntry(
  section: FrameSection,
  record: RecordFrame,
  common: (offset: number) => CommonEntry,
): FunctionEntry {
  if (record.common === undefined) throw new MalformedData("a common record in the place of a function's");
  const cie = common(record.common);
  const cursor = new ByteCursor(section.bytes, record.contents, record.end);
  const low = readEncoded(section, cursor, cie.addressEncoding) ?? 0;
  // The length is encoded like the address, but relative to nothing.
  const length = readEncoded(section, cursor, cie.addressEncoding & 0x0f) ?? 0;
  let languageData: number | undefined;
  if (cie.hasAugmentationData) {
    const behind = cursor.uleb() + cursor.position;
    if (cie.dataEncoding !== DW_EH_PE_omit && behind > cursor.position) {
      languageData = readEncoded(section, cursor, cie.dataEncoding);
    }
    cursor.position = behind;
  }
  return { common: cie, low, high: low + length, languageData, start: cursor.position, end: record.end };
}

/** A pointer in one of the encodings `DW_EH_PE_*`; undefined for none. */
export function readEncoded(
  section: Pick<FrameSection, "address">,
  cursor: ByteCursor,
  encoding: number,
): number | undefined {
  if (encoding === DW_EH_PE_omit) return undefined;
  const place = section.address + cursor.position;
  const value = readValue(cursor, encoding & 0x0f);
  if (value === 0) return (encoding & 0x70) === DW_EH_PE_datarel ? section.address : 0;
  // One that is to be fetched from memory is told by where it is.
  switch (encoding & 0x70 & ~DW_EH_PE_indirect) {
    case DW_EH_PE_pcrel:
      return place + value;
    case DW_EH_PE_datarel:
      return section.address + value;
    default:
      return value;
  }
}

function readValue(cursor: ByteCursor, format: number): number {
  switch (format) {
    case 0x00:
    case 0x04:
      return cursor.offset64();
    case 0x01:
      return cursor.uleb();
    case 0x02:
      return cursor.u16();
    case 0x03:
      return cursor.u32();
    case 0x09:
      return cursor.sleb();
    case 0x0a:
      return cursor.i16();
    case 0x0b:
      return cursor.i32();
    case 0x0c:
      return Number(cursor.i64());
    default:
      throw new MalformedData(`a pointer of an unknown encoding (${format})`);
  }
}
