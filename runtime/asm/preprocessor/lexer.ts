/** Text to preprocessing tokens, as GNU cpp reads assembler source: lines joined, comments taken for a space. */
import type { Place, Token, TokenKind } from "./token.js";

const space = /[ \t\f\v\r]*/y;
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const number = /\.?[0-9](?:[eEpP][-+]|[A-Za-z0-9_.])*/y;
// Without its closing quote, a quote takes the rest of the line: cpp does not complain in assembler source.
const quoted = /"(?:[^"\\]|\\.)*(?:"|\\?$)|'(?:[^'\\]|\\.)*(?:'|\\?$)/y;
const punctuator = /\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-*/%+&|^]=|##|[-[\](){}.,&*+~!/%<>^|?:;=#]/y;

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Reads one token; `at` stands at its first character. */
function scan(text: string, at: number): { kind: TokenKind; text: string } {
  const word = matchAt(name, text, at);
  if (word !== undefined) return { kind: "name", text: word };
  const digits = matchAt(number, text, at);
  if (digits !== undefined) return { kind: "number", text: digits };
  const literal = matchAt(quoted, text, at);
  if (literal !== undefined) {
    const quote = literal.charAt(0);
    if (literal.length < 2 || !literal.endsWith(quote)) return { kind: "other", text: literal };
    return { kind: quote === '"' ? "string" : "character", text: literal };
  }
  const sign = matchAt(punctuator, text, at);
  if (sign !== undefined) return { kind: "punctuator", text: sign };
  return { kind: "other", text: String.fromCodePoint(text.codePointAt(at) ?? 0) };
}

/** The one token that a text is, or undefined when it is none or several: what `##` may make. */
export function singleToken(text: string): { kind: TokenKind; text: string } | undefined {
  const token = scan(text, 0);
  return token.text === text && token.kind !== "other" && !/^\/[/*]/.test(text) ? token : undefined;
}

/** A line that was joined to the one before it by a backslash. */
interface Joint {
  readonly at: number;
  readonly line: number;
}

export class Lexer {
  private next = 0;
  /** The number of the physical line that is read next, from 0. */
  private nextLine = 0;
  private text = "";
  private joints: Joint[] = [{ at: 0, line: 1 }];
  private at = 0;
  private isAtStart = false;
  /** A block comment that the file ends in. */
  openComment: Place | undefined;

  constructor(
    private readonly source: string,
    readonly index: number,
  ) {}

  /** The line that was read last, from 1. */
  get line(): number {
    return this.nextLine;
  }

  private physicalLine(): string | undefined {
    if (this.next >= this.source.length) return undefined;
    let end = this.source.indexOf("\n", this.next);
    if (end < 0) end = this.source.length;
    const line = this.source.slice(this.next, end);
    this.next = end + 1;
    this.nextLine++;
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  }

  private loadLine(): boolean {
    const first = this.physicalLine();
    if (first === undefined) return false;
    this.text = first;
    this.joints = [{ at: 0, line: this.nextLine }];
    while (/\\[ \t]*$/.test(this.text)) {
      const more = this.physicalLine();
      this.text = this.text.replace(/\\[ \t]*$/, "");
      if (more === undefined) break;
      this.joints.push({ at: this.text.length, line: this.nextLine });
      this.text += more;
    }
    this.at = 0;
    this.isAtStart = true;
    return true;
  }

  /** The next line as it stands, when no token of it concerns the preprocessor; the lexer must be between lines. */
  plainLine(isMacro: (word: string) => boolean): string | undefined {
    if (this.at < this.text.length || this.next >= this.source.length) return undefined;
    let end = this.source.indexOf("\n", this.next);
    if (end < 0) end = this.source.length;
    const line = this.source.slice(this.next, end);
    if (/^\s*#|\/[/*]|\\\s*$/.test(line)) return undefined;
    for (const [word] of line.matchAll(/[A-Za-z_][A-Za-z0-9_]*/g)) if (isMacro(word)) return undefined;
    return this.physicalLine();
  }

  private placeAt(start: number, end: number): Place {
    let joint = this.joints[0] ?? { at: 0, line: this.nextLine };
    for (const one of this.joints) if (one.at <= start) joint = one;
    return { source: this.index, line: joint.line, start: start - joint.at, end: end - joint.at };
  }

  /** The next token; within a directive, "end" stands at the end of its line, else at the end of the file. */
  read(isInDirective = false): Token {
    let isSpaced = false;
    for (;;) {
      const blank = matchAt(space, this.text, this.at) ?? "";
      if (blank !== "") {
        this.at += blank.length;
        isSpaced = true;
      }
      if (this.at >= this.text.length || this.text.startsWith("//", this.at)) {
        this.at = this.text.length;
        if (isInDirective || !this.loadLine()) {
          return this.token("end", "", isSpaced);
        }
        isSpaced = false;
      } else if (this.text.startsWith("/*", this.at)) {
        this.skipComment();
        isSpaced = true;
      } else break;
    }
    const { kind, text } = scan(this.text, this.at);
    const token = this.token(kind, text, isSpaced);
    this.at += text.length;
    this.isAtStart = false;
    return token;
  }

  private token(kind: TokenKind, text: string, isSpaced: boolean): Token {
    const place = this.placeAt(this.at, this.at + Math.max(1, text.length));
    return { kind, text, isSpaced, isFirst: this.isAtStart, place, isExpanded: false, isFinal: false };
  }

  private skipComment(): void {
    const place = this.placeAt(this.at, this.at + 2);
    let from = this.at + 2;
    for (;;) {
      const close = this.text.indexOf("*/", from);
      if (close >= 0) {
        this.at = close + 2;
        return;
      }
      const { isAtStart } = this;
      if (!this.loadLine()) {
        this.openComment = place;
        this.at = this.text.length;
        return;
      }
      this.isAtStart = isAtStart;
      from = 0;
    }
  }

  /** What stands between the lexer and the end of the line (a header's name, the text of `#error`). */
  restOfLine(): { readonly text: string; readonly place: Place } {
    const rest = this.text.slice(this.at);
    const start = this.at + (rest.length - rest.trimStart().length);
    this.at = this.text.length;
    return { text: rest.trim(), place: this.placeAt(start, start + Math.max(1, rest.trim().length)) };
  }

  skipLine(): void {
    while (this.read(true).kind !== "end");
  }
}
