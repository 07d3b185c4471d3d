/** Lua and SQLite, programs that nobody here wrote, from the static libraries of Debian's liblua5.4-dev and libsqlite3-dev. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { builtOnce } from "./build-cache.js";
import { type Mode, seen } from "./compare-programs.js";
import { canBuild, given, programsFolder, runEmulated, runNatively } from "./static-programs.js";

const scripts = fileURLToPath(new URL("scripts", import.meta.url));
const isNative = canBuild("glibc -O2");

/** Libraries by the driver that uses them. */
const programs = {
  "lua.c": { archive: "liblua5.4.a", libraries: ["-llua5.4", "-lm", "-ldl"], package: "liblua5.4-dev" },
  "sqlite.c": { archive: "libsqlite3.a", libraries: ["-lsqlite3", "-lm", "-ldl"], package: "libsqlite3-dev" },
} as const;
type Program = keyof typeof programs;

const isHere = (program: Program): boolean => {
  const { archive, package: name } = programs[program];
  const found = isNative && existsSync(join("/usr/lib/x86_64-linux-gnu", archive));
  if (!found) console.warn(`There is no ${archive} here (apt-get install ${name}): ${program} is not tested.`);
  return found;
};

const cases: readonly (readonly [script: string, program: Program, mode: Mode, words: readonly string[]])[] = [
  ["language.lua", "lua.c", "interpreter", ["-v"]],
  ["benchmarks.lua", "lua.c", "tiered", []],
  ["database.sql", "sqlite.c", "interpreter", ["people.db"]],
  ["database.sql", "sqlite.c", "tiered", []],
];
const available = new Map((["lua.c", "sqlite.c"] as const).map((program) => [program, isHere(program)]));

describe.runIf(isNative)("scripts", () => {
  for (const [script, program, mode, words] of cases) {
    it.runIf(available.get(program))(
      `${script} ${words.join(" ")} (${mode}): as natively`,
      async () => {
        const { libraries } = programs[program];
        const path = builtOnce("gcc", ["-O2", "-static", "-w"], [join(programsFolder, program)], libraries);
        const what = { ...given, arguments: words, input: readFileSync(join(scripts, script), "utf8") };
        const native = seen(runNatively(path, what));
        expect(native.output).not.toBe("");
        expect(seen(await runEmulated(readFileSync(path), mode, what))).toEqual(native);
      },
      120_000,
    );
  }
});
