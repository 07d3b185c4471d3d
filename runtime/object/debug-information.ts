/**
 * What a debugger asks of a program's debug information: lines, functions, what was inlined where. Everything is read
 * when it is first asked for. Addresses are numbers: an image lies below 4 GiB. Nothing here throws; what is damaged is
 * as if it were not there, and `notes` says so.
 */

import type { BreakpointPlace, LinePlaces, StatementPlace } from "../base/code-places.js";
import { attempt } from "./byte-cursor.js";
import { demangle } from "./demangle/demangle.js";
import { bodyStart, placesOfLine, statementsIn } from "./dwarf/breakpoint-places.js";
import { isEntryOf } from "./dwarf/call-sites.js";
import { type CodeScope, scopesAt } from "./dwarf/code-scope.js";
import * as dw from "./dwarf/constants.js";
import { DwarfFile } from "./dwarf/dwarf-file.js";
import { Entry } from "./dwarf/entry.js";
import type { DebugFunction } from "./dwarf/function.js";
import { inlinedPlacesOf } from "./dwarf/inlined-places.js";
import { type FrameValues, type Locator, locatorOf } from "./dwarf/locate.js";
import type { Location } from "./dwarf/location.js";
import { type Enumerator, isQualifiedBy, lastComponent, NameIndex } from "./dwarf/name-index.js";
import { attributeOf, linkageNameOf, plainName, qualifiedName } from "./dwarf/names.js";
import { type DebugSource, SourceIndex } from "./dwarf/source-index.js";
import { pathOf, SplitFiles } from "./dwarf/split-files.js";
import { tailCallsBetween } from "./dwarf/tail-calls.js";
import type { Type } from "./dwarf/types.js";
import type { Unit } from "./dwarf/unit.js";
import { UnitIndex } from "./dwarf/unit-index.js";
import { Variable, variablesAt } from "./dwarf/variable.js";
import type { ObjectFile } from "./object-file.js";

/** A place in a source; line and column count from 1, columns in bytes. */
export interface CodePlace {
  readonly path: string;
  readonly line: number;
  readonly column?: number;
}

/** The place that an instruction comes from, and the instructions of that line around it. */
export interface LineAtAddress extends CodePlace {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** `start` is where a statement begins. */
  readonly isStatement: boolean;
}

/** A frame of the source: a function with code of its own, or one that was inlined into it. */
export interface SourceFrame {
  /** With the namespaces and types around it. */
  readonly name: string | undefined;
  /** Where this frame is: for the innermost one the instruction's line, for the others the line of the inlined call. */
  readonly place: CodePlace | undefined;
  readonly isInlined: boolean;
  /** The function that has the code. */
  readonly home: DebugFunction;
  /** Of the function or the inlined instance: its variables are in there. */
  readonly scope: CodeScope;
}

/** A symbol that an address lies in or behind. */
export interface SymbolAtAddress {
  /** As the source has it, with parameters where the symbol tells them. */
  readonly name: string;
  readonly address: number;
  /** Of the address asked for, from the symbol's. */
  readonly offset: number;
}

export class DebugInformation {
  readonly #notes = new Set<string>();
  readonly #splitFiles = new SplitFiles();
  readonly #file: DwarfFile;
  #units: UnitIndex | undefined;
  #sources: SourceIndex | undefined;
  #names: NameIndex | undefined;
  readonly #functionsOfEntries = new Map<string, DebugFunction | undefined>();

  /** `bias`: where the program is loaded, less where it was linked for. */
  constructor(
    readonly object: ObjectFile,
    bias = 0,
  ) {
    const lowestCode = object.code[0]?.start ?? 1;
    const note = (problem: string) => this.#notes.add(problem);
    this.#file = new DwarfFile(object, { bias, lowestCode }, note, undefined, (unit) => this.#splitFiles.unitOf(unit));
  }

