/** Who runs a benchmark program: we, in a process of our own each time; qemu-x86_64; the processor itself. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type RunHere, runHere, type Way } from "./run-here.js";

export interface Run {
  readonly seconds: number;
  readonly output: string;
}

export interface Contestant {
  readonly name: string;
  run(executable: string, size: number): Run;
}

const childFlag = "--child";

/** What is measured: the time that passes, or the time that processors spend, on a machine that has other work, too. */
let clock: "wall" | "processor" = "wall";

/** Linux only: what all children have spent, of which a run with nothing to do is subtracted, is in hundredths of a second. */
export function useProcessorTime(): void {
  clock = "processor";
}

/** In seconds, from anywhere on. */
export function now(): number {
  if (clock === "wall") return performance.now() / 1000;
  // proc(5), /proc/pid/stat: cutime and cstime are the 16th and 17th fields, the 14th and 15th behind the name.
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** Our engine in a fresh process, where V8 has seen nothing yet. The time is that of the program, not of Node's start. */
export function here(way: Way): { readonly name: string; run(executable: string, size: number): RunHere } {
  return {
    name: way === "run" ? "Green Threads" : `Green Threads (${way})`,
    run(executable, size) {
      const started = now();
      const { status, stdout, stderr } = spawnSync(process.execPath, childWords(way, executable, size), {
        encoding: "utf8",
      });
      const seconds = now() - started;
      if (status !== 0) throw new Error(stderr);
      const run = JSON.parse(stdout) as RunHere;
      return clock === "processor" ? { ...run, seconds } : run;
    },
  };
}

function childWords(way: Way, executable: string, size: number): string[] {
  // This very bundle.
  return [process.argv[1] ?? "", childFlag, way, executable, String(size)];
}

/** Does the work of a child of `here` if this process is one. */
export async function workAsChild(): Promise<boolean> {
  const [flag, way, executable = "", size] = process.argv.slice(2);
  if (flag !== childFlag) return false;
  process.stdout.write(JSON.stringify(await runHere(executable, Number(size), way as Way)));
  return true;
}

/** Those of the others that this machine has. */
export function peers(executable: string): { readonly qemu?: Contestant; readonly native?: Contestant } {
  const [qemu, native] = [command("qemu-x86_64", ["qemu-x86_64"]), command("native", [])];
  return { ...(works(qemu, executable) && { qemu }), ...(works(native, executable) && { native }) };
}

function command(name: string, before: readonly string[]): Contestant {
  return {
    name,
    run(executable, size) {
      const [first = "", ...rest] = [...before, executable, String(size)];
      const started = now();
      const { status, stdout, error } = spawnSync(first, rest, { encoding: "utf8" });
      const seconds = now() - started;
      if (status !== 0) throw error ?? new Error(`${name} ended with status ${status}`);
      return { seconds, output: stdout };
    },
  };
}

function works(contestant: Contestant, executable: string): boolean {
  try {
    contestant.run(executable, 0);
    return true;
  } catch {
    return false;
  }
}

export interface Memory {
  readonly here?: number;
  readonly qemu?: number;
}

/** The most memory that the process held, in MiB: ours with Node in it, and qemu's. Linux only. */
export async function peakMemory(executable: string, size: number, withQemu: boolean): Promise<Memory> {
  const own = await peakOf(process.execPath, childWords("run", executable, size));
  const other = withQemu ? await peakOf("qemu-x86_64", [executable, String(size)]) : undefined;
  return { ...(own && { here: own }), ...(other && { qemu: other }) };
}

/** Looks again and again while the process runs: what it held last is gone with it. */
export async function peakOf(name: string, words: readonly string[]): Promise<number | undefined> {
  const child = spawn(name, words, { stdio: "ignore" });
  let peak: number | undefined;
  const look = () => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      const kibibytes = /^VmHWM:\s+(\d+)/m.exec(status)?.[1];
      if (kibibytes !== undefined) peak = Number(kibibytes) / 1024;
    } catch {
      // There is no such folder here, or the process is over.
    }
  };
  const timer = setInterval(look, 2);
  await new Promise((resolve) => child.once("close", resolve));
  clearInterval(timer);
  return peak;
}
