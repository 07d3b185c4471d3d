/** Whatever a program can observe follows from the program, its input and the count: in every mode, in slices of any length. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Random } from "../engine/random-program.js";
import { ProcessRun } from "./process-run.js";
import { canBuild, executableOf, given, programsFolder } from "./static-programs.js";

/** Runs the program in every mode; the states at `stops` random counts and at the end must be the same. */
async function compareModes(executable: Uint8Array, stops: number): Promise<void> {
  const whole = new ProcessRun(executable, given, "tiered", 1_000_000);
  whole.runTo(Number.POSITIVE_INFINITY);
  expect(whole.ended).toMatch(/^status /);
  const random = new Random(7);
  const total = whole.machine.instructionCount;
  const counts = Array.from({ length: stops }, () => 1 + random.below(total)).sort((a, b) => a - b);
  const runs = [
    new ProcessRun(executable, given, "interpreter", 1_000_000),
    new ProcessRun(executable, given, "tiered", 7919),
    new ProcessRun(executable, given, "regions", 100_003),
  ];
  for (const count of [...counts, Number.POSITIVE_INFINITY]) {
    // The test runner wants to hear from its worker.
    await new Promise(setImmediate);
    const [expected, ...others] = runs.map((run) => {
      run.runTo(count);
      return run.state();
    });
    for (const other of others) expect(other).toEqual(expected);
  }
  expect(runs.map((run) => run.state())).toEqual(runs.map(() => whole.state()));
}

describe("the same state at the same count", () => {
  it.each(["text", "signals", "sockets", "timers", "processes", "shared-memory"])(
    "of %s.c, prebuilt, in every mode",
    async (name) => {
      await compareModes(new Uint8Array(gunzipSync(readFileSync(join(programsFolder, "prebuilt", `${name}.gz`)))), 5);
    },
    120_000,
  );

  const build = "glibc -O2";
  it.runIf(canBuild(build)).each(["threads.c", "channels.c", "float.c"])(
    "of %s, in every mode",
    (source) => compareModes(readFileSync(executableOf(source, build)), 10),
    120_000,
  );
});
