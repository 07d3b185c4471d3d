/** Programs of this folder beside themselves on the processor: the same output, errors and status. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { LoadOptions } from "../../../runtime/debuggee.js";
import {
  type Build,
  canBuild,
  executableOf,
  type ProgramRun,
  programsFolder,
  runEmulated,
  runNatively,
} from "./static-programs.js";

export type Mode = NonNullable<LoadOptions["mode"]>;
export type ProgramCase = readonly [source: string, builds: readonly Build[]];

const bothModes: readonly Mode[] = ["interpreter", "tiered"];

/** Which of two processes or threads comes first, the processor leaves open: here it is always the same one. */
const nativeRuns = 10;

/** What the program does natively: the same as here, if it does that in one of several runs. */
function nativeLike(emulated: ProgramRun, path: string): ProgramRun {
  let native = seen(runNatively(path));
  for (let run = 1; run < nativeRuns && !isDeepStrictEqual(native, emulated); run++) native = seen(runNatively(path));
  return native;
}

/** Declares tests that build the programs, and compare what they do in each mode with what they do natively. */
export function compareWithNative(cases: readonly ProgramCase[], modes: readonly Mode[] = bothModes): void {
  const available = new Map<Build, boolean>();
  for (const build of cases.flatMap(([, builds]) => builds)) {
    if (!available.has(build)) available.set(build, canBuild(build));
  }
  describe.each(cases)("%s does what it does on the processor", (source, builds) => {
    const here = builds.filter((build) => available.get(build));
    it.runIf(here.length > 0).each(here)(
      "built by %s",
      async (build) => {
        const path = executableOf(source, build);
        const executable = readFileSync(path);
        for (const mode of modes) {
          const emulated = seen(await runEmulated(executable, mode));
          expect([mode, emulated]).toEqual([mode, nativeLike(emulated, path)]);
        }
      },
      120_000,
    );
  });
}

/**
 * Declares tests of programs that were built by musl-gcc -O1 -static -s, against what they did on a processor: for
 * machines without compilers.
 */
export function compareWithRecorded(names: readonly string[]): void {
  describe.each(names)("%s.c, prebuilt", (name) => {
    const folder = join(programsFolder, "prebuilt");
    const executable = new Uint8Array(gunzipSync(readFileSync(join(folder, `${name}.gz`))));

    it("does what was recorded on a processor, in the same number of instructions each time", async () => {
      const [one, two] = [await runEmulated(executable), await runEmulated(executable)];
      const recorded: ProgramRun = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
      expect(seen(one)).toEqual(recorded);
      expect(two).toEqual(one);
    });
  });
}

/** What can be compared: without the identifier of the thread, which Rust tells in the message of a panic. */
export function seen({ output, errorOutput, status }: ProgramRun): ProgramRun {
  return { output, errorOutput: errorOutput.replace(/^(thread '.*') \(\d+\) panicked/gm, "$1 panicked"), status };
}
