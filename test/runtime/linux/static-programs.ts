/** C, C++ and Rust programs of this folder, built statically by the compilers of this machine, run here and natively. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LoadOptions, readExecutable, statusOfSignal } from "../../../runtime/debuggee.js";
import { Session } from "../execution/session.js";
import { builtOnce } from "./build-cache.js";

export const programsFolder = fileURLToPath(new URL("programs", import.meta.url));

// Built with exceptions out of signal handlers, too.
const cplusplus = ["-std=c++20", "-fnon-call-exceptions", "-Wno-terminate"] as const;
const rust = ["--edition", "2021", "-C", "target-feature=+crt-static", "--target", "x86_64-unknown-linux-gnu"] as const;

/** How a program is built: command, and what comes before the source's name. */
export const builds = {
  "glibc -O0": ["gcc", "-O0", "-static"],
  "glibc -O2": ["gcc", "-O2", "-static"],
  "glibc static-pie": ["gcc", "-O1", "-static-pie"],
  "musl -O1": ["musl-gcc", "-O1", "-static"],
  "musl -O3": ["musl-gcc", "-O3", "-static"],
  "glibc -Os": ["gcc", "-Os", "-static", "-fcf-protection=none"],
  "glibc x86-64-v3": ["gcc", "-O3", "-static", "-march=x86-64-v3", "-ffp-contract=off"],
  "glibc sanitized": ["gcc", "-O1", "-static", "-w", "-fsanitize=undefined"],
  "g++ -O0": ["g++", ...cplusplus, "-O0", "-static"],
  "g++ -O1": ["g++", ...cplusplus, "-O1", "-static"],
  "g++ static-pie": ["g++", ...cplusplus, "-O2", "-static-pie", "-fcf-protection=full"],
  "g++ x86-64-v2": ["g++", ...cplusplus, "-O3", "-static", "-march=x86-64-v2"],
  "rustc -O": ["rustc", ...rust, "-O"],
  "rustc debug": ["rustc", ...rust],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type Build = keyof typeof builds;

const isNative = process.platform === "linux" && process.arch === "x64";

/** The compiler is here, and what it builds can be run natively. */
export function canBuild(build: Build): boolean {
  const can = isNative && spawnSync(builds[build][0], ["--version"]).status === 0;
  if (!can) console.warn(`${builds[build][0]} cannot be run on this machine: what it would build is not tested.`);
  return can;
}

/** What a program is given. */
export interface Given {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly input: string;
}

/** What a program is given that asks for nothing else. */
export const given: Given = {
  arguments: ["-v", "-n", "12", "first", "second word"],
  environment: { COLOR: "green", HOME: "/home/user" },
  input: "one\ntwo two\nlast, without an end of line",
};

export interface ProgramRun {
  readonly output: string;
  readonly errorOutput: string;
  /** As a shell shows it: 128 plus the number of a signal. */
  readonly status: number | undefined;
}

/** The executable that a build makes of a program of the folder. */
export function executableOf(source: string, build: Build): string {
  const [command, ...flags] = builds[build];
  const libraries = source.endsWith(".c") ? ["-lm"] : source.endsWith(".cpp") ? ["-latomic"] : [];
  return builtOnce(command, flags, [join(programsFolder, source)], libraries);
}

export function runNatively(path: string, { arguments: words, environment, input } = given): ProgramRun {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-native-"));
  try {
    const { stdout, stderr, status, signal } = spawnSync(path, words, {
      encoding: "utf8",
      env: { ...environment },
      input,
      timeout: 20_000,
      cwd: folder,
    });
    return {
      output: stdout,
      errorOutput: stderr,
      status: signal === null ? (status ?? undefined) : 128 + constants.signals[signal],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface EmulatedRun extends ProgramRun {
  readonly instructions: number;
  readonly notes: readonly string[];
}

export async function runEmulated(
  executable: Uint8Array,
  mode?: LoadOptions["mode"],
  { arguments: words, environment, input } = given,
): Promise<EmulatedRun> {
  const image = readExecutable(executable);
  if (!image.ok) throw new Error(image.error);
  const session = new Session(image.value, {
    programName: "./program",
    arguments: words,
    environment,
    standardInput: new TextEncoder().encode(input),
    instructionLimit: 300_000_000,
    mode,
  });
  const stop = await session.continue();
  const { output, errorOutput, notes } = session;
  const status = stop.kind === "exited" ? stop.status : stop.kind === "fault" ? statusOfSignal(stop.signal) : undefined;
  return { output, errorOutput, notes, status, instructions: session.debuggee.instructionCount };
}
