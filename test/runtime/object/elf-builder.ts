/** Builds small ELF64 files by hand, byte for byte as the specification has it, so that tests need no tools. */
export interface ElfDescription {
  readonly machine?: number;
  readonly elfClass?: number;
  readonly type?: number;
  readonly entry?: bigint;
  readonly segments?: readonly {
    readonly type?: number;
    readonly flags: number;
    readonly address: bigint;
    readonly bytes: readonly number[];
    readonly memorySize?: number;
  }[];
  readonly symbols?: readonly {
    readonly name: string;
    readonly info: number;
    readonly section: number;
    readonly value: bigint;
    readonly size: bigint;
  }[];
}

export function buildElf(description: ElfDescription): Uint8Array {
  const segments = description.segments ?? [];
  const symbols = description.symbols ?? [];
  const bytes = new Uint8Array(0x2000);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, description.elfClass ?? 2, 1, 1]);
  view.setUint16(16, description.type ?? 2, true);
  view.setUint16(18, description.machine ?? 62, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, description.entry ?? 0x401000n, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, segments.length, true);
  view.setUint16(58, 64, true);
  segments.forEach((segment, index) => {
    const at = 64 + index * 56;
    const offset = 0x1000 + index * 0x100;
    bytes.set(segment.bytes, offset);
    view.setUint32(at, segment.type ?? 1, true);
    view.setUint32(at + 4, segment.flags, true);
    view.setBigUint64(at + 8, BigInt(offset), true);
    view.setBigUint64(at + 16, segment.address, true);
    view.setBigUint64(at + 32, BigInt(segment.bytes.length), true);
    view.setBigUint64(at + 40, BigInt(segment.memorySize ?? segment.bytes.length), true);
  });
  if (symbols.length > 0) addSymbols(bytes, view, symbols);
  return bytes;
}

/** Sections: 0 null, 1 .text, 2 .symtab, 3 .strtab (which also names the sections). */
function addSymbols(bytes: Uint8Array, view: DataView, symbols: NonNullable<ElfDescription["symbols"]>): void {
  const [sectionHeaders, table, strings] = [0x400, 0x800, 0xc00];
  view.setBigUint64(40, BigInt(sectionHeaders), true);
  view.setUint16(60, 4, true);
  view.setUint16(62, 3, true);
  let end = 1;
  const string = (text: string): number => {
    const at = end;
    const encoded = new TextEncoder().encode(text);
    bytes.set(encoded, strings + at);
    end += encoded.length + 1;
    return at;
  };
  symbols.forEach((symbol, index) => {
    const at = table + (index + 1) * 24;
    view.setUint32(at, string(symbol.name), true);
    view.setUint8(at + 4, symbol.info);
    view.setUint16(at + 6, symbol.section, true);
    view.setBigUint64(at + 8, symbol.value, true);
    view.setBigUint64(at + 16, symbol.size, true);
  });
  const section = (index: number, name: string, type: number, offset: number, size: number, link: number) => {
    const at = sectionHeaders + index * 64;
    view.setUint32(at, string(name), true);
    view.setUint32(at + 4, type, true);
    view.setBigUint64(at + 24, BigInt(offset), true);
    view.setBigUint64(at + 32, BigInt(size), true);
    view.setUint32(at + 40, link, true);
    view.setBigUint64(at + 56, type === 2 ? 24n : 0n, true);
  };
  section(1, ".text", 1, 0x1000, 16, 0);
  section(2, ".symtab", 2, table, (symbols.length + 1) * 24, 3);
  section(3, ".strtab", 3, strings, 0x200, 0);
}
