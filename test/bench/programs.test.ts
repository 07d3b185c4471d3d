/** The programs of the benchmark compute here what they computed on a processor. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { executableOf, programs, programsFolder } from "./programs.js";
import { runHere } from "./run-here.js";

const results: Record<string, string> = JSON.parse(readFileSync(join(programsFolder, "prebuilt/results.json"), "utf8"));

describe.each([...programs])("$title", (program) => {
  it("has the processor's result, in the same number of instructions whichever way it is run", async () => {
    const run = await runHere(executableOf(program), program.small, "run");
    const interpreted = await runHere(executableOf(program), program.small, "interpreter");
    expect(run.output).toBe(results[program.name]);
    expect(interpreted).toMatchObject({ output: run.output, instructions: run.instructions });
    if (program.library) {
      const debugged = await runHere(executableOf(program), program.small, "debugger");
      expect(debugged).toMatchObject({ output: run.output, instructions: run.instructions });
    }
  });
});
