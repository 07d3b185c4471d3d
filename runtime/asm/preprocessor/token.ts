/** Preprocessing tokens (C11 6.4), with the places that diagnostics name. */

export type TokenKind = "name" | "number" | "string" | "character" | "punctuator" | "other" | "end";

/** Where a token stands: columns from 0, `end` exclusive. */
export interface Place {
  /** Index of the source. */
  readonly source: number;
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** White space or a comment stands before it. */
  readonly isSpaced: boolean;
  /** The first of its line. */
  readonly isFirst: boolean;
  /** Of a token out of a macro's replacement: the place of the outermost use. */
  readonly place: Place;
  /** Comes out of a macro, so that what stands beside it in the output did not in the source. */
  readonly isExpanded: boolean;
  /** A macro's own name within its expansion is never expanded again (C11 6.10.3.4). */
  readonly isFinal: boolean;
}

export const isPunctuator = (token: Token | undefined, text: string): boolean =>
  token?.kind === "punctuator" && token.text === text;
