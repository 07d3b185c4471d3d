/** Writes an object as an ELF64 relocatable file for x86-64 (System V gABI, chapters 4 and 5; x86-64 psABI, 4.1). */
import type { ObjectFile, ObjectSection, ObjectSymbol, RelocationType } from "./assembler.js";
import {
  concatenate,
  fileTypes,
  type OutputSection,
  StringTable,
  stringSection,
  symbolTableType,
  writeElfFile,
} from "./elf-writer.js";

const symbolSize = 24;
const relocationSize = 24;

/** `ELF64_R_TYPE` by name. */
export const relocationNumbers: Readonly<Record<RelocationType, number>> = {
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
  R_X86_64_GOTPCREL: 9,
  R_X86_64_GOTPCRELX: 41,
  R_X86_64_REX_GOTPCRELX: 42,
};

/** `sh_type` by name. */
export const sectionTypes: Readonly<Record<ObjectSection["type"], number>> = {
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

const relocationsType = 4;
const infoLinkFlag = 0x40;

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

/** The bytes of a `.o` file that linkers and binutils read. */
export function writeElfObject(object: ObjectFile): Uint8Array {
  const names = new StringTable();
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
  sections.push(stringSection(".strtab", strings));
  return writeElfFile(sections, fileTypes.relocatable);
}
