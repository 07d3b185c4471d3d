import type {
  BreakpointPlace,
  CodeLine,
  CodePlaces,
  LinePlaces,
  SeparateFiles,
  SourceFrame,
  StatementPlace,
} from "../base/code-places.js";
import type { ProgramImage, ProgramSource } from "../base/program-image.js";
import type { SourcePath } from "../base/source.js";
import { DebugInformation } from "./debug-information.js";
import { beginsAt } from "./dwarf/code-scope.js";
import { LinkedCodePlaces } from "./linked-code-places.js";
import type { ObjectFile } from "./object-file.js";

/** The places of an ELF program's code. Nothing is read before it is asked for; what is damaged is as if not there. */
export class ElfCodePlaces implements CodePlaces {
  #debugInformation: DebugInformation | undefined;
  #sources: readonly ProgramSource[] | undefined;

  /** `bias`: where the program is loaded, less where it was linked for. */
  constructor(
    private readonly object: () => ObjectFile,
    private readonly bias: number,
  ) {}

  get debugInformation(): DebugInformation {
    this.#debugInformation ??= new DebugInformation(this.object(), this.bias);
    return this.#debugInformation;
  }

  get hasLines(): boolean {
    return this.debugInformation.isPresent;
  }

  get notes(): readonly string[] {
    return this.debugInformation.notes;
  }

  get sources(): readonly ProgramSource[] {
    this.#sources ??= this.debugInformation.sources().map(({ path }) => ({ path, isLibrary: false }));
    return this.#sources;
  }

  get separateFiles(): SeparateFiles | undefined {
    const { debugInformation } = this;
    // What is split off finds its addresses in this section.
    if (!debugInformation.object.hasSection(".debug_addr")) return undefined;
    return {
      missing: () => debugInformation.missingFiles(),
      provide: (path, bytes) => debugInformation.provideFile(path, bytes),
    };
  }

  lineAt(address: number): CodeLine | undefined {
    return this.debugInformation.lineAt(address);
  }

  placesOf(path: SourcePath, line: number, column?: number): LinePlaces | undefined {
    return this.debugInformation.placesOfLine(path, line, column);
  }

  statementsIn(path: SourcePath, first: number, last: number): readonly StatementPlace[] {
    return this.debugInformation.statementsIn(path, first, last);
  }

  functionPlaces(name: string): readonly BreakpointPlace[] {
    return this.debugInformation.placesOfFunction(name);
  }

  framesAt(address: number): readonly SourceFrame[] {
    return this.debugInformation.framesAt(address).map(({ name, place, isInlined, scope }) => ({
      name,
      position: place,
      isInlined,
      instance: scope,
      isBeginning: isInlined && beginsAt(scope, address),
    }));
  }

  tailCallsBetween(returnAddress: number, callee: number): readonly number[] {
    return this.debugInformation.tailCallsBetween(returnAddress, callee);
  }

  bodyStart(start: number): number {
    const known = this.debugInformation.functionAt(start);
    return known?.entryAddress === start ? this.debugInformation.bodyStartOf(known) : start;
  }
}

/** The debug information of a program that was read from a file; undefined where there is none. */
export function debugInformationOf(image: ProgramImage): DebugInformation | undefined {
  const places = image.places instanceof LinkedCodePlaces ? image.places.objects : image.places;
  return places instanceof ElfCodePlaces && places.hasLines ? places.debugInformation : undefined;
}
