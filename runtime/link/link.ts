/**
 * The static linker: objects, and the library members that define what they miss, to a program in memory. Sections of
 * one name are joined; code, constants, data and zeros lie on pages of their own.
 */

import type { ObjectFile, ObjectSection, ObjectSymbol, Relocation } from "../asm/assembler.js";
import { writeInteger } from "../asm/section.js";
import { guestAddress } from "../base/guest-address.js";
import type { ProgramImage } from "../base/program-image.js";
import { fail, ok, type Result } from "../base/result.js";
import { type Diagnostic, type SourceSpan, wholeFile } from "../base/source.js";
import { nearest } from "../base/suggest.js";
import { type Definition, debugInformation, type Placed } from "./debug-information.js";
import { type GroupSegment, groupOf, type Layout, layOut } from "./layout.js";
import { writeLinkedFile } from "./linked-file.js";
import { applyRelocation, relocationTraits } from "./relocations.js";
import { isStrong, replaces } from "./symbols.js";

export interface LinkOptions {
  /** Members are linked when they define a symbol that is missing. */
  readonly libraries?: readonly ObjectFile[];
  /** The symbol to start at; `_start` by default. */
  readonly entry?: string;
  /** Finds the line that an address comes from, where an object read from a file tells of it, in the ELF file `linked`. */
  readonly sourceOf?: (address: number, linked: () => Uint8Array) => SourceSpan | undefined;
}

export interface LinkedImage extends ProgramImage {
  /**
   * The program as an ELF file, with the debug information and the call frame tables of those objects that were read
   * from files; undefined where there are no such objects.
   */
  readonly elfFile?: () => Uint8Array;
}

/** What to do about objects that want more than there is. */
const linkBefore =
  "Link the program with its own library before (gcc -static main.o -o program), and debug the executable.";

class Linker {
  private readonly objects: ObjectFile[] = [];
  private readonly definitions = new Map<string, Definition>();
  /** What is wrong, told when all addresses are known. */
  private readonly problems: (() => Diagnostic)[] = [];
  private readonly placeOf = new Map<ObjectSection, Placed>();
  private readonly libraryObjects = new Set<ObjectFile>();
  /** Groups that a program has one copy of, and the sections of the other copies. */
  private readonly groups = new Set<string>();
  private readonly dropped = new Set<ObjectSection>();
  /** The symbols whose addresses are in the table of addresses, and their words' numbers. */
  private readonly addressTable = new Map<ObjectSymbol, number>();
  private readonly missed = new Set<ObjectSymbol>();
  private layout: Layout = { segments: [], placed: [], symbols: new Map(), addressTable: 0 };
  private file: Uint8Array | undefined;

  constructor(private readonly options: LinkOptions) {}

  link(objects: readonly ObjectFile[]): Result<LinkedImage, readonly Diagnostic[]> {
    for (const object of objects) this.add(object);
    const entryName = this.options.entry ?? "_start";
    this.pullLibraries(entryName);
    this.collectAddressTable();
    this.layout = layOut(this.objects, {
      sectionsOf: (object) => this.sectionsOf(object),
      commons: [...this.definitions.values()].filter(({ symbol }) => symbol.section === "common"),
      addressTableEntries: this.addressTable.size,
    });
    for (const placed of this.layout.placed) this.placeOf.set(placed.section, placed);
    this.relocate();
    this.reportObstacles();
    const entry = this.definitions.get(entryName);
    if (entry === undefined) this.reportMissingEntry(objects, entryName);
    else if (this.libraryObjects.has(entry.object)) this.reportConstructors();
    if (this.problems.length > 0 || entry === undefined) return fail(this.problems.map((describe) => describe()));
    return ok({
      entry: guestAddress(this.addressOf(entry)),
      segments: this.layout.segments.map(({ name, address, bytes, size, permissions }) => ({
        name,
        address,
        bytes,
        size,
        permissions,
      })),
      ...this.debugInformation(),
      ...(objects.some(({ path }) => path !== undefined) && { elfFile: () => this.elfFile() }),
    });
  }

  private debugInformation() {
    return debugInformation({
      objects: this.objects,
      libraryObjects: this.libraryObjects,
      definitions: this.definitions,
      placed: this.layout.placed,
      placeOf: this.placeOf,
      addressOf: (definition) => this.addressOf(definition),
    });
  }

