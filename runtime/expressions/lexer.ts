/** Splits the text of an expression into tokens. */
import { fail, ok, type Result } from "../base/result.js";

/** Why an expression is not one, or cannot be evaluated; `offset` is the place in its text, from 0. */
export interface ExpressionError {
  readonly message: string;
  readonly offset: number;
}

export type Token = { readonly offset: number } & (
  | { readonly kind: "number"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  /** `sigil`: what marks it as a register, in the manner of gdb or of AT&T syntax. */
  | { readonly kind: "name"; readonly text: string; readonly sigil?: "$" | "%" }
  | { readonly kind: "operator"; readonly text: string }
  | { readonly kind: "end" }
);

const operators = [
  ..."<< >> <= >= == != && ||".split(" "),
  ..."+ - * / % & | ^ ~ ! < > ( ) [ ] ? : ,".split(" "),
] as const;

const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, "0": 0, "\\": 92, "'": 39, '"': 34 };

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
    const number = /^\$?(0[xX][0-9a-fA-F_]*|0[bB][01_]*|[0-9][0-9_]*(\.[0-9]+)?)([A-Za-z0-9_]*)/.exec(rest);
    if (number) {
      const digits = (number[1] ?? "").replaceAll("_", "");
      if (number[3] !== "" || /^0[xXbB]$/.test(digits)) {
        return fail({ message: `"${number[0]}" is not a number: write 42, 0x2a or 0b101010`, offset });
      }
      tokens.push(
        number[2] === undefined
          ? { kind: "number", value: BigInt(digits), offset }
          : { kind: "float", value: Number(digits), offset },
      );
      offset += number[0].length;
      continue;
    }
    const character = /^'(\\x[0-9a-fA-F]{2}|\\.|[^\\'])'/u.exec(rest);
    if (character) {
      const inner = character[1] ?? "";
      const code = inner.startsWith("\\x")
        ? Number.parseInt(inner.slice(2), 16)
        : inner.startsWith("\\")
          ? escapes[inner.slice(1)]
          : inner.codePointAt(0);
      if (code === undefined) return fail({ message: `"${inner}" is not a known escape in a character`, offset });
      tokens.push({ kind: "number", value: BigInt(code), offset });
      offset += character[0].length;
      continue;
    }
    // `%` begins a register only where a value is expected; behind a value it is the remainder.
    const previous = tokens.at(-1);
    const afterValue =
      previous !== undefined && (previous.kind !== "operator" || previous.text === ")" || previous.text === "]");
    const name = /^(\$|%)?([A-Za-z_.][A-Za-z0-9_.$@]*)/.exec(rest);
    if (name && !(name[1] === "%" && afterValue)) {
      const sigil = name[1] === "$" || name[1] === "%" ? name[1] : undefined;
      tokens.push({ kind: "name", text: name[2] ?? "", sigil, offset });
      offset += name[0].length;
      continue;
    }
    const operator = operators.find((candidate) => rest.startsWith(candidate));
    if (operator === undefined) {
      const what =
        rest.startsWith("'") || rest.startsWith('"') ? "this quote does not enclose one character" : undefined;
      return fail({ message: what ?? `"${[...rest][0]}" has no meaning in an expression`, offset });
    }
    tokens.push({ kind: "operator", text: operator, offset });
    offset += operator.length;
  }
  tokens.push({ kind: "end", offset: text.length });
  return ok(tokens);
}
