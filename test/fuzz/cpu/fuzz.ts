// Random instructions, ours against the processor of this machine.
// npm run fuzz:cpu -- [--seed S] [--cases N] [--case K] [--mode interpreter|regions|both] [--only FAMILY] [--length L]
// or, for bytes at random: npm run fuzz:cpu -- --bytes [--seed S] …
import { runFuzz } from "./campaign.js";
import { whyNotNative } from "./native.js";

const usage =
  "usage: npm run fuzz:cpu -- [--seed S] [--cases N] [--case K] [--mode interpreter|regions|both] [--only FAMILY] [--length L] [--undefined-flags] [--bytes]";
const flags = new Set(["--undefined-flags", "--bytes"]);
const options = new Map<string, string>();
for (let i = 2; i < process.argv.length; i++) {
  const name = process.argv[i] ?? "";
  if (!name.startsWith("--")) throw new Error(usage);
  options.set(name.slice(2), flags.has(name) ? "1" : (process.argv[++i] ?? ""));
}
const number = (name: string, otherwise: number) => Number(options.get(name) ?? otherwise);
const mode = options.get("mode") ?? "both";
const reason = whyNotNative();
if (reason !== undefined) {
  console.error(`Nothing was compared: ${reason}.`);
  process.exit(2);
}
const only = options.get("case");
const { different } = runFuzz({
  seed: number("seed", Date.now() % 1_000_000),
  first: only === undefined ? 0 : Number(only),
  cases: only === undefined ? number("cases", 10_000) : 1,
  modes: mode === "interpreter" || mode === "regions" ? [mode] : ["interpreter", "regions"],
  only: options.get("only"),
  length: options.has("length") ? number("length", 1) : undefined,
  undefinedFlags: options.has("undefined-flags"),
  bytes: options.has("bytes"),
  log: (line) => console.log(line),
});
process.exitCode = different > 0 ? 1 : 0;