  private elfFile(): Uint8Array {
    this.file ??= writeLinkedFile({
      objects: this.objects.filter(({ path }) => path !== undefined),
      sectionsOf: (object) => this.sectionsOf(object),
      layout: this.layout,
      symbols: this.debugInformation().symbols,
      placeOf: this.placeOf,
      addressOf: (object, symbol) => this.resolve(object, symbol),
    });
    return this.file;
  }

  // What is wrong.

  private report(span: SourceSpan | undefined, message: string): void {
    const [first] = this.objects;
    const nowhere = { path: first?.sources[0]?.path ?? "", line: 1, column: 1, endColumn: 2 };
    this.problems.push(() => ({
      severity: "error",
      message,
      span: span ?? (first?.path === undefined ? nowhere : wholeFile(first.path)),
    }));
  }

  /** Reports something that is wrong at a place of an object. */
  private reportAt(object: ObjectFile, section: number | ObjectSection, offset: number, message: string): void {
    this.problems.push(() => {
      const { span, container } = this.placeInObject(object, section, offset);
      const where = container === undefined || span.line > 0 ? "" : `In \`${container}\`: `;
      return { severity: "error", message: where + message, span };
    });
  }

  /** The line that a place of an object comes from, as far as the object tells it. */
  private placeInObject(object: ObjectFile, section: number | ObjectSection, offset: number) {
    const home = typeof section === "number" ? object.sections[section] : section;
    const placed = home && this.placeOf.get(home);
    const span = placed && this.options.sourceOf?.(placed.address + offset, () => this.elfFile());
    const index = home === undefined ? -1 : object.sections.indexOf(home);
    const container = object.symbols.find(
      ({ section, value, size, type }) =>
        section === index && type === "function" && offset >= Number(value) && offset < Number(value + size),
    );
    return { span: span ?? wholeFile(pathOf(object)), container: container?.name };
  }

  // Which objects take part.

  private sectionsOf(object: ObjectFile): readonly ObjectSection[] {
    return this.dropped.size === 0 ? object.sections : object.sections.filter((section) => !this.dropped.has(section));
  }

  private add(object: ObjectFile): void {
    this.objects.push(object);
    for (const { signature, sections } of object.groups ?? []) {
      if (!this.groups.has(signature)) this.groups.add(signature);
      else for (const index of sections) addIfKnown(this.dropped, object.sections[index]);
    }
    for (const symbol of object.symbols) {
      if (symbol.binding === "local" || symbol.section === "undefined" || this.isDropped(object, symbol)) continue;
      const before = this.definitions.get(symbol.name);
      if (before !== undefined && !replaces(symbol, before.symbol)) {
        if (isStrong(symbol) && isStrong(before.symbol)) this.reportDuplicate({ object, symbol }, before);
        continue;
      }
      this.definitions.set(symbol.name, { object, symbol });
    }
  }

  private isDropped(object: ObjectFile, { section }: ObjectSymbol): boolean {
    const home = typeof section === "number" ? object.sections[section] : undefined;
    return home !== undefined && this.dropped.has(home);
  }

  private reportDuplicate(definition: Definition, before: Definition): void {
    this.problems.push(() => {
      const [span, other] = [this.spanOf(definition), this.spanOf(before)];
      const where = other.line > 0 ? `${other.path}, line ${other.line}` : other.path;
      const message = `\`${definition.symbol.name}\` is also defined in ${where}. A global name can be defined only once.`;
      return { severity: "error", message, span };
    });
  }

  private spanOf({ object, symbol }: Definition): SourceSpan {
    if (symbol.span !== undefined) return symbol.span;
    if (typeof symbol.section !== "number") return wholeFile(pathOf(object));
    return this.placeInObject(object, symbol.section, Number(symbol.value)).span;
  }

