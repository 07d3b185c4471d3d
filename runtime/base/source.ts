/** The path or URI of a source as the host named it (any host: POSIX, Windows, `vscode-vfs:`); never parsed ad hoc. */
export type SourcePath = string;

/** A place in a source. Lines and columns count from 1; columns count UTF-16 code units. */
export interface SourcePosition {
  readonly path: SourcePath;
  readonly line: number;
  readonly column?: number;
}

/** A stretch of one line of a source; `endColumn` is exclusive. Line 0 is the file as a whole (`wholeFile`). */
export interface SourceSpan {
  readonly path: SourcePath;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
}

/** The span of what can be told of a file only, as of an object without lines. */
export function wholeFile(path: SourcePath): SourceSpan {
  return { path, line: 0, column: 0, endColumn: 0 };
}

/** `hello.s:12:9`, as compilers say it; of a whole file its path. */
export function describeSpan({ path, line, column }: SourceSpan): string {
  return line === 0 ? path : `${path}:${line}:${column}`;
}

/** Something to tell the author of a source. */
export interface Diagnostic {
  readonly severity: "error" | "warning" | "information";
  /** What is wrong and what to do, as one sentence a learner understands. */
  readonly message: string;
  readonly span: SourceSpan;
}
