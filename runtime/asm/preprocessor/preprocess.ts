/** The C preprocessor for `.S` sources: directives, and the text that is left for the assembler. */
import type { SourcePath } from "../../base/source.js";
import type { AssemblySource } from "../assembler.js";
import { ConditionProblem, holds } from "./condition.js";
import { Expander } from "./expander.js";
import { Lexer } from "./lexer.js";
import { isSameDefinition, type PreprocessorMacro, parseDefinition } from "./macro.js";
import { appendToken, type OutputLine } from "./output.js";
import { predefinedMacros } from "./predefined.js";
import { isPunctuator, type Place, type Token } from "./token.js";

export interface PreprocessOptions {
  /** `NAME`, `NAME=VALUE`, as behind `-D`. */
  readonly defines?: readonly string[];
  /** Folders that are searched for what `#include` names, after the including file's own. */
  readonly includeFolders?: readonly SourcePath[];
}

export interface PreprocessHost {
  readonly read: (target: string, from: SourcePath) => AssemblySource | undefined;
  readonly sources: AssemblySource[];
  report(severity: "error" | "warning", place: Place, message: string): void;
}

interface Condition {
  readonly place: Place;
  isActive: boolean;
  isTaken: boolean;
  hasElse: boolean;
  readonly isOuterActive: boolean;
}

const deepestInclude = 200;
const conditionals = new Set(["if", "ifdef", "ifndef", "elif", "else", "endif"]);
const directives = new Set([...conditionals, "define", "undef", "include", "error", "warning", "line", "pragma"]);

class Preprocessor {
  readonly lines: OutputLine[] = [];
  private readonly expander: Expander;
  private readonly once = new Set<string>();
  private readonly conditions: Condition[] = [];
  private readonly folders: readonly SourcePath[];
  private lexer: Lexer;
  private depth = 0;
  private isStopped = false;
  private previous: Token | undefined;

  constructor(
    private readonly host: PreprocessHost,
    options: PreprocessOptions,
  ) {
    this.lexer = new Lexer("", 0);
    this.expander = new Expander({
      read: () => this.readToken(),
      report: (place, message) => host.report("error", place, message),
    });
    for (const define of [...predefinedMacros, ...(options.defines ?? [])]) {
      const [, name = "", value] = /^([^=]*)=?(.*)$/s.exec(define) ?? [];
      this.define(readAll(new Lexer(`${name} ${define.includes("=") ? value : "1"}`, 0)), undefined);
    }
    this.folders = options.includeFolders ?? [];
    this.compute("__LINE__", (use) => String(use.place.line));
    this.compute("__FILE__", (use) => JSON.stringify(host.sources[use.place.source]?.path ?? ""));
    let counter = 0;
    this.compute("__COUNTER__", () => String(counter++));
  }

  private compute(name: string, compute: (use: Token) => string): void {
    this.expander.macros.set(name, { name, parameters: undefined, isVariadic: false, body: [], compute });
  }

  run(source: AssemblySource, index: number): void {
    const outer = { lexer: this.lexer, open: this.conditions.length };
    this.lexer = new Lexer(source.text, index);
    this.depth++;
    for (;;) {
      const plain =
        this.expander.isIdle && this.isActive
          ? this.lexer.plainLine((word) => this.expander.macros.has(word))
          : undefined;
      if (plain !== undefined) {
        this.lines.push({ text: plain, source: index, line: this.lexer.line });
        continue;
      }
      const token = this.expander.next();
      if (this.expander.isExhausted && !this.isStopped) {
        this.isStopped = true;
        this.host.report("error", token.place, "The macros of this source expand to more than 500,000 tokens.");
      }
      if (token.kind === "end") break;
      this.emit(token);
    }
    const { openComment } = this.lexer;
    if (openComment !== undefined) this.host.report("error", openComment, "This comment has no `*/`.");
    for (const open of this.conditions.splice(outer.open)) {
      this.host.report("error", open.place, "This `#if` has no `#endif`.");
    }
    this.depth--;
    this.lexer = outer.lexer;
  }

  private get isActive(): boolean {
    return this.conditions.at(-1)?.isActive ?? true;
  }

  private emit(token: Token): void {
    let line = this.lines.at(-1);
    if (token.isFirst || line?.pieces === undefined) {
      // Blank lines for what is not there, so that lines of the output count as those of the source.
      while (line !== undefined && line.source === token.place.source && line.line + 1 < token.place.line) {
        line = { text: "", source: line.source, line: line.line + 1 };
        this.lines.push(line);
      }
      line = { text: "", source: token.place.source, line: token.place.line, pieces: [] };
      this.lines.push(line);
      this.previous = undefined;
    }
    appendToken(line, token, this.previous);
    this.previous = token;
  }

  /** The next token of the source that counts: directives are obeyed on the way. */
  private readToken(): Token {
    for (;;) {
      const token = this.lexer.read();
      if (token.kind === "end") return token;
      if (token.isFirst && isPunctuator(token, "#")) {
        if (!this.directive(token)) this.lexer.skipLine();
        continue;
      }
      if (this.isActive) return token;
      this.lexer.skipLine();
    }
  }

