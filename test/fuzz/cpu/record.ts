// Records what the processor of this machine makes of single instructions at random, state that does not matter cleared.
// node build/run.mjs test/fuzz/cpu/record.ts OUT.jsonl.gz CASES SEED FAMILY…
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { FuzzCase, Outcome } from "./fuzz-case.js";
import { families, ownCpuid } from "./generate/families.js";
import { generateCase } from "./generate/generate-case.js";
import { NativeRunner } from "./native.js";
import { recordCase } from "./recorded-cases.js";

const [out = "", cases = "", seed = "", ...names] = process.argv.slice(2);
const native = new NativeRunner();
const choices = families([native.cpuid, ownCpuid()]);
const lines: string[] = [];
for (const only of names) {
  const options = { families: choices, only, length: 1 };
  const tests = Array.from({ length: Number(cases) }, (_, i) => generateCase(Number(seed), i, options));
  for (const [i, outcome] of native.run(tests).entries()) {
    const test = tests[i];
    const smaller = test && outcome && cleared(test, outcome);
    const [again] = smaller ? native.run([smaller]) : [];
    const line = smaller && again && recordCase(smaller, again);
    if (line) lines.push(line);
  }
}
native.dispose();
writeFileSync(out, gzipSync(`${lines.join("\n")}\n`, { level: 9 }));
console.log(`${lines.length} cases`);

/** The case without the registers whose values change nothing else. */
function cleared(test: FuzzCase, outcome: Outcome): FuzzCase {
  const [vectors, stack, size] = [304, 176, 32];
  const places = [
    ...Array.from({ length: 16 }, (_, i) => [8 * i, 8] as const),
    ...Array.from({ length: 8 }, (_, i) => [stack + 16 * i, 16] as const),
    ...Array.from({ length: 16 }, (_, i) => [vectors + size * i, size] as const),
  ];
  const without = places.map(([at, length]) => {
    const state = test.state.copy();
    state.bytes.fill(0, at, at + length);
    return { ...test, state };
  });
  const state = test.state.copy();
  for (const [i, changed] of native.run(without).entries()) {
    const [at = 0, length = 0] = places[i] ?? [];
    if (changed && isSameBut(outcome, changed, at, length)) state.bytes.fill(0, at, at + length);
  }
  return { ...test, state };
}

function isSameBut(one: Outcome, other: Outcome, at: number, length: number): boolean {
  const words = ({ changes }: Outcome) => [...changes].map(String).join();
  const isSameState = one.state.bytes.every((byte, i) => (i >= at && i < at + length) || byte === other.state.bytes[i]);
  return one.vector === other.vector && isSameState && words(one) === words(other);
}
