/** The lines that preprocessing makes, each with where its pieces come from. */
import { LineReader } from "../line-reader.js";
import type { Range } from "../syntax.js";
import type { Place, Token } from "./token.js";

export interface OutputLine {
  text: string;
  readonly source: number;
  readonly line: number;
  /** Absent for a line that is as it stands in its source. */
  readonly pieces?: { readonly at: number; readonly place: Place }[];
}

/** Whether two tokens side by side would be read as another one. */
function wouldJoin(left: Token, right: Token): boolean {
  const isWord = ({ kind }: Token) => kind === "name" || kind === "number";
  if (isWord(left) && isWord(right)) return true;
  if (left.kind === "number") return /^[.+-]/.test(right.text);
  if (left.kind === "name") return right.kind === "string" || right.kind === "character";
  if (left.text === ".") return right.kind === "number";
  const start = right.text.charAt(0);
  if (left.kind !== "punctuator" || right.kind !== "punctuator") return false;
  return (
    (start === "=" && /^([-=!+*/%&|^<>]|<<|>>)$/.test(left.text)) ||
    (start === left.text && /^[-+&|<>#/]$/.test(start)) ||
    left.text + start === "->" ||
    left.text + start === "/*"
  );
}

/** Adds a token behind those that the line has. */
export function appendToken(line: OutputLine, token: Token, previous: Token | undefined): void {
  const parts =
    token.isSpaced ||
    (previous !== undefined && (token.isExpanded || previous.isExpanded) && wouldJoin(previous, token));
  if (parts) line.text += " ";
  line.pieces?.push({ at: line.text.length, place: token.place });
  line.text += token.text;
}

/** Reads what preprocessing has made; places are those of the sources. */
export class PreprocessedReader extends LineReader {
  private index = -1;

  constructor(private readonly lines: readonly OutputLine[]) {
    super("", 0, 0);
  }

  override next(): string | undefined {
    return this.lines[++this.index]?.text;
  }

  override get line(): number {
    return (this.lines[this.index] ?? this.lines.at(-1))?.line ?? 1;
  }

  override get source(): number {
    return (this.lines[this.index] ?? this.lines.at(-1))?.source ?? 0;
  }

  override columnsOf(range: Range): Range {
    const line = this.lines[this.index];
    if (line?.pieces === undefined) return range;
    let first: Place | undefined;
    let last: Place | undefined;
    for (const { at, place } of line.pieces) {
      if (place.line !== line.line || place.source !== line.source) continue;
      if (at <= range.start || first === undefined) first = place;
      if (at < range.end || last === undefined) last = place;
    }
    if (first === undefined || last === undefined) return range;
    return { start: first.start, end: Math.max(first.end, last.end) };
  }
}
