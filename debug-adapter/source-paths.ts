/** Where the sources of a program lie on the host: the compiler may have seen them elsewhere. */
import type { SourcePath } from "../runtime/base/source.js";
import { directoryName, isAbsolutePath, joinPath } from "../runtime/base/source-path.js";

export interface SourcePathOptions {
  /** Beginnings of paths as the compiler wrote them, and what to read instead. */
  readonly sourceMap?: Readonly<Record<string, string>>;
  /** The path of the executable: what the compiler wrote without a root lies beside it. */
  readonly program?: SourcePath;
}

export class SourcePaths {
  /** The longest first: it fits best. */
  readonly #rules: readonly (readonly [string, string])[];
  readonly #folder: SourcePath | undefined;

  constructor({ sourceMap = {}, program }: SourcePathOptions) {
    this.#rules = Object.entries(sourceMap)
      .map(([from, to]) => [withoutEnd(from), withoutEnd(to)] as const)
      .sort(([one], [two]) => two.length - one.length);
    this.#folder = program === undefined ? undefined : directoryName(program);
  }

  /** A path of the program's as the host knows it. */
  onHost(path: SourcePath): SourcePath {
    for (const [from, to] of this.#rules) {
      if (path === from || path.startsWith(`${from}/`) || path.startsWith(`${from}\\`))
        return to + path.slice(from.length);
    }
    return this.#folder === undefined || isAbsolutePath(path) ? path : joinPath(this.#folder, path);
  }
}

/** Without the separator at its end. */
function withoutEnd(path: string): string {
  return path.length > 1 ? path.replace(/[/\\]$/, "") : path;
}
