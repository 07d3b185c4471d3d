/** Splits the text of an expression into tokens. */
import { fail, ok, type Result } from "../base/result.js";

/** Why an expression is not one, or cannot be evaluated; `offset` is the place in its text, from 0. */
export interface ExpressionError {
  readonly message: string;
  readonly offset: number;
  /** A name means nothing here; in another function it might. */
  readonly isUnknownName?: boolean;
}

export type Token = { readonly offset: number } & (
  | NumberToken
  | { readonly kind: "float"; readonly value: number; readonly isSingle: boolean }
  | { readonly kind: "text"; readonly text: string }
  /**
   * Perhaps with `::` in it. `sigil`: what marks it as a register, in the manner of gdb or of AT&T syntax. Behind a dot
   * it may be a number: a field of a tuple.
   */
  | { readonly kind: "name"; readonly text: string; readonly sigil?: "$" | "%" }
  | { readonly kind: "operator"; readonly text: string }
  | { readonly kind: "end" }
);

interface NumberToken {
  readonly kind: "number";
  readonly value: bigint;
  readonly isDecimal: boolean;
  /** C's or Rust's letters for its type, in lower case. */
  readonly suffix: string;
  /** Written as `'x'`. */
  readonly isCharacter?: boolean;
}

const operators = [
  ..."<<= >>=".split(" "),
  ..."<< >> <= >= == != && || -> += -= *= /= %= &= |= ^=".split(" "),
  ..."+ - * / % & | ^ ~ ! < > ( ) [ ] ? : , . =".split(" "),
] as const;

const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, "0": 0, "\\": 92, "'": 39, '"': 34 };

/**
 * A name: perhaps qualified, perhaps by a file, `file.c::name` or `'file.c'::name`; or the name of a register behind its
 * sigil. A label of assembly may begin with a dot.
 */
const namePattern =
  /^(?:(\$|%)?((?:[A-Za-z_][\w$@]*\.[A-Za-z]\w*::)?(?:\.?[A-Za-z_][\w$@]*|\.L\w*)(?:::~?[A-Za-z_][\w$@]*)*)|('[^']+'(?:::[A-Za-z_]\w*)+))/;

/** The tokens of `text`, with an `end` behind the last. */
export function tokenize(text: string): Result<readonly Token[], ExpressionError> {
  const tokens: Token[] = [];
  let offset = 0;
  while (offset < text.length) {
    const rest = text.slice(offset);
    const space = /^\s+/.exec(rest);
    if (space) {
      offset += space[0].length;
      continue;
    }
    const previous = tokens.at(-1);
    const field = isOperator(previous, ".") ? /^[0-9]+/.exec(rest) : null;
    if (field) {
      tokens.push({ kind: "name", text: field[0], offset });
      offset += field[0].length;
      continue;
    }
    const number =
      /^\$?(0[xX][0-9a-fA-F_]*|0[bB][01_]*|[0-9][0-9_]*(?:(\.[0-9]+)?([eE][+-]?[0-9]+)?))([A-Za-z0-9_]*)/.exec(rest);
    if (number) {
      const [whole, written = "", fraction, exponent, letters = ""] = number;
      const token = numberToken(written.replaceAll("_", ""), fraction ?? exponent, letters.toLowerCase(), offset);
      if (token === undefined) {
        return fail({ message: `"${whole}" is not a number: write 42, 0x2a or 0b101010`, offset });
      }
      tokens.push(token);
      offset += whole.length;
      continue;
    }
    const quoted = /^"((?:\\.|[^"\\])*)"/su.exec(rest);
    if (quoted) {
      const content = unescaped(quoted[1] ?? "");
      if (content === undefined) return fail({ message: "this text has an escape that is not known", offset });
      tokens.push({ kind: "text", text: content, offset });
      offset += quoted[0].length;
      continue;
    }
    const character = /^'(\\x[0-9a-fA-F]{1,2}|\\.|[^\\'])'/u.exec(rest);
    if (character) {
      const code = unescaped(character[1] ?? "")?.codePointAt(0);
      if (code === undefined)
        return fail({ message: `"${character[1]}" is not a known escape in a character`, offset });
      tokens.push({ kind: "number", value: BigInt(code), isDecimal: true, suffix: "", isCharacter: true, offset });
      offset += character[0].length;
      continue;
    }
    // `%` begins a register only where a value is expected; behind a value it is the remainder.
    const afterValue =
      previous !== undefined && (previous.kind !== "operator" || previous.text === ")" || previous.text === "]");
    const name = namePattern.exec(rest);
    if (name && !(name[1] === "%" && afterValue) && !(afterValue && rest.startsWith("."))) {
      const sigil = name[1] === "$" || name[1] === "%" ? name[1] : undefined;
      tokens.push({ kind: "name", text: (name[2] ?? name[3] ?? "").replaceAll("'", ""), sigil, offset });
      offset += name[0].length;
      continue;
    }
    const operator = operators.find((candidate) => rest.startsWith(candidate));
    if (operator === undefined) {
      const what =
        rest.startsWith("'") || rest.startsWith('"')
          ? `this quote does not enclose ${rest.startsWith("'") ? "one character" : "a text"}`
          : undefined;
      return fail({ message: what ?? `"${[...rest][0]}" has no meaning in an expression`, offset });
    }
    tokens.push({ kind: "operator", text: operator, offset });
    offset += operator.length;
  }
  tokens.push({ kind: "end", offset: text.length });
  return ok(tokens);
}

export function isOperator(token: Token | undefined, text: string): boolean {
  return token?.kind === "operator" && token.text === text;
}

function numberToken(digits: string, fraction: string | undefined, suffix: string, offset: number): Token | undefined {
  if (/^0[xXbB]$/.test(digits)) return undefined;
  if (fraction !== undefined) {
    if (!/^(f|f32|f64|l)?$/.test(suffix)) return undefined;
    return { kind: "float", value: Number(digits), isSingle: suffix === "f" || suffix === "f32", offset };
  }
  if (!/^(u?l?l?|l?l?u|[iu](8|16|32|64|size))$/.test(suffix)) return undefined;
  return { kind: "number", value: BigInt(digits), isDecimal: !/^0[xXbB]/.test(digits), suffix, offset };
}

/** Without backslashes; undefined when one of them means nothing. */
function unescaped(text: string): string | undefined {
  let isKnown = true;
  const plain = text.replaceAll(/\\(?:x([0-9a-fA-F]{1,2})|(.))/gsu, (_, code: string | undefined, letter: string) => {
    const value = code === undefined ? escapes[letter] : Number.parseInt(code, 16);
    if (value === undefined) isKnown = false;
    return String.fromCodePoint(value ?? 0);
  });
  return isKnown ? plain : undefined;
}
