import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  type Build,
  canBuild,
  type ProgramRun,
  programsFolder,
  runEmulated,
  runNatively,
  withExecutable,
} from "./static-programs.js";

const cases: readonly (readonly [source: string, builds: readonly Build[]])[] = [
  ["text.c", ["glibc -O2", "glibc static-pie", "musl -O1"]],
  ["arguments.c", ["glibc -O0", "musl -O3"]],
  ["files.c", ["glibc -O2", "musl -O1"]],
  ["signals.c", ["glibc -O0", "glibc static-pie", "musl -O3"]],
  ["channels.c", ["glibc -O2", "musl -O1"]],
  ["memory.c", ["glibc static-pie", "musl -O1"]],
  ["float.c", ["glibc -O2", "musl -O1"]],
  ["mmx.c", ["glibc -O2"]],
  ["avx.c", ["glibc -O0"]],
  ["sha.c", ["glibc -O2"]],
  ["threads.c", ["glibc -O2", "musl -O1"]],
  ["processes.c", ["glibc -O2", "musl -O1"]],
  ["sockets.c", ["glibc -O2", "musl -O1"]],
  ["standard.rs", ["rustc -O"]],
  ["network.rs", ["rustc -O"]],
  ["threads.rs", ["rustc -O"]],
];
const available = new Map<Build, boolean>();
for (const build of cases.flatMap(([, builds]) => builds)) {
  if (!available.has(build)) available.set(build, canBuild(build));
}

describe.each(cases)("%s does what it does on the processor", (source, builds) => {
  const here = builds.filter((build) => available.get(build));
  it.runIf(here.length > 0).each(here)(
    "built by %s",
    async (build) => {
      await withExecutable(source, build, async (path) => {
        const native = runNatively(path);
        const emulated = await runEmulated(readFileSync(path));
        expect(seen(emulated)).toEqual(native);
      });
    },
    60_000,
  );
});

/** Built by musl-gcc -O1 -static -s, and what they did on a processor: for machines without compilers. */
describe.each(["text", "signals", "processes", "sockets", "float", "mmx", "sha"])("%s.c, prebuilt", (name) => {
  const folder = join(programsFolder, "prebuilt");
  const executable = new Uint8Array(gunzipSync(readFileSync(join(folder, `${name}.gz`))));

  it("does what was recorded on a processor, in the same number of instructions each time", async () => {
    const [one, two] = [await runEmulated(executable), await runEmulated(executable)];
    const recorded: ProgramRun = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
    expect(seen(one)).toEqual(recorded);
    expect(two).toEqual(one);
  });
});

function seen({ output, errorOutput, status }: ProgramRun): ProgramRun {
  return { output, errorOutput, status };
}
