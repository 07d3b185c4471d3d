// Runs recorded instruction cases and reports what differs.   npm run conformance -- [--mode interpreter|regions|both] [--show N] FILE…
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type OracleCase, oracleMachine, runCase, withPrecisionNoted } from "./oracle-case.js";

const files: string[] = [];
let shown = 40;
let mode = "both";
for (let i = 2; i < process.argv.length; i++) {
  const argument = process.argv[i] ?? "";
  if (argument === "--show") shown = Number(process.argv[++i]);
  else if (argument === "--mode") mode = process.argv[++i] ?? "";
  else files.push(argument);
}
const modes = (mode === "both" ? ["interpreter", "regions"] : [mode]) as ("interpreter" | "regions")[];
if (
  files.length === 0 ||
  !Number.isInteger(shown) ||
  modes.some((each) => each !== "interpreter" && each !== "regions")
) {
  console.error("usage: npm run conformance -- [--mode interpreter|regions|both] [--show N] FILE.jsonl.gz…");
  process.exit(2);
}

/** Runs all files in one mode, in regions also with the precision exception noted before; how many cases passed and failed. */
function runAll(mode: "interpreter" | "regions"): { passed: number; failed: number } {
  let passed = 0;
  let failed = 0;
  /** Cases by mnemonic: passed and failed. */
  const byMnemonic = new Map<string, [number, number]>();
  const machine = oracleMachine({ mode });
  for (const file of files) {
    for (const line of gunzipSync(readFileSync(file)).toString().split("\n")) {
      if (line === "") continue;
      const test = JSON.parse(line) as OracleCase;
      const noted = mode === "regions" ? withPrecisionNoted(test) : undefined;
      const wrong = [...runCase(machine, test), ...(noted ? runCase(machine, noted) : [])];
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
  console.log(`${mode}: ${passed} passed, ${failed} failed`);
  return { passed, failed };
}

const results = modes.map(runAll);
const total = (count: "passed" | "failed"): number => results.reduce((sum, each) => sum + each[count], 0);
// Each case counts once for every mode that it ran in.
console.log(`${total("passed")} passed, ${total("failed")} failed`);
process.exitCode = total("failed") > 0 || total("passed") === 0 ? 1 : 0;
