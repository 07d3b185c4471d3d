/**
 * What the text of one file says by itself, without a run of the assembler: the names in it and what each is there for,
 * macros, functions, includes. The same for open documents and for files that nobody has open.
 */

import type { ParsedLine } from "../../runtime/asm/analysis.js";
import { findDirective } from "../../runtime/asm/directives/index.js";
import { candidatesOf } from "../../runtime/asm/mnemonics.js";
import { lineTokens, preprocessorDirective, type Token } from "../syntax/line-tokens.js";

/** What a name is there for. */
export type Role = "label" | "assignment" | "declaration" | "call" | "jump" | "use";

/** A name at a place; lines and columns from 0. */
export interface Occurrence {
  readonly kind: "symbol" | "macro" | "parameter" | "numeric";
  /** Macros: in lower case, as the assembler compares them. */
  readonly name: string;
  readonly role: Role;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** Parameters: the macro (its index in `macros`) that they belong to. */
  readonly macro?: number;
}

/** Whether it gives the name its meaning. */
export const isDefinition = ({ role }: Occurrence): boolean => role === "label" || role === "assignment";

export interface MacroFacts {
  readonly name: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** The line of its `.endm`. */
  lastLine: number;
  readonly parameters: readonly string[];
}

/** A label that stands for something: code or data. Labels inside functions (`.L…`) are not among them. */
export interface SectionSymbol {
  readonly name: string;
  readonly isCode: boolean;
  readonly section: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** The last line that is its own. */
  lastLine: number;
}

export interface IncludeFacts {
  readonly target: string;
  readonly directive: ".include" | ".incbin" | "#include";
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

export interface FileFacts {
  readonly uri: string;
  readonly lineCount: number;
  /** In the order of the text. */
  readonly occurrences: readonly Occurrence[];
  /** The names of symbols, with their places. */
  readonly symbols: ReadonlyMap<string, readonly Occurrence[]>;
  readonly macros: readonly MacroFacts[];
  readonly includes: readonly IncludeFacts[];
  readonly blocks: readonly SectionSymbol[];
  /** Names that `.globl`, `.weak`, `.comm` or `.extern` make known to other files. */
  readonly globals: ReadonlySet<string>;
}

const globalDirectives = new Set([".globl", ".global", ".weak", ".comm", ".extern"]);
const declaringDirectives = new Set([
  ...globalDirectives,
  ...".local .hidden .internal .protected .type .size .lcomm .weakref .symver".split(" "),
]);
const assigningDirectives = new Set([".set", ".equ", ".equiv", ".eqv"]);
const sectionDirectives = new Set([".text", ".data", ".bss", ".section", ".pushsection", ".popsection", ".previous"]);
/** They stand before the symbol that follows, and are no part of the one before. */
const prefaces = new Set([
  ...sectionDirectives,
  ...".globl .global .weak .hidden .type .balign .align .p2align .macro .end .set .equ".split(" "),
]);

const isSectionOfCode = (section: string): boolean => /^\.(text|init|fini|plt)\b/.test(section);
const knownMnemonics = new Map<string, boolean>();

/** Whether that is an instruction in one of the syntaxes. */
export function isInstruction(name: string): boolean {
  let isKnown = knownMnemonics.get(name);
  if (isKnown === undefined) {
    isKnown = candidatesOf(name, "att").length > 0 || candidatesOf(name, "intel").length > 0;
    if (knownMnemonics.size < 20_000) knownMnemonics.set(name, isKnown);
  }
  return isKnown;
}

export const isJump = (mnemonic: string): boolean => /^(j[a-z]+|loop[a-z]*|xbegin)(,p[nt])?$/.test(mnemonic);
export const isCall = (mnemonic: string): boolean => /^callq?$/.test(mnemonic);

/** Reads the facts off the lines of a file. */
export function fileFacts(uri: string, lines: readonly ParsedLine[]): FileFacts {
  return new FactsReader(uri, lines).read();
}

class FactsReader {
  private readonly occurrences: Occurrence[] = [];
  private readonly symbols = new Map<string, Occurrence[]>();
  private readonly macros: MacroFacts[] = [];
  private readonly includes: IncludeFacts[] = [];
  private readonly blocks: SectionSymbol[] = [];
  private readonly globals = new Set<string>();
  /** Macros that are being defined, the innermost last; repetitions with a parameter (`.irp`) count as macros. */
  private readonly open: number[] = [];
  private section = ".text";
  private previous = ".text";
  private readonly sectionStack: [section: string, previous: string][] = [];

