/**
 * The samples that are shipped as executables: they do natively what is recorded, discovery finds their threads, and they
 * can be built again from the sources beside them where there are the compilers.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readExecutable } from "../../runtime/debuggee.js";
import { Session } from "../runtime/execution/session.js";
import { expectedOutput, prebuiltSamples, type Sample, samplePath } from "./sample-list.js";

const isNative = process.platform === "linux" && process.arch === "x64";
const root = fileURLToPath(new URL("../../", import.meta.url));
const cases = prebuiltSamples.map((sample) => [sample.name, sample] as const);

function runNatively(program: string) {
  const { stdout, status } = spawnSync(program, { encoding: "utf8", timeout: 20_000 });
  return { stdout, status };
}

test("each is small, and has its source beside it", () => {
  for (const sample of prebuiltSamples) {
    expect(statSync(samplePath(sample)).size).toBeLessThan(200_000);
    expect(sample.files).toContain(sample.source);
    for (const file of sample.files) expect(statSync(samplePath(sample, file)).isFile()).toBe(true);
  }
});

test("files that several of them have are the same: each folder is whole, so that it can be copied and built", () => {
  const texts = new Map<string, string>();
  for (const sample of prebuiltSamples) {
    for (const file of sample.files.filter((name) => name.endsWith(".rs"))) {
      const text = readFileSync(samplePath(sample, file), "utf8");
      expect(text, `${sample.name}/${file}`).toBe(texts.get(file) ?? text);
      texts.set(file, text);
    }
  }
  expect(texts.has("platform.rs")).toBe(true);
});

describe.runIf(isNative)("natively", () => {
  test.each(cases)("%s", (_, sample) => {
    expect(runNatively(samplePath(sample))).toEqual({
      stdout: expectedOutput(sample),
      status: sample.expectedStatus,
    });
  });
});

/** By entry function, of all threads that were born but the first. */
const threadsOf: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "rust-runtime": { "rust_runtime::first": 1, "rust_runtime::second": 1 },
  "rust-closures": { "rust_closures::call": 3 },
  gthreads: { count_up: 2, count_down: 2 },
  coroutines: { coroutine_start: 16 },
  ucontext: { play: 3 },
};

describe("threads that are found", () => {
  test.each(cases.filter(([name]) => threadsOf[name]))("%s", async (name, sample) => {
    const image = readExecutable(readFileSync(samplePath(sample)));
    if (!image.ok) throw new Error(image.error);
    const found: Record<string, number> = {};
    // Without what is known of their runtimes.
    const session = new Session(image.value, { threadModel: "none" });
    session.debuggee.setEventStops(new Set(["switch"]), ({ thread }) => {
      const known = session.debuggee.thread(thread);
      if (known?.runs === 1 && known.creator) {
        const entry = known.entryName ?? "?";
        found[entry] = (found[entry] ?? 0) + 1;
      }
      return false;
    });
    expect(await session.continue()).toEqual({ kind: "exited", status: 0 });
    expect(found).toEqual(threadsOf[name]);
  });
});

function canBuild({ build: [command = ""] = [] }: Sample): boolean {
  const needed = command === "rustc" ? ["rustc", "musl-gcc", "strip"] : [command];
  const can = isNative && needed.every((tool) => spawnSync(tool, ["--version"]).status === 0);
  if (!can) console.warn(`${needed.join(", ")} cannot be run on this machine: no sample is built with it.`);
  return can;
}

describe("built again", () => {
  test.each(cases.filter(([, sample]) => canBuild(sample)))("%s", { timeout: 60_000 }, (_, sample) => {
    const folder = mkdtempSync(join(tmpdir(), "green-threads-sample-"));
    try {
      cpSync(join(root, "build"), join(folder, "build"), { recursive: true });
      cpSync(join(root, "samples", sample.name), join(folder, "samples", sample.name), { recursive: true });
      cpSync(join(root, "samples/samples.json"), join(folder, "samples/samples.json"));
      const program = join(folder, "samples", sample.name, sample.program);
      rmSync(program);
      const built = spawnSync(process.execPath, [join(folder, "build/samples.mjs"), sample.name], { encoding: "utf8" });
      expect(built.stderr).toBe("");
      expect(runNatively(program)).toEqual({ stdout: expectedOutput(sample), status: sample.expectedStatus });
      // Another compiler makes other code of it; the same one makes the same, wherever it does.
      const [ours, theirs] = [readFileSync(samplePath(sample)), readFileSync(program)];
      if (compilerOf(ours) === compilerOf(theirs)) expect(theirs.equals(ours)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** What compilers wrote of themselves into the executable. */
function compilerOf(executable: Buffer): string {
  const text = executable.toString("latin1");
  return [...new Set(text.match(/(?:GCC: \(|GNU C\d+ |rustc version )[^\0]+/g))].sort().join();
}
