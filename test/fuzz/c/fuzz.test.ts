import { describe, expect, it } from "vitest";
import { canBuild } from "../../runtime/linux/static-programs.js";
import { flagSets, runCampaign } from "./campaign.js";

describe.runIf(canBuild("glibc -O2"))("random C programs do what they do on the processor", () => {
  it.each([
    ["interpreter", flagSets.length],
    ["tiered", 3],
    ["regions", 1],
  ] as const)(
    "mode %s, %i programs",
    (mode, programs) => {
      const lines: string[] = [];
      const texts: string[] = [];
      const result = runCampaign({
        seed: 1,
        programs,
        modes: [mode],
        keep: (_, text) => texts.push(text),
        log: (line) => lines.push(line),
      });
      expect(lines, texts[0]).toEqual([]);
      expect(result).toEqual({ compared: programs, different: 0 });
    },
    120_000,
  );
});
