import type { CodeLine, CodePlaces, LinePlaces, SourceFrame } from "../base/code-places.js";
import type { ProgramImage, ProgramSource } from "../base/program-image.js";
import type { SourcePath } from "../base/source.js";
import { DebugInformation } from "./debug-information.js";
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

  lineAt(address: number): CodeLine | undefined {
    return this.debugInformation.lineAt(address);
  }

  placesOf(path: SourcePath, line: number): LinePlaces | undefined {
    return this.debugInformation.addressesOf(path, line);
  }

  linesWithCode(path: SourcePath, first: number, last: number): readonly number[] {
    const lines: number[] = [];
    for (let line = first; line <= last; line++) {
      const places = this.placesOf(path, line);
      if (places === undefined || places.line > last) break;
      lines.push(places.line);
      line = places.line;
    }
    return lines;
  }

  framesAt(address: number): readonly SourceFrame[] {
    return this.debugInformation
      .framesAt(address)
      .map(({ name, place, isInlined, scope }) => ({ name, position: place, isInlined, instance: scope }));
  }

  bodyStart(start: number): number {
    const known = this.debugInformation.functionAt(start);
    return known?.entryAddress === start ? this.debugInformation.bodyStartOf(known) : start;
  }
}

/** The debug information of a program that was read from a file; undefined where there is none. */
export function debugInformationOf(image: ProgramImage): DebugInformation | undefined {
  const { places } = image;
  return places instanceof ElfCodePlaces && places.hasLines ? places.debugInformation : undefined;
}
