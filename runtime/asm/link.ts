/**
 * The static linker: objects, and the library members that define what they miss, to a program in memory. Sections of
 * one name are joined; code, constants, data and zeros lie on pages of their own.
 */
import { guestAddress } from "../base/guest-address.js";
import type { Permissions, ProgramImage, ProgramSegment } from "../base/program-image.js";
import { fail, ok, type Result } from "../base/result.js";
import type { Diagnostic, SourceSpan } from "../base/source.js";
import type { ObjectFile, ObjectSection, ObjectSymbol, Relocation, RelocationType } from "./assembler.js";
import { type Definition, debugInformation, type Placed } from "./link-debug-information.js";
import { writeInteger } from "./section.js";
import { nearest } from "./suggest.js";

export interface LinkOptions {
  /** Members are linked when they define a symbol that is missing. */
  readonly libraries?: readonly ObjectFile[];
  /** The symbol to start at; `_start` by default. */
  readonly entry?: string;
}

const imageBase = 0x401000;
const pageSize = 0x1000;

/** What a section becomes part of, in the order of addresses. */
const groups = ["text", "rodata", "data", "bss"] as const;
type Group = (typeof groups)[number];

const permissionsOf: Readonly<Record<Group, Permissions>> = {
  text: { read: true, write: false, execute: true },
  rodata: { read: true, write: false, execute: false },
  data: { read: true, write: true, execute: false },
  bss: { read: true, write: true, execute: false },
};

const alignUp = (value: number, alignment: number) => Math.ceil(value / alignment) * alignment;

function groupOf({ flags, isZeroed }: ObjectSection): Group {
  if (flags.execute) return "text";
  if (!flags.write) return "rodata";
  return isZeroed ? "bss" : "data";
}

class Linker {
  private readonly objects: ObjectFile[] = [];
  private readonly definitions = new Map<string, Definition>();
  private readonly diagnostics: Diagnostic[] = [];
  private readonly placed: Placed[] = [];
  private readonly placeOf = new Map<ObjectSection, Placed>();
  private readonly libraryObjects = new Set<ObjectFile>();
  private readonly linkerSymbols = new Map<string, number>();

  constructor(private readonly options: LinkOptions) {}

  link(objects: readonly ObjectFile[]): Result<ProgramImage, readonly Diagnostic[]> {
    for (const object of objects) this.add(object);
    const entryName = this.options.entry ?? "_start";
    this.pullLibraries(entryName);
    const segments = this.place();
    this.relocate(segments);
    const entry = this.definitions.get(entryName);
    if (entry === undefined) this.reportMissingEntry(objects, entryName);
    if (this.diagnostics.length > 0 || entry === undefined) return fail(this.diagnostics);
    return ok({
      entry: guestAddress(this.addressOf(entry)),
      segments: segments.map(({ name, address, bytes, size, permissions }) => ({
        name,
        address,
        bytes,
        size,
        permissions,
      })),
      ...debugInformation({
        objects: this.objects,
        libraryObjects: this.libraryObjects,
        definitions: this.definitions,
        placed: this.placed,
        placeOf: this.placeOf,
        addressOf: (definition) => this.addressOf(definition),
      }),
    });
  }

  private report(span: SourceSpan | undefined, message: string): void {
    const path = this.objects[0]?.sources[0]?.path ?? "";
    this.diagnostics.push({ severity: "error", message, span: span ?? { path, line: 1, column: 1, endColumn: 2 } });
  }

  // Which objects take part.

  private add(object: ObjectFile): void {
    this.objects.push(object);
    for (const symbol of object.symbols) {
      if (symbol.binding === "local" || symbol.section === "undefined") continue;
      const before = this.definitions.get(symbol.name);
      if (before !== undefined && !replaces(symbol, before.symbol)) {
        if (isStrong(symbol) && isStrong(before.symbol)) this.reportDuplicate(symbol, before.symbol);
        continue;
      }
      this.definitions.set(symbol.name, { object, symbol });
    }
  }