  constructor(
    private readonly uri: string,
    private readonly lines: readonly ParsedLine[],
  ) {}

  read(): FileFacts {
    this.lines.forEach((line, index) => {
      this.readLine(line, index);
    });
    const { uri, occurrences, symbols, macros, includes, blocks, globals } = this;
    return { uri, lineCount: this.lines.length, occurrences, symbols, macros, includes, blocks, globals };
  }

  private readLine(line: ParsedLine, index: number): void {
    const directive = preprocessorDirective(line);
    if (directive?.word === "include") {
      const match = /^\s*"([^"]+)"/.exec(line.text.slice(directive.end));
      if (match?.[1] !== undefined) {
        const start = directive.end + match[0].length - match[1].length - 1;
        this.include(match[1], "#include", index, start);
      }
    }
    let counted: unknown;
    let position = 0;
    for (const token of lineTokens(line)) {
      if (token.statement !== counted) {
        counted = token.statement;
        position = 0;
        this.statement(token, line, index);
      }
      this.token(token, index, position);
      if (token.kind === "symbol" || token.kind === "template" || token.kind === "parameter") position++;
    }
  }

  /** What a statement means for what follows; asked once for each, at its first token. */
  private statement({ statement }: Token, line: ParsedLine, index: number): void {
    if (statement === undefined) return;
    const last = this.blocks.at(-1);
    if (statement.kind === "label") {
      if (this.open.length === 0) this.label(statement.name, statement.isNumeric, statement.range, index);
      return;
    }
    if (statement.kind !== "directive") {
      if (last !== undefined && this.isIn(last)) last.lastLine = index;
      return;
    }
    const name = statement.name.text;
    const rest = line.text.slice(statement.rest.start, statement.rest.end);
    if (sectionDirectives.has(name)) this.changeSection(name, rest);
    else if (last !== undefined && this.isIn(last) && !prefaces.has(name) && name !== ".endm" && name !== ".endmacro")
      last.lastLine = index;
    if (name === ".macro" || name === ".irp" || name === ".irpc")
      this.openMacro(name, rest, statement.rest.start, index);
    else if (name === ".rept" || name === ".rep") this.open.push(-1);
    else if (/^\.(endm|endmacro|endr)$/.test(name)) {
      const macro = this.macros[this.open.pop() ?? -1];
      if (macro !== undefined) macro.lastLine = index;
    } else if (name === ".include" || name === ".incbin") {
      const match = /^"([^"]+)"/.exec(rest);
      if (match?.[1] !== undefined) this.include(match[1], name, index, statement.rest.start + 1);
    }
  }

  /** The block is still the one that text belongs to; the text of a macro belongs to none. */
  private isIn(block: SectionSymbol): boolean {
    const isInMacro = this.open.some((macro) => (this.macros[macro]?.name ?? "") !== "");
    return block.section === this.section && !isInMacro;
  }

  private include(target: string, directive: IncludeFacts["directive"], line: number, start: number): void {
    this.includes.push({ target, directive, line, start, end: start + target.length });
  }

  private label(name: string, isNumeric: boolean, range: { start: number; end: number }, line: number): void {
    const last = this.blocks.at(-1);
    if (isNumeric || name.startsWith(".L")) {
      if (last !== undefined && this.isIn(last)) last.lastLine = line;
      return;
    }
    const { section } = this;
    const isCode = isSectionOfCode(section);
    this.blocks.push({ name, isCode, section, line, start: range.start, end: range.end, lastLine: line });
  }

  private changeSection(directive: string, rest: string): void {
    const { section } = this;
    const named = /^"?([^\s,"]+)/.exec(rest)?.[1] ?? section;
    switch (directive) {
      case ".pushsection":
        this.sectionStack.push([section, this.previous]);
        this.section = named;
        break;
      case ".popsection":
        [this.section, this.previous] = this.sectionStack.pop() ?? [section, this.previous];
        return;
      case ".previous":
        this.section = this.previous;
        break;
      case ".section":
        this.section = named;
        break;
      default:
        this.section = directive;
    }
    this.previous = section;
  }

  private openMacro(directive: string, rest: string, start: number, line: number): void {
    const words = [...rest.matchAll(/(?<![\w.$=:])[A-Za-z_.$][\w.$]*/g)];
    const isMacro = directive === ".macro";
    const [first] = words;
    const name = isMacro ? (first?.[0] ?? "") : "";
    const at = start + (first?.index ?? 0);
    const named = isMacro ? words.slice(1) : words.slice(0, 1);
    const index = this.macros.length;
    this.open.push(index);
    this.macros.push({
      name,
      line,
      start: at,
      end: at + name.length,
      lastLine: line,
      parameters: named.map(([text]) => text),
    });
    if (name !== "") this.add("macro", name.toLowerCase(), "label", line, at, at + name.length);
    for (const { 0: text, index: column } of named) {
      this.add("parameter", text, "label", line, start + column, start + column + text.length, index);
    }
  }

  private token({ kind, start, end, text, statement }: Token, line: number, position: number): void {
    switch (kind) {
      case "label":
        this.add("symbol", statement?.kind === "label" ? statement.name : text, "label", line, start, end);
        return;
      case "numericLabel":
        this.add("numeric", text, "label", line, start, end);
        return;
      case "numericUse":
        this.add("numeric", text.slice(0, -1), text.endsWith("f") ? "jump" : "use", line, start, end);
        return;
      case "mnemonic":
        if (!isInstruction(text.toLowerCase())) this.add("macro", text.toLowerCase(), "use", line, start, end);
        return;
      case "directive":
        if (findDirective(text.toLowerCase()) === undefined) {
          this.add("macro", text.toLowerCase(), "use", line, start, end);
        }
        return;
      case "parameter":
        this.parameter(text, line, start);
        return;
      case "symbol": {
        const role = this.roleOf(statement, position, text);
        if (role !== undefined) this.add("symbol", text, role, line, start, end);
        return;
      }
      default:
    }
  }

  /** `\name`: of the innermost macro that has it; of `\regs` the longest beginning that is one. */
  private parameter(text: string, line: number, start: number): void {
    for (const macro of this.open.toReversed()) {
      const own = this.macros[macro]?.parameters.filter((parameter) => text.startsWith(parameter)) ?? [];
      const [longest] = own.sort((a, b) => b.length - a.length);
      if (longest === undefined) continue;
      this.add("parameter", longest, "use", line, start, start + longest.length, macro);
      return;
    }
  }

  private roleOf(statement: Token["statement"], position: number, name: string): Role | undefined {
    switch (statement?.kind) {
      case "assignment":
        return position === 0 ? "assignment" : "use";
      case "instruction": {
        const mnemonic = statement.mnemonic.text;
        const operand =
          statement.operands.length === 1 && statement.operands[0]?.kind === "memory"
            ? statement.operands[0]
            : undefined;
        if (operand?.isBare !== true || operand.isIndirect) return "use";
        return isCall(mnemonic) ? "call" : isJump(mnemonic) ? "jump" : "use";
      }
      case "directive": {
        const directive = statement.name.text;
        if (assigningDirectives.has(directive)) return position === 0 ? "assignment" : "use";
        if (globalDirectives.has(directive)) {
          if (directive !== ".comm" || position === 0) this.globals.add(name);
          return "declaration";
        }
        if (declaringDirectives.has(directive)) return position === 0 ? "declaration" : "use";
        // Names of sections, macros and files are no symbols.
        if (
          sectionDirectives.has(directive) ||
          /^\.(macro|purgem|irpc?|cfi_sections|file|loc|ident)$/.test(directive)
        ) {
          return undefined;
        }
        return directive.endsWith("_syntax") ? undefined : "use";
      }
      case "label":
      case undefined:
        return undefined;
    }
  }

  private add(
    kind: Occurrence["kind"],
    name: string,
    role: Role,
    line: number,
    start: number,
    end: number,
    macro?: number,
  ): void {
    const occurrence: Occurrence = { kind, name, role, line, start, end, macro };
    this.occurrences.push(occurrence);
    if (kind !== "symbol") return;
    const list = this.symbols.get(name);
    if (list === undefined) this.symbols.set(name, [occurrence]);
    else list.push(occurrence);
  }
}
