/**
 * A linked program as an ELF file for its debugger: the debug information of objects, joined and with its addresses
 * filled in, beside the code and the symbols.
 */

import type { ObjectFile, ObjectSection, ObjectSymbol } from "../asm/assembler.js";
import {
  concatenate,
  fileTypes,
  type OutputSection,
  StringTable,
  stringSection,
  symbolTableType,
  writeElfFile,
} from "../asm/elf-writer.js";
import type { ProgramSymbol } from "../base/program-image.js";
import type { Placed } from "./debug-information.js";
import type { Layout } from "./layout.js";
import { applyRelocation, relocationTraits } from "./relocations.js";

export interface LinkedFile {
  /** Those that bring tables along. */
  readonly objects: readonly ObjectFile[];
  readonly sectionsOf: (object: ObjectFile) => readonly ObjectSection[];
  readonly layout: Layout;
  readonly symbols: readonly ProgramSymbol[];
  /** Sections with debug information are added: an "address" there is an offset in the joined section. */
  readonly placeOf: Map<ObjectSection, Placed>;
  /** Undefined for what is not in the program. */
  readonly addressOf: (object: ObjectFile, symbol: ObjectSymbol) => bigint | undefined;
}

const [progbits, nobits] = [1, 8];
const [write, allocate, execute] = [1, 2, 4];
const plain = { flags: 0, link: 0, info: 0, entrySize: 0, alignment: 1 };

export function writeLinkedFile(linked: LinkedFile): Uint8Array {
  const loaded = linked.layout.segments.map(
    ({ name, address, bytes, size, permissions }): OutputSection => ({
      ...plain,
      name,
      type: bytes.length === 0 ? nobits : progbits,
      flags: allocate | (permissions.write ? write : 0) | (permissions.execute ? execute : 0),
      address: Number(address),
      bytes,
      size,
    }),
  );
  const names = new StringTable();
  const symbols = writeSymbols(linked.symbols, names);
  const sections = [...loaded, ...callFrames(linked), ...debugSections(linked)];
  return writeElfFile(
    [
      ...sections,
      {
        ...plain,
        name: ".symtab",
        type: symbolTableType,
        bytes: symbols,
        size: symbols.length,
        link: sections.length + 2,
        // All of them are told as global: none has to be before another then.
        info: 1,
        alignment: 8,
        entrySize: symbolSize,
      },
      stringSection(".strtab", names.bytes()),
    ],
    fileTypes.executable,
  );
}

/** The part of the constants that has the tables for unwinding. */
function callFrames({ layout }: LinkedFile): OutputSection[] {
  const parts = layout.placed.filter(({ section }) => section.name === ".eh_frame" && section.size > 0);
  const [first, last] = [parts[0], parts.at(-1)];
  const home = layout.segments.find(({ group }) => group === "rodata");
  if (first === undefined || last === undefined || home === undefined) return [];
  const size = last.address + last.section.size - first.address;
  const offset = first.address - Number(home.address);
  const bytes = home.bytes.subarray(offset, offset + size);
  return [{ ...plain, name: ".eh_frame", type: progbits, flags: allocate, address: first.address, bytes, size }];
}

/** The sections of one name behind each other, as static linkers join them. */
function debugSections(linked: LinkedFile): OutputSection[] {
  const byName = new Map<string, Placed[]>();
  for (const object of linked.objects) {
    for (const section of linked.sectionsOf(object)) {
      if (section.flags.allocate || !section.name.startsWith(".debug_")) continue;
      const parts = byName.get(section.name) ?? [];
      const before = parts.at(-1);
      const end = before === undefined ? 0 : before.address + before.section.size;
      const address = Math.ceil(end / section.alignment) * section.alignment;
      const placed = { object, section, address };
      parts.push(placed);
      byName.set(section.name, parts);
      linked.placeOf.set(section, placed);
    }
  }
  return [...byName].map(([name, parts]) => {
    const last = parts.at(-1);
    const bytes = new Uint8Array(last === undefined ? 0 : last.address + last.section.size);
    for (const part of parts) {
      bytes.set(part.section.bytes, part.address);
      relocate(linked, part, bytes);
    }
    return { ...plain, name, type: progbits, bytes, size: bytes.length };
  });
}

function relocate({ addressOf }: LinkedFile, { object, section, address }: Placed, bytes: Uint8Array): void {
  // Of code that is not in the program: where 0 ends a list, 1 does not.
  const nowhere = section.name === ".debug_ranges" || section.name === ".debug_loc" ? 1n : 0n;
  for (const relocation of section.relocations) {
    const symbol = object.symbols[relocation.symbol];
    const { size } = relocationTraits[relocation.type];
    if (symbol === undefined || relocation.offset + size > section.size) continue;
    const target = addressOf(object, symbol);
    const at = address + relocation.offset;
    // What does not fit stays empty: it is no part of what runs.
    if (target !== undefined) applyRelocation(relocation, target, bytes, at, at);
    else applyRelocation({ ...relocation, addend: 0n }, nowhere, bytes, at, at);
  }
}

const symbolSize = 24;
const [absoluteSection, globalBinding] = [0xfff1, 1];

function writeSymbols(symbols: readonly ProgramSymbol[], names: StringTable): Uint8Array {
  const types = { absolute: 0, label: 0, object: 1, function: 2 } as const;
  const chunks = symbols.map(({ name, address, size, kind }) => {
    const bytes = new Uint8Array(symbolSize);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, names.add(name), true);
    view.setUint8(4, (globalBinding << 4) | types[kind]);
    // The first section: which one it is matters to nobody but those who move sections.
    view.setUint16(6, kind === "absolute" ? absoluteSection : 1, true);
    view.setBigUint64(8, BigInt.asUintN(64, address), true);
    view.setBigUint64(16, BigInt(size), true);
    return bytes;
  });
  return concatenate([new Uint8Array(symbolSize), ...chunks]);
}
