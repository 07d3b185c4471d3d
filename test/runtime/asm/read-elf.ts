/** Reads a relocatable ELF64 file into plain data that tests compare. Independent of the writer under test. */
export interface ReadSection {
  readonly flags: number;
  readonly alignment: number;
  readonly type: number;
  readonly size: number;
  readonly entrySize: number;
  /** Hexadecimal; empty for sections that take no room. */
  readonly bytes: string;
  /** `offset:type:symbol+addend`, sorted. */
  readonly relocations: string[];
}

export interface ReadObject {
  readonly sections: Record<string, ReadSection>;
  /** Without section and file symbols, sorted. */
  readonly symbols: string[];
}

export function readElf(file: Uint8Array): ReadObject {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  const u64 = (at: number) => Number(view.getBigUint64(at, true));
  const text = (at: number) => {
    let end = at;
    while (file[end] !== 0) end++;
    return new TextDecoder().decode(file.subarray(at, end));
  };
  const table = u64(40);
  const headers = Array.from({ length: u16(60) }, (_, i) => {
    const at = table + i * 64;
    return {
      nameAt: u32(at),
      type: u32(at + 4),
      flags: u64(at + 8),
      offset: u64(at + 24),
      size: u64(at + 32),
      link: u32(at + 40),
      info: u32(at + 44),
      alignment: u64(at + 48),
      entrySize: u64(at + 56),
    };
  });
  const names = headers[u16(62)]?.offset ?? 0;
  const nameOf = (i: number) => text(names + (headers[i]?.nameAt ?? 0));
  const symbolHeader = headers.find(({ type }) => type === 2);
  const strings = headers[symbolHeader?.link ?? 0]?.offset ?? 0;
  const symbols = Array.from({ length: (symbolHeader?.size ?? 0) / 24 }, (_, i) => {
    const at = (symbolHeader?.offset ?? 0) + i * 24;
    const type = (file[at + 4] ?? 0) & 15;
    const index = u16(at + 6);
    const section =
      index === 0 ? "undefined" : index === 0xfff1 ? "absolute" : index === 0xfff2 ? "common" : nameOf(index);
    return {
      name: type === 3 ? `section ${section}` : text(strings + u32(at)),
      type,
      binding: (file[at + 4] ?? 0) >> 4,
      visibility: file[at + 5] ?? 0,
      section,
      value: u64(at + 8),
      size: u64(at + 16),
    };
  });
  const sections: Record<string, ReadSection> = {};
  headers.forEach((header, i) => {
    if ([0, 2, 3, 4].includes(header.type)) return;
    const bytes = header.type === 8 ? new Uint8Array(0) : file.subarray(header.offset, header.offset + header.size);
    sections[nameOf(i)] = {
      flags: header.flags,
      alignment: header.alignment,
      type: header.type,
      size: header.size,
      entrySize: header.entrySize,
      bytes: Buffer.from(bytes).toString("hex"),
      relocations: [],
    };
  });
  for (const header of headers) {
    if (header.type !== 4) continue;
    const list = sections[nameOf(header.info)]?.relocations;
    for (let at = header.offset; at < header.offset + header.size; at += 24) {
      const symbol = symbols[u32(at + 12)]?.name ?? "";
      list?.push(`${u64(at)}:${u32(at + 8)}:${symbol}+${view.getBigInt64(at + 16, true)}`);
    }
    list?.sort();
  }
  const kept = symbols.filter(({ name, type }) => name !== "" && type !== 3 && type !== 4);
  return {
    sections,
    symbols: kept
      .map(
        (one) =>
          `${one.name} ${one.section} ${one.value} ${one.size} type ${one.type} binding ${one.binding} visibility ${one.visibility}`,
      )
      .sort(),
  };
}
