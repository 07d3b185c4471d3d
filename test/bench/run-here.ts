/** One run of a benchmark program on our engine, in the process that asks. */
import { readFileSync } from "node:fs";
import { loadDebuggee, readExecutable } from "../../runtime/debuggee.js";
import { createMachine } from "../../runtime/engine/create-machine.js";
import { patient } from "../../runtime/engine/regions/compile-policy.js";
import type { RegionStatistics } from "../../runtime/engine/regions/region-cache.js";
import { LinuxProcess } from "../../runtime/linux/linux-process.js";
import { countRegions, type RegionCounts } from "./count-regions.js";

/**
 * `run`: as `green-threads run` does it. `debugger`: with discovery of green threads. Two that are not for times, on the
 * machine alone: `interpreter`, with nothing compiled, and `profile`, with what compiled code executes counted.
 */
export type Way = "run" | "debugger" | "interpreter" | "profile";

export interface RunHere {
  /** From the making of the machine to the program's exit: what is compiled on the way counts. */
  readonly seconds: number;
  readonly instructions: number;
  readonly output: string;
  readonly profile?: Profile;
}

export interface Profile {
  readonly compiled: RegionStatistics;
  readonly executed: RegionCounts;
}

const roundLength = 1_000_000;

export async function runHere(path: string, size: number, way: Way): Promise<RunHere> {
  const image = readExecutable(readFileSync(path));
  if (!image.ok) throw new Error(image.error);
  const decoder = new TextDecoder();
  let output = "";
  const write = (_stream: string, bytes: Uint8Array) => {
    output += decoder.decode(bytes);
  };
  const executed = way === "profile" ? countRegions() : undefined;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;

  if (way === "run" || way === "debugger") {
    const loaded = loadDebuggee(image.value, {
      arguments: [String(size)],
      programName: "program",
      environment: {},
      abi: "systemV",
      watchesThreads: way === "debugger",
      observer: { output: write, note() {}, threadStarted() {}, threadExited() {} },
    });
    if (!loaded.ok) throw new Error(loaded.error);
    const stop = await loaded.value.run({ kind: "continue" });
    if (stop.kind !== "exited" || stop.status !== 0) throw new Error(`the program ended with ${stop.kind}`);
    return { seconds: seconds(), instructions: loaded.value.instructionCount, output };
  }

  const machine = createMachine({ mode: way === "profile" ? "tiered" : "interpreter", compiling: patient });
  const process = LinuxProcess.start(machine, image.value, {
    arguments: ["program", String(size)],
    environment: {},
    output: write,
    note() {},
    describeAddress: String,
  });
  if (!process.ok) throw new Error(process.error);
  for (;;) {
    const stop = machine.run(roundLength);
    if (stop.kind === "limit") continue;
    if (stop.kind !== "systemCall") throw new Error(`the program stopped with ${stop.kind}`);
    const outcome = process.value.systemCall();
    if (outcome.kind !== "exited") continue;
    if (outcome.status !== 0) throw new Error(`the program ended with status ${outcome.status}`);
    const compiled = machine.regions?.statistics;
    const profile = compiled && executed && { compiled, executed: executed() };
    return { seconds: seconds(), instructions: machine.instructionCount, output, ...(profile && { profile }) };
  }
}
