import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type OracleCase, oracleMachine, runCase, withPrecisionNoted } from "./oracle-case.js";

/** Selections of the recorded files; and floating-point exceptions that are not masked, with denormals as MXCSR has them. */
const cases = ["./selection.jsonl.gz", "./x87.jsonl.gz", "./float-exceptions.jsonl.gz"].flatMap((file) =>
  gunzipSync(readFileSync(new URL(file, import.meta.url)))
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as OracleCase),
);

const noted = cases.flatMap((test) => withPrecisionNoted(test) ?? []);

describe.each([
  ["mode interpreter", "interpreter", cases],
  ["mode regions", "regions", cases],
  ["mode regions, with the precision exception noted", "regions", noted],
] as const)("instructions do what a real processor did, %s", (_name, mode, cases) => {
  const machine = oracleMachine({ mode });
  it("has cases", () => expect(cases.length).toBeGreaterThan(1000));
  for (const category of new Set(cases.map((test) => test.cat))) {
    it(`in the category ${category}`, () => {
      const failures = cases
        .filter((test) => test.cat === category)
        .map((test) => ({ test: `#${test.id} ${test.asm.join("; ")} [${test.bytes}]`, wrong: runCase(machine, test) }))
        .filter(({ wrong }) => wrong.length > 0);
      expect(failures).toEqual([]);
    });
  }
});
