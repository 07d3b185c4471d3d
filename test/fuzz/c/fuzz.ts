// Random C programs, ours against the processor of this machine.
// npm run fuzz:c -- [--seed S] [--programs N] [--mode interpreter|tiered|regions|both] [--keep FOLDER]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mode } from "../../runtime/linux/process-run.js";
import { runCampaign } from "./campaign.js";

const options = new Map<string, string>();
for (let i = 2; i < process.argv.length; i += 2) {
  const [name, value] = process.argv.slice(i, i + 2);
  if (!name?.startsWith("--") || value === undefined) {
    throw new Error(
      "usage: npm run fuzz:c -- [--seed S] [--programs N] [--mode interpreter|tiered|regions|both] [--keep FOLDER]",
    );
  }
  options.set(name.slice(2), value);
}
const mode = options.get("mode") ?? "both";
const modes: readonly Mode[] =
  mode === "interpreter" || mode === "tiered" || mode === "regions" ? [mode] : ["interpreter", "regions"];
const { compared, different } = runCampaign({
  seed: Number(options.get("seed") ?? Date.now() % 1_000_000),
  programs: Number(options.get("programs") ?? 200),
  modes,
  keep: (name, text) => writeFileSync(join(options.get("keep") ?? ".", name), text),
  log: (line) => console.log(line),
});
console.log(`${compared} programs compared, ${different} differences`);
process.exitCode = different > 0 ? 1 : 0;
