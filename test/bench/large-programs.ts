/**
 * What an editor waits for until the first stop in a large program with debug information, a breakpoint on a line in
 * the middle of it: a program in Rust and one in C++, of about 30 MB each, made of many types that the standard
 * libraries are instantiated for. An adapter in a process of its own, as an editor starts it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { startAdapter } from "../debug-adapter/support/child.js";
import { type Spread, spread } from "./measure.js";

/** The most processor time until the first stop, in milliseconds. */
const firstStopBar = 1500;

interface Recipe {
  readonly name: string;
  readonly modules: number;
  readonly template: string;
  readonly source: string;
  readonly compiler: readonly string[];
  /** What stands around the modules, and the call of one. */
  readonly before: string;
  readonly main: (calls: string) => string;
  readonly call: (module: number) => string;
}

const recipes: readonly Recipe[] = [
  {
    name: "Rust",
    modules: 30,
    template: "module.rs.txt",
    source: "large.rs",
    compiler: ["rustc", "--edition=2021", "-Cdebuginfo=2", "-Copt-level=0", "-Ctarget-feature=+crt-static"],
    before: "use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};\n",
    main: (calls) => `fn main() {\n    let mut total = 0u64;\n${calls}    println!("total {total}");\n}\n`,
    call: (module) => `    total = total.wrapping_add(m${module}::work(total));\n`,
  },
  {
    name: "C++",
    modules: 40,
    template: "module.cpp.txt",
    source: "large.cpp",
    compiler: ["g++", "-std=c++17", "-g", "-O0", "-static"],
    before: ["algorithm", "cstdio", "functional", "map", "memory", "optional", "set", "sstream", "string"]
      .concat("unordered_map", "variant", "vector")
      .map((header) => `#include <${header}>\n`)
      .join(""),
    main: (calls) => `int main() {\n  long total = 0;\n${calls}  std::printf("total %ld\\n", total);\n}\n`,
    call: (module) => `  total += m${module}::work(total);\n`,
  },
];

export const largeProgramHeads = ["large program", "size", "first stop, ms", "stack and variables", "memory", "bar"];

/** A row for each program that can be built on this machine; building takes a minute or two, once. */
export async function largePrograms(
  root: string,
  adapter: string,
  runs: number,
): Promise<readonly { readonly cells: readonly string[] }[]> {
  const rows: { cells: string[] }[] = [];
  for (const recipe of recipes) {
    const built = build(root, recipe);
    if (built === undefined) {
      rows.push({ cells: [`${recipe.name}: no compiler`, "–", "–", "–", "–", ""] });
      continue;
    }
    const all: Measured[] = [];
    for (let run = 0; run < runs; run++) all.push(await measure(adapter, built));
    const of = (value: (one: Measured) => number): Spread => spread(all.map(value));
    const first = of(({ firstStop }) => firstStop).median;
    rows.push({
      cells: [
        `${recipe.name}, a breakpoint on a line`,
        `${(statSync(built.program).size / 1e6).toFixed(0)} MB`,
        first.toFixed(0),
        `${of(({ questions }) => questions).median.toFixed(0)} ms`,
        `${of(({ peak }) => peak).median.toFixed(0)} MiB`,
        `≤ ${firstStopBar}: ${first <= firstStopBar ? "met" : "not met"}`,
      ],
    });
  }
  return rows;
}

interface Built {
  readonly program: string;
  readonly source: string;
  readonly line: number;
}

/** Builds the program in the cache, unless it is there; undefined where that cannot be done. */
function build(root: string, recipe: Recipe): Built | undefined {
  const folder = join(root, "node_modules/.cache/green-threads/large");
  mkdirSync(folder, { recursive: true });
  const template = readFileSync(join(root, "test/bench/large", recipe.template), "utf8");
  const modules = Array.from({ length: recipe.modules }, (_, module) => module);
  const text =
    recipe.before +
    modules.map((module) => template.replaceAll("§", String(module))).join("") +
    recipe.main(modules.map(recipe.call).join(""));
  const [source, program] = [
    join(folder, recipe.source),
    join(folder, recipe.source.replace(/\..*/, `-${recipe.name}`)),
  ];
  const isThere = existsSync(program) && existsSync(source) && readFileSync(source, "utf8") === text;
  if (!isThere) {
    writeFileSync(source, text);
    const [compiler = "", ...options] = recipe.compiler;
    if (spawnSync(compiler, [...options, source, "-o", program]).status !== 0) return undefined;
  }
  const middle = `// stop ${recipe.modules >> 1}`;
  return {
    program,
    source,
    line: text.split("\n").indexOf(text.split("\n").find((one) => one.endsWith(middle)) ?? "") + 1,
  };
}

interface Measured {
  /** Milliseconds of processor time since the adapter was started. */
  readonly firstStop: number;
  /** More of them, for the stack and the variables of its top frame. */
  readonly questions: number;
  /** MiB. */
  readonly peak: number;
}

async function measure(adapter: string, { program, source, line }: Built): Promise<Measured> {
  const { client, process: child } = startAdapter(adapter);
  try {
    await client.initialize();
    await client.request("launch", { program });
    await client.event("initialized");
    const body = await client.request<DebugProtocol.SetBreakpointsResponse["body"]>("setBreakpoints", {
      source: { path: source },
      breakpoints: [{ line }],
    });
    if (body.breakpoints[0]?.verified !== true) throw new Error(`${source}:${line} has no breakpoint`);
    await client.request("configurationDone");
    const { threadId = 0 } = await client.stopped();
    const firstStop = processorTime(child.pid);
    const [frame] = await client.stackTrace(threadId);
    if (frame?.line !== line) throw new Error(`stopped on line ${frame?.line}, not ${line}`);
    await client.registers(frame.id);
    return { firstStop, questions: processorTime(child.pid) - firstStop, peak: peakOfProcess(child.pid) };
  } finally {
    child.kill();
  }
}

/** Of all its threads, in milliseconds (proc(5), `stat`: utime and stime, in hundredths of a second). */
function processorTime(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

function peakOfProcess(pid: number | undefined): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}
