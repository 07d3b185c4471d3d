/** Where lines come from: a source, or the text that a macro or repetition stands for. */
import type { Range } from "./syntax.js";

/** Puts lines and columns of expanded text where a person can see them. */
export interface Expansion {
  /** The line to blame for line `i` (from 0) of the text. */
  lineOf(i: number): number;
  /** The columns to blame, when they are not those of the text. */
  readonly range: Range | undefined;
}

export class LineReader {
  private at = 0;
  /** Lines read so far. */
  private count = 0;
  private readonly end: number;

  constructor(
    readonly text: string,
    private readonly onlySource: number,
    readonly depth: number,
    readonly expansion?: Expansion,
  ) {
    this.end = text.length;
  }

  /** The next line without its end, or undefined. */
  next(): string | undefined {
    if (this.at >= this.end) return undefined;
    let lineEnd = this.text.indexOf("\n", this.at);
    if (lineEnd < 0) lineEnd = this.end;
    const isCarriageReturn = lineEnd > this.at && this.text.charCodeAt(lineEnd - 1) === 13;
    const line = this.text.slice(this.at, isCarriageReturn ? lineEnd - 1 : lineEnd);
    this.at = lineEnd + 1;
    this.count++;
    return line;
  }

  /** Index of the source that diagnostics and line rows name. */
  get source(): number {
    return this.onlySource;
  }

  /** The columns to blame for those of the line that was read last. */
  columnsOf(range: Range): Range {
    return this.expansion?.range ?? range;
  }

  /** The number to blame for the line that was read last, from 1. */
  get line(): number {
    return this.expansion === undefined ? this.count : this.expansion.lineOf(this.count - 1);
  }
}
