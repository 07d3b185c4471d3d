/**
 * Where a step by lines ends within a function and what was inlined into it: the decisions of gdb's `step`, `next` and
 * `finish`, for code between two calls. It is asked after each instruction of the stepped thread.
 */
import type { CodePlaces, SourceFrame } from "../base/code-places.js";
import type { SourcePath } from "../base/source.js";

/** A function, and what was inlined into it around an instruction: the outermost first. */
type FramePath = readonly object[];

export type LineStepVerdict =
  | "goesOn"
  | "isOver"
  /** In code that has no source. */
  | "isLost";

export class LineStep {
  /** The frame that is stepped, and the line that is left; undefined: any line will do. */
  #frame: FramePath;
  #line: { readonly path: SourcePath; readonly line: number } | undefined;
  /** The instructions that belong to the step, whatever frames they are of. */
  #start = 0;
  #end = 0;

  /** Where the step is over: it is in that many inlined functions, and has not entered others that begin there. */
  inlinedDepth = 0;

  private constructor(
    private readonly places: CodePlaces,
    private readonly entersInlined: boolean,
    frame: FramePath,
  ) {
    this.#frame = frame;
  }

  /**
   * From the line at `address`, where `unentered` inlined functions begin that are shown as not entered. Undefined where
   * there is no line.
   */
  static from(places: CodePlaces, address: number, unentered: number, entersInlined: boolean): LineStep | undefined {
    const row = places.lineAt(address);
    if (row === undefined) return undefined;
    const frames = places.framesAt(address);
    const step = new LineStep(places, entersInlined, pathOf(frames, unentered));
    step.#line = frames[unentered]?.position ?? row;
    step.#start = row.start;
    step.#end = row.end;
    return step;
  }

  /** Out of the inlined function that execution is in; undefined where it is in none. */
  static outOfInlined(places: CodePlaces, address: number, unentered: number): LineStep | undefined {
    const path = pathOf(places.framesAt(address), unentered);
    return path.length < 2 ? undefined : new LineStep(places, false, path.slice(0, -1));
  }

  /** The thread is at `address`; `hasReturned`: by a return from its function. */
  look(address: number, hasReturned: boolean): LineStepVerdict {
    if (address >= this.#start && address < this.#end) return "goesOn";
    const frames = this.places.framesAt(address);
    const row = this.places.lineAt(address);
    // Code that no line made, in a function that has lines: what the compiler put in between.
    if (row === undefined) return frames.length > 0 && !hasReturned ? "goesOn" : "isLost";
    const unentered = Math.max(
      0,
      frames.findIndex(({ isBeginning }) => !isBeginning),
    );
    const path = pathOf(frames, unentered);
    const isSameFrame = !hasReturned && isPrefix(this.#frame, path) && path.length === this.#frame.length;
    if (isSameFrame && unentered > 0) {
      const isOnLine = this.#isLine(frames[unentered]?.position);
      if (this.entersInlined) {
        if (isOnLine) this.inlinedDepth = path.length;
        return "isOver";
      }
      return isOnLine ? "goesOn" : "isOver";
    }
    const isInside = !hasReturned && this.#frame.length > 0 && !isSameFrame && isPrefix(this.#frame, path);
    if (isInside) return this.entersInlined ? "isOver" : "goesOn";
    const isOtherLine = row.start === address && !this.#isLine(row);
    if (isOtherLine && row.isStatement) return "isOver";
    // In the middle of a line, after a jump or a return: the rest of that line belongs to the step. Code of another line
    // that is no beginning of a statement does, too; the line that is left stays the same within a function.
    this.#start = row.start;
    this.#end = row.end;
    if (isOtherLine && isSameFrame) return "goesOn";
    this.#frame = path;
    this.#line = isOtherLine ? undefined : row;
    return "goesOn";
  }

  #isLine(place: { readonly path: SourcePath; readonly line: number } | undefined): boolean {
    return place !== undefined && place.line === this.#line?.line && place.path === this.#line.path;
  }
}

function pathOf(frames: readonly SourceFrame[], unentered: number): FramePath {
  return frames
    .slice(unentered)
    .map(({ instance }) => instance)
    .reverse();
}

function isPrefix(path: FramePath, other: FramePath): boolean {
  return path.every((instance, index) => instance === other[index]);
}
