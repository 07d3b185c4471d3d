/** Single instructions of AVX, AVX2, FMA, F16C and BMI, and what an AMD processor (Zen 4) made of them: `record.ts`. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { differences } from "./compare.js";
import { EmulatedRunner } from "./emulated.js";
import { inspect } from "./inspect.js";
import { readCase, withoutCode } from "./recorded-cases.js";

const file = new URL("avx.jsonl.gz", import.meta.url);
const lines = gunzipSync(readFileSync(file)).toString().trim().split("\n");

describe.each(["interpreter", "regions"] as const)("mode %s", (mode) => {
  it(`${lines.length} recorded instructions do what they did on the processor`, () => {
    const machine = new EmulatedRunner(mode);
    const different = lines.flatMap((line) => {
      const { test, outcome } = readCase(line);
      const found = differences(test, outcome, withoutCode(machine.run(test)));
      const text = () => test.units.map(({ bytes }) => inspect(bytes)?.text).join();
      return found.map(({ field, expected, actual }) => `${text()}: ${field} ${expected}, ours ${actual}`);
    });
    expect(different).toEqual([]);
    expect(lines.length).toBeGreaterThan(500);
  });
});