  /** Links library members as long as one of them defines something that is missing. */
  private pullLibraries(entryName: string): void {
    const waiting = new Set(this.options.libraries ?? []);
    const definers = new Map<string, ObjectFile>();
    for (const member of waiting) {
      for (const { name, section, binding } of member.symbols) {
        if (binding !== "local" && section !== "undefined" && !definers.has(name)) definers.set(name, member);
      }
    }
    const wanted = [entryName];
    const want = (object: ObjectFile) => {
      for (const { name, section, binding } of object.symbols) {
        if (section === "undefined" && binding === "global") wanted.push(name);
      }
    };
    // Without a main there is nothing for the library's _start to call: the missing entry is the message then.
    const definesEntry = this.definitions.has(entryName) || this.definitions.has("main");
    if (!definesEntry) wanted.pop();
    this.objects.forEach(want);
    // The list grows while it is walked.
    for (const name of wanted) {
      if (this.definitions.has(name)) continue;
      const member = definers.get(name);
      if (member === undefined || !waiting.delete(member)) continue;
      this.libraryObjects.add(member);
      this.add(member);
      want(member);
    }
  }

  // Addresses.

  /** The symbol that a name means: the object's own one where it is local, else that of the whole program. */
  private definitionOf(object: ObjectFile, symbol: ObjectSymbol): Definition | undefined {
    const own: Definition = { object, symbol };
    if (symbol.binding === "local") return own;
    const definition = this.definitions.get(symbol.name);
    return definition?.symbol.section === "undefined" ? undefined : definition;
  }

  private addressOf({ object, symbol, address }: Definition): number {
    if (address !== undefined) return address;
    if (symbol.section === "absolute") return Number(symbol.value);
    if (typeof symbol.section !== "number") return 0;
    const section = object.sections[symbol.section];
    const placed = section === undefined ? undefined : this.placeOf.get(section);
    return (placed?.address ?? 0) + Number(symbol.value);
  }

  /** The address of a symbol; undefined where nobody defines it. */
  private resolve(object: ObjectFile, symbol: ObjectSymbol): bigint | undefined {
    const definition = this.definitionOf(object, symbol);
    if (definition !== undefined) {
      if (this.isDropped(definition.object, definition.symbol)) return undefined;
      const { symbol: found } = definition;
      return found.section === "absolute" ? found.value : BigInt(this.addressOf(definition));
    }
    const made = this.layout.symbols.get(symbol.name);
    if (made !== undefined) return BigInt(made);
    return symbol.binding === "weak" ? 0n : undefined;
  }

  /** Gives each symbol that code reads the address of in memory a word in the table. */
  private collectAddressTable(): void {
    for (const object of this.objects) {
      if (object.path === undefined) continue;
      for (const section of this.sectionsOf(object)) {
        for (const relocation of section.relocations) {
          if (relocationTraits[relocation.type].isIndirect !== true) continue;
          const symbol = this.tableSymbol(object, relocation);
          if (symbol !== undefined && !this.addressTable.has(symbol))
            this.addressTable.set(symbol, this.addressTable.size);
        }
      }
    }
  }

  private tableSymbol(object: ObjectFile, relocation: Relocation): ObjectSymbol | undefined {
    const symbol = object.symbols[relocation.symbol];
    return symbol && (this.definitionOf(object, symbol)?.symbol ?? symbol);
  }

  // Filling in addresses.

  private relocate(): void {
    const segmentOf = new Map(this.layout.segments.map((segment) => [segment.group, segment]));
    for (const placed of this.layout.placed) {
      const segment = segmentOf.get(groupOf(placed.section));
      if (segment === undefined) continue;
      for (const relocation of placed.section.relocations) {
        this.relocateField(placed, relocation, segment, segmentOf.get("data"));
      }
    }
  }

  private relocateField(
    placed: Placed,
    relocation: Relocation,
    segment: GroupSegment,
    data: GroupSegment | undefined,
  ): void {
    const { object, section } = placed;
    const symbol = object.symbols[relocation.symbol];
    if (symbol === undefined) return;
    let target = this.resolve(object, symbol);
    if (target === undefined) {
      // Call frame tables also describe functions of which another object's copy was taken.
      if (this.isDropped(object, symbol) && !section.flags.execute && !section.flags.write) return;
      this.reportUndefined(placed, relocation, symbol);
      return;
    }
    if (relocationTraits[relocation.type].isIndirect === true && data !== undefined) {
      const word = this.addressTable.get(this.tableSymbol(object, relocation) ?? symbol) ?? 0;
      const address = this.layout.addressTable + 8 * word;
      writeInteger(data.bytes, address - Number(data.address), target, 8);
      target = BigInt(address);
    }
    const place = placed.address + relocation.offset;
    const misfit = applyRelocation(relocation, target, segment.bytes, place - Number(segment.address), place);
    if (misfit === undefined) return;
    const name = symbol.type === "section" ? "the address" : `\`${symbol.name}\``;
    const { size } = relocationTraits[relocation.type];
    const message = `The value of ${name} (0x${BigInt.asUintN(64, misfit).toString(16)}) does not fit the ${size === 1 ? "byte" : `${size} bytes`} here.`;
    if (object.path === undefined) this.report(relocation.span, message);
    else this.reportAt(object, section, relocation.offset, message);
  }

