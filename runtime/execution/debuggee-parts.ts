import type { ProgramImage } from "../base/program-image.js";
import type { LoadOptions } from "../debuggee.js";
import type { Machine } from "../engine/machine.js";
import type { LinuxProcess } from "../linux/linux-process.js";
import type { GreenThreads } from "../threads/green-threads.js";
import type { ProgramIndex } from "./program-index.js";

/** The parts of a debuggee, loaded and ready to run. */
export interface DebuggeeParts {
  readonly image: ProgramImage;
  readonly index: ProgramIndex;
  readonly machine: Machine;
  readonly process: LinuxProcess;
  readonly threads: GreenThreads;
  readonly options: LoadOptions;
}
