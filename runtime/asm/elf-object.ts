/** Writes an object as an ELF64 relocatable file for x86-64 (System V gABI, chapters 4 and 5; x86-64 psABI, 4.1). */
import type { ObjectFile, ObjectSection, ObjectSymbol, RelocationType } from "./assembler.js";

const headerSize = 64;
const sectionHeaderSize = 64;
const symbolSize = 24;
const relocationSize = 24;

const relocationNumbers: Readonly<Record<RelocationType, number>> = {
  R_X86_64_64: 1,
  R_X86_64_PC32: 2,
  R_X86_64_PLT32: 4,
  R_X86_64_32: 10,
  R_X86_64_32S: 11,
  R_X86_64_16: 12,
  R_X86_64_PC16: 13,
  R_X86_64_8: 14,
  R_X86_64_PC8: 15,
  R_X86_64_PC64: 24,
};

const sectionTypes: Readonly<Record<ObjectSection["type"], number>> = {
  progbits: 1,
  note: 7,
  nobits: 8,
  init_array: 14,
  fini_array: 15,
  preinit_array: 16,
  unwind: 0x70000001,
};

const symbolTypes: Readonly<Record<ObjectSymbol["type"], number>> = { none: 0, object: 1, function: 2, section: 3 };
const threadLocalType = 6;
const bindings: Readonly<Record<ObjectSymbol["binding"], number>> = { local: 0, global: 1, weak: 2 };
const visibilities = { default: 0, internal: 1, hidden: 2, protected: 3 } as const;

const symbolTableType = 2;
const stringTableType = 3;
const relocationsType = 4;
const infoLinkFlag = 0x40;

/** Names one after the other, each ended by a zero; the first is empty. */
class StringTable {
  private readonly chunks: Uint8Array[] = [Uint8Array.of(0)];
  private readonly offsets = new Map<string, number>([["", 0]]);
  private length = 1;

  add(text: string): number {
    const known = this.offsets.get(text);
    if (known !== undefined) return known;
    const bytes = new TextEncoder().encode(`${text}\0`);
    const offset = this.length;
    this.offsets.set(text, offset);
    this.chunks.push(bytes);
    this.length += bytes.length;
    return offset;
  }

  bytes(): Uint8Array {
    return concatenate(this.chunks);
  }
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

interface OutputSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly bytes: Uint8Array;
  /** Differs from `bytes.length` for sections that take no room. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly alignment: number;
  readonly entrySize: number;
}

function sectionFlags(section: ObjectSection): number {
  return (
    (section.flags.write ? 1 : 0) |
    (section.flags.allocate ? 2 : 0) |
    (section.flags.execute ? 4 : 0) |
    (section.isMergeable ? 0x10 : 0) |
    (section.isStrings ? 0x20 : 0) |
    (section.isThreadLocal ? 0x400 : 0)
  );
}

/** The symbol table: locals first, as the gABI wants it, and where each symbol of the object went. */
function writeSymbols(object: ObjectFile, names: StringTable) {
  const order = object.symbols
    .map((_, i) => i)
    .sort(
      (a, b) =>
        Number(object.symbols[a]?.binding !== "local") - Number(object.symbols[b]?.binding !== "local") || a - b,
    );
  const indexes = new Map<number, number>();
  const chunks: Uint8Array[] = [new Uint8Array(symbolSize)];
  let locals = 1;
  for (const i of order) {
    const symbol = object.symbols[i];
    if (symbol === undefined) continue;
    const isAbsoluteZero = symbol.name === "" && symbol.section === "absolute" && symbol.type === "none";
    if (isAbsoluteZero) {
      indexes.set(i, 0);
      continue;
    }
    indexes.set(i, chunks.length);
    if (symbol.binding === "local") locals = chunks.length + 1;
    const bytes = new Uint8Array(symbolSize);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, names.add(symbol.type === "section" ? "" : symbol.name), true);
    const type = symbol.isThreadLocal ? threadLocalType : symbolTypes[symbol.type];
    view.setUint8(4, (bindings[symbol.binding] << 4) | type);
    view.setUint8(5, visibilities[symbol.visibility ?? "default"]);
    view.setUint16(6, sectionIndex(symbol), true);
    view.setBigUint64(8, BigInt.asUintN(64, symbol.value), true);
    view.setBigUint64(16, BigInt.asUintN(64, symbol.size), true);
    chunks.push(bytes);
  }
  return { bytes: concatenate(chunks), indexes, locals };
}

