/** Reads relocatable ELF objects, as compilers and assemblers write them, for the linker (System V gABI, chapter 4). */
import type { ObjectFile, ObjectSection, ObjectSymbol, Obstacle, Relocation } from "../asm/assembler.js";
import { relocationNumbers, sectionTypes } from "../asm/elf-object.js";
import { fail, ok, type Result } from "../base/result.js";
import type { SourcePath } from "../base/source.js";
import { ByteCursor, MalformedData } from "../object/byte-cursor.js";
import { decompressSection } from "../object/compression.js";
import * as elf from "../object/elf.js";
import { refuseMachine } from "../object/read-executable.js";

/** The bytes are those of a relocatable ELF object. */
export function isObject(bytes: Uint8Array): boolean {
  if (!elf.elfMagic.every((byte, index) => bytes[index] === byte) || bytes.length < 18) return false;
  return bytes[16] === elf.ET_REL && bytes[17] === 0;
}

/** The object in the bytes of a file; the error is a sentence for the user. */
export function readObject(path: SourcePath, bytes: Uint8Array): Result<ObjectFile, string> {
  try {
    return new ObjectReader(path, bytes).read();
  } catch (error) {
    if (!(error instanceof MalformedData)) throw error;
    return fail("This object file is damaged or cut off. Build it again, or copy it again.");
  }
}

const relocationNames = new Map(
  Object.entries(relocationNumbers).map(([name, number]) => [number, name as Relocation["type"]]),
);
const typeNames = new Map(
  Object.entries(sectionTypes).map(([name, number]) => [number, name as ObjectSection["type"]]),
);

/** Relocations for thread-local variables: all of them begin with the thread pointer, which nobody sets. */
const threadLocalRelocations = new Set([16, 17, 18, 19, 20, 21, 22, 23, 34, 35, 36]);
const relocationSize = 24;
/** What is larger, or aligned to more, is no section of a program that fits here, but damage. */
const [largestSize, largestAlignment] = [2 ** 31, 2 ** 20];

function checkRoom(size: number, alignment: number): void {
  const isPowerOfTwo = alignment > 0 && alignment <= largestAlignment && (alignment & (alignment - 1)) === 0;
  if (size > largestSize || !isPowerOfTwo) throw new elf.TruncatedFile();
}

class ObjectReader {
  readonly #file: elf.ElfFile;
  #headers: readonly elf.SectionHeader[] = [];
  #symbols: readonly elf.ElfSymbol[] = [];
  /** Our number of each section of the file that has contents. */
  readonly #numbers = new Map<number, number>();
  readonly #obstacles: Obstacle[] = [];

  constructor(
    readonly path: SourcePath,
    bytes: Uint8Array,
  ) {
    this.#file = new elf.ElfFile(bytes);
  }

  read(): Result<ObjectFile, string> {
    const refusal = refuseMachine(this.#file.identification());
    if (refusal !== undefined) return fail(refusal);
    const header = this.#file.header();
    this.#headers = this.#file.sectionHeaders(header);
    if (header.sectionHeaders.count === 0 && header.sectionHeaders.offset !== 0) {
      return fail("This object file has more sections than can be read here. Compile it without -ffunction-sections.");
    }
    for (const [index, { type }] of this.#headers.entries()) {
      if (typeNames.has(type)) this.#numbers.set(index, this.#numbers.size);
    }
    this.#symbols = this.#readSymbols();
    const sections = [...this.#numbers.keys()].map((index) => this.#section(index));
    return ok({
      path: this.path,
      sources: [],
      sections,
      symbols: this.#symbols.map((symbol) => this.#symbol(symbol)),
      groups: this.#groups(),
      obstacles: this.#obstacles,
    });
  }

  #readSymbols(): elf.ElfSymbol[] {
    const table = this.#headers.find(({ type }) => type === elf.SHT_SYMTAB);
    const strings = table && this.#headers[table.link];
    if (table === undefined || strings === undefined) return [];
    this.#file.checkContents(table);
    return Array.from({ length: this.#file.symbolCount(table) }, (_, index) =>
      this.#file.symbol(table, strings, index),
    );
  }

  #symbol({ name, type, binding, sectionIndex, value, size }: elf.ElfSymbol): ObjectSymbol {
    const isSection = type === elf.STT_SECTION;
    // A variable of which the linker makes one for all objects: its value is its alignment.
    if (sectionIndex === elf.SHN_COMMON) checkRoom(size, Number(value === 0n ? 1n : value));
    return {
      name: type === elf.STT_FILE ? "" : name,
      section: this.#home(sectionIndex),
      value,
      size: BigInt(size),
      type: isSection ? "section" : type === elf.STT_FUNC ? "function" : type === elf.STT_OBJECT ? "object" : "none",
      // GNU's "unique" names (10) are global ones here: there is one program.
      binding: binding === elf.STB_LOCAL ? "local" : binding === elf.STB_WEAK ? "weak" : "global",
      isThreadLocal: type === elf.STT_TLS,
    };
  }

  #home(sectionIndex: number): ObjectSymbol["section"] {
    switch (sectionIndex) {
      case elf.SHN_UNDEF:
        return "undefined";
      case elf.SHN_ABS:
        return "absolute";
      case elf.SHN_COMMON:
        return "common";
      default:
        // What lies in a section that is not the program's has a place like any absolute one.
        return this.#numbers.get(sectionIndex) ?? "absolute";
    }
  }

