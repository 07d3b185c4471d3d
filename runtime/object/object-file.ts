/**
 * An ELF64 file as its debugger sees it: sections by name, decompressed when first asked for, the symbols and the build
 * id. What cannot be read is left out and said in `notes`; nothing here throws.
 */
import { attempt, ByteCursor } from "./byte-cursor.js";
import { decompressSection, decompressZdebug } from "./compression.js";
import * as elf from "./elf.js";
import { SymbolTable } from "./symbol-table.js";

/** A stretch of addresses of the file, `end` exclusive. */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

/** What symbols and debug information are read from. */
export interface SectionSource {
  /** The contents of the section, decompressed; undefined when there is none or it cannot be read. */
  section(name: string): Uint8Array | undefined;
}

export class ObjectFile implements SectionSource {
  /** What could not be read, as sentences for the user. */
  readonly notes: string[] = [];
  readonly #file: elf.ElfFile;
  readonly #headers: readonly elf.SectionHeader[];
  readonly #sections = new Map<string, Uint8Array | undefined>();
  #symbols: SymbolTable | undefined;

  /** Takes the bytes of an ELF file, whole or damaged. */
  constructor(bytes: Uint8Array) {
    this.#file = new elf.ElfFile(bytes);
    this.#headers = this.#guard("the section headers", () => this.#file.sectionHeaders(this.#file.header())) ?? [];
  }

  /** There is such a section with contents; it need not be readable. */
  hasSection(name: string): boolean {
    return this.#headers.some((header) => header.name === name && header.type !== elf.SHT_NOBITS);
  }

  section(name: string): Uint8Array | undefined {
    if (!this.#sections.has(name)) this.#sections.set(name, this.#read(name));
    return this.#sections.get(name);
  }

  /** Where the section lies in the program; undefined for one that is not loaded. */
  sectionAddress(name: string): number | undefined {
    const header = this.#headers.find((one) => one.name === name && (one.flags & elf.SHF_ALLOC) !== 0);
    return header && Number(header.address);
  }

  /** The sections with code, sorted by address. */
  get code(): readonly AddressRange[] {
    return this.#headers
      .filter(({ flags }) => (flags & elf.SHF_ALLOC) !== 0 && (flags & elf.SHF_EXECINSTR) !== 0)
      .map(({ address, size }) => ({ start: Number(address), end: Number(address) + size }))
      .sort((one, two) => one.start - two.start);
  }

  /**
   * Bytes of the program's own thread-local storage, which in a static program ends where the thread pointer points
   * (ELF Handling For Thread-Local Storage, variant II); undefined when it has none.
   */
  get threadLocalSize(): number | undefined {
    return this.#guard("the program headers", () => {
      const header = this.#file.programHeaders(this.#file.header()).find(({ type }) => type === elf.PT_TLS);
      if (!header) return undefined;
      const alignment = Math.max(header.alignment, 1);
      return Math.ceil(header.memorySize / alignment) * alignment;
    });
  }

  /** The symbols: those of `.symtab`, or in a stripped file those of `.dynsym`. */
  get symbols(): SymbolTable {
    this.#symbols ??= this.#guard("the symbols", () => this.#readSymbols()) ?? SymbolTable.empty;
    return this.#symbols;
  }

  /** The build id (`NT_GNU_BUILD_ID`) in hexadecimal digits. */
  get buildId(): string | undefined {
    return this.#guard("the notes", () => {
      for (const header of this.#headers) {
        if (header.type !== elf.SHT_NOTE) continue;
        const id = buildIdIn(this.#file.slice(header.offset, header.size));
        if (id !== undefined) return id;
      }
      return undefined;
    });
  }

  /** The name and the checksum (CRC-32) of the file that holds the debug information (`.gnu_debuglink`). */
  get debugLink(): { readonly name: string; readonly checksum: number } | undefined {
    const section = this.section(".gnu_debuglink");
    if (section === undefined) return undefined;
    return this.#guard("the debug link", () => {
      const cursor = new ByteCursor(section);
      const name = cursor.text();
      cursor.position = (cursor.position + 3) & ~3;
      return { name, checksum: cursor.u32() };
    });
  }

  #read(name: string): Uint8Array | undefined {
    const plain = this.#headers.filter((header) => header.name === name && header.type !== elf.SHT_NOBITS);
    if (plain.length > 0) {
      return this.#guard(`section ${name}`, () => {
        const parts = plain.map(({ offset, size, flags }) => {
          const bytes = this.#file.view(offset, size);
          return (flags & elf.SHF_COMPRESSED) === 0 ? bytes : decompressSection(bytes);
        });
        // What is not linked (a .dwo file) may have several of one name, one for each type unit.
        return parts.length === 1 ? parts[0] : joined(parts);
      });
    }
    if (!name.startsWith(".debug_")) return undefined;
    const old = this.#headers.find((header) => header.name === `.z${name.slice(1)}`);
    if (!old) return undefined;
    return this.#guard(`section ${old.name}`, () => decompressZdebug(this.#file.view(old.offset, old.size)));
  }

  #readSymbols(): SymbolTable {
    const table =
      this.#headers.find(({ type }) => type === elf.SHT_SYMTAB) ??
      this.#headers.find(({ type }) => type === elf.SHT_DYNSYM);
    const strings = table && this.#headers[table.link];
    if (!table || !strings) return SymbolTable.empty;
    return new SymbolTable(
      this.#file.view(table.offset, table.size),
      this.#file.view(strings.offset, strings.size),
      this.#headers,
    );
  }

  #guard<Value>(what: string, read: () => Value): Value | undefined {
    return attempt((problem) => this.notes.push(problem), what, read);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

const NT_GNU_BUILD_ID = 3;

function buildIdIn(notes: Uint8Array): string | undefined {
  const cursor = new ByteCursor(notes);
  while (cursor.end - cursor.position >= 12) {
    const [nameSize, size, type] = [cursor.u32(), cursor.u32(), cursor.u32()];
    const name = String.fromCharCode(...cursor.take(nameSize));
    cursor.position = (cursor.position + 3) & ~3;
    const description = cursor.take(size);
    if (name === "GNU\0" && type === NT_GNU_BUILD_ID) {
      return Array.from(description, (byte) => byte.toString(16).padStart(2, "0")).join("");
    }
    cursor.position = (cursor.position + 3) & ~3;
  }
  return undefined;
}
