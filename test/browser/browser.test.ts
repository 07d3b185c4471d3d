/** The engine in a worker of a real browser: it finds there what it finds in Node, and what a processor found. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import esbuild, { type BuildOptions } from "esbuild";
import { expect, it } from "vitest";
// @ts-expect-error: the build scripts are plain JavaScript.
import { common } from "../../build/bundles.mjs";
import { findChromium } from "../../build/vscode-host/location.mjs";
import {
  executableOf,
  type Program as Kernel,
  programs as kernels,
  programsFolder as kernelsFolder,
} from "../bench/programs.js";
import type { OracleCase } from "../conformance/oracle-case.js";
import { startBrowser } from "../e2e/harness/browser.js";
import {
  type Build,
  canBuild,
  executableOf as executableOfProgram,
  given,
  type ProgramRun,
  programsFolder,
  runNatively,
} from "../runtime/linux/static-programs.js";
import { serve } from "./serve.js";
import { type Found, type Materials, type Program, smoke } from "./smoke.js";

const results: Record<string, string> = JSON.parse(readFileSync(join(kernelsFolder, "prebuilt/results.json"), "utf8"));
/** Built where there are compilers, beside what is prebuilt by musl-gcc. */
const built: readonly (readonly [source: string, build: Build])[] = [
  ["threads.c", "glibc -O2"],
  ["standard.rs", "rustc -O"],
];

/** Every so many-th recorded case of a file. */
function casesOf(file: string, step: number): OracleCase[] {
  const lines = gunzipSync(readFileSync(new URL(`../conformance/${file}`, import.meta.url)))
    .toString()
    .split("\n");
  return lines.filter((line, index) => line !== "" && index % step === 0).map((line) => JSON.parse(line));
}

function kernel(program: Kernel, size: number): Program {
  return {
    name: program.name,
    executable: readFileSync(executableOf(program)).toString("base64"),
    arguments: [String(size)],
  };
}

/** What is executed in both places, and what programs do on a processor. */
async function prepare(): Promise<{ materials: Materials; expected: Record<string, ProgramRun> }> {
  const expected: Record<string, ProgramRun> = {};
  const programs: Program[] = [];
  const add = (name: string, executable: Uint8Array, run: ProgramRun) => {
    programs.push({ name, executable: Buffer.from(executable).toString("base64"), arguments: given.arguments });
    expected[name] = run;
  };
  for (const name of ["signals", "float"]) {
    const path = join(programsFolder, "prebuilt", name);
    add(
      `${name}.c, prebuilt`,
      gunzipSync(readFileSync(`${path}.gz`)),
      JSON.parse(readFileSync(`${path}.json`, "utf8")),
    );
  }
  for (const [source, build] of built) {
    if (!canBuild(build)) continue;
    const path = executableOfProgram(source, build);
    add(`${source}, ${build}`, readFileSync(path), runNatively(path));
  }
  const paced = kernels.find(({ name }) => name === "hash");
  if (!paced) throw new Error("the benchmark has no hash loop");
  const materials = {
    cases: [
      ...casesOf("selection.jsonl.gz", 9),
      ...casesOf("x87.jsonl.gz", 6),
      ...casesOf("float-exceptions.jsonl.gz", 8),
    ],
    programs,
    given,
    kernels: kernels.map((program) => kernel(program, program.small)),
    paced: kernel(paced, 20_000),
  };
  return { materials, expected };
}

async function runInBrowser(materials: Materials): Promise<{ found: Found; rate: number }> {
  const { outputFiles } = await esbuild.build({
    ...(common as BuildOptions),
    entryPoints: [new URL("worker.ts", import.meta.url).pathname],
    platform: "browser",
    format: "iife",
    write: false,
  });
  const served = {
    "/": { type: "text/html", content: "<!doctype html><title>smoke</title>" },
    "/worker.js": { type: "text/javascript", content: outputFiles[0]?.text ?? "" },
    "/materials.json": { type: "application/json", content: JSON.stringify(materials) },
  };
  return await serve(served, async (address) => {
    const browser = await startBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(address);
      // As text: the page has types that this program does not know.
      const answer = (await page.evaluate(`new Promise((resolve, reject) => {
        const worker = new Worker("worker.js");
        worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
        worker.onerror = ({ message }) => reject(new Error(message));
      })`)) as { found: Found; rate: number };
      return answer;
    } finally {
      await browser.close();
    }
  });
}

const chromium = findChromium();
if (!chromium) console.warn("There is no Chromium on this machine: the engine is not tested in a browser's worker.");

it.runIf(chromium)(
  "finds in a browser's worker what it finds in Node and what a processor found",
  async () => {
    const { materials, expected } = await prepare();
    const { found, rate } = await runInBrowser(materials);
    console.log(`In a worker of the browser: ${rate.toFixed(0)} million instructions in a second (hash loop).`);

    for (const { wrong, passed } of Object.values(found.conformance)) {
      expect(wrong).toEqual([]);
      expect(passed).toBe(materials.cases.length);
    }
    expect(found.lockstep.differences).toEqual([]);
    expect(found.lockstep.compared).toBeGreaterThan(50);
    for (const [name, run] of Object.entries(expected)) expect(found.programs[name], name).toMatchObject(run);
    for (const { name } of kernels) expect(found.kernels[name]?.output, name).toBe(results[name]);
    for (const [name, { interpreter, ...others }] of Object.entries(found.states)) {
      for (const hashes of Object.values(others)) expect(hashes, name).toEqual(interpreter);
    }
    expect(found.session.filter((line) => line.startsWith("breakpoint"))).toHaveLength(3);
    expect(found.session).toContain("THREAD 2 FINISHED");
    expect(found).toEqual(await smoke(materials));
  },
  120_000,
);
