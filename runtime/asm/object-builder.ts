/** Sections and symbols of a source that has been read, to an object file: layout, fields, relocations, symbol table. */
import type { SourceSpan } from "../base/source.js";
import type {
  AssemblySource,
  ObjectFile,
  ObjectSection,
  ObjectSymbol,
  Relocation,
  RelocationType,
} from "./assembler.js";
import { firstSymbol, type Resolved, resolveValue } from "./evaluate.js";
import { isPreemptible, layOut, localTarget, sectionBytes, symbolPlace } from "./layout.js";
import { type Fixup, type Section, writeInteger } from "./section.js";
import { AssemblySymbol, type SymbolTable } from "./symbols.js";

export type ReportAt = (span: SourceSpan | undefined, message: string) => void;

interface PendingRelocation {
  readonly offset: number;
  readonly type: RelocationType;
  /** A symbol, the start of a section, or nothing (an absolute place). */
  readonly target: AssemblySymbol | Section | undefined;
  readonly addend: bigint;
  readonly span: SourceSpan;
}

const relativeTypes: Readonly<Record<number, RelocationType>> = {
  1: "R_X86_64_PC8",
  2: "R_X86_64_PC16",
  4: "R_X86_64_PC32",
  8: "R_X86_64_PC64",
};
const absoluteTypes: Readonly<Record<number, RelocationType>> = {
  1: "R_X86_64_8",
  2: "R_X86_64_16",
  4: "R_X86_64_32",
  8: "R_X86_64_64",
};

/** Relocations that a modifier asks for, where it makes a difference to static code. */
const modifierTypes: Readonly<Record<string, RelocationType>> = { plt: "R_X86_64_PLT32" };

/** Whether a branch to the symbol may go through a procedure linkage table. */
const mayUsePlt = (symbol: AssemblySymbol) => !symbol.isDefined || symbol.binding !== "local";

function relocationType(fixup: Fixup, target: AssemblySymbol | Section | undefined): RelocationType | undefined {
  const { modifier } = fixup.value;
  if (modifier !== undefined) return modifierTypes[modifier.toLowerCase()];
  if (fixup.relativeTo >= 0) {
    return fixup.isBranch &&
      fixup.size === 4 &&
      fixup.value.constant === 0n &&
      target instanceof AssemblySymbol &&
      mayUsePlt(target)
      ? "R_X86_64_PLT32"
      : relativeTypes[fixup.size];
  }
  return fixup.size === 4 && fixup.isSigned ? "R_X86_64_32S" : absoluteTypes[fixup.size];
}

/** Relocations against local labels name their section instead, but not where the linker may merge its contents. */
function isAdjustable(symbol: AssemblySymbol, section: Section, isRelative: boolean): boolean {
  if (isPreemptible(symbol)) return false;
  if (section.isThreadLocal) return false;
  return !(section.isMergeable && isRelative);
}

function fits(value: bigint, fixup: Fixup): boolean {
  const bits = BigInt(fixup.size * 8);
  if (fixup.size === 8) return true;
  const least = -(1n << (bits - 1n));
  const isSigned = fixup.relativeTo >= 0 || fixup.isSigned;
  const most = isSigned ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
  return value >= least && value <= most;
}

class ObjectBuilder {
  private readonly pending = new Map<Section, PendingRelocation[]>();

  constructor(
    private readonly sections: readonly Section[],
    private readonly symbols: SymbolTable,
    private readonly report: ReportAt,
  ) {}

  build(sources: readonly AssemblySource[]): ObjectFile {
    layOut(this.sections, (fragment, message) => this.report(fragment.span, message));
    const contents = this.sections.map((section) => {
      const bytes = sectionBytes(section);
      const list: PendingRelocation[] = [];
      this.pending.set(section, list);
      for (const fixup of section.fixups) this.resolveFixup(section, bytes, fixup, list);
      this.addBranches(section, list);
      list.sort((a, b) => a.offset - b.offset);
      return bytes;
    });
    const { table, indexOf } = this.symbolTable();
    const sections = this.sections.map((section, i): ObjectSection => {
      const relocations = (this.pending.get(section) ?? []).map(
        ({ offset, type, target, addend, span }): Relocation => ({
          offset,
          type,
          symbol: indexOf(target),
          addend,
          span,
        }),
      );
      return {
        name: section.name,
        flags: section.flags,
        isZeroed: section.isZeroed,
        alignment: section.alignment,
        size: section.finalSize,
        bytes: contents[i] ?? new Uint8Array(0),
        relocations,
        lines: lineRows(section),
        type: section.type,
        entrySize: section.entrySize,
        isMergeable: section.isMergeable,
        isStrings: section.isStrings,
        isThreadLocal: section.isThreadLocal,
      };
    });
    return { sections, symbols: table, sources };
  }

