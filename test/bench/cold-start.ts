/**
 * How long a short program takes from its start to its end, in a process that has just begun: a static hello world of
 * the C library here, under qemu-x86_64 and on the processor, beside a Node that does nothing; what of it is the engine's
 * own start; and how long the debug adapter takes until an editor sees the first stop.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import esbuild, { type BuildOptions } from "esbuild";
import { startAdapter } from "../debug-adapter/support/child.js";
import { now, peakOf } from "./contestants.js";
import { type Spread, spread } from "./measure.js";

/** The most that `green-threads run` may take, relative to a Node that does nothing. */
const ratioBar = 3;
/** The most that the engine may take to be ready, in milliseconds. */
const engineBar = 40;

interface Timed {
  readonly title: string;
  /** Milliseconds. */
  readonly time: Spread;
  readonly toNode: Spread;
  readonly toQemu?: Spread;
  /** MiB. */
  readonly peak?: number;
  readonly bar?: string;
}

export const coldStartHeads = ["cold start", "ms", "ratio to node -e 0", "ratio to qemu", "peak memory", "bar"];

export async function coldStart(root: string, runs: number): Promise<readonly { readonly cells: readonly string[] }[]> {
  const cache = join(root, "node_modules/.cache/green-threads");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "cold-start-"));
  try {
    await buildPrograms(root, folder);
    const hello = helloWorld(folder);
    return [
      ...(await measureStarts(root, folder, hello, runs)).map(({ title, time, toNode, toQemu, peak, bar }) => ({
        cells: [
          title,
          time.median.toFixed(0),
          toNode.median.toFixed(2),
          toQemu ? toQemu.median.toFixed(1) : "–",
          peak === undefined ? "–" : `${peak.toFixed(0)} MiB`,
          bar ?? "",
        ],
      })),
      ...measureEngine(folder, runs),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The Node programs as they are shipped, and `engine-start.ts` bundled alike. */
async function buildPrograms(root: string, folder: string): Promise<void> {
  // Not part of this bundle: the scripts find their files by where they are themselves.
  const scripts = await import(pathToFileURL(join(root, "build/bundles.mjs")).href);
  const all = scripts.bundles({ production: true }) as BuildOptions[];
  const options = all.find(({ entryPoints }) => entryPoints !== undefined && "cli" in entryPoints);
  if (!options) throw new Error("build/bundles.mjs has no program cli");
  const entryPoints = {
    ...(options.entryPoints as Record<string, string>),
    "engine-start": "test/bench/engine-start.ts",
  };
  await esbuild.build({ ...options, entryPoints, absWorkingDir: root, outdir: folder });
}

/** The path of a static executable that says hello; undefined where there is no C compiler or no static C library. */
function helloWorld(folder: string): string | undefined {
  const [source, executable] = [join(folder, "hello.c"), join(folder, "hello")];
  writeFileSync(source, `#include <stdio.h>\nint main(void) { puts("hello, world"); return 0; }\n`);
  spawnSync("gcc", ["-O2", "-static", "-o", executable, source]);
  return existsSync(executable) ? executable : undefined;
}

async function measureStarts(root: string, folder: string, hello: string | undefined, runs: number): Promise<Timed[]> {
  const node = process.execPath;
  const counters = join(root, "samples/counters/counters.s");
  const command = (words: readonly string[]) => () => {
    const [name = "", ...rest] = words;
    const { status, error } = spawnSync(name, rest, { stdio: "ignore" });
    if (status !== 0) throw error ?? new Error(`${name} ended with status ${status}`);
  };
  const run = (program: string) => [node, join(folder, "cli.mjs"), "run", program];
  const hasQemu = hello !== undefined && spawnSync("qemu-x86_64", [hello]).status === 0;
  const isNative = hello !== undefined && spawnSync(hello).status === 0;
  const starts: {
    readonly title: string;
    readonly words?: readonly string[];
    readonly start: () => void | Promise<void>;
  }[] = [
    { title: "node -e 0", words: [node, "-e", "0"] },
    ...(isNative ? [{ title: "hello world, native", words: [hello] }] : []),
    ...(hasQemu ? [{ title: "hello world, qemu-x86_64", words: ["qemu-x86_64", hello] }] : []),
    ...(hello ? [{ title: "hello world, green-threads run", words: run(hello) }] : []),
    { title: "counters.s, green-threads run", words: run(counters) },
  ].map(({ title, words }) => ({ title, words, start: command(words) }));
  for (const [name, program] of [
    ["counters.s", counters],
    ["hello world", hello],
  ] as const) {
    if (program) starts.push({ title: `${name}, debugged to its entry`, start: () => debugToEntry(folder, program) });
  }

  const times = starts.map((): number[] => []);
  for (let round = 0; round < runs; round++) {
    for (const [index, { start }] of starts.entries()) {
      const began = now();
      await start();
      times[index]?.push(1000 * (now() - began));
    }
  }
  const timesOf = (title: string) => times[starts.findIndex((each) => each.title === title)];
  const ratioTo = (mine: readonly number[], theirs: readonly number[]) =>
    spread(mine.map((time, round) => time / (theirs[round] ?? time)));
  const qemu = timesOf("hello world, qemu-x86_64");
  return Promise.all(
    starts.map(async ({ title, words }, index): Promise<Timed> => {
      const mine = times[index] ?? [];
      const toNode = ratioTo(mine, timesOf("node -e 0") ?? []);
      const hasBar = title === "hello world, green-threads run";
      return {
        title,
        time: spread(mine),
        toNode,
        ...(qemu && title.startsWith("hello world") && { toQemu: ratioTo(mine, qemu) }),
        ...(words && { peak: await peakOf(words[0] ?? "", words.slice(1)) }),
        ...(hasBar && { bar: `≤ ${ratioBar}: ${toNode.median <= ratioBar ? "met" : "not met"}` }),
      };
    }),
  );
}

/** Starts an adapter, launches the program and waits until it stands at its first instruction, as an editor does. */
async function debugToEntry(folder: string, program: string): Promise<void> {
  const { client, process: adapter } = startAdapter(join(folder, "debug-adapter.mjs"));
  const ended = new Promise((resolve) => adapter.once("close", resolve));
  await client.initialize();
  const launched = client.request("launch", { program, stopOnEntry: true });
  await client.event("initialized");
  await client.request("configurationDone");
  await launched;
  await client.stopped();
  adapter.kill();
  await ended;
}

/** What of a start is the engine's own: its code, and the first machine. */
function measureEngine(folder: string, runs: number): { readonly cells: readonly string[] }[] {
  const all = Array.from({ length: runs }, () => {
    const { stdout } = spawnSync(process.execPath, [join(folder, "engine-start.mjs")], { encoding: "utf8" });
    return JSON.parse(stdout) as { readonly loading: number; readonly initialising: number };
  });
  const loading = spread(all.map((each) => each.loading)).median;
  const initialising = spread(all.map((each) => each.initialising)).median;
  const sum = loading + initialising;
  const bar = `≤ ${engineBar} ms: ${sum <= engineBar ? "met" : "not met"}`;
  const title = `the engine: loading its code ${loading.toFixed(0)} ms, the first machine ${initialising.toFixed(0)} ms`;
  return [{ cells: [title, sum.toFixed(0), "", "", "", bar] }];
}
