import type {
  BreakpointPlace,
  CodeLine,
  CodePlaces,
  LinePlaces,
  SeparateFiles,
  SourceFrame,
  StatementPlace,
} from "../base/code-places.js";
import type { ProgramSource } from "../base/program-image.js";
import type { SourcePath } from "../base/source.js";
import { pathKey } from "../base/source-path.js";
import type { ElfCodePlaces } from "./elf-code-places.js";

/** The places of a program that was linked here of assembly sources and of objects with debug information. */
export class LinkedCodePlaces implements CodePlaces {
  readonly #assembled: ReadonlySet<string>;
  #sources: readonly ProgramSource[] | undefined;

  constructor(
    private readonly assembly: CodePlaces,
    readonly objects: ElfCodePlaces,
  ) {
    this.#assembled = new Set(assembly.sources.map(({ path }) => pathKey(path)));
  }

  get sources(): readonly ProgramSource[] {
    this.#sources ??= [
      ...this.assembly.sources,
      ...this.objects.sources.filter(({ path }) => !this.#isAssembled(path)),
    ];
    return this.#sources;
  }

  get hasLines(): boolean {
    return this.assembly.hasLines || this.objects.hasLines;
  }

  get notes(): readonly string[] {
    return [...this.assembly.notes, ...this.objects.notes];
  }

  get separateFiles(): SeparateFiles | undefined {
    return this.objects.separateFiles;
  }

  lineAt(address: number): CodeLine | undefined {
    return this.assembly.lineAt(address) ?? this.objects.lineAt(address);
  }

  placesOf(path: SourcePath, line: number, column?: number): LinePlaces | undefined {
    return this.#placesWith(path).placesOf(path, line, column);
  }

  statementsIn(path: SourcePath, first: number, last: number): readonly StatementPlace[] {
    return this.#placesWith(path).statementsIn(path, first, last);
  }

  functionPlaces(name: string): readonly BreakpointPlace[] {
    return [...this.assembly.functionPlaces(name), ...this.objects.functionPlaces(name)];
  }

  framesAt(address: number): readonly SourceFrame[] {
    return this.objects.framesAt(address);
  }

  tailCallsBetween(returnAddress: number, callee: number): readonly number[] {
    return this.objects.tailCallsBetween(returnAddress, callee);
  }

  bodyStart(start: number): number {
    return this.objects.bodyStart(start);
  }

  #placesWith(path: SourcePath): CodePlaces {
    return this.#isAssembled(path) ? this.assembly : this.objects;
  }

  #isAssembled(path: SourcePath): boolean {
    return this.#assembled.has(pathKey(path));
  }
}
