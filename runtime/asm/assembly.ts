/**
 * One run of the assembler: reads lines, keeps sections and symbols, hands statements to instructions and directives.
 */
import type { Diagnostic, SourceSpan } from "../base/source.js";
import { suggestion } from "../base/suggest.js";
import type { AssembleOptions, AssemblyOutcome, AssemblySource, ObjectFile } from "./assembler.js";
import { Conditionals } from "./conditionals.js";
import { directiveNames, findDirective } from "./directives/index.js";
import { anonymousSymbol, type EvaluationContext, evaluate } from "./evaluate.js";
import { assembleInstruction } from "./instruction.js";
import type { InstructionContext } from "./instruction-context.js";
import { parseLine } from "./line-parser.js";
import { type Expansion, LineReader } from "./line-reader.js";
import { LineViews } from "./line-views.js";
import { expandMacro, type Macro } from "./macros.js";
import { buildObject } from "./object-builder.js";
import { PreprocessedReader } from "./preprocessor/output.js";
import { preprocess } from "./preprocessor/preprocess.js";
import { Section, type SectionType } from "./section.js";
import { type AssemblySymbol, SymbolTable, type Value } from "./symbols.js";
import {
  type AssignmentStatement,
  type DirectiveStatement,
  type Expression,
  type InstructionStatement,
  initialIntelState,
  initialParseState,
  type LabelStatement,
  type ParsedLine,
  type ParseState,
  type Range,
  type Statement,
} from "./syntax.js";

/** Macros and includes inside each other, at most. */
const deepestNesting = 200;
/** Lines that a source may expand to, so that a runaway macro ends. */
const mostLines = 5_000_000;
/** Of each severity; beyond this nobody reads on. */
const mostDiagnostics = 1000;
/** Of missing labels: each is compared with every name of the file. */
const mostSuggestions = 20;

/** Hears of definitions and uses of symbols, for the language server. */
export interface AssemblyListener {
  definition?(symbol: AssemblySymbol, span: SourceSpan, kind: "label" | "assignment" | "common"): void;
  reference?(name: string, span: SourceSpan): void;
  line?(line: ParsedLine, source: number, number: number): void;
  /** The section and offset in known bytes that a statement starts at. */
  statement?(statement: Statement, span: SourceSpan, section: Section): void;
}

