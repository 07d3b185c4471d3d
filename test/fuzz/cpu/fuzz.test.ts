import { describe, expect, it } from "vitest";
import { runFuzz } from "./campaign.js";
import { NativeRunner, whyNotNative } from "./native.js";

/** The engine follows AMD's processors where the manual leaves things open: cases are exact on these only. */
function whyNotHere(): string | undefined {
  const reason = whyNotNative();
  if (reason !== undefined) return reason;
  const runner = new NativeRunner();
  runner.dispose();
  return runner.isAmd ? undefined : "this processor is not AMD's";
}

const reason = whyNotHere();
if (reason !== undefined) console.warn(`Random instructions are not compared with the processor: ${reason}.`);

describe.skipIf(reason !== undefined)("random instructions do what the processor does", () => {
  for (const [mode, only, cases] of [
    ["interpreter", undefined, 600],
    ["interpreter", "x87", 200],
    ["interpreter", "avx", 100],
    ["interpreter", "fma", 100],
    ["regions", undefined, 60],
    ["interpreter", "bytes", 800],
  ] as const) {
    it(`${cases} cases, ${only ?? "all families"}, mode ${mode}`, () => {
      const lines: string[] = [];
      const log = (line: string) => lines.push(line);
      const options = { seed: 1, first: 0, length: undefined, undefinedFlags: false };
      const result = runFuzz({
        ...options,
        ...(only === "bytes" ? { bytes: true, only: undefined } : { bytes: false, only }),
        cases,
        modes: [mode],
        log,
      });
      expect(result.different, lines.join("\n")).toBe(0);
      expect(result.cases).toBe(cases);
    });
  }
});
