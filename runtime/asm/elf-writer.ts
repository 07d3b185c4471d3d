/** Writes ELF64 files for x86-64: sections, and the names that they are found by (System V gABI, chapter 4). */

const headerSize = 64;
const sectionHeaderSize = 64;

/** Kinds of files (`e_type`). */
export const fileTypes = { relocatable: 1, executable: 2 } as const;

/** Kinds of sections that are not the program's (`sh_type`). */
export const symbolTableType = 2;
export const stringTableType = 3;

/** Names one after the other, each ended by a zero; the first is empty. */
export class StringTable {
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

/** One behind the other. */
export function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

export interface OutputSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  /** Where it lies in the program; 0 for what does not. */
  readonly address?: number;
  readonly bytes: Uint8Array;
  /** Differs from `bytes.length` for sections that take no room. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly alignment: number;
  readonly entrySize: number;
}

/** A section of names. */
export function stringSection(name: string, bytes: Uint8Array): OutputSection {
  return {
    name,
    type: stringTableType,
    flags: 0,
    bytes,
    size: bytes.length,
    link: 0,
    info: 0,
    alignment: 1,
    entrySize: 0,
  };
}

const alignUp = (value: number, alignment: number) => Math.ceil(value / alignment) * alignment;

/** The file with these sections, which are numbered from 1. Adds the section of their names. */
export function writeElfFile(contents: readonly OutputSection[], type: number, entry = 0): Uint8Array {
  const names = new StringTable();
  for (const { name } of contents) names.add(name);
  names.add(".shstrtab");
  const nameBytes = names.bytes();
  const sections: readonly OutputSection[] = [...contents, stringSection(".shstrtab", nameBytes)];
  let offset = headerSize;
  const offsets = sections.map((section) => {
    const at = alignUp(offset, section.alignment);
    offset = at + section.bytes.length;
    return at;
  });
  const headersAt = alignUp(offset, 8);
  const file = new Uint8Array(headersAt + (sections.length + 1) * sectionHeaderSize);
  const view = new DataView(file.buffer);
  // ELF, 64-bit, little-endian, version 1; for x86-64 (62).
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, type, true);
  view.setUint16(18, 62, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(entry), true);
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
    view.setBigUint64(at + 16, BigInt(section.address ?? 0), true);
    view.setBigUint64(at + 24, BigInt(offsets[i] ?? 0), true);
    view.setBigUint64(at + 32, BigInt(section.size), true);
    view.setUint32(at + 40, section.link, true);
    view.setUint32(at + 44, section.info, true);
    view.setBigUint64(at + 48, BigInt(section.alignment), true);
    view.setBigUint64(at + 56, BigInt(section.entrySize), true);
  });
  return file;
}