  #section(index: number): ObjectSection {
    const header = this.#headers[index];
    if (header === undefined) throw new elf.TruncatedFile();
    const { name, type, flags, alignment, entrySize } = header;
    const isZeroed = type === elf.SHT_NOBITS;
    checkRoom(header.size, Math.max(alignment, 1));
    // Zeros that nothing can be written to, or that would be executed, no compiler makes.
    if (isZeroed && (flags & (elf.SHF_WRITE | elf.SHF_EXECINSTR)) !== elf.SHF_WRITE) throw new elf.TruncatedFile();
    const bytes = isZeroed ? new Uint8Array() : this.#contents(header);
    const size = isZeroed ? header.size : bytes.length;
    const number = this.#numbers.get(index) ?? 0;
    return {
      name,
      flags: {
        allocate: (flags & elf.SHF_ALLOC) !== 0,
        write: (flags & elf.SHF_WRITE) !== 0,
        execute: (flags & elf.SHF_EXECINSTR) !== 0,
      },
      isZeroed,
      alignment: Math.max(alignment, 1),
      size,
      bytes,
      relocations: this.#relocations(index, number, size),
      lines: [],
      type: typeNames.get(type) ?? "progbits",
      entrySize,
      isMergeable: (flags & elf.SHF_MERGE) !== 0,
      isStrings: (flags & elf.SHF_STRINGS) !== 0,
      isThreadLocal: (flags & elf.SHF_TLS) !== 0,
    };
  }

  #contents({ offset, size, flags }: elf.SectionHeader): Uint8Array {
    const bytes = this.#file.view(offset, size);
    return (flags & elf.SHF_COMPRESSED) === 0 ? bytes : decompressSection(bytes);
  }

  #relocations(index: number, number: number, size: number): Relocation[] {
    const relocations: Relocation[] = [];
    for (const header of this.#headers) {
      if (header.type !== elf.SHT_RELA || header.info !== index) continue;
      const cursor = new ByteCursor(this.#file.view(header.offset, header.size));
      while (cursor.end - cursor.position >= relocationSize) {
        const offset = cursor.offset64();
        const kind = cursor.u32();
        const symbol = cursor.u32();
        const addend = cursor.i64();
        // R_X86_64_NONE: somebody took it out.
        if (kind === 0) continue;
        if (offset >= size || this.#symbols[symbol] === undefined) throw new elf.TruncatedFile();
        const type = relocationNames.get(kind);
        if (type !== undefined) relocations.push({ offset, type, symbol, addend });
        else this.#obstacles.push({ section: number, offset, message: this.#describe(kind, symbol) });
        if (this.#symbols[symbol]?.type === elf.STT_GNU_IFUNC) {
          const message = `\`${this.#symbols[symbol].name}\` is chosen when the program starts (IFUNC), which only a C library does.`;
          this.#obstacles.push({ section: number, offset, message });
        }
      }
    }
    return relocations;
  }

  #describe(kind: number, symbol: number): string {
    const name = this.#symbols[symbol]?.name;
    if (threadLocalRelocations.has(kind)) {
      return `\`${name}\` is a thread-local variable, and the green-thread library makes no room for them.`;
    }
    return `The address of \`${name}\` is asked for in a way that is not known here (relocation ${kind}).`;
  }

  #groups(): NonNullable<ObjectFile["groups"]>[number][] {
    return this.#headers.flatMap((header) => {
      if (header.type !== elf.SHT_GROUP) return [];
      const cursor = new ByteCursor(this.#file.view(header.offset, header.size));
      if (cursor.u32() !== elf.GRP_COMDAT) return [];
      const sections: number[] = [];
      while (cursor.end - cursor.position >= 4) {
        const number = this.#numbers.get(cursor.u32());
        if (number !== undefined) sections.push(number);
      }
      const signature = this.#symbols[header.info];
      return signature === undefined ? [] : [{ signature: this.#nameOf(signature), sections }];
    });
  }

  /** Of a section's symbol, the section's. */
  #nameOf({ name, type, sectionIndex }: elf.ElfSymbol): string {
    return type === elf.STT_SECTION ? (this.#headers[sectionIndex]?.name ?? "") : name;
  }
}
