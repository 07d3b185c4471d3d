/** The stacks of compiled programs, of every thread and at every kind of instruction, beside the calls that they made. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readExecutable } from "../../../runtime/debuggee.js";
import { CallShadow } from "./call-shadow.js";
import { Guest } from "./guest.js";
import { type Build, built, canBuild } from "./programs.js";

const mostInstructions = 40_000;
/** Instructions between two comparisons, on average. */
const interval = 50;

/** Switch routines of all kinds; with tables of call frames and without; optimized and not. */
const cases: readonly (readonly [source: string, ...builds: Build[]])[] = [
  ["push-pop.c", "gcc -O0", "gcc -O2", "gcc -O0, no tables", "gcc -O2, no tables", "gcc -O2 -fno-omit-frame-pointer"],
  ["generators.c", "gcc -O0", "gcc -O2", "gcc -O2, no tables"],
  ["fcontext.c", "gcc -O2", "gcc -O0, no tables"],
  ["add.c", "gcc -O0"],
  ["lea.c", "gcc -O2"],
  ["leave.c", "gcc -O0"],
  ["xchg.c", "gcc -O2"],
  ["jmp.c", "gcc -O0"],
  ["pop-rsp.c", "gcc -O2"],
  ["guarded.c", "gcc -O0"],
  ["reused.c", "gcc -O2"],
  ["ucontext.c", "gcc -O0"],
  ["carved.c", "gcc -O2"],
  ["throwing.cpp", "g++ -O0", "g++ -O2"],
  ["alone-exceptions.cpp", "g++ -O2"],
  ["rust.rs", "rustc", "rustc -O"],
];

describe("call stacks are the calls that were made", () => {
  const runs = cases.flatMap(([source, ...builds]) => builds.map((build) => [source, build] as const));
  const compilers = new Map(runs.map(([, build]) => [build, canBuild(build)]));
  test.each(runs.filter(([, build]) => compilers.get(build)))("%s, %s", { timeout: 120_000 }, async (source, build) => {
    const image = await built(source, build, (path) => readExecutable(readFileSync(path)));
    if (!image.ok) throw new Error(image.error);
    const shadow = new CallShadow(new Guest(image.value));
    const differences: string[] = [];
    let random = 1;
    let untilNext = 1;
    for (let count = 0; count < mostInstructions && !shadow.guest.isOver && differences.length < 5; count++) {
      shadow.step();
      if (--untilNext > 0 || shadow.guest.isOver) continue;
      random = (Math.imul(random, 1103515245) + 12345) >>> 0;
      untilNext = 1 + ((random >>> 16) % (2 * interval));
      differences.push(...shadow.differences());
    }
    expect(differences).toEqual([]);
    expect(shadow.comparedFrames).toBeGreaterThan(500);
    // What cannot be known is said to be unknown, which must be rare.
    expect(shadow.unknownRegisters).toBeLessThan(shadow.comparedRegisters / 4);
    if (process.env.GREEN_THREADS_COUNT === "1") {
      const { comparedStacks, comparedFrames, comparedRegisters, unknownRegisters } = shadow;
      console.log({ source, build, comparedStacks, comparedFrames, comparedRegisters, unknownRegisters });
    }
  });
});
