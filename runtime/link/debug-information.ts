/**
 * What the debugger reads of a linked program: its symbols, its sources, and the lines that instructions come from.
 * Made once every section has its address.
 */

import type { ObjectFile, ObjectSection, ObjectSymbol } from "../asm/assembler.js";
import { guestAddress } from "../base/guest-address.js";
import type { LineRow, ProgramImage, ProgramSource, ProgramSymbol } from "../base/program-image.js";

/** A section of an object, at its address in the program. */
export interface Placed {
  readonly object: ObjectFile;
  readonly section: ObjectSection;
  address: number;
}

/** A symbol, and the object that defines it. */
export interface Definition {
  readonly object: ObjectFile;
  readonly symbol: ObjectSymbol;
  /** For common symbols, where they were put. */
  address?: number;
}

/** The objects of a program, placed. */
export interface LinkedProgram {
  readonly objects: readonly ObjectFile[];
  readonly libraryObjects: ReadonlySet<ObjectFile>;
  /** Of global and weak symbols, by name. */
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly placed: readonly Placed[];
  readonly placeOf: ReadonlyMap<ObjectSection, Placed>;
  addressOf(definition: Definition): number;
}

/** The symbols in order of address, the sources without duplicates, and a row for each line of code. */
export function debugInformation(program: LinkedProgram): Pick<ProgramImage, "symbols" | "sources" | "lines"> {
  const sources: ProgramSource[] = [];
  const sourceIndex = new Map<string, number>();
  const lines: LineRow[] = [];
  const symbols: ProgramSymbol[] = [];
  for (const object of program.objects) {
    const isLibrary = program.libraryObjects.has(object);
    for (const { path, text } of object.sources) {
      if (sourceIndex.has(path)) continue;
      sourceIndex.set(path, sources.length);
      sources.push({ path, text, isLibrary });
    }
    addSymbols(object, program, symbols);
  }
  const executable = program.placed.filter(({ section }) => section.lines.length > 0);
  executable.sort((a, b) => a.address - b.address);
  for (const { object, section, address } of executable) {
    for (const { offset, source, line } of section.lines) {
      const path = object.sources[source]?.path ?? "";
      lines.push({ address: guestAddress(address + offset), source: sourceIndex.get(path) ?? -1, line });
    }
    lines.push({ address: guestAddress(address + section.size), source: -1, line: 0 });
  }
  extendFunctions(symbols, program.placed);
  symbols.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  return { symbols, sources, lines };
}

function addSymbols(object: ObjectFile, program: LinkedProgram, symbols: ProgramSymbol[]): void {
  for (const symbol of object.symbols) {
    if (symbol.section === "undefined" || symbol.type === "section" || symbol.name === "") continue;
    if (symbol.binding !== "local" && program.definitions.get(symbol.name)?.object !== object) continue;
    const definition = symbol.binding === "local" ? { object, symbol } : program.definitions.get(symbol.name);
    if (definition === undefined) continue;
    const isAbsolute = symbol.section === "absolute";
    const section = typeof symbol.section === "number" ? object.sections[symbol.section] : undefined;
    if (section !== undefined && !program.placeOf.has(section)) continue;
    const address = isAbsolute ? guestAddress(symbol.value) : guestAddress(program.addressOf(definition));
    const kind = isAbsolute
      ? "absolute"
      : symbol.type === "function" || symbol.type === "object"
        ? symbol.type
        : symbol.section === "common"
          ? "object"
          : "label";
    symbols.push({
      name: symbol.name,
      address,
      size: Number(symbol.size),
      kind,
      binding: symbol.binding,
      section: section?.name,
    });
  }
}

/**
 * Gives functions and global labels of code without `.size` the bytes up to the next such symbol, so that a debugger
 * finds the function that an address lies in.
 */
function extendFunctions(symbols: ProgramSymbol[], placed: readonly Placed[]): void {
  const code = placed
    .filter(({ section }) => section.flags.execute)
    .map(({ address, section }) => ({ start: address, end: address + section.size }));
  const isFunction = ({ kind, binding }: ProgramSymbol) =>
    kind === "function" || (kind === "label" && binding !== "local");
  const starts = symbols
    .filter(isFunction)
    .map(({ address }) => Number(address))
    .sort((a, b) => a - b);
  symbols.forEach((symbol, i) => {
    if (symbol.size > 0 || !isFunction(symbol)) return;
    const address = Number(symbol.address);
    const section = code.find(({ start, end }) => address >= start && address < end);
    if (section === undefined) return;
    const next = starts.find((start) => start > address) ?? section.end;
    symbols[i] = { ...symbol, size: Math.min(next, section.end) - address };
  });
}