  /**
   * The files with debug information (`.dwo`) that the program names and that were not handed in. Without them there
   * are lines, and symbols for functions.
   */
  missingFiles(): string[] {
    const missing = this.#guard(() =>
      this.#unitIndex.units.flatMap((unit) => (unit.full === unit ? (pathOf(unit) ?? []) : [])),
    );
    return [...new Set(missing)];
  }

  /** Hands in one of the missing files, or a package of them (`.dwp`); false for what is neither. */
  provideFile(path: string, bytes: Uint8Array): boolean {
    return this.#splitFiles.add(path, bytes);
  }

  /** The program has debug information. Without it, there are its symbols. */
  get isPresent(): boolean {
    return this.#file.section(".debug_info").length > 0;
  }

  /** What was found damaged or is missing so far, as sentences for the user. */
  get notes(): readonly string[] {
    return [...this.object.notes, ...this.#notes];
  }

  /** The line that the instruction at `address` comes from; undefined where it comes from none. */
  lineAt(address: number): LineAtAddress | undefined {
    return this.#guard(() => {
      const lines = this.#unitAt(address)?.lines;
      const index = lines?.indexAt(address);
      if (lines === undefined || index === undefined) return undefined;
      const row = lines.row(index);
      const path = lines.files[row.file]?.path;
      if (path === undefined || row.line === 0) return undefined;
      return {
        path,
        line: row.line,
        ...(row.column === 0 ? {} : { column: row.column }),
        ...lines.extentOf(index),
      };
    });
  }

  /** All sources that the program was compiled from, headers included. */
  sources(): DebugSource[] {
    return this.#guard(() => this.#sourceIndex.sources) ?? [];
  }

  /** Where a breakpoint on a line goes; undefined when there is no code from it nor from any line behind it. */
  placesOfLine(path: string, line: number, column?: number): LinePlaces | undefined {
    return this.#guard(() => placesOfLine(this.#sourceIndex.usesOf(path), line, column));
  }

  /** The places of the lines from `first` to `last` at which a breakpoint can stop, sorted. */
  statementsIn(path: string, first: number, last: number): StatementPlace[] {
    return this.#guard(() => statementsIn(this.#sourceIndex.usesOf(path), first, last)) ?? [];
  }

  /** Where a breakpoint on a function goes, in its own code and wherever it was inlined; sorted. */
  placesOfFunction(name: string): BreakpointPlace[] {
    const homes = this.functionsNamed(name);
    const places = homes.map((home) => ({ address: this.bodyStartOf(home), inlinedDepth: 0 }));
    if (homes.length === 0 || homes.some((home) => this.#mayBeInlined(home))) {
      const units = this.#guard(() => this.#unitIndex.units) ?? [];
      const isMeant = isCalled(name);
      for (const unit of units) {
        places.push(...(this.#guard(() => inlinedPlacesOf(unit.full, isMeant)) ?? []));
      }
    }
    return places.sort((one, two) => one.address - two.address);
  }

  /** The language that the code at `address` was written in (`DW_LANG_*`). */
  languageAt(address: number): number | undefined {
    return this.#guard(() => this.#unitAt(address)?.language);
  }

  /** The function, not an inlined one, that `address` lies in. */
  functionAt(address: number): DebugFunction | undefined {
    return this.#guard(() => this.#unitAt(address)?.full.functionAt(address));
  }

  /** Where a breakpoint on a function goes: behind what sets up its frame. */
  bodyStartOf(home: DebugFunction): number {
    return this.#guard(() => home.entry.unit.lines && bodyStart(home, home.entry.unit.lines)) ?? home.entryAddress;
  }

  /** The frames that the instruction at `address` belongs to, innermost first; empty when no function claims it. */
  framesAt(address: number): SourceFrame[] {
    const frames = this.#guard(() => {
      const home = this.functionAt(address);
      if (!home) return [];
      const scopes = scopesAt(home.scope, address).filter(({ kind }) => kind !== "block");
      let place: CodePlace | undefined = this.lineAt(address);
      return scopes.reverse().map((scope): SourceFrame => {
        const frame = {
          name: nameOf(scope),
          place,
          isInlined: scope.kind === "inlined",
          home,
          scope,
        };
        place = callPlace(scope);
        return frame;
      });
    });
    return frames ?? [];
  }

  /**
   * The tail calls by which execution came from a call that returns to `returnAddress` to the function at `callee`, the
   * last one first, each by the address behind its jump. Empty where there are none, and where they are not certain.
   */
  tailCallsBetween(returnAddress: number, callee: number): number[] {
    const found = this.#guard(() => {
      const [caller, inner] = [this.functionAt(returnAddress - 1), this.functionAt(callee)];
      if (caller === undefined || inner === undefined) return [];
      return tailCallsBetween(caller, returnAddress, inner, (entry) => this.#functionOf(entry));
    });
    return found ?? [];
  }

  /** The only function with code that an entry stands for: an abstract or declared one, too. */
  #functionOf(entry: Entry): DebugFunction | undefined {
    const key = `${entry.unit.sectionName}:${entry.offset}`;
    if (!this.#functionsOfEntries.has(key)) this.#functionsOfEntries.set(key, this.#findFunctionOf(entry));
    return this.#functionsOfEntries.get(key);
  }

  #findFunctionOf(entry: Entry): DebugFunction | undefined {
    const { unit } = entry;
    const copies = unit.contents.functions
      .map((offset) => unit.function(offset))
      .filter((home) => isEntryOf(entry, home));
    if (copies.length > 0) return copies.length === 1 ? copies[0] : undefined;
    const name = linkageNameOf(entry) ?? plainName(entry);
    const symbol = name === undefined ? undefined : this.object.symbols.named(name);
    return symbol?.binding === "global" ? this.functionAt(symbol.address + this.#file.addresses.bias) : undefined;
  }

  /**
   * The variables that the source has at `address` in a frame of `framesAt`, the innermost block's first. Where several
   * have one name, the first one hides the others.
   */
  variablesAt(frame: Pick<SourceFrame, "scope">, address: number): Variable[] {
    return this.#guard(() => variablesAt(frame.scope, address)) ?? [];
  }

  /** The variables at fixed addresses (and those of each thread) that the unit of the code at `address` has. */
  globalsAt(address: number): Variable[] {
    const found = this.#guard(() => {
      const unit = this.#unitAt(address)?.full;
      return unit?.contents.globals.map((offset) => new Variable(Entry.at(unit, offset), "global", 0));
    });
    return found ?? [];
  }

  /**
   * The functions with code of their own that are called `name`: plain, with what is around it, or as the linker knows
   * it. `work` also finds `work<i32>`.
   */
  functionsNamed(name: string): DebugFunction[] {
    const word = /(\w+)\W*$/.exec(lastComponent(name).replace(/<.*$/, ""))?.[1];
    const found = new Set<DebugFunction>();
    if (word === undefined) return [];
    const isMeant = isCalled(name);
    // A mangled name has the words of the source in it.
    for (const symbol of this.object.symbols.withNamesLike(word)) {
      if (symbol.kind !== "function") continue;
      const home = this.functionAt(symbol.address + this.#file.addresses.bias);
      if (home && (symbol.name === name || this.#guard(() => isMeant(home.entry)))) found.add(home);
    }
    return [...found];
  }

  /** Not by its own unit, when that has it as it is; nor by others, when they have no definition of it. */
  #mayBeInlined({ entry, entryAddress }: DebugFunction): boolean {
    const address = entryAddress - this.#file.addresses.bias;
    const symbols = this.object.symbols.withNamesLike(linkageNameOf(entry) ?? plainName(entry) ?? "");
    const isGlobal = symbols.some((symbol) => symbol.address === address && symbol.binding === "global");
    return !isGlobal || entry.has(dw.DW_AT_abstract_origin);
  }

  /** The global variables called `name`, plain or with what is around it; those of the unit at `near` first. */
  globalsNamed(name: string, near?: number): Variable[] {
    return this.#guard(() => [...this.#nameIndex.globals(name, this.#nearUnit(near))]) ?? [];
  }

  /** The type called `name`, plain or with what is around it; that of the unit at `near` before others. */
  typeNamed(name: string, near?: number): Type | undefined {
    return this.#guard(() => this.#nameIndex.types(name, this.#nearUnit(near)).next().value ?? undefined);
  }

  /** The enumerators called `name` that the unit at `near` knows. */
  enumeratorsNamed(name: string, near: number): readonly Enumerator[] {
    return this.#guard(() => this.#enumeratorsAt(near, (unit) => this.#nameIndex.enumerators(name, unit))) ?? [];
  }

  /** An enumerator called `name` that any unit knows. */
  enumeratorNamed(name: string): Enumerator | undefined {
    return this.#guard(() => {
      for (const unit of this.#unitIndex.units) {
        const [found] = this.#nameIndex.enumerators(name, unit);
        if (found !== undefined) return found;
      }
      return undefined;
    });
  }

  /** All enumerators that the unit at `near` knows. */
  enumeratorsNear(near: number): readonly Enumerator[] {
    return this.#guard(() => this.#enumeratorsAt(near, (unit) => this.#nameIndex.enumeratorsIn(unit))) ?? [];
  }

  #enumeratorsAt(near: number, read: (unit: Unit) => readonly Enumerator[]): readonly Enumerator[] {
    const unit = this.#unitAt(near);
    return unit ? read(unit) : [];
  }

  /** The whole of a type of which a unit has only an announcement, where another unit has it. */
  definitionOf(type: Type): Type {
    if (type.kind !== "struct" || !type.isDeclaration || type.qualifiedName === undefined) return type;
    return this.typeNamed(type.qualifiedName) ?? type;
  }

  #nearUnit(address: number | undefined): Unit | undefined {
    return address === undefined ? undefined : this.#unitAt(address);
  }

  get #nameIndex(): NameIndex {
    this.#names ??= new NameIndex(this.#unitIndex.units);
    return this.#names;
  }

  /** Where a variable is at a frame's instruction, or what it is when it is nowhere. */
  locate(variable: Variable, home: DebugFunction | undefined, frame: FrameValues): Location {
    return this.locatorOf(variable, home, frame.address)(frame);
  }

  /** Tells where a variable is in frames whose instruction is at `address`: what does not depend on the frame is read here. */
  locatorOf(variable: Variable, home: DebugFunction | undefined, address: number): Locator {
    return locatorOf(variable.entry, home, address);
  }

  /** What there is to say of an address without debug information; undefined where no symbol is near. */
  symbolAt(address: number): SymbolAtAddress | undefined {
    const { bias } = this.#file.addresses;
    const symbol = this.object.symbols.at(address - bias);
    if (!symbol) return undefined;
    const start = symbol.address + bias;
    return { name: demangle(symbol.name) ?? symbol.name, address: start, offset: address - start };
  }

  #unitAt(address: number): Unit | undefined {
    return this.#unitIndex.at(address);
  }

  get #unitIndex(): UnitIndex {
    this.#units ??= new UnitIndex(this.#file);
    return this.#units;
  }

  get #sourceIndex(): SourceIndex {
    this.#sources ??= new SourceIndex(this.#unitIndex);
    return this.#sources;
  }

  #guard<Value>(read: () => Value): Value | undefined {
    return attempt(this.#file.note, "a part of the debug information", read);
  }
}

