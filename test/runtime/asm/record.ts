// Records what GNU as makes of the corpus into recorded.json.gz.   node build/run.mjs test/runtime/asm/record.ts
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { corpus, fixtureNames } from "./corpus.js";
import { gnuLines, runGnuAs } from "./gnu-as.js";
import type { ReadObject } from "./read-elf.js";

const folder = join(process.env.GREEN_THREADS_ROOT ?? ".", "test/runtime/asm");
const lists = corpus();
const record = (lines: readonly string[], dialect: "att" | "intel") => {
  const results = gnuLines(lines, dialect);
  return Object.fromEntries(lines.map((line, i) => [line, results[i] ?? null]));
};
const fixtures: Record<string, ReadObject> = {};
for (const name of fixtureNames) {
  const { object, rejected } = runGnuAs(readFileSync(join(folder, "fixtures", `${name}.s`), "utf8"));
  if (object === undefined) throw new Error(`${name}.s: GNU as rejects line ${rejected[0]}`);
  fixtures[name] = object;
}
const version = spawnSync("as", ["--version"], { encoding: "utf8" }).stdout.split("\n")[0];
const json = JSON.stringify({
  version,
  lines: { att: record(lists.att, "att"), intel: record(lists.intel, "intel") },
  fixtures,
});
writeFileSync(join(folder, "recorded.json.gz"), gzipSync(json, { level: 9 }));
console.log(
  `${lists.att.length} AT&T lines, ${lists.intel.length} Intel lines, ${fixtureNames.length} files; ${version}`,
);
