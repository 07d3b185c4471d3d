/** The parts of the ELF format that are read here (System V ABI, chapters 4 and 5; names as there). */

import { MalformedData } from "./byte-cursor.js";

export const elfMagic = [0x7f, 0x45, 0x4c, 0x46] as const;

export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;
export const ET_REL = 1;
export const ET_EXEC = 2;
export const ET_DYN = 3;
export const ET_CORE = 4;
export const EM_X86_64 = 62;
export const PT_LOAD = 1;
export const PT_INTERP = 3;
export const PT_TLS = 7;
export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;
export const SHT_SYMTAB = 2;
export const SHT_RELA = 4;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;
export const SHT_DYNSYM = 11;
export const SHT_GROUP = 17;
export const SHF_WRITE = 0x1;
export const SHF_ALLOC = 0x2;
export const SHF_EXECINSTR = 0x4;
export const SHF_MERGE = 0x10;
export const SHF_STRINGS = 0x20;
export const SHF_TLS = 0x400;
export const SHF_COMPRESSED = 0x800;
export const GRP_COMDAT = 1;
export const SHN_UNDEF = 0;
export const SHN_ABS = 0xfff1;
export const SHN_COMMON = 0xfff2;
export const SHN_XINDEX = 0xffff;
export const STT_NOTYPE = 0;
export const STT_OBJECT = 1;
export const STT_FUNC = 2;
export const STT_SECTION = 3;
export const STT_FILE = 4;
export const STT_TLS = 6;
export const STT_GNU_IFUNC = 10;
export const STB_LOCAL = 0;
export const STB_GLOBAL = 1;
export const STB_WEAK = 2;

/** Machines that a user is likely to have built for by mistake (ELF `e_machine`). */
export const machineNames: ReadonlyMap<number, string> = new Map([
  [3, "32-bit x86 (i386)"],
  [8, "MIPS"],
  [20, "PowerPC"],
  [21, "64-bit PowerPC"],
  [22, "IBM S/390"],
  [40, "32-bit ARM"],
  [183, "64-bit ARM (AArch64)"],
  [243, "RISC-V"],
  [258, "LoongArch"],
]);

export interface FileHeader {
  readonly elfClass: number;
  readonly data: number;
  readonly type: number;
  readonly machine: number;
  readonly entry: bigint;
  readonly programHeaders: { readonly offset: number; readonly entrySize: number; readonly count: number };
  readonly sectionHeaders: { readonly offset: number; readonly entrySize: number; readonly count: number };
  readonly sectionNamesIndex: number;
}

export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: bigint;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly alignment: number;
}

export interface SectionHeader {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly alignment: number;
  readonly entrySize: number;
}

export interface ElfSymbol {
  readonly name: string;
  readonly type: number;
  readonly binding: number;
  readonly sectionIndex: number;
  readonly value: bigint;
  readonly size: number;
}

function entrySizeOf(table: SectionHeader): number {
  return table.entrySize === 0 ? 24 : table.entrySize;
}

/** Thrown inside this folder when a read leaves the file; `readExecutable` turns it into a message. */
export class TruncatedFile extends MalformedData {
  constructor() {
    super("the file is cut off");
  }
}

const textDecoder = new TextDecoder();

/** Reads the structures of an ELF64 little-endian file. Reads behind the end throw `TruncatedFile`. */
export class ElfFile {
  private readonly data: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The ELF header; the identification and machine can be trusted for 32-bit files, too. */
  header(): FileHeader {
    return {
      elfClass: this.byte(4),
      data: this.byte(5),
      type: this.half(16),
      machine: this.half(18),
      entry: this.long(24),
      programHeaders: { offset: this.offset(32), entrySize: this.half(54), count: this.half(56) },
      sectionHeaders: { offset: this.offset(40), entrySize: this.half(58), count: this.half(60) },
      sectionNamesIndex: this.half(62),
    };
  }

