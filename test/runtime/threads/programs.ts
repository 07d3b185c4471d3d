/**
 * Programs that know nothing of us and tell, on their last line, what they know of their own threads; built by the
 * compilers of this machine. Here they run under discovery, which is compared with that.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Debuggee, loadDebuggee, readExecutable, type ThreadId } from "../../../runtime/debuggee.js";

const folder = fileURLToPath(new URL("programs/", import.meta.url));

/** Command and what comes before the source's name. */
export const builds = {
  "gcc -O0": ["gcc", "-O0", "-static", "-pthread"],
  "gcc -O2": ["gcc", "-O2", "-static", "-pthread"],
  "gcc -O2 -fno-omit-frame-pointer": ["gcc", "-O2", "-fno-omit-frame-pointer", "-static", "-pthread"],
  "gcc -O0, no tables": ["gcc", "-O0", "-fno-asynchronous-unwind-tables", "-static", "-pthread"],
  "gcc -O2, no tables": ["gcc", "-O2", "-fno-asynchronous-unwind-tables", "-static", "-pthread"],
  "gcc, retpolines": [
    "gcc",
    "-O1",
    "-static",
    "-pthread",
    "-mindirect-branch=thunk",
    "-mfunction-return=thunk",
    "-fcf-protection=none",
  ],
  "musl -O1": ["musl-gcc", "-O1", "-static", "-pthread"],
  "g++ -O0": ["g++", "-std=c++20", "-O0", "-static"],
  "g++ -O2": ["g++", "-std=c++20", "-O2", "-static"],
  "rustc -O": ["rustc", "-O", "-C", "target-feature=+crt-static", "--target", "x86_64-unknown-linux-gnu"],
  rustc: ["rustc", "-C", "target-feature=+crt-static", "--target", "x86_64-unknown-linux-gnu"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type Build = keyof typeof builds;

export function canBuild(build: Build): boolean {
  const can =
    process.platform === "linux" && process.arch === "x64" && spawnSync(builds[build][0], ["--version"]).status === 0;
  if (!can)
    console.warn(`${builds[build][0]} cannot be run on this machine: discovery is not tested on what it builds.`);
  return can;
}

/** What a program is about its own threads, or what was discovered. */
export interface Truth {
  readonly threads: number;
  readonly switches: number;
  /** Of the threads but the first, in any order: how many start in which function. */
  readonly entries: Readonly<Record<string, number>>;
}

export interface Outcome {
  readonly output: string;
  readonly truth: Truth;
  readonly found: Truth;
  /** At the end. */
  readonly living: number;
  /** Of the living threads. */
  readonly runs: number;
  readonly instructions: number;
  readonly allInstructions: number;
  readonly notes: readonly string[];
}

/** Builds a program, and hands it on while it lies in a file. */
export async function built<Result>(
  source: string,
  build: Build,
  use: (path: string) => Result | Promise<Result>,
): Promise<Result> {
  const place = mkdtempSync(join(tmpdir(), "green-threads-discovery-"));
  try {
    const path = join(place, "program");
    const [command, ...flags] = builds[build];
    const compiled = spawnSync(command, [...flags, "-o", path, join(folder, source)], { encoding: "utf8" });
    if (compiled.status !== 0) throw new Error(compiled.stderr);
    return await use(path);
  } finally {
    rmSync(place, { recursive: true });
  }
}

/** Builds a program, runs it natively for its output, and here. `told`: a debugger wants to hear of each switch. */
export async function discover(source: string, build: Build, told: boolean): Promise<Outcome & { native: string }> {
  return built(source, build, async (path) => {
    const native = spawnSync(path, { encoding: "utf8", timeout: 20_000 }).stdout;
    return { native, ...(await run(readFileSync(path), told)) };
  });
}

export async function run(executable: Uint8Array, told: boolean): Promise<Outcome> {
  const image = readExecutable(executable);
  if (!image.ok) throw new Error(image.error);
  let output = "";
  const notes: string[] = [];
  const born = new Set<ThreadId>();
  const names = new Map<ThreadId, string>();
  let switches = 0;
  let debuggee: Debuggee | undefined;
  const decoder = new TextDecoder();
  const noteName = (id: ThreadId) => {
    const thread = debuggee?.thread(id);
    if (thread) names.set(id, thread.entryName ?? "?");
  };
  const loaded = loadDebuggee(image.value, {
    arguments: [],
    environment: {},
    abi: "systemV",
    instructionLimit: 300_000_000,
    observer: {
      output: (_stream, bytes) => {
        output += decoder.decode(bytes);
      },
      note: (text) => notes.push(text),
      threadStarted: (thread) => {
        born.add(thread);
        if (born.size < 100) noteName(thread);
      },
      threadExited: () => {},
    },
  });
  if (!loaded.ok) throw new Error(loaded.error);
  const program = loaded.value;
  debuggee = program;
  if (told) {
    program.setEventStops(new Set(["switch"]), () => {
      switches++;
      return false;
    });
  }
  const stop = await program.run({ kind: "continue" });
  if (stop.kind !== "exited") throw new Error(`the program stopped: ${JSON.stringify(stop, jsonOfBigint)}`);
  const first = program.threads()[0]?.id;
  for (const { id, entryName } of program.threads()) if (!names.has(id)) names.set(id, entryName ?? "?");
  const living = program.threads();
  return {
    output,
    truth: truthIn(output),
    found: {
      threads: born.size,
      switches,
      entries: countsOf([...born].filter((id) => id !== first).map((id) => names.get(id) ?? "?")),
    },
    living: living.length,
    runs: living.reduce((sum, { runs }) => sum + runs, 0),
    instructions: living.reduce((sum, { instructions }) => sum + instructions, 0),
    allInstructions: program.instructionCount,
    notes,
  };
}

function jsonOfBigint(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString(16) : value;
}

function truthIn(output: string): Truth {
  const found = /truth: threads (\d+), switches (\d+), entries (.*)/.exec(output);
  if (!found) throw new Error(`the program did not tell of its threads: ${output}`);
  const [, threads, switches, text = ""] = found;
  const entries: Record<string, number> = {};
  for (const word of text === "none" ? [] : text.split(" ")) {
    const [name = "", count] = word.split("*");
    entries[name] = count === undefined ? 1 : Number(count);
  }
  return { threads: Number(threads), switches: Number(switches), entries };
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
