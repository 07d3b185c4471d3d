/** A place in a line of text, and the small readers that every parser of the line shares. */
import type { Problem, Range } from "./syntax.js";

const isSymbolStartTable = new Uint8Array(128);
const isSymbolPartTable = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_.$]/.test(character)) isSymbolStartTable[code] = 1;
  if (/[A-Za-z0-9_.$]/.test(character)) isSymbolPartTable[code] = 1;
}

/** Whether a symbol may start with this UTF-16 code unit; everything beyond ASCII may. */
export const isSymbolStart = (code: number): boolean => code >= 128 || isSymbolStartTable[code] === 1;
export const isSymbolPart = (code: number): boolean => code >= 128 || isSymbolPartTable[code] === 1;
export const isDigit = (code: number): boolean => code >= 48 && code <= 57;
export const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

/** Thrown inside the parser and caught at the end of the statement: the rest of the statement makes no sense. */
export class SyntaxProblem extends Error {
  constructor(
    readonly range: Range,
    message: string,
  ) {
    super(message);
  }
}

export class Cursor {
  /** Things wrong that do not stop the parse of the statement. */
  problems: Problem[] = [];

  constructor(
    readonly text: string,
    public at: number,
    /** Where the statement ends (a comment, a separator or the end of the line). */
    public end: number,
  ) {}

  /** The code unit `ahead` of the cursor; 0 at the end. */
  peek(ahead = 0): number {
    const at = this.at + ahead;
    return at < this.end ? this.text.charCodeAt(at) : 0;
  }

  skipSpace(): void {
    while (this.at < this.end && isSpace(this.text.charCodeAt(this.at))) this.at++;
  }

  /** Skips spaces and tells whether the statement is over. */
  get isAtEnd(): boolean {
    this.skipSpace();
    return this.at >= this.end;
  }

  /** Steps over `character` if it comes next. */
  take(character: string): boolean {
    if (this.peek() !== character.charCodeAt(0)) return false;
    this.at++;
    return true;
  }

  /** The symbol that starts here, or "". */
  readSymbol(): string {
    const start = this.at;
    if (this.at < this.end && isSymbolStart(this.text.charCodeAt(this.at))) {
      this.at++;
      while (this.at < this.end && isSymbolPart(this.text.charCodeAt(this.at))) this.at++;
    }
    return this.text.slice(start, this.at);
  }

  /** Letters and digits, or "". */
  readWord(): string {
    const start = this.at;
    while (this.at < this.end && isSymbolPart(this.text.charCodeAt(this.at))) this.at++;
    return this.text.slice(start, this.at);
  }

  rangeFrom(start: number): Range {
    return { start, end: this.at };
  }

  /** What comes next, for messages. */
  nextText(): string {
    const rest = this.text.slice(this.at, this.end).trimEnd();
    return rest.length > 24 ? `${rest.slice(0, 24)}…` : rest;
  }

  fail(message: string, range?: Range): never {
    const end = Math.max(this.at + 1, Math.min(this.end, this.at + Math.max(1, this.nextText().length)));
    throw new SyntaxProblem(range ?? { start: this.at, end }, message);
  }
}
