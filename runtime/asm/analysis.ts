/**
 * What a language server asks of a source: diagnostics, where symbols are defined and used, and the syntax tree of each
 * line. One run of the assembler answers all of it; lines are parsed once and kept by text.
 */
import type { Diagnostic, SourceSpan } from "../base/source.js";
import type { AssembleOptions, AssemblySource, AssemblySyntax, ObjectFile } from "./assembler.js";
import { Assembly } from "./assembly.js";
import { parseLine } from "./line-parser.js";
import type { AssemblySymbol } from "./symbols.js";
import {
  type InstructionStatement,
  initialIntelState,
  initialParseState,
  type ParsedLine,
  type ParseState,
} from "./syntax.js";

export { directiveNames } from "./directives/index.js";
export { parseLine } from "./line-parser.js";
export { mnemonicNames } from "./mnemonics.js";
export { findRegister, type Register, registerNames } from "./registers.js";
export type * from "./syntax.js";

export interface SymbolDefinition {
  readonly name: string;
  /** The name where it is defined. */
  readonly span: SourceSpan;
  readonly kind: "function" | "object" | "label" | "constant" | "common";
  readonly binding: "local" | "global" | "weak";
  /** Absent for constants. */
  readonly section?: string;
  /** The value of a constant that is known. */
  readonly value?: bigint;
}

/** The bytes that a line of the main source made. */
export interface LineBytes {
  readonly section: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface Analysis {
  /** In order of their places, the source's and its includes'. */
  readonly diagnostics: readonly Diagnostic[];
  /** Absent when a diagnostic is an error. */
  readonly object?: ObjectFile;
  /** In order of their places; a constant that is set twice has two. */
  readonly symbols: readonly SymbolDefinition[];
  /** Uses of each symbol by name, definitions not among them. */
  readonly references: ReadonlyMap<string, readonly SourceSpan[]>;
  /** The lines of the main source (line 1 first), parsed; what macros and includes add is not among them. */
  readonly lines: readonly ParsedLine[];
  /** What line `line` (from 1) of the main source assembled to; undefined without bytes, or when there are errors. */
  lineBytes(line: number): LineBytes | undefined;
}

/** Keeps parsed lines by their text, so that after an edit only changed lines are parsed. One per open document. */
export class LineCache {
  private kept = new Map<string, ParsedLine>();
  private used = new Map<string, ParsedLine>();

  parse = (text: string, state: ParseState): ParsedLine => {
    const key = `${state.dialect}${state.nakedRegisters ? 1 : 0}${state.inBlockComment ? 1 : 0}${text}`;
    const parsed = this.used.get(key) ?? this.kept.get(key) ?? parseLine(text, state);
    this.used.set(key, parsed);
    return parsed;
  };

  /** Forgets the lines that were not asked for since the last call. */
  sweep(): void {
    this.kept = this.used;
    this.used = new Map();
  }
}

interface SeenDefinition {
  readonly symbol: AssemblySymbol;
  readonly span: SourceSpan;
  readonly isAssignment: boolean;
}

function describe({ symbol, span, isAssignment }: SeenDefinition): SymbolDefinition {
  const { state, name, binding } = symbol;
  if (isAssignment || state.kind === "value") {
    const value = state.kind === "value" && state.value.symbol === undefined ? state.value.constant : undefined;
    return { name, span, kind: "constant", binding, value };
  }
  if (state.kind === "common") return { name, span, kind: "common", binding, section: ".bss" };
  const kind = symbol.type === "function" || symbol.type === "object" ? symbol.type : "label";
  const section = state.kind === "label" ? state.location.section.name : undefined;
  return { name, span, kind, binding, section };
}

/** The lines of a text, parsed; without a run of the assembler. */
export function parseLines(text: string, syntax: AssemblySyntax | undefined, parse = parseLine): ParsedLine[] {
  let state = syntax === "intel" ? initialIntelState : initialParseState;
  return text.split("\n").map((line) => {
    const parsed = parse(line.endsWith("\r") ? line.slice(0, -1) : line, state);
    state = parsed.after;
    return parsed;
  });
}

/** Analyses a source. Give the same `cache` for the same document to make repeated analyses fast. Never throws. */
export function analyse(source: AssemblySource, options: AssembleOptions = {}, cache = new LineCache()): Analysis {
  const seen: SeenDefinition[] = [];
  const references = new Map<string, SourceSpan[]>();
  const lines = parseLines(source.text, options.syntax, cache.parse);
  const assembly = new Assembly(
    source,
    options,
    {
      definition: (symbol, span, kind) => {
        seen.push({ symbol, span, isAssignment: kind === "assignment" });
      },
      reference: (name, span) => {
        const list = references.get(name);
        if (list === undefined) references.set(name, [span]);
        else list.push(span);
      },
    },
    cache.parse,
  );
  const outcome = assembly.run();
  cache.sweep();
  const byLine = new Map<number, LineBytes>();
  for (const section of outcome.object?.sections ?? []) {
    section.lines.forEach((row, i) => {
      if (row.source !== 0 || byLine.has(row.line)) return;
      const end = section.lines[i + 1]?.offset ?? section.size;
      const span = { section: section.name, offset: row.offset, bytes: section.bytes.subarray(row.offset, end) };
      byLine.set(row.line, span);
    });
  }
  return {
    diagnostics: outcome.diagnostics,
    object: outcome.object,
    symbols: seen.map(describe),
    references,
    lines,
    lineBytes: (line) => byLine.get(line),
  };
}

/** The instruction on a line at a column (from 1), if there is one. */
export function instructionAt(line: ParsedLine, column: number): InstructionStatement | undefined {
  for (const statement of line.statements) {
    if (statement.kind !== "instruction") continue;
    if (column - 1 >= statement.range.start && column - 1 <= statement.range.end) return statement;
  }
  return undefined;
}
