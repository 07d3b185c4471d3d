/** C and Rust programs of this folder, built statically by the compilers of this machine, run here and natively. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readExecutable } from "../../../runtime/debuggee.js";
import { Session } from "../execution/session.js";

export const programsFolder = fileURLToPath(new URL("programs", import.meta.url));

/** How a program is built: command, and what comes before the source's name. */
export const builds = {
  "glibc -O0": ["gcc", "-O0", "-static"],
  "glibc -O2": ["gcc", "-O2", "-static"],
  "glibc static-pie": ["gcc", "-O1", "-static-pie"],
  "musl -O1": ["musl-gcc", "-O1", "-static"],
  "musl -O3": ["musl-gcc", "-O3", "-static"],
  "rustc -O": ["rustc", "-O", "-C", "target-feature=+crt-static", "--target", "x86_64-unknown-linux-gnu"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type Build = keyof typeof builds;

const isNative = process.platform === "linux" && process.arch === "x64";

/** The compiler is here, and what it builds can be run natively. */
export function canBuild(build: Build): boolean {
  const can = isNative && spawnSync(builds[build][0], ["--version"]).status === 0;
  if (!can) console.warn(`${builds[build][0]} cannot be run on this machine: what it would build is not tested.`);
  return can;
}

/** What a program is given, in every run. */
export const given = {
  arguments: ["-v", "-n", "12", "first", "second word"],
  environment: { COLOR: "green", HOME: "/home/user" },
  input: "one\ntwo two\nlast, without an end of line",
} as const;

export interface ProgramRun {
  readonly output: string;
  readonly errorOutput: string;
  /** As a shell shows it: 128 plus the number of a signal. */
  readonly status: number | undefined;
}

/** Builds a program of the folder; calls `use` with the path of the executable, which exists that long. */
export async function withExecutable<T>(
  source: string,
  build: Build,
  use: (path: string) => Promise<T> | T,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-program-"));
  try {
    const path = join(folder, "program");
    const [command, ...flags] = builds[build];
    const compiled = spawnSync(
      command,
      [...flags, "-o", path, join(programsFolder, source), ...(source.endsWith(".c") ? ["-lm"] : [])],
      { encoding: "utf8" },
    );
    if (compiled.status !== 0) throw new Error(compiled.stderr);
    return await use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function runNatively(path: string): ProgramRun {
  const { stdout, stderr, status, signal } = spawnSync(path, [...given.arguments], {
    encoding: "utf8",
    env: { ...given.environment },
    input: given.input,
    timeout: 20_000,
    cwd: join(path, ".."),
  });
  return {
    output: stdout,
    errorOutput: stderr,
    status: signal === null ? (status ?? undefined) : 128 + constants.signals[signal],
  };
}

export interface EmulatedRun extends ProgramRun {
  readonly instructions: number;
  readonly notes: readonly string[];
}

export async function runEmulated(executable: Uint8Array): Promise<EmulatedRun> {
  const image = readExecutable(executable);
  if (!image.ok) throw new Error(image.error);
  const session = new Session(image.value, {
    programName: "./program",
    arguments: given.arguments,
    environment: given.environment,
    standardInput: new TextEncoder().encode(given.input),
    instructionLimit: 200_000_000,
  });
  const stop = await session.continue();
  const { output, errorOutput, notes } = session;
  if (stop.kind === "fault") throw new Error(stop.explanation.description);
  const status = stop.kind === "exited" ? stop.status : undefined;
  return { output, errorOutput, notes, status, instructions: session.debuggee.instructionCount };
}