function sectionIndex({ section }: ObjectSymbol): number {
  switch (section) {
    case "undefined":
      return 0;
    case "absolute":
      return 0xfff1;
    case "common":
      return 0xfff2;
    default:
      return section + 1;
  }
}

function writeRelocations(section: ObjectSection, indexes: ReadonlyMap<number, number>): Uint8Array {
  const bytes = new Uint8Array(section.relocations.length * relocationSize);
  const view = new DataView(bytes.buffer);
  section.relocations.forEach(({ offset, type, symbol, addend }, i) => {
    const at = i * relocationSize;
    view.setBigUint64(at, BigInt(offset), true);
    view.setUint32(at + 8, relocationNumbers[type], true);
    view.setUint32(at + 12, indexes.get(symbol) ?? 0, true);
    view.setBigInt64(at + 16, BigInt.asIntN(64, addend), true);
  });
  return bytes;
}

const alignUp = (value: number, alignment: number) => Math.ceil(value / alignment) * alignment;

/** The bytes of a `.o` file that linkers and binutils read. */
export function writeElfObject(object: ObjectFile): Uint8Array {
  const names = new StringTable();
  const sectionNames = new StringTable();
  const symbols = writeSymbols(object, names);
  const relocated = object.sections.filter(({ relocations }) => relocations.length > 0);
  const symbolTableIndex = 1 + object.sections.length + relocated.length;
  const plain = { link: 0, info: 0, entrySize: 0, flags: 0, alignment: 1 };
  const sections: OutputSection[] = object.sections.map((section) => ({
    ...plain,
    name: section.name,
    type: sectionTypes[section.type],
    flags: sectionFlags(section),
    bytes: section.bytes,
    size: section.size,
    alignment: section.alignment,
    entrySize: section.type.endsWith("_array") ? 8 : section.entrySize,
  }));
  for (const section of relocated) {
    const bytes = writeRelocations(section, symbols.indexes);
    sections.push({
      name: `.rela${section.name}`,
      type: relocationsType,
      flags: infoLinkFlag,
      bytes,
      size: bytes.length,
      link: symbolTableIndex,
      info: object.sections.indexOf(section) + 1,
      alignment: 8,
      entrySize: relocationSize,
    });
  }
  sections.push({
    ...plain,
    name: ".symtab",
    type: symbolTableType,
    bytes: symbols.bytes,
    size: symbols.bytes.length,
    link: symbolTableIndex + 1,
    info: symbols.locals,
    alignment: 8,
    entrySize: symbolSize,
  });
  const strings = names.bytes();
  sections.push({ ...plain, name: ".strtab", type: stringTableType, bytes: strings, size: strings.length });
  for (const { name } of sections) sectionNames.add(name);
  sectionNames.add(".shstrtab");
  const nameBytes = sectionNames.bytes();
  sections.push({ ...plain, name: ".shstrtab", type: stringTableType, bytes: nameBytes, size: nameBytes.length });
  return writeFile(sections, sectionNames);
}

function writeFile(sections: readonly OutputSection[], names: StringTable): Uint8Array {
  let offset = headerSize;
  const offsets = sections.map((section) => {
    const at = alignUp(offset, section.alignment);
    offset = at + section.bytes.length;
    return at;
  });
  const headersAt = alignUp(offset, 8);
  const file = new Uint8Array(headersAt + (sections.length + 1) * sectionHeaderSize);
  const view = new DataView(file.buffer);
  // ELF, 64-bit, little-endian, version 1; a relocatable file (1) for x86-64 (62).
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 1, true);
  view.setUint16(18, 62, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(40, BigInt(headersAt), true);
  view.setUint16(52, headerSize, true);
  view.setUint16(58, sectionHeaderSize, true);
  view.setUint16(60, sections.length + 1, true);
  view.setUint16(62, sections.length, true);
  sections.forEach((section, i) => {
    const at = headersAt + (i + 1) * sectionHeaderSize;
    file.set(section.bytes, offsets[i] ?? 0);
    view.setUint32(at, names.add(section.name), true);
    view.setUint32(at + 4, section.type, true);
    view.setBigUint64(at + 8, BigInt(section.flags), true);
    view.setBigUint64(at + 24, BigInt(offsets[i] ?? 0), true);
    view.setBigUint64(at + 32, BigInt(section.size), true);
    view.setUint32(at + 40, section.link, true);
    view.setUint32(at + 44, section.info, true);
    view.setBigUint64(at + 48, BigInt(section.alignment), true);
    view.setBigUint64(at + 56, BigInt(section.entrySize), true);
  });
  return file;
}