  /** Obeys a directive. Other words behind # make a comment of the line, as they are for GNU as. */
  private directive(hash: Token): boolean {
    const word = this.lexer.read(true);
    if (word.kind === "end") return true;
    if (word.kind !== "name" || !directives.has(word.text)) return false;
    if (!this.isActive && !conditionals.has(word.text)) return false;
    const { host } = this;
    const rest = () => readAll(this.lexer);
    switch (word.text) {
      case "define":
        this.define(rest(), word.place);
        break;
      case "undef":
        this.expander.macros.delete(rest()[0]?.text ?? "");
        break;
      case "include":
        this.include(word);
        break;
      case "error":
      case "warning": {
        const { text } = this.lexer.restOfLine();
        host.report(word.text, word.place, text === "" ? `\`#${word.text}\` was reached.` : text);
        break;
      }
      case "if":
        this.begin(hash, () => this.test(rest(), word));
        break;
      case "ifdef":
      case "ifndef":
        this.begin(hash, () => {
          const [name] = rest();
          if (name?.kind !== "name") host.report("error", word.place, `\`#${word.text}\` needs a name.`);
          return this.expander.macros.has(name?.text ?? "") === (word.text === "ifdef");
        });
        break;
      case "elif":
      case "else": {
        const open = this.conditions.at(-1);
        if (open === undefined || open.hasElse) {
          host.report("error", word.place, `There is no \`#if\` that this \`#${word.text}\` belongs to.`);
          return false;
        }
        open.hasElse = word.text === "else";
        const isWanted = open.isOuterActive && !open.isTaken;
        open.isActive = isWanted && (word.text === "else" || this.test(rest(), word));
        open.isTaken ||= open.isActive;
        return false;
      }
      case "endif":
        if (this.conditions.pop() === undefined) {
          host.report("error", word.place, "There is no `#if` that this `#endif` belongs to.");
        }
        return false;
      case "pragma":
        if (rest()[0]?.text === "once") this.once.add(host.sources[this.lexer.index]?.path ?? "");
        break;
    }
    return false;
  }

  private begin(hash: Token, test: () => boolean): void {
    const isOuterActive = this.isActive;
    const isActive = isOuterActive && test();
    this.conditions.push({ place: hash.place, isActive, isTaken: isActive, hasElse: false, isOuterActive });
  }

  private test(tokens: readonly Token[], word: Token): boolean {
    const list: Token[] = [];
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i];
      if (token === undefined) break;
      if (token.text !== "defined") {
        list.push(token);
        continue;
      }
      const isOpen = isPunctuator(tokens[i + 1], "(");
      const name = tokens[i + (isOpen ? 2 : 1)];
      if (name?.kind !== "name" || (isOpen && !isPunctuator(tokens[i + 3], ")"))) {
        this.host.report("error", token.place, "`defined` needs a name, as in `defined(NAME)`.");
        return false;
      }
      list.push({ ...token, kind: "number", text: this.expander.macros.has(name.text) ? "1" : "0" });
      i += isOpen ? 3 : 1;
    }
    try {
      return holds(this.expander.expand(list));
    } catch (problem) {
      if (!(problem instanceof ConditionProblem)) throw problem;
      this.host.report("error", (problem.token ?? word).place, problem.message);
      return false;
    }
  }

  private define(tokens: readonly Token[], place: Place | undefined): void {
    const macro = parseDefinition(tokens);
    const at = tokens[0]?.place ?? place ?? { source: 0, line: 1, start: 0, end: 1 };
    if (typeof macro === "string") {
      this.host.report("error", at, macro);
      return;
    }
    const before: PreprocessorMacro | undefined = this.expander.macros.get(macro.name);
    if (before !== undefined && place !== undefined && !isSameDefinition(before, macro)) {
      this.host.report("warning", at, `\`${macro.name}\` was defined otherwise before; from here on this one counts.`);
    }
    this.expander.macros.set(macro.name, macro);
  }

  private include(word: Token): void {
    const rest = this.lexer.restOfLine();
    let text = rest.text;
    if (!/^["<]/.test(text)) {
      text = this.expander
        .expand(readAll(new Lexer(text, this.lexer.index)))
        .map((token) => token.text)
        .join("");
    }
    const target = /^(?:"([^"]+)"|<([^>]+)>)/.exec(text);
    const name = target?.[1] ?? target?.[2];
    if (name === undefined) {
      this.host.report("error", word.place, '`#include` needs a file, as in #include "macros.h".');
      return;
    }
    const from = this.host.sources[this.lexer.index]?.path ?? "";
    const found = (target?.[1] === undefined ? undefined : this.host.read(name, from)) ?? this.searchFolders(name);
    if (found === undefined) {
      const where =
        target?.[1] === undefined ? "in the include folders" : "beside this file and in the include folders";
      this.host.report("error", rest.place, `The file "${name}" cannot be found. It is looked for ${where}.`);
      return;
    }
    if (this.once.has(found.path)) return;
    if (this.depth >= deepestInclude) {
      this.host.report("error", rest.place, "Includes are nested more than 200 deep here.");
      return;
    }
    let index = this.host.sources.findIndex(({ path }) => path === found.path);
    if (index < 0) index = this.host.sources.push(found) - 1;
    this.run(found, index);
  }

  private searchFolders(name: string): AssemblySource | undefined {
    for (const folder of this.folders) {
      const found = this.host.read(name, `${folder}/_`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function readAll(lexer: Lexer): Token[] {
  const list: Token[] = [];
  if (lexer.line === 0) {
    for (let token = lexer.read(); token.kind !== "end"; token = lexer.read()) list.push(token);
    return list;
  }
  for (let token = lexer.read(true); token.kind !== "end"; token = lexer.read(true)) list.push(token);
  return list;
}

/** What is left of a source (index 0 of `host.sources`) for the assembler. Never throws. */
export function preprocess(source: AssemblySource, options: PreprocessOptions, host: PreprocessHost): OutputLine[] {
  const preprocessor = new Preprocessor(host, options);
  preprocessor.run(source, 0);
  return preprocessor.lines;
}
