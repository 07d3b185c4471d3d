/** Questions about parsed lines: what stands at a place, which files are included, what a comment says. */
import type { Position, Range } from "vscode-languageserver";
import {
  type Analysis,
  type DirectiveStatement,
  findRegister,
  type InstructionStatement,
  type ParsedLine,
  type Register,
} from "../runtime/asm/analysis.js";

/** What a person points at. */
export type Thing =
  | { readonly kind: "instruction"; readonly name: string; readonly statement: InstructionStatement }
  | { readonly kind: "directive"; readonly name: string }
  | { readonly kind: "register"; readonly register: Register }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "symbol"; readonly name: string }
  /** `1f`, `1b`. */
  | { readonly kind: "localLabel"; readonly label: string; readonly direction: "f" | "b" }
  | { readonly kind: "include"; readonly target: string };

export interface PlacedThing {
  readonly thing: Thing;
  readonly range: Range;
}

const wordPattern = /%?[A-Za-z_.$\u0080-\uffff][\w.$\u0080-\uffff]*|\d[\w]*/g;

/** What stands at a place of the document; nothing in comments, texts and between words. */
export function thingAt({ lines }: Pick<Analysis, "lines">, { line, character }: Position): PlacedThing | undefined {
  const parsed = lines[line];
  if (parsed === undefined || parsed.comments.some(({ start, end }) => character >= start && character < end)) {
    return undefined;
  }
  const placed = (thing: Thing, start: number, end: number): PlacedThing => ({
    thing,
    range: { start: { line, character: start }, end: { line, character: end } },
  });
  for (const statement of parsed.statements) {
    if (statement.kind !== "directive") continue;
    for (const argument of statement.arguments) {
      const { range } = argument;
      if (argument.kind !== "string" || character < range.start || character > range.end) continue;
      const target = includeTarget(statement);
      return target === undefined ? undefined : placed({ kind: "include", target }, range.start, range.end);
    }
  }
  for (const match of parsed.text.matchAll(wordPattern)) {
    // `$` before a constant is no part of a name.
    const text = match[0].replace(/^\$/, "");
    const start = match.index + match[0].length - text.length;
    const end = start + text.length;
    if (text === "" || character < start || character > end) continue;
    const thing = classify(parsed, text, start);
    if (thing !== undefined) return placed(thing, start, end);
  }
  return undefined;
}

function classify(line: ParsedLine, text: string, start: number): Thing | undefined {
  const name = text.toLowerCase();
  for (const statement of line.statements) {
    if (statement.kind === "instruction") {
      const words = [statement.mnemonic, ...statement.prefixes];
      if (words.some(({ range }) => range.start === start)) return { kind: "instruction", name, statement };
    }
    if (statement.kind === "directive" && statement.name.range.start === start) return { kind: "directive", name };
  }
  if (text.startsWith("%")) {
    const register = findRegister(name.slice(1));
    return register && { kind: "register", register };
  }
  if (/^\d/.test(text)) {
    const local = /^(\d+)([fb])$/.exec(name);
    if (local?.[1] !== undefined && !name.startsWith("0b")) {
      return { kind: "localLabel", label: local[1], direction: local[2] === "f" ? "f" : "b" };
    }
    return { kind: "number", text: name };
  }
  const register = line.before.nakedRegisters ? findRegister(name) : undefined;
  if (register !== undefined) return { kind: "register", register };
  return text === "." ? undefined : { kind: "symbol", name: text };
}

/** The file that a directive includes. */
function includeTarget(statement: DirectiveStatement): string | undefined {
  const [argument] = statement.arguments;
  if (statement.name.text !== ".include" || argument?.kind !== "string") return undefined;
  return new TextDecoder().decode(argument.value);
}

/** The lines (from 1) of a macro's definitions. */
export function macroDefinition({ lines }: Pick<Analysis, "lines">, name: string): Range | undefined {
  for (const [line, { statements, text }] of lines.entries()) {
    for (const statement of statements) {
      if (statement.kind !== "directive" || statement.name.text !== ".macro") continue;
      const rest = text.slice(statement.rest.start, statement.rest.end);
      const found = /^[\w.$]+/.exec(rest)?.[0];
      if (found?.toLowerCase() !== name.toLowerCase()) continue;
      const start = { line, character: statement.rest.start };
      return { start, end: { line, character: statement.rest.start + found.length } };
    }
  }
  return undefined;
}

/** The comment above a definition (directives may stand between), or behind it on its line; line counts from 1. */
export function commentFor({ lines }: Pick<Analysis, "lines">, line: number): string | undefined {
  const commentText = ({ text, comments }: ParsedLine): string =>
    comments.map(({ start, end }) => text.slice(start, end).replace(/^(#+|\/\/|\/\*) ?|\s*\*\/$/g, "")).join(" ");
  const above: string[] = [];
  for (let index = line - 2; index >= 0; index--) {
    const parsed = lines[index];
    if (parsed === undefined) break;
    const isCommentOnly = parsed.statements.length === 0 && parsed.comments.length > 0;
    if (isCommentOnly) above.unshift(commentText(parsed));
    else if (above.length > 0 || !isAboutSymbol(parsed)) break;
  }
  if (above.length > 0) return above.join("\n");
  const own = lines[line - 1];
  return own === undefined || own.comments.length === 0 ? undefined : commentText(own);
}

const symbolDirectives = new Set([".globl", ".global", ".type", ".weak", ".local", ".hidden", ".balign", ".p2align"]);

function isAboutSymbol({ statements }: ParsedLine): boolean {
  return (
    statements.length > 0 &&
    statements.every((statement) => statement.kind === "directive" && symbolDirectives.has(statement.name.text))
  );
}