/** Whether the source calls a function so; arguments of generic functions may be left out. */
function isCalled(name: string): (entry: Entry) => boolean {
  const encoder = new TextEncoder();
  const [beginning, whole] = [encoder.encode(lastComponent(name).replace(/<.*$/s, "")), encoder.encode(name)];
  return (entry) => {
    // Of thousands hardly one is it, and to put its name together takes long.
    const begins = (attribute: number, bytes: Uint8Array): boolean =>
      attributeOf(entry, attribute)?.beginsWith(attribute, bytes) === true;
    const isPossible =
      begins(dw.DW_AT_name, beginning) ||
      begins(dw.DW_AT_linkage_name, whole) ||
      begins(dw.DW_AT_MIPS_linkage_name, whole);
    if (!isPossible) return false;
    const full = qualifiedName(entry);
    const isIt = isQualifiedBy(full, name) || isQualifiedBy(full?.replace(/<[^:]*>$/, ""), name);
    return isIt || linkageNameOf(entry) === name;
  };
}

const names = new WeakMap<CodeScope, { readonly name: string | undefined }>();

/** With the namespaces and types around it; worked out once. */
function nameOf(scope: CodeScope): string | undefined {
  let known = names.get(scope);
  if (known === undefined) {
    known = { name: qualifiedName(scope.entry) };
    names.set(scope, known);
  }
  return known.name;
}

/** Where the call was that the compiler replaced by the function's code. */
function callPlace(scope: CodeScope): CodePlace | undefined {
  const { entry } = scope;
  const path = entry.unit.path(entry.number(dw.DW_AT_call_file));
  const line = entry.number(dw.DW_AT_call_line);
  if (path === undefined || line === undefined || line === 0) return undefined;
  const column = entry.number(dw.DW_AT_call_column);
  return { path, line, ...(column === undefined || column === 0 ? {} : { column }) };
}
