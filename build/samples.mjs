// Builds the samples that are shipped as executables, with the commands that samples/samples.json records.
//   node build/samples.mjs [NAME…]
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { samples } = JSON.parse(readFileSync(join(root, "samples/samples.json"), "utf8"));
const wanted = process.argv.slice(2);

for (const { name, build } of samples) {
  if (build === undefined || (wanted.length > 0 && !wanted.includes(name))) continue;
  const folder = join(root, "samples", name);
  // Where the program was built is not told in it.
  const [command, ...parameters] = build.map((word) => word.replace("{folder}", folder));
  const { status, error } = spawnSync(command, parameters, { cwd: folder, stdio: "inherit" });
  if (status !== 0) {
    console.error(`${name}: ${error?.message ?? `${command} ended with ${status}`}`);
    process.exit(1);
  }
}
