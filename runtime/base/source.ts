/** The path or URI of a source as the host named it (any host: POSIX, Windows, `vscode-vfs:`); never parsed ad hoc. */
export type SourcePath = string;

/** A place in a source. Lines and columns count from 1; columns count UTF-16 code units. */
export interface SourcePosition {
  readonly path: SourcePath;
  readonly line: number;
  readonly column?: number;
}

/** A stretch of one line of a source; `endColumn` is exclusive. */
export interface SourceSpan {
  readonly path: SourcePath;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
}

/** Something to tell the author of a source. */
export interface Diagnostic {
  readonly severity: "error" | "warning" | "information";
  /** What is wrong and what to do, as one sentence a learner understands. */
  readonly message: string;
  readonly span: SourceSpan;
}
