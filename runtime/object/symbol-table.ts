/** The symbols of an ELF file, read from the table when asked for: names are decoded one at a time. */
import { textAt } from "./byte-cursor.js";
import * as elf from "./elf.js";

const entrySize = 24;

/** A symbol with a place in the program. */
export interface ObjectSymbol {
  /** As the linker knows it: mangled. */
  readonly name: string;
  readonly address: number;
  /** In bytes; zero when unknown. */
  readonly size: number;
  readonly kind: "function" | "object" | "label";
  readonly binding: "local" | "global" | "weak";
}

const kinds: ReadonlyMap<number, ObjectSymbol["kind"]> = new Map([
  [elf.STT_FUNC, "function"],
  [elf.STT_GNU_IFUNC, "function"],
  [elf.STT_OBJECT, "object"],
  [elf.STT_NOTYPE, "label"],
]);

/** Makes a letter of each byte: which one does not matter here. */
const letterByByte = new TextDecoder("latin1");

export class SymbolTable {
  static readonly empty = new SymbolTable(new Uint8Array(), new Uint8Array(), []);

  readonly #table: DataView;
  /** Indices of the symbols that have a place, by address; among equals the better name comes last. */
  #sorted: Uint32Array | undefined;
  #byName: Map<string, number> | undefined;
  /** The names, a letter for each byte. */
  #letters: string | undefined;

  constructor(
    table: Uint8Array,
    readonly strings: Uint8Array,
    readonly sections: readonly elf.SectionHeader[],
  ) {
    this.#table = new DataView(table.buffer, table.byteOffset, table.byteLength);
  }

  /** The symbol that `address` lies in, or behind when the last one before it tells no size. */
  at(address: number): ObjectSymbol | undefined {
    const sorted = this.#order();
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#address(sorted[middle] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    // A label inside a function hides it: look a little further back for one that covers the address.
    let nearest: ObjectSymbol | undefined;
    for (let index = low - 1; index >= 0 && index >= low - 16; index--) {
      const symbol = this.#symbol(sorted[index] ?? 0);
      if (symbol === undefined) continue;
      if (symbol.size > 0 && address < symbol.address + symbol.size) return symbol;
      if (symbol.size === 0 && this.#isSameSection(sorted[index] ?? 0, address)) nearest ??= symbol;
    }
    return nearest;
  }

  /** The symbol of that (mangled) name; a global one before a local one. */
  named(name: string): ObjectSymbol | undefined {
    this.#byName ??= this.#nameIndex();
    const index = this.#byName.get(name);
    return index === undefined ? undefined : this.#symbol(index);
  }

  /** The symbols that have a place and whose (mangled) name has `part` in it, by address; no other name is read. */
  withNamesLike(part: string): ObjectSymbol[] {
    if (part === "") return [];
    this.#letters ??= letterByByte.decode(this.strings);
    const letters = this.#letters;
    const wanted = letterByByte.decode(new TextEncoder().encode(part));
    const found: number[] = [];
    for (let at = letters.indexOf(wanted); at >= 0; at = letters.indexOf(wanted, at + 1)) found.push(at);
    if (found.length === 0) return [];
    const symbols: ObjectSymbol[] = [];
    for (let index = 1; index < Math.floor(this.#table.byteLength / entrySize); index++) {
      const start = this.#table.getUint32(index * entrySize, true);
      const place = firstFrom(found, start);
      if (place === undefined || !this.#hasPlace(index)) continue;
      const end = letters.indexOf("\0", start);
      const symbol = end < 0 || place < end ? this.#symbol(index) : undefined;
      if (symbol) symbols.push(symbol);
    }
    return symbols.sort((one, two) => one.address - two.address);
  }

  /** All symbols that have a place, by address. */
  *[Symbol.iterator](): Iterator<ObjectSymbol> {
    for (const index of this.#order()) {
      const symbol = this.#symbol(index);
      if (symbol) yield symbol;
    }
  }

  #order(): Uint32Array {
    if (this.#sorted) return this.#sorted;
    const found: number[] = [];
    for (let index = 1; index < Math.floor(this.#table.byteLength / entrySize); index++) {
      if (this.#hasPlace(index)) found.push(index);
    }
    // Functions before labels and global names before local ones: what comes last is found first.
    const rank = (index: number) => {
      const info = this.#info(index);
      return ((info & 0xf) === elf.STT_NOTYPE ? 0 : 2) + (info >> 4 === 0 ? 0 : 1);
    };
    found.sort((one, two) => this.#address(one) - this.#address(two) || rank(one) - rank(two));
    this.#sorted = Uint32Array.from(found);
    return this.#sorted;
  }

  #hasPlace(index: number): boolean {
    const section = this.#section(index);
    return section !== elf.SHN_UNDEF && section < elf.SHN_ABS && kinds.has(this.#info(index) & 0xf);
  }

  #nameIndex(): Map<string, number> {
    const index = new Map<string, number>();
    for (const symbol of this.#order()) {
      const name = this.#name(symbol);
      if (name !== "" && (!index.has(name) || this.#info(symbol) >> 4 !== 0)) index.set(name, symbol);
    }
    return index;
  }

  #symbol(index: number): ObjectSymbol | undefined {
    const info = this.#info(index);
    const kind = kinds.get(info & 0xf);
    const name = this.#name(index);
    if (kind === undefined || name === "") return undefined;
    const binding = info >> 4 === elf.STB_WEAK ? "weak" : info >> 4 === 0 ? "local" : "global";
    return { name, address: this.#address(index), size: this.#long(index * entrySize + 16), kind, binding };
  }

  #isSameSection(index: number, address: number): boolean {
    const section = this.sections[this.#section(index)];
    return section !== undefined && BigInt(Math.trunc(address)) < section.address + BigInt(section.size);
  }

  #name(index: number): string {
    return textAt(this.strings, this.#table.getUint32(index * entrySize, true)) ?? "";
  }

  #info(index: number): number {
    return this.#table.getUint8(index * entrySize + 4);
  }

  #section(index: number): number {
    return this.#table.getUint16(index * entrySize + 6, true);
  }

  #address(index: number): number {
    return this.#long(index * entrySize + 8);
  }

  #long(at: number): number {
    return this.#table.getUint32(at + 4, true) * 0x1_0000_0000 + this.#table.getUint32(at, true);
  }
}

/** The first of the sorted numbers that is not below `low`. */
function firstFrom(sorted: readonly number[], low: number): number | undefined {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] ?? 0) < low) from = middle + 1;
    else to = middle;
  }
  return sorted[from];
}