  /** What can be read of a header before the class of the file is known. */
  identification(): {
    readonly elfClass: number;
    readonly data: number;
    readonly type: number;
    readonly machine: number;
  } {
    return { elfClass: this.byte(4), data: this.byte(5), type: this.half(16), machine: this.half(18) };
  }

  programHeaders({ programHeaders: { offset, entrySize, count } }: FileHeader): ProgramHeader[] {
    return Array.from({ length: count }, (_, index) => {
      const at = offset + index * entrySize;
      return {
        type: this.word(at),
        flags: this.word(at + 4),
        offset: this.offset(at + 8),
        address: this.long(at + 16),
        fileSize: this.offset(at + 32),
        memorySize: this.offset(at + 40),
        alignment: this.offset(at + 48),
      };
    });
  }

  sectionHeaders({ sectionHeaders: { offset, entrySize, count }, sectionNamesIndex }: FileHeader): SectionHeader[] {
    const raw = Array.from({ length: offset === 0 ? 0 : count }, (_, index) => {
      const at = offset + index * entrySize;
      return {
        nameOffset: this.word(at),
        type: this.word(at + 4),
        flags: this.word(at + 8),
        address: this.long(at + 16),
        offset: this.offset(at + 24),
        size: this.offset(at + 32),
        link: this.word(at + 40),
        info: this.word(at + 44),
        alignment: this.offset(at + 48),
        entrySize: this.offset(at + 56),
      };
    });
    const names = raw[sectionNamesIndex];
    return raw.map(({ nameOffset, ...section }) => ({
      ...section,
      name: names === undefined ? "" : this.text(names.offset + nameOffset),
    }));
  }

  /** Throws unless the contents of the section are in the file. */
  checkContents(section: SectionHeader): void {
    this.check(section.offset, section.size);
  }

  /** How many entries a symbol table has. */
  symbolCount(table: SectionHeader): number {
    return Math.floor(table.size / entrySizeOf(table));
  }

  /** Where the name of a symbol begins in the table's string section. */
  symbolNameOffset(table: SectionHeader, index: number): number {
    return this.word(table.offset + index * entrySizeOf(table));
  }

  symbol(table: SectionHeader, strings: SectionHeader, index: number): ElfSymbol {
    const at = table.offset + index * entrySizeOf(table);
    const info = this.byte(at + 4);
    return {
      name: this.text(strings.offset + this.word(at)),
      type: info & 0xf,
      binding: info >> 4,
      sectionIndex: this.half(at + 6),
      value: this.long(at + 8),
      size: this.offset(at + 16),
    };
  }

  /** A copy of the bytes. */
  slice(offset: number, length: number): Uint8Array {
    this.check(offset, length);
    return this.bytes.slice(offset, offset + length);
  }

  /** The bytes themselves. */
  view(offset: number, length: number): Uint8Array {
    this.check(offset, length);
    return this.bytes.subarray(offset, offset + length);
  }

  private text(offset: number): string {
    this.check(offset, 1);
    const end = this.bytes.indexOf(0, offset);
    if (end < 0) throw new TruncatedFile();
    return textDecoder.decode(this.bytes.subarray(offset, end));
  }

  private byte(offset: number): number {
    this.check(offset, 1);
    return this.data.getUint8(offset);
  }

  private half(offset: number): number {
    this.check(offset, 2);
    return this.data.getUint16(offset, true);
  }

  private word(offset: number): number {
    this.check(offset, 4);
    return this.data.getUint32(offset, true);
  }

  private long(offset: number): bigint {
    this.check(offset, 8);
    return this.data.getBigUint64(offset, true);
  }

  /** A 64-bit offset or size as a number: larger ones than a number holds lie behind the end of any file. */
  private offset(offset: number): number {
    const value = this.long(offset);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new TruncatedFile();
    return Number(value);
  }

  private check(offset: number, length: number): void {
    if (offset < 0 || length < 0 || offset + length > this.bytes.length) throw new TruncatedFile();
  }
}