  private resolveFixup(section: Section, bytes: Uint8Array, fixup: Fixup, list: PendingRelocation[]): void {
    const place = section.finalOffset(fixup.offset, fixup.fragment);
    const resolved = resolveValue(fixup.value);
    const isRelative = fixup.relativeTo >= 0;
    const write = (value: bigint) => {
      if (!fits(value, fixup)) {
        this.report(fixup.span, outOfRange(value, fixup));
        return;
      }
      writeInteger(bytes, place, value, fixup.size);
    };
    switch (resolved.kind) {
      case "invalid":
        this.report(fixup.span, resolved.message);
        return;
      case "absolute":
        if (!isRelative) write(resolved.value);
        else this.relocate(fixup, place, undefined, resolved.value - BigInt(fixup.relativeTo), list);
        return;
      case "section": {
        const named = fixup.value.symbol ?? resolved.symbol;
        const isFree = isPreemptible(named) || isPreemptible(resolved.symbol);
        if (isRelative && resolved.section === section && !isFree && fixup.value.modifier === undefined) {
          write(resolved.offset - BigInt(place + fixup.relativeTo));
          return;
        }
        const relative = isRelative ? BigInt(fixup.relativeTo) : 0n;
        const symbol = isPreemptible(named) ? named : resolved.symbol;
        const base = symbolPlace(symbol)?.value ?? 0n;
        if (isAdjustable(symbol, resolved.section, isRelative)) {
          this.relocate(fixup, place, resolved.section, resolved.offset - relative, list);
        } else this.relocate(fixup, place, symbol, resolved.offset - base - relative, list);
        return;
      }
      case "external": {
        const relative = isRelative ? BigInt(fixup.relativeTo) : 0n;
        this.relocate(fixup, place, resolved.symbol, resolved.addend - relative, list);
        return;
      }
      case "difference":
        this.resolveDifference(section, fixup, place, resolved, list);
        return;
    }
  }

