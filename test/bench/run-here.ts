/** One run of a benchmark program on our engine, in the process that asks. */
import { readFileSync } from "node:fs";
import { loadDebuggee, readExecutable } from "../../runtime/debuggee.js";
import { createMachine } from "../../runtime/engine/create-machine.js";
import type { RegionStatistics } from "../../runtime/engine/regions/region-cache.js";
import { LinuxProcess } from "../../runtime/linux/linux-process.js";

/**
 * `run`: the engine and the process, as a program is run that nobody debugs. `debugger`: the whole debuggee, with
 * discovery of green threads. `interpreter`: as `run`, with nothing compiled.
 */
export type Way = "run" | "debugger" | "interpreter";

export interface RunHere {
  /** From the making of the machine to the program's exit: what is compiled on the way counts. */
  readonly seconds: number;
  readonly instructions: number;
  readonly output: string;
  readonly regions?: RegionStatistics;
}

/** As the debugger runs: rounds of at most so many instructions. */
const roundLength = 1_000_000;

export async function runHere(path: string, size: number, way: Way): Promise<RunHere> {
  const image = readExecutable(readFileSync(path));
  if (!image.ok) throw new Error(image.error);
  const decoder = new TextDecoder();
  let output = "";
  const write = (_stream: string, bytes: Uint8Array) => {
    output += decoder.decode(bytes);
  };
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;

  if (way === "debugger") {
    const loaded = loadDebuggee(image.value, {
      arguments: [String(size)],
      programName: "program",
      environment: {},
      abi: "systemV",
      observer: { output: write, note() {}, threadStarted() {}, threadExited() {} },
    });
    if (!loaded.ok) throw new Error(loaded.error);
    const stop = await loaded.value.run({ kind: "continue" });
    if (stop.kind !== "exited" || stop.status !== 0) throw new Error(`the program ended with ${stop.kind}`);
    return { seconds: seconds(), instructions: loaded.value.instructionCount, output };
  }

  const machine = createMachine({ mode: way === "run" ? "tiered" : "interpreter" });
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
    const regions = machine.regions?.statistics;
    return { seconds: seconds(), instructions: machine.instructionCount, output, ...(regions && { regions }) };
  }
}
