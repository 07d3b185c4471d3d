// Runs recorded instruction cases and reports what differs.   npm run conformance -- [--show N] FILE.jsonl.gz…
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type OracleCase, oracleMachine, runCase } from "./oracle-case.js";

const files: string[] = [];
let shown = 40;
for (let i = 2; i < process.argv.length; i++) {
  const argument = process.argv[i] ?? "";
  if (argument === "--show") shown = Number(process.argv[++i]);
  else files.push(argument);
}
if (files.length === 0 || !Number.isInteger(shown)) {
  console.error("usage: npm run conformance -- [--show N] FILE.jsonl.gz…");
  process.exit(2);
}

let passed = 0;
let failed = 0;
/** Cases by mnemonic: passed and failed. */
const byMnemonic = new Map<string, [number, number]>();
const machine = oracleMachine();
for (const file of files) {
  for (const line of gunzipSync(readFileSync(file)).toString().split("\n")) {
    if (line === "") continue;
    const test = JSON.parse(line) as OracleCase;
    const wrong = runCase(machine, test);
    const counts = byMnemonic.get(test.mn) ?? [0, 0];
    byMnemonic.set(test.mn, counts);
    if (wrong.length === 0) {
      passed++;
      counts[0]++;
      continue;
    }
    counts[1]++;
    if (failed++ < shown)
      console.log(`#${test.id}  ${test.asm.join("; ")}  [${test.bytes}]\n    ${wrong.slice(0, 4).join("\n    ")}`);
  }
}
const incomplete = [...byMnemonic].filter(([, counts]) => counts[1] > 0).sort((x, y) => y[1][1] - x[1][1]);
for (const [mnemonic, [good, bad]] of incomplete) console.log(`${mnemonic}: ${bad} of ${good + bad} failed`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
