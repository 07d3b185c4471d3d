/** Types in expressions: `(struct point *)p`, `(unsigned char)c`, `sizeof(Vec<i32>)`, `x as *const u8`. */
import type { Type } from "../object/dwarf/types.js";
import { isOperator, type Token } from "./lexer.js";
import type { Names } from "./scope.js";
import { builtInType, pointerTo } from "./types.js";

/** A type, and the token behind it. `type` absent: `void`. */
export interface ParsedType {
  readonly type: Type | undefined;
  readonly end: number;
}

const keywords = new Set(["struct", "class", "union", "enum"]);
const qualifiers = new Set(["const", "volatile", "mut"]);
const signs = new Set(["signed", "unsigned", "long", "short"]);

/** Reads types out of the tokens of an expression. What is no type is `undefined`: it may be an expression. */
export class TypeParser {
  constructor(
    private readonly text: string,
    private readonly tokens: readonly Token[],
    private readonly names: Names,
  ) {}

  /** A type from the parenthesis at `start` to its partner. */
  inParentheses(start: number): ParsedType | undefined {
    const type = this.#typeAt(start + 1);
    return type && isOperator(this.tokens[type.end], ")") ? { ...type, end: type.end + 1 } : undefined;
  }

  /** A type where its pointers come first: `*const u8`. */
  rustType(start: number): ParsedType | undefined {
    if (isOperator(this.tokens[start], "*") || isOperator(this.tokens[start], "&")) {
      const target = this.rustType(this.#behindQualifiers(start + 1));
      return target && { type: pointerTo(target.type), end: target.end };
    }
    return this.#typeAt(start);
  }

  #typeAt(start: number): ParsedType | undefined {
    const named = this.#named(this.#behindQualifiers(start));
    if (named === undefined) return undefined;
    let { type } = named;
    let end = this.#behindQualifiers(named.end);
    let isPointer = false;
    while (isOperator(this.tokens[end], "*") || isOperator(this.tokens[end], "&")) {
      type = pointerTo(type);
      end = this.#behindQualifiers(end + 1);
      isPointer = true;
    }
    return named.type === undefined && !isPointer ? undefined : { type, end };
  }

  #behindQualifiers(start: number): number {
    let end = start;
    while (qualifiers.has(this.#word(end) ?? "")) end++;
    return end;
  }

  #named(start: number): ParsedType | undefined {
    const first = this.#word(start);
    if (first === undefined) return undefined;
    if (first === "void") return { type: undefined, end: start + 1 };
    if (keywords.has(first)) return this.#ofProgram(start + 1);
    if (!signs.has(first) && this.names.variable(first) !== undefined) return undefined;
    // What C and Rust have is the same in every program, but for the size of a character.
    const builtIn = this.#builtIn(start);
    if (builtIn !== undefined && (first !== "char" || this.names.language === undefined)) return builtIn;
    return this.#ofProgram(start) ?? builtIn;
  }

  #ofProgram(start: number): ParsedType | undefined {
    const first = this.#word(start);
    if (first === undefined) return undefined;
    const end = this.#behindArguments(start + 1);
    if (end > start + 1) {
      const begin = this.tokens[start]?.offset ?? 0;
      const name = this.text.slice(begin, (this.tokens[end - 1]?.offset ?? begin) + 1);
      const type = this.names.type(name);
      if (type !== undefined) return { type: this.names.definitionOf(type), end };
    }
    const type = this.names.type(first);
    return type && { type: this.names.definitionOf(type), end: start + 1 };
  }

  /** Behind `<…>`, which may be arguments of a generic type. */
  #behindArguments(start: number): number {
    let depth = 0;
    for (let at = start; at < this.tokens.length; at++) {
      const token = this.tokens[at];
      if (isOperator(token, "<")) depth++;
      else if (isOperator(token, ">")) depth--;
      else if (isOperator(token, ">>")) depth -= 2;
      if (depth <= 0) return at === start ? start : at + 1;
    }
    return start;
  }

  #builtIn(start: number): ParsedType | undefined {
    const words: string[] = [];
    let end = start;
    for (let word = this.#word(end); word !== undefined && !qualifiers.has(word); word = this.#word(end)) {
      words.push(word);
      end++;
    }
    const type = builtInType(words, this.names.language === undefined);
    return type && { type, end };
  }

  #word(at: number): string | undefined {
    const token = this.tokens[at];
    return token?.kind === "name" && token.sigil === undefined ? token.text : undefined;
  }
}
