// Chooses a compact selection of recorded cases, well spread over mnemonics and kinds of operands.
// node build/run.mjs test/conformance/make-selection.ts OUT.jsonl.gz FILE.jsonl.gz…
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { type OracleCase, oracleMachine, runCase } from "./oracle-case.js";

const perGroup = 4;
/** Chains of instructions have no mnemonic of their own: more of them. */
const perChain = 300;

const [out, ...files] = process.argv.slice(2);
if (out === undefined || files.length === 0) {
  console.error("usage: make-selection OUT.jsonl.gz FILE.jsonl.gz…");
  process.exit(2);
}
const machine = oracleMachine();
/** Cases by category, mnemonic and whether the first operand forms look alike (registers, memory, constants). */
const chosen = new Map<string, number>();
const lines: string[] = [];
for (const file of files) {
  for (const line of gunzipSync(readFileSync(file)).toString().split("\n")) {
    if (line === "") continue;
    const test = JSON.parse(line) as OracleCase;
    const last = test.asm.at(-1) ?? "";
    const shape = last
      .replace(/\([^)]*\)/g, "()")
      .replace(/-?\d+/g, "1")
      .replace(/%\w*/g, "%");
    const group = test.cat === "seq" ? "seq" : `${test.cat} ${test.mn} ${test.fault?.vec ?? ""} ${shape.includes("(")}`;
    const count = chosen.get(group) ?? 0;
    if (count >= (group === "seq" ? perChain : perGroup)) continue;
    // What the engine does not execute yet is left to the whole files.
    if (runCase(machine, test).length > 0) continue;
    chosen.set(group, count + 1);
    lines.push(line);
  }
}
writeFileSync(out, gzipSync(`${lines.join("\n")}\n`, { level: 9 }));
console.log(`${lines.length} cases of ${chosen.size} groups`);