  private reportUndefined({ object, section }: Placed, relocation: Relocation, symbol: ObjectSymbol): void {
    const { name } = symbol;
    // In a source each use is marked; of an object the first one says it all.
    if (object.path !== undefined && this.missed.has(symbol)) return;
    this.missed.add(symbol);
    const message = `\`${name}\` is used but not defined anywhere.${this.remedyFor(name, object)}`;
    const elsewhere = this.objects.some(({ symbols }) =>
      symbols.some((other) => other.name === name && other.binding === "local" && other.section !== "undefined"),
    );
    const hidden = `\`${name}\` is defined in another file, but not global there. Add \`.globl ${name}\` to that file.`;
    if (object.path === undefined) this.report(relocation.span ?? symbol.span, elsewhere ? hidden : message);
    else this.reportAt(object, section, relocation.offset, elsewhere ? hidden : message);
  }

  private remedyFor(name: string, user: ObjectFile): string {
    const known = new Set(this.definitions.keys());
    for (const library of this.options.libraries ?? []) {
      for (const { name: other, binding, section } of library.symbols) {
        if (binding !== "local" && section !== "undefined") known.add(other);
      }
    }
    if (user.path === undefined) {
      const found = nearest(name, known);
      return found === undefined ? " Define it, or check its spelling." : ` Did you mean \`${found}\`?`;
    }
    if (name === "__stack_chk_fail") return ` Compile with -fno-stack-protector. Or: ${linkBefore}`;
    return ` If one of your files defines it, link that file, too. Here is only the green-thread library. ${linkBefore}`;
  }

  private reportObstacles(): void {
    for (const object of this.objects) {
      for (const { section, offset, message } of object.obstacles ?? []) {
        const home = object.sections[section];
        if (home !== undefined && this.placeOf.has(home)) {
          this.reportAt(object, section, offset, `${message} ${linkBefore}`);
        }
      }
    }
  }

  /** The library's start calls no constructors: nothing written in assembly has any. */
  private reportConstructors(): void {
    for (const { object, section } of this.layout.placed) {
      if (object.path === undefined || section.size === 0 || !/^(preinit|init|fini)_array$/.test(section.type))
        continue;
      const message = `This object has functions to call before or after \`main\` (section ${section.name}), which the green-thread library does not call. ${linkBefore}`;
      this.report(wholeFile(object.path), message);
    }
  }

  private reportMissingEntry(objects: readonly ObjectFile[], entryName: string): void {
    // Rather than about _start, which the library defines, learners want to hear about main.
    const isDefault = this.options.entry === undefined;
    if (isDefault) {
      for (const { symbols } of objects) {
        const local = symbols.find(
          ({ name, binding }) => (name === "main" || name === "_start") && binding === "local",
        );
        if (local !== undefined) {
          this.report(
            local.span,
            `\`${local.name}\` is not global, so the program has no start. Add \`.globl ${local.name}\`.`,
          );
          return;
        }
      }
    }
    const what = isDefault
      ? "The program has no start. Define `main` (with `.globl main`), which is called as a function, or `_start`."
      : `The program has no symbol \`${entryName}\` to start at.`;
    this.report(undefined, what);
  }
}

function pathOf({ path, sources }: ObjectFile): string {
  return path ?? sources[0]?.path ?? "";
}

function addIfKnown<Item>(items: Set<Item>, item: Item | undefined): void {
  if (item !== undefined) items.add(item);
}

/** Links objects to a program; what is undefined, defined twice or out of reach is reported at its use. */
export function link(
  objects: readonly ObjectFile[],
  options: LinkOptions = {},
): Result<LinkedImage, readonly Diagnostic[]> {
  return new Linker(options).link(objects);
}