  private reportDuplicate(symbol: ObjectSymbol, before: ObjectSymbol): void {
    const where = before.span === undefined ? "another file" : `${before.span.path}, line ${before.span.line}`;
    this.report(symbol.span, `\`${symbol.name}\` is also defined in ${where}. A global name can be defined only once.`);
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

  // Where sections go.

  private place(): (ProgramSegment & { readonly group: Group })[] {
    const byGroup = new Map<Group, Placed[]>(groups.map((group) => [group, []]));
    for (const object of this.objects) {
      for (const section of object.sections) {
        if (
          !section.flags.allocate ||
          (section.size === 0 && section.relocations.length === 0 && !isNamed(object, section))
        ) {
          continue;
        }
        const placed: Placed = { object, section, address: 0 };
        this.placed.push(placed);
        this.placeOf.set(section, placed);
        byGroup.get(groupOf(section))?.push(placed);
      }
    }
    const segments: (ProgramSegment & { readonly group: Group })[] = [];
    let address = imageBase;
    for (const group of groups) {
      const members = joinByName(byGroup.get(group) ?? []);
      const start = alignUp(address, pageSize);
      let end = start;
      for (const placed of members) {
        placed.address = alignUp(end, placed.section.alignment);
        end = placed.address + placed.section.size;
      }
      if (group === "bss") end = this.placeCommon(end);
      if (group === "data") {
        this.linkerSymbols.set("_edata", end);
        this.linkerSymbols.set("edata", end);
      }
      if (group === "text") {
        this.linkerSymbols.set("_etext", end);
        this.linkerSymbols.set("etext", end);
      }
      if (group === "bss") {
        this.linkerSymbols.set("__bss_start", start);
        this.linkerSymbols.set("_end", end);
        this.linkerSymbols.set("end", end);
      }
      if (end === start) continue;
      const bytes = new Uint8Array(group === "bss" ? 0 : end - start);
      if (group === "text") bytes.fill(0x90);
      for (const { section, address: at } of members) if (!section.isZeroed) bytes.set(section.bytes, at - start);
      segments.push({
        name: `.${group}`,
        group,
        address: guestAddress(start),
        bytes,
        size: end - start,
        permissions: permissionsOf[group],
      });
      address = end;
    }
    return segments;
  }

  private placeCommon(from: number): number {
    let end = from;
    for (const definition of this.definitions.values()) {
      const { symbol } = definition;
      if (symbol.section !== "common") continue;
      const address = alignUp(end, Math.max(1, Number(symbol.value)));
      definition.address = address;
      end = address + Number(symbol.size);
    }
    return end;
  }

  private addressOf({ object, symbol, address }: Definition): number {
    if (address !== undefined) return address;
    if (symbol.section === "absolute") return Number(symbol.value);
    if (typeof symbol.section !== "number") return 0;
    const section = object.sections[symbol.section];
    const placed = section === undefined ? undefined : this.placeOf.get(section);
    return (placed?.address ?? 0) + Number(symbol.value);
  }

  // Filling in addresses.

  private relocate(segments: readonly (ProgramSegment & { readonly group: Group })[]): void {
    const segmentOf = new Map(segments.map((segment) => [segment.group, segment]));
    for (const placed of this.placed) {
      const segment = segmentOf.get(groupOf(placed.section));
      if (segment === undefined) continue;
      for (const relocation of placed.section.relocations) this.applyRelocation(placed, relocation, segment);
    }
  }

  private applyRelocation(placed: Placed, relocation: Relocation, segment: ProgramSegment): void {
    const symbol = placed.object.symbols[relocation.symbol];
    if (symbol === undefined) return;
    const target = this.targetOf(placed.object, symbol, relocation.span);
    if (target === undefined) return;
    const place = placed.address + relocation.offset;
    const { size, isRelative, isSigned } = relocationTraits[relocation.type];
    const value = target + relocation.addend - (isRelative ? BigInt(place) : 0n);
    const bits = BigInt(size * 8);
    const least = isSigned ? -(1n << (bits - 1n)) : relocation.type === "R_X86_64_64" ? -(1n << 63n) : 0n;
    const most = isSigned ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
    const isLoose = size < 4 && value >= -(1n << (bits - 1n)) && value < 1n << bits;
    if ((value < least || value > most) && !isLoose) {
      const name = symbol.type === "section" ? "the address" : `\`${symbol.name}\``;
      this.report(
        relocation.span,
        `The value of ${name} (0x${BigInt.asUintN(64, value).toString(16)}) does not fit the ${size === 1 ? "byte" : `${size} bytes`} here.`,
      );
      return;
    }
    writeInteger(segment.bytes, place - Number(segment.address), value, size);
  }

  /** The address that a relocation means; reports what is undefined. */
  private targetOf(object: ObjectFile, symbol: ObjectSymbol, span: SourceSpan | undefined): bigint | undefined {
    const own: Definition = { object, symbol };
    const definition = symbol.binding === "local" ? own : this.definitions.get(symbol.name);
    if (definition !== undefined && definition.symbol.section !== "undefined") {
      const { symbol: found } = definition;
      return found.section === "absolute" ? found.value : BigInt(this.addressOf(definition));
    }
    const made = this.linkerSymbols.get(symbol.name);
    if (made !== undefined) return BigInt(made);
    if (symbol.binding === "weak") return 0n;
    this.reportUndefined(symbol.name, span ?? symbol.span);
    return undefined;
  }

  private reportUndefined(name: string, span: SourceSpan | undefined): void {
    const known = new Set(this.definitions.keys());
    for (const library of this.options.libraries ?? []) {
      for (const { name: other, binding, section } of library.symbols) {
        if (binding !== "local" && section !== "undefined") known.add(other);
      }
    }
    for (const { symbols } of this.objects) {
      const local = symbols.find((symbol) => symbol.name === name && symbol.binding === "local");
      if (local !== undefined) {
        this.report(
          span,
          `\`${name}\` is defined in another file, but not global there. Add \`.globl ${name}\` to that file.`,
        );
        return;
      }
    }
    const found = nearest(name, known);
    const hint = found === undefined ? " Define it, or check its spelling." : ` Did you mean \`${found}\`?`;
    this.report(span, `\`${name}\` is used but not defined anywhere.${hint}`);
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

const isStrong = (symbol: ObjectSymbol) => symbol.binding === "global" && symbol.section !== "common";

/** Whether a definition takes the place of an earlier one: global before common before weak. */
function replaces(symbol: ObjectSymbol, before: ObjectSymbol): boolean {
  const rank = ({ binding, section }: ObjectSymbol) => (binding === "weak" ? 0 : section === "common" ? 1 : 2);
  if (symbol.section === "common" && before.section === "common") return symbol.size > before.size;
  return rank(symbol) > rank(before);
}

/** Whether an empty section is worth a place because symbols lie in it. */
function isNamed(object: ObjectFile, section: ObjectSection): boolean {
  const index = object.sections.indexOf(section);
  return object.symbols.some((symbol) => symbol.section === index);
}

/** Sections of one name lie together, names in the order of their first use; the bare name comes before its children. */
function joinByName(sections: readonly Placed[]): Placed[] {
  const byName = new Map<string, Placed[]>();
  for (const placed of sections) {
    const list = byName.get(placed.section.name);
    if (list === undefined) byName.set(placed.section.name, [placed]);
    else list.push(placed);
  }
  return [...byName.values()].flat();
}

const relocationTraits: Readonly<Record<RelocationType, { size: number; isRelative: boolean; isSigned: boolean }>> = {
  R_X86_64_64: { size: 8, isRelative: false, isSigned: false },
  R_X86_64_PC32: { size: 4, isRelative: true, isSigned: true },
  R_X86_64_PLT32: { size: 4, isRelative: true, isSigned: true },
  R_X86_64_32: { size: 4, isRelative: false, isSigned: false },
  R_X86_64_32S: { size: 4, isRelative: false, isSigned: true },
  R_X86_64_16: { size: 2, isRelative: false, isSigned: false },
  R_X86_64_PC16: { size: 2, isRelative: true, isSigned: true },
  R_X86_64_8: { size: 1, isRelative: false, isSigned: false },
  R_X86_64_PC8: { size: 1, isRelative: true, isSigned: true },
  R_X86_64_PC64: { size: 8, isRelative: true, isSigned: true },
};

/** Links objects to a program; what is undefined, defined twice or out of reach is reported at its use. */
export function link(
  objects: readonly ObjectFile[],
  options: LinkOptions = {},
): Result<ProgramImage, readonly Diagnostic[]> {
  return new Linker(options).link(objects);
}
