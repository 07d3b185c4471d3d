/** Builds the executables of the benchmark anew.   node build/run.mjs test/bench/build-programs.ts   (needs gcc) */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executableOf, programs, programsFolder } from "./programs.js";

/** Scalar code stays scalar: what is packed says so itself. Symbols stay in, for the debugger. */
const flags = [
  ["-O2", "-fno-tree-vectorize", "-ffreestanding", "-nostdlib", "-static", "-fno-pie", "-no-pie"],
  ["-fno-stack-protector", "-fcf-protection=none", "-fno-asynchronous-unwind-tables", "-Wall", "-Werror"],
  ["-Wl,--build-id=none", "-Wl,-z,noseparate-code", "-Wl,-z,norelro", "-Wl,-z,noexecstack"],
].flat();

mkdirSync(join(programsFolder, "prebuilt"), { recursive: true });
const recipe = [spawnSync("gcc", ["--version"], { encoding: "utf8" }).stdout.split("\n")[0] ?? "", ""];
const results: Record<string, string> = {};
for (const program of programs) {
  const library = (program.library ?? []).map((member) => `../../../runtime/guest/${member}`);
  const words = [...flags, "-o", `prebuilt/${program.name}`, "support.c", program.source, ...library];
  const { status, stderr } = spawnSync("gcc", words, { cwd: programsFolder, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  recipe.push(`gcc ${words.join(" ")}`);
  results[program.name] = spawnSync(executableOf(program), [String(program.small)], { encoding: "utf8" }).stdout;
  console.log(executableOf(program));
}
// Beside them: how each was built, and what it says on this processor.
writeFileSync(join(programsFolder, "prebuilt/built-by.txt"), `${recipe.join("\n")}\n`);
writeFileSync(join(programsFolder, "prebuilt/results.json"), `${JSON.stringify(results, null, 2)}\n`);
