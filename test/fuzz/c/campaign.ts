/** Random C programs: built in many ways, run natively and here in several modes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../../runtime/engine/random-program.js";
import { type Mode, ProcessRun } from "../../runtime/linux/process-run.js";
import { generateProgram } from "./generate-program.js";

export const flagSets = [
  ["-O0"],
  ["-O1"],
  ["-O2"],
  ["-O3"],
  ["-Os", "-fomit-frame-pointer"],
  ["-O2", "-march=x86-64-v2"],
  ["-O3", "-march=x86-64-v3"],
  ["-O2", "-mfpmath=387"],
  ["-O3", "-ffast-math", "-mavx2"],
] as const;

export interface Campaign {
  readonly seed: number;
  readonly programs: number;
  readonly modes: readonly Mode[];
  /** Where the text of a program goes that does something else here. */
  readonly keep: (name: string, text: string) => void;
  readonly log: (line: string) => void;
}

const instructionLimit = 50_000_000;
const given = { arguments: [], environment: {}, input: "" };

/** Returns how many programs were compared, and how many did something else than natively. */
export function runCampaign({ seed, programs, modes, keep, log }: Campaign): { compared: number; different: number } {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-random-c-"));
  let [compared, different] = [0, 0];
  try {
    for (let number = seed; number < seed + programs; number++) {
      const text = generateProgram(new Random(number));
      const [source, path] = [join(folder, "program.c"), join(folder, "program")];
      writeFileSync(source, text);
      const flags = flagSets[number % flagSets.length] ?? [];
      const built = spawnSync("gcc", ["-w", "-std=gnu17", "-fwrapv", ...flags, "-static", "-o", path, source, "-lm"], {
        encoding: "utf8",
      });
      if (built.status !== 0) throw new Error(`program ${number} cannot be built: ${built.stderr}`);
      const { stdout, status } = spawnSync(path, [], { encoding: "utf8", timeout: 10_000 });
      const native = `${stdout.trim()} status ${status}`;
      for (const mode of modes) {
        const run = new ProcessRun(readFileSync(path), given, mode, 1_000_000);
        run.runTo(instructionLimit);
        const here = `${run.standardOutput.trim()} ${run.ended ?? "does not end"}`;
        if (here === native) continue;
        different++;
        log(`program ${number} (${flags.join(" ")}), mode ${mode}: natively ${native}, here ${here}`);
        keep(`random-${number}.c`, `// ${flags.join(" ")}\n${text}`);
      }
      compared++;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { compared, different };
}