  /** `a − b` with b in this section is relative to the place. */
  private resolveDifference(
    section: Section,
    fixup: Fixup,
    place: number,
    { left, right, addend }: Resolved & { kind: "difference" },
    list: PendingRelocation[],
  ): void {
    const fail = () => {
      const name = firstSymbol(fixup.value)?.name ?? "";
      this.report(
        fixup.span,
        `The difference of two places in different sections${name === "" ? "" : ` (\`${name}\` is one)`} is not known when assembling.`,
      );
    };
    if (fixup.relativeTo >= 0 || right.kind !== "section" || right.section !== section) {
      fail();
      return;
    }
    const relative: Fixup = { ...fixup, relativeTo: 0, value: { constant: 0n }, isBranch: false };
    const total = addend + BigInt(place) - right.offset;
    if (left.kind === "external") this.relocate(relative, place, left.symbol, left.addend + total, list);
    else if (left.kind === "section") {
      if (isAdjustable(left.symbol, left.section, true)) {
        this.relocate(relative, place, left.section, left.offset + total, list);
      } else {
        const base = symbolPlace(left.symbol)?.value ?? 0n;
        this.relocate(relative, place, left.symbol, left.offset - base + total, list);
      }
    } else fail();
  }

  private relocate(
    fixup: Fixup,
    offset: number,
    target: AssemblySymbol | Section | undefined,
    addend: bigint,
    list: PendingRelocation[],
  ): void {
    const type = relocationType(fixup, target);
    if (type === undefined) {
      const modifier = fixup.value.modifier;
      const what =
        modifier === undefined
          ? `A field of ${fixup.size} bytes cannot hold an address`
          : `@${modifier} is not supported`;
      this.report(fixup.span, `${what}. Static code needs no more than plain symbols and @PLT.`);
      return;
    }
    if (target instanceof AssemblySymbol) target.isNeeded = true;
    list.push({ offset, type, target, addend, span: fixup.span });
  }

  private addBranches(section: Section, list: PendingRelocation[]): void {
    section.fragments.forEach((fragment, i) => {
      if (fragment.kind !== "branch" || fragment.size === 2) return;
      if (localTarget(fragment.target, section) !== undefined) return;
      const fixup: Fixup = {
        offset: fragment.at + (fragment.condition < 0 ? 1 : 2),
        fragment: i,
        size: 4,
        value: fragment.target,
        relativeTo: 4,
        isSigned: true,
        isBranch: true,
        span: fragment.span,
      };
      this.resolveFixup(section, new Uint8Array(0), fixup, list);
    });
  }

  /** The symbols that the object keeps: sections that relocations name, locals, then the rest. */
  private symbolTable(): { table: ObjectSymbol[]; indexOf: (target: AssemblySymbol | Section | undefined) => number } {
    const table: ObjectSymbol[] = [];
    const indexes = new Map<AssemblySymbol | Section | undefined, number>();
    const named = new Set<Section | undefined>();
    let hasAbsolute = false;
    for (const list of this.pending.values()) {
      for (const { target } of list) {
        if (target === undefined) hasAbsolute = true;
        else if (!(target instanceof AssemblySymbol)) named.add(target);
      }
    }
    const add = (key: AssemblySymbol | Section | undefined, symbol: ObjectSymbol) => {
      indexes.set(key, table.length);
      table.push(symbol);
    };
    if (hasAbsolute) {
      add(undefined, {
        name: "",
        section: "absolute",
        value: 0n,
        size: 0n,
        type: "none",
        binding: "local",
      });
    }
    for (const section of this.sections) {
      if (!named.has(section)) continue;
      const symbol: ObjectSymbol = {
        name: section.name,
        section: section.index,
        value: 0n,
        size: 0n,
        type: "section",
        binding: "local",
      };
      add(section, symbol);
    }
    const unnamed = new Set<AssemblySymbol>();
    for (const list of this.pending.values()) {
      for (const { target } of list) if (target instanceof AssemblySymbol && target.name === "") unnamed.add(target);
    }
    const kept: ObjectSymbol[] = [];
    for (const symbol of [...unnamed, ...this.symbols.named.values()]) {
      const object = this.objectSymbol(symbol);
      if (object === undefined) continue;
      if (object.binding === "local") add(symbol, object);
      else kept.push(object);
    }
    for (const object of kept) add(this.symbols.named.get(object.name), object);
    return { table, indexOf: (target) => indexes.get(target) ?? 0 };
  }

  private objectSymbol(symbol: AssemblySymbol): ObjectSymbol | undefined {
    const isTemporary = symbol.name.startsWith(".L") || symbol.name === "";
    if (isTemporary && !symbol.isNeeded) return undefined;
    const { state } = symbol;
    if (state.kind === "undefined" && !symbol.isNeeded && symbol.type === "none") {
      if (symbol.binding === "weak") return undefined;
      if (!symbol.isBindingExplicit || symbol.binding === "local" || symbol.firstUse === undefined) return undefined;
    }
    const base = {
      name: symbol.name,
      size: this.sizeOf(symbol),
      type:
        symbol.type === "function" || symbol.type === "ifunc" ? "function" : symbol.type === "none" ? "none" : "object",
      visibility: symbol.visibility,
      isThreadLocal: symbol.type === "tls",
      span: symbol.definition ?? symbol.firstUse,
    } as const;
    switch (state.kind) {
      case "undefined": {
        const binding = symbol.binding === "weak" ? "weak" : "global";
        return { ...base, section: "undefined", value: 0n, binding };
      }
      case "common": {
        const binding = symbol.binding === "local" ? "local" : "global";
        const size = base.size === 0n ? state.size : base.size;
        return { ...base, type: "object", section: "common", value: BigInt(state.alignment), size, binding };
      }
      case "label":
      case "value": {
        const place = symbolPlace(symbol);
        if (place !== undefined) {
          const section = place.section === undefined ? "absolute" : place.section.index;
          return { ...base, section, value: place.value, binding: symbol.binding };
        }
        return this.aliasOfExternal(symbol, base);
      }
    }
  }

  /** `.set alias, other` with `other` in another object. */
  private aliasOfExternal(
    symbol: AssemblySymbol,
    base: Omit<ObjectSymbol, "section" | "value" | "binding">,
  ): ObjectSymbol | undefined {
    const resolved = symbol.state.kind === "value" ? resolveValue(symbol.state.value) : undefined;
    if (resolved?.kind === "external" && resolved.addend === 0n && symbol.binding === "local") return undefined;
    const message =
      resolved?.kind === "invalid"
        ? resolved.message
        : `\`${symbol.name}\` is set to something that is not known when assembling.`;
    this.report(symbol.definition, message);
    return { ...base, section: "absolute", value: 0n, binding: symbol.binding };
  }

  private sizeOf(symbol: AssemblySymbol): bigint {
    if (symbol.size === undefined) return 0n;
    const resolved = resolveValue(symbol.size);
    if (resolved.kind === "absolute") return resolved.value;
    this.report(
      symbol.definition ?? symbol.firstUse,
      `The size of \`${symbol.name}\` must be a number, such as \`. - ${symbol.name}\`.`,
    );
    return 0n;
  }
}

function lineRows(section: Section): ObjectSection["lines"] {
  return section.lineOffsets.map((offset, i) => ({
    offset: section.finalOffset(offset, section.lineFragments[i] ?? 0),
    source: section.lineSources[i] ?? 0,
    line: section.lineNumbers[i] ?? 0,
  }));
}

function outOfRange(value: bigint, fixup: Fixup): string {
  if (fixup.relativeTo >= 0 && fixup.size === 1) {
    return `The target is ${value < 0n ? -value : value} bytes away; this instruction reaches 127 bytes at most. Jump over a \`jmp\` instead.`;
  }
  const inHex = value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
  return `The value ${inHex} does not fit ${fixup.size === 1 ? "1 byte" : `${fixup.size} bytes`}.`;
}

/** Lays the sections out and makes the object; problems go to `report`. */
export function buildObject(
  sections: readonly Section[],
  symbols: SymbolTable,
  sources: readonly AssemblySource[],
  report: ReportAt,
): ObjectFile {
  return new ObjectBuilder(sections, symbols, report).build(sources);
}
