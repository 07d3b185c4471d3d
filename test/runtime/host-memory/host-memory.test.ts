/** What the host's memory has to bear: bounded while a program asks for ever more, and given back behind it. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import esbuild, { type BuildOptions } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
// @ts-expect-error: the build scripts are plain JavaScript.
import { common } from "../../../build/bundles.mjs";
import { root } from "../../debug-adapter/support/built-adapter.js";

/** In MiB. */
interface Used {
  readonly rss: number;
  readonly heap: number;
  readonly external: number;
  readonly buffers: number;
}

let folder = "";
const measure = (): string => join(folder, "measure.mjs");

beforeAll(async () => {
  const cache = join(root, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, "green-threads-test-"));
  await esbuild.build({
    ...(common as BuildOptions),
    entryPoints: [fileURLToPath(new URL("measure.ts", import.meta.url))],
    outfile: measure(),
    platform: "node",
    format: "esm",
    packages: "external",
    external: [],
  });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a scenario twice, for a few rounds and for many, in a process of its own that collects its garbage. */
async function run(
  scenario: string,
  few: number,
  many: number,
): Promise<Record<"before" | "first" | "second" | "after", Used>> {
  const words = ["--expose-gc", measure(), scenario, `${few}`, `${many}`];
  const env = { ...process.env, GREEN_THREADS_ROOT: root };
  const { stdout } = await promisify(execFile)(process.execPath, words, { encoding: "utf8", env });
  return JSON.parse(stdout);
}

/** In MiB: what the collector and the allocator of the host may leave lying about. */
const [heapSlack, externalSlack, residentSlack] = [6, 8, 80];

describe("memory of the host", () => {
  it.each([
    ["ten thousand times mapping, writing, protecting and unmapping a mebibyte", "mappings", 1000, 10_000],
    ["code that is generated anew, compiled each time", "code", 200, 3400],
    ["programs with child processes, one behind the other", "programs", 1, 4],
    ["two hundred debug sessions", "sessions", 20, 200],
  ])(
    "does not grow: %s",
    async (_, scenario, few, many) => {
      const { first, second, after } = await run(scenario, few, many);
      expect(second.heap - first.heap).toBeLessThan(heapSlack);
      expect(second.external - first.external).toBeLessThan(externalSlack);
      expect(second.rss - first.rss).toBeLessThan(residentSlack);
      // What the program had is given back.
      expect(after.external).toBeLessThan(2 * externalSlack);
      expect(after.heap - first.heap).toBeLessThan(heapSlack);
    },
    120_000,
  );

  it("follows use: a gibibyte of which every 64th page is touched, again and again", async () => {
    const { before, second, after } = await run("sparse", 1, 3);
    expect(second.rss - before.rss).toBeLessThan(256);
    expect(after.external).toBeLessThan(2 * externalSlack);
  }, 120_000);
});
