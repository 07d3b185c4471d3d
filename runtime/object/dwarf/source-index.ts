/** Which units have code from a source file. */
import { pathKey } from "../../base/source-path.js";
import type { LineTable } from "./line-table.js";
import type { Unit } from "./unit.js";
import type { UnitIndex } from "./unit-index.js";

/** A source file that the debug information names. */
export interface DebugSource {
  /** As absolute as the compiler told it; on the machine that compiled it. */
  readonly path: string;
  /** MD5 of the text in hexadecimal digits, where the compiler told it. */
  readonly md5?: string;
}

/** One table with code from a file, and the numbers that the file has in it. */
export interface SourceUse {
  readonly unit: Unit;
  readonly lines: LineTable;
  readonly files: ReadonlySet<number>;
}

interface IndexedSource extends DebugSource {
  readonly uses: Map<Unit, Set<number>>;
}

export class SourceIndex {
  readonly #sources = new Map<string, IndexedSource>();

  /** Reads the headers of all line tables, not the tables. */
  constructor(units: UnitIndex) {
    // Keys are made once for each way to write a path.
    const keys = new Map<string, string>();
    for (const unit of units.units) {
      unit.lines?.files.forEach((file, number) => {
        if (!file) return;
        let key = keys.get(file.path);
        if (key === undefined) {
          key = pathKey(file.path);
          keys.set(file.path, key);
        }
        let source = this.#sources.get(key);
        if (source === undefined) {
          source = { path: file.path, ...(file.md5 === undefined ? {} : { md5: file.md5 }), uses: new Map() };
          this.#sources.set(key, source);
        }
        const numbers = source.uses.get(unit);
        if (numbers) numbers.add(number);
        else source.uses.set(unit, new Set([number]));
      });
    }
  }

  get sources(): DebugSource[] {
    return [...this.#sources.values()].map(({ path, md5 }) => (md5 === undefined ? { path } : { path, md5 }));
  }

  /** The tables that may have code from the file; names of the same file in any style are equal. */
  usesOf(path: string): SourceUse[] {
    const source = this.#sources.get(pathKey(path));
    const uses: SourceUse[] = [];
    for (const [unit, files] of source?.uses ?? []) if (unit.lines) uses.push({ unit, lines: unit.lines, files });
    return uses;
  }
}
