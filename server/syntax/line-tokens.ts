/**
 * The words of a parsed line and what each is. They come from the text and not from the syntax tree, so that lines that
 * make no sense, and the bodies of macros, have them too. Columns count from 0.
 */
import {
  type DirectiveStatement,
  findRegister,
  type InstructionStatement,
  type ParsedLine,
  type Statement,
} from "../../runtime/asm/analysis.js";

export type TokenKind =
  | "label"
  /** `1:` */
  | "numericLabel"
  /** `1f`, `1b` */
  | "numericUse"
  | "mnemonic"
  | "prefix"
  | "directive"
  | "register"
  | "number"
  | "string"
  | "comment"
  /** A line of the C preprocessor, which is a comment to the assembler: its first word. */
  | "preprocessor"
  /** `qword ptr`, `offset`; `@function`, `@PLT` */
  | "keyword"
  /** `\name` in the body of a macro: the range is that of the name. */
  | "parameter"
  /** A name among operands. */
  | "symbol"
  /** Text that becomes a name only when a macro is expanded: `loop\@`. */
  | "template";

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly statement?: Statement;
}

const kept = new WeakMap<ParsedLine, readonly Token[]>();

/** The tokens of a line from left to right. */
export function lineTokens(line: ParsedLine): readonly Token[] {
  let tokens = kept.get(line);
  if (tokens === undefined) {
    tokens = tokenise(line);
    kept.set(line, tokens);
  }
  return tokens;
}

const preprocessorPattern =
  /^\s*#(include(?=\s*["<])|(?:define|undef|ifdef|ifndef)(?=\s+\w)|if\b|elif\b|else\b|endif\b|error\b|warning\b|pragma\b)/;

/** The word of the C preprocessor that a line begins with (`include`), and where its text goes on. */
export function preprocessorDirective({ text, before }: ParsedLine): { word: string; end: number } | undefined {
  if (before.inBlockComment) return undefined;
  const match = preprocessorPattern.exec(text);
  return match?.[1] === undefined ? undefined : { word: match[1], end: match[0].length };
}

function tokenise(line: ParsedLine): Token[] {
  const { text } = line;
  const tokens: Token[] = [];
  const directive = preprocessorDirective(line);
  if (directive !== undefined) {
    const start = text.indexOf("#");
    tokens.push({ kind: "preprocessor", start, end: directive.end, text: text.slice(start, directive.end) });
    scan(line, directive.end, text.length, undefined, tokens);
    return tokens;
  }
  for (const { start, end } of line.comments) {
    tokens.push({ kind: "comment", start, end, text: text.slice(start, end) });
  }
  for (const statement of line.statements) statementTokens(line, statement, tokens);
  return tokens.sort((a, b) => a.start - b.start);
}

function statementTokens(line: ParsedLine, statement: Statement, tokens: Token[]): void {
  const word = (kind: TokenKind, { start, end }: { readonly start: number; readonly end: number }): void => {
    if (end > start) tokens.push({ kind, start, end, text: line.text.slice(start, end), statement });
  };
  switch (statement.kind) {
    case "label":
      word(statement.isNumeric ? "numericLabel" : "label", statement.range);
      return;
    case "assignment":
      word("symbol", statement.name.range);
      scan(line, statement.name.range.end, statement.range.end, statement, tokens);
      return;
    case "directive":
      word("directive", statement.name.range);
      scan(line, statement.name.range.end, statement.range.end, statement, tokens);
      return;
    case "instruction":
      for (const prefix of statement.prefixes) word("prefix", prefix.range);
      if (statement.mnemonic.text === "") {
        scan(
          line,
          statement.prefixes.at(-1)?.range.end ?? statement.range.start,
          statement.range.end,
          statement,
          tokens,
        );
        return;
      }
      word("mnemonic", statement.mnemonic.range);
      scan(line, statement.mnemonic.range.end, statement.range.end, statement, tokens);
      return;
  }
}

const name =
  "(?:[A-Za-z_.$\\u0080-\\uffff]|\\\\\\(\\)|\\\\@|\\\\[A-Za-z_$])(?:[\\w.$\\u0080-\\uffff]|\\\\\\(\\)|\\\\@|\\\\[A-Za-z_$])*";
const pattern = new RegExp(
  [
    '"(?:[^"\\\\]|\\\\.)*"?', // text
    "'\\\\?.'?", // a character
    "/\\*.*?(?:\\*/|$)", // a comment, told elsewhere
    "%[A-Za-z]\\w*(?:\\(\\s*\\d\\s*\\))?", // %rax, %st(1)
    "@\\w+", // @PLT, @function
    "\\$?(?:0[xX][0-9A-Fa-f]+|0[bB][01]+|\\d[\\w.]*)", // numbers, 1f
    name,
  ].join("|"),
  "g",
);
const keywords =
  /^(?:(?:byte|word|dword|fword|qword|mmword|tbyte|oword|xmmword|ymmword|zmmword|near|far|short|ptr|offset|flat|bcst))$/i;

function scan(
  line: ParsedLine,
  from: number,
  to: number,
  statement: DirectiveStatement | InstructionStatement | Statement | undefined,
  tokens: Token[],
): void {
  const { text } = line;
  pattern.lastIndex = from;
  for (let match = pattern.exec(text); match !== null && match.index < to; match = pattern.exec(text)) {
    const [found] = match;
    const start = match.index;
    const first = found.charAt(0);
    const put = (kind: TokenKind, at: number, end: number): void => {
      if (end > at) tokens.push({ kind, start: at, end, text: text.slice(at, end), statement });
    };
    const end = start + found.length;
    if (first === '"' || first === "'") put("string", start, end);
    else if (found.startsWith("/*")) continue;
    else if (first === "@") put("keyword", start, end);
    else if (first === "%") put(findRegister(found.slice(1).toLowerCase()) ? "register" : "keyword", start, end);
    else if (/^\$?\d/.test(found)) {
      const at = first === "$" ? start + 1 : start;
      const digits = text.slice(at, end);
      put(/^\d+[fb]$/.test(digits) && !/^0b/.test(digits) ? "numericUse" : "number", at, end);
    } else nameTokens(line, start, end, put);
  }
}

/** A name, the parts of one that a macro puts together, or a word of the syntax. */
function nameTokens(
  line: ParsedLine,
  from: number,
  to: number,
  put: (kind: TokenKind, start: number, end: number) => void,
): void {
  const { text, before } = line;
  const whole = text.slice(from, to);
  if (whole.includes("\\")) {
    const parts = /\\\(\)|\\@|\\([A-Za-z_$][\w$]*)|([^\\]+)/g;
    for (const part of whole.matchAll(parts)) {
      const start = from + part.index;
      if (part[1] !== undefined) put("parameter", start + 1, start + 1 + part[1].length);
      else if (part[2] !== undefined) put("template", start, start + part[0].length);
    }
    return;
  }
  let start = from;
  let symbol = whole;
  // `$name` is the constant `name`, where registers have prefixes.
  if (symbol.startsWith("$") && before.dialect === "att") {
    symbol = symbol.slice(1);
    start++;
  }
  const end = start + symbol.length;
  if (symbol !== "" && symbol !== ".") {
    if (before.nakedRegisters && findRegister(symbol.toLowerCase())) put("register", start, end);
    else put(before.dialect === "intel" && keywords.test(symbol) ? "keyword" : "symbol", start, end);
  }
}