export class Assembly implements EvaluationContext, InstructionContext {
  readonly symbols = new SymbolTable();
  readonly sections: Section[] = [];
  readonly sources: AssemblySource[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly conditionals = new Conditionals();
  readonly macros = new Map<string, Macro>();
  readonly lineViews = new LineViews();
  /** Number of macros expanded so far: `\@`. */
  macroCount = 0;
  section: Section;
  previousSection: Section;
  readonly sectionStack: { section: Section; previous: Section }[] = [];
  /** The innermost reader. */
  reader: LineReader;
  isEnded = false;
  private state: ParseState;
  private hasErrors = false;
  private readonly counts = { error: 0, warning: 0 };
  private linesRead = 0;
  /** The line that is being assembled. */
  lineText = "";
  private hereSymbol: AssemblySymbol | undefined;

  constructor(
    source: AssemblySource,
    readonly options: AssembleOptions,
    private readonly listener: AssemblyListener | undefined = undefined,
    private readonly parse: (text: string, state: ParseState) => ParsedLine = parseLine,
  ) {
    this.sources.push(source);
    this.state = options.syntax === "intel" ? initialIntelState : initialParseState;
    this.section = this.findSection(".text", { allocate: true, write: false, execute: true }, "progbits");
    this.findSection(".data", { allocate: true, write: true, execute: false }, "progbits");
    this.findSection(".bss", { allocate: true, write: true, execute: false }, "nobits");
    this.previousSection = this.section;
    this.reader = /\.S$/.test(source.path)
      ? new PreprocessedReader(
          preprocess(source, options.preprocess ?? {}, {
            read: (target, from) => options.readInclude?.(target, from),
            sources: this.sources,
            report: (severity, { source: index, line, start, end }, message) => {
              const path = this.sources[index]?.path ?? source.path;
              this.reportAt(
                severity,
                { path, line, column: start + 1, endColumn: Math.max(start + 1, end) + 1 },
                message,
              );
            },
          }),
        )
      : new LineReader(source.text, 0, 0);
  }

  run(): AssemblyOutcome {
    this.readLines(this.reader);
    this.lineViews.settle();
    const open = this.conditionals.open;
    if (open !== undefined) this.reportAt("error", open, "This conditional has no `.endif`.");
    for (const [label, symbol] of this.symbols.danglingNumeric) {
      this.reportAt("error", symbol.firstUse, `There is no label ${label}: after this line.`);
    }
    this.reportUndefinedLocals();
    for (const section of this.sections) section.joinSubsections();
    let object: ObjectFile | undefined;
    if (!this.hasErrors) {
      const told = new Set<string>();
      object = buildObject(this.sections, this.symbols, this.sources, (span, message) => {
        // A definition in a circle is met at each of its uses.
        if (message.endsWith("goes in a circle.") && told.has(message)) return;
        told.add(message);
        this.reportAt("error", span, message);
      });
    }
    const order = new Map(this.sources.map(({ path }, i) => [path, i]));
    this.diagnostics.sort(
      (a, b) =>
        (order.get(a.span.path) ?? 0) - (order.get(b.span.path) ?? 0) ||
        a.span.line - b.span.line ||
        a.span.column - b.span.column,
    );
    return this.hasErrors ? { diagnostics: this.diagnostics } : { object, diagnostics: this.diagnostics };
  }

  /** Labels that start with .L are local to the file: nobody else can define them. */
  private reportUndefinedLocals(): void {
    const names = [...this.symbols.named.values()];
    const missing = names.filter(
      ({ name, isDefined, firstUse }) => name.startsWith(".L") && !isDefined && firstUse !== undefined,
    );
    const defined = names.filter(({ isDefined }) => isDefined).map(({ name }) => name);
    for (const [index, { name, firstUse }] of missing.entries()) {
      const hint = index < mostSuggestions ? suggestion(name, defined) : "";
      this.reportAt("error", firstUse, `The local label \`${name}\` is not defined in this file.${hint}`);
    }
  }

  // Reading.

  private readLines(reader: LineReader): void {
    const outer = this.reader;
    this.reader = reader;
    for (;;) {
      const line = this.isEnded ? undefined : reader.next();
      if (line === undefined) break;
      if (this.isTooLong()) break;
      this.readLine(line, reader);
    }
    this.reader = outer;
  }

  /** Counts a line (or an expansion, which may be empty); reports and ends when there are too many. */
  private isTooLong(): boolean {
    if (++this.linesRead <= mostLines) return false;
    const message = "This source expands to more than 5 million lines; a macro may call itself without end.";
    if (!this.isEnded) this.report("error", { start: 0, end: 1 }, message);
    this.isEnded = true;
    return true;
  }

  private readLine(text: string, reader: LineReader): void {
    if (!this.conditionals.isActive && !Conditionals.concerns(text)) return;
    const parsed = this.parse(text, this.state);
    this.state = parsed.after;
    this.listener?.line?.(parsed, reader.source, reader.line);
    this.lineText = text;
    for (const statement of parsed.statements) {
      if (this.isEnded) return;
      if (
        !this.conditionals.isActive &&
        !(statement.kind === "directive" && Conditionals.isDirective(statement.name.text))
      ) {
        continue;
      }
      this.lineText = text;
      this.assembleStatement(statement);
    }
  }

  /** Assembles text in the place of the current line. */
  insert(text: string, expansion: Expansion | undefined, source = this.reader.source): void {
    if (this.isTooLong()) return;
    const depth = this.reader.depth + 1;
    if (depth > deepestNesting) {
      this.report(
        "error",
        { start: 0, end: this.lineText.length },
        "Macros or includes are nested more than 200 deep here.",
      );
      this.isEnded = true;
      return;
    }
    const { lineText } = this;
    this.readLines(new LineReader(text, source, depth, expansion));
    this.lineText = lineText;
  }

  get parseState(): ParseState {
    return this.state;
  }

  // Statements.

  private assembleStatement(statement: Statement): void {
    this.hereSymbol = undefined;
    if (this.listener?.statement !== undefined) {
      this.listener.statement(statement, this.span(statement.range), this.section);
    }
    switch (statement.kind) {
      case "label":
        this.defineLabel(statement);
        break;
      case "instruction":
        this.assembleInstructionStatement(statement);
        break;
      case "assignment":
        if (!this.reportProblems(statement)) this.assign(statement);
        break;
      case "directive":
        this.assembleDirective(statement);
        break;
    }
  }

  private reportProblems(statement: InstructionStatement | DirectiveStatement | AssignmentStatement): boolean {
    let isFatal = false;
    for (const { range, message, severity } of statement.problems ?? []) {
      this.report(severity ?? "error", range, message);
      if (severity === undefined) isFatal = true;
    }
    return isFatal;
  }

  private assembleInstructionStatement(statement: InstructionStatement): void {
    const macro = this.macros.size === 0 ? undefined : this.macros.get(statement.mnemonic.text);
    if (macro !== undefined) {
      expandMacro(this, macro, statement);
      return;
    }
    if (this.reportProblems(statement)) return;
    const { section } = this;
    if (!section.flags.execute && section.isZeroed) {
      this.report(
        "error",
        statement.range,
        `An instruction cannot stand in ${section.name}, which holds only zeros. Put \`.text\` first.`,
      );
      return;
    }
    this.lineViews.settle();
    const { length } = section;
    const fragments = section.fragments.length;
    assembleInstruction(statement, this);
    if (section.length !== length || section.fragments.length !== fragments)
      this.addLineRow(section, length, fragments);
  }

  private addLineRow(section: Section, offset: number, fragment: number): void {
    section.lineOffsets.push(offset);
    section.lineFragments.push(fragment);
    section.lineNumbers.push(this.reader.line);
    section.lineSources.push(this.reader.source);
  }

  private assembleDirective(statement: DirectiveStatement): void {
    const macro = this.macros.size === 0 ? undefined : this.macros.get(statement.name.text);
    if (macro !== undefined) {
      expandMacro(this, macro, statement);
      return;
    }
    const handler = findDirective(statement.name.text);
    if (handler === undefined) {
      const hint = suggestion(statement.name.text, directiveNames());
      this.report("error", statement.name.range, `There is no directive \`${statement.name.text}\`.${hint}`);
      return;
    }
    if (!this.reportProblems(statement)) handler(this, statement);
  }

  private defineLabel(statement: LabelStatement): void {
    const span = this.span(statement.range);
    if (statement.isNumeric) {
      const symbol = this.symbols.defineNumeric(Number(statement.name));
      symbol.state = { kind: "label", location: this.section.here() };
      symbol.definition = span;
      return;
    }
    const symbol = this.symbols.get(statement.name);
    this.listener?.definition?.(symbol, span, "label");
    if (statement.name === ".") {
      this.report("error", statement.range, '"." is the current location and cannot be a label.');
      return;
    }
    const here = this.section.here();
    if (symbol.isDefined) {
      const { state } = symbol;
      const isSame =
        state.kind === "label" &&
        state.location.section === here.section &&
        state.location.offset === here.offset &&
        state.location.fragment === here.fragment;
      if (isSame) return;
      const before = symbol.definition === undefined ? "" : ` in line ${symbol.definition.line}`;
      this.report(
        "error",
        statement.range,
        `\`${statement.name}\` is already defined${before}. A name can be defined only once.`,
      );
      return;
    }
    symbol.state = { kind: "label", location: here };
    symbol.definition = span;
    if (this.section.isThreadLocal) symbol.type = "tls";
  }

  private assign(statement: AssignmentStatement): void {
    if (statement.value === undefined) return;
    if (statement.name.text === ".") {
      const value = this.evaluate(statement.value);
      this.section.fragments.push({
        kind: "origin",
        at: this.section.length,
        count: value,
        fill: 0n,
        unit: 1,
        size: 0,
        span: this.span(statement.range),
      });
      return;
    }
    this.setSymbol(statement.name.text, statement.name.range, statement.value, statement.isOnce);
  }

  /** `.set`, `.equ`, `.equiv` and `=`. */
  setSymbol(name: string, range: Range, expression: Expression, isOnce: boolean): void {
    const symbol = this.symbols.get(name);
    const span = this.span(range);
    this.listener?.definition?.(symbol, span, "assignment");
    const isLabel = symbol.state.kind === "label" && symbol.definition !== undefined;
    if (isLabel || symbol.state.kind === "common" || (isOnce && symbol.isDefined)) {
      const before = symbol.definition === undefined ? "" : ` in line ${symbol.definition.line}`;
      this.report("error", range, `\`${name}\` is already defined${before}, so it cannot be set here.`);
      return;
    }
    const value = this.evaluate(expression);
    const { symbol: behind } = value;
    symbol.definition = span;
    // `name = .` and `name = label`: another name for the place.
    if (behind !== undefined && behind !== symbol && value.minus === undefined && value.operation === undefined) {
      if (behind.state.kind === "label" && behind.name === "" && value.constant === 0n) {
        symbol.state = { kind: "value", value: { symbol: behind, constant: 0n } };
        return;
      }
    }
    symbol.state = { kind: "value", value };
  }

  // What instructions and directives use.

  findSection(name: string, flags: Section["flags"], type: SectionType): Section {
    const known = this.sections.find((section) => section.name === name);
    if (known !== undefined) return known;
    const section = new Section(name, flags, type, this.sections.length);
    this.sections.push(section);
    return section;
  }

  switchSection(section: Section): void {
    this.previousSection = this.section;
    this.section = section;
  }

  here(): AssemblySymbol {
    this.hereSymbol ??= anonymousSymbol(this.section);
    return this.hereSymbol;
  }

  /** `.` has moved within the statement. */
  forgetHere(): void {
    this.hereSymbol = undefined;
  }

  evaluate(expression: Expression): Value {
    if (expression.kind === "number") return { constant: expression.value };
    return evaluate(expression, this);
  }

  noteUse(symbol: AssemblySymbol, expression: Expression): void {
    if (symbol.firstUse === undefined || this.listener !== undefined) {
      const span = this.span(expression.range);
      symbol.firstUse ??= span;
      if (symbol.name !== "") this.listener?.reference?.(symbol.name, span);
    }
  }

  error(expression: Expression, message: string): void {
    this.report("error", expression.range, message);
  }

  span(range: Range): SourceSpan {
    const { reader } = this;
    const columns = reader.columnsOf(range);
    const path = this.sources[reader.source]?.path ?? "";
    return {
      path,
      line: reader.line,
      column: columns.start + 1,
      endColumn: Math.max(columns.end, columns.start + 1) + 1,
    };
  }

  report(severity: "error" | "warning", range: Range, message: string): void {
    this.reportAt(severity, this.span(range), message);
  }

  reportAt(severity: "error" | "warning", span: SourceSpan | undefined, message: string): void {
    if (severity === "error") this.hasErrors = true;
    const count = this.counts[severity]++;
    if (count >= mostDiagnostics) return;
    const place = span ?? { path: this.sources[0]?.path ?? "", line: 1, column: 1, endColumn: 2 };
    this.diagnostics.push({ severity, message, span: place });
  }
}
