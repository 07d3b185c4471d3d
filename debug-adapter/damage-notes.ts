/** What was found damaged in a program's tables while they were read, which happens bit by bit as questions come. */
import { codePlacesOf } from "../runtime/base/code-places.js";
import type { ProgramImage } from "../runtime/base/program-image.js";

/** A file that is damaged throughout would have thousands. */
const mostTold = 8;

export class DamageNotes {
  readonly #told = new Set<string>();
  #isSilent = false;

  constructor(private readonly image: ProgramImage) {}

  /** What has not been told before, as lines for the user. */
  news(): string[] {
    if (this.#isSilent) return [];
    const notes = [...codePlacesOf(this.image).notes, ...(this.image.callFrames?.notes ?? [])];
    if (notes.length === 0) return [];
    const lines: string[] = [];
    for (const note of notes) {
      if (this.#told.has(note)) continue;
      if (this.#told.size === mostTold) {
        this.#isSilent = true;
        lines.push("There is more damage in the debug information, which is not told any more.");
        break;
      }
      this.#told.add(note);
      lines.push(`Damaged debug information: ${note}.`);
    }
    return lines;
  }
}
