import { guestAddress } from "../base/guest-address.js";
import type { ProgramSymbol } from "../base/program-image.js";
import { demangle } from "./demangle/demangle.js";
import * as elf from "./elf.js";

const kinds: ReadonlyMap<number, ProgramSymbol["kind"]> = new Map([
  [elf.STT_FUNC, "function"],
  [elf.STT_OBJECT, "object"],
  [elf.STT_NOTYPE, "label"],
]);

/** Makes a letter of each byte: which one does not matter here. */
const letterByByte = new TextDecoder("latin1");

/**
 * The symbols of an executable. There are thousands, and a program runs without: they are read when somebody asks for
 * them all, and one of a certain name is found without reading the others.
 */
export class ExecutableSymbols {
  readonly #sections: readonly elf.SectionHeader[];
  readonly #table: elf.SectionHeader | undefined;
  readonly #strings: elf.SectionHeader | undefined;
  #all: readonly ProgramSymbol[] | undefined;
  /** The string section, a letter for each byte. */
  #text: string | undefined;

  /** `base` is added to the addresses of the file. Throws where the symbol table is not all there. */
  constructor(
    readonly file: elf.ElfFile,
    header: elf.FileHeader,
    readonly base: bigint,
  ) {
    this.#sections = file.sectionHeaders(header);
    this.#table = this.#sections.find(({ type }) => type === elf.SHT_SYMTAB);
    this.#strings = this.#table && this.#sections[this.#table.link];
    if (this.#table) file.checkContents(this.#table);
    if (this.#strings) file.checkContents(this.#strings);
  }

  all(): readonly ProgramSymbol[] {
    this.#all ??= this.#read(() => true);
    return this.#all;
  }

  /** The symbol of that name; a global one before a local one. */
  named(name: string): ProgramSymbol | undefined {
    // The end of a longer name may serve as a name.
    const offsets = new Set(this.#placesOf(`${name}\0`));
    if (offsets.size === 0) return undefined;
    const found = this.#read((offset) => offsets.has(offset));
    return found.findLast(({ binding }) => binding !== "local") ?? found[0];
  }

  /** Those with `part` in their names. */
  with(part: string): readonly ProgramSymbol[] {
    if (this.#all !== undefined) return this.#all.filter(({ name }) => name.includes(part));
    const places = this.#placesOf(part);
    if (places.length === 0) return [];
    const text = this.#text ?? "";
    const accepts = (offset: number): boolean => {
      const next = places.find((place) => place >= offset);
      return next !== undefined && text.indexOf("\0", offset) > next;
    };
    return this.#read(accepts);
  }

  /** Where a text stands in the names, in order. */
  #placesOf(text: string): readonly number[] {
    if (!this.#strings) return [];
    this.#text ??= letterByByte.decode(this.file.view(this.#strings.offset, this.#strings.size));
    const wanted = letterByByte.decode(new TextEncoder().encode(text));
    const places: number[] = [];
    for (let at = this.#text.indexOf(wanted); at >= 0; at = this.#text.indexOf(wanted, at + 1)) places.push(at);
    return places;
  }

  /** Those whose name begins at an offset that `accepts` takes. */
  #read(accepts: (nameOffset: number) => boolean): ProgramSymbol[] {
    const symbols: ProgramSymbol[] = [];
    if (!this.#table || !this.#strings) return symbols;
    const count = this.file.symbolCount(this.#table);
    for (let index = 0; index < count; index++) {
      if (!accepts(this.file.symbolNameOffset(this.#table, index))) continue;
      const symbol = this.#symbol(this.#table, this.#strings, index);
      if (symbol) symbols.push(symbol);
    }
    return symbols;
  }

  #symbol(table: elf.SectionHeader, strings: elf.SectionHeader, index: number): ProgramSymbol | undefined {
    let symbol: elf.ElfSymbol;
    try {
      symbol = this.file.symbol(table, strings, index);
    } catch (error) {
      // A damaged entry: the others are good all the same.
      if (error instanceof elf.TruncatedFile) return undefined;
      throw error;
    }
    const kind = kinds.get(symbol.type);
    if (kind === undefined || symbol.name === "" || symbol.sectionIndex === elf.SHN_UNDEF) return undefined;
    const isAbsolute = symbol.sectionIndex === elf.SHN_ABS;
    const { name } = symbol;
    return {
      name,
      // Few of thousands are shown.
      get readableName() {
        return demangle(name);
      },
      address: guestAddress(isAbsolute ? symbol.value : this.base + symbol.value),
      size: symbol.size,
      kind: isAbsolute ? "absolute" : kind,
      binding: symbol.binding === elf.STB_WEAK ? "weak" : symbol.binding === elf.STB_GLOBAL ? "global" : "local",
      section: this.#sections[symbol.sectionIndex]?.name,
    };
  }
}
