/** Discovery on programs that know nothing of us: what it finds is what each program knows of its own threads. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Build, canBuild, discover } from "./programs.js";

const sources = readdirSync(fileURLToPath(new URL("programs/", import.meta.url)));

/** How each program is built; and whether a debugger wants to hear of every switch. */
const buildsOf: Readonly<Record<string, readonly (readonly [Build, "told" | "quiet"])[]>> = {
  c: [
    ["gcc -O0", "told"],
    ["gcc -O2", "quiet"],
  ],
  cpp: [["g++ -O2", "told"]],
  rs: [["rustc -O", "told"]],
};
const more: readonly (readonly [source: string, build: Build, "told" | "quiet"])[] = [
  ["throwing.cpp", "g++ -O0", "quiet"],
  ...["sigaltstack.c", "carved.c", "pthreads.c", "migrating.c", "alone-signals.c", "alone-stack.c"].map(
    (source) => [source, "musl -O1", "told"] as const,
  ),
  ["push-pop.c", "gcc -O2 -fno-omit-frame-pointer", "told"],
  ["alone-vfork.c", "gcc, retpolines", "told"],
  ["inside-main.c", "gcc, retpolines", "told"],
];

const cases = sources.flatMap((source) =>
  (buildsOf[source.slice(source.lastIndexOf(".") + 1)] ?? []).map(
    ([build, told]) => [source, build, told] as readonly [string, Build, "told" | "quiet"],
  ),
);

const compilers = new Map<Build, boolean>();
function isHere(build: Build): boolean {
  const known = compilers.get(build) ?? canBuild(build);
  compilers.set(build, known);
  return known;
}

describe("threads, switches and entry functions", () => {
  test.for([...cases, ...more].filter(([, build]) => isHere(build)))(
    "%s, %s, %s",
    { timeout: 60_000 },
    async ([source, build, told]) => {
      const outcome = await discover(source, build, told === "told");
      expect(outcome.output).toBe(outcome.native);
      const { truth, found } = outcome;
      // Where nobody wants to hear of switches, the engine decides most of them; they are counted all the same.
      expect(found).toEqual(told === "told" ? truth : { ...truth, switches: 0 });
      const livingToTheEnd = outcome.living === truth.threads;
      if (livingToTheEnd) {
        expect(outcome.runs).toBe(truth.switches);
        expect(outcome.instructions).toBe(outcome.allInstructions);
      }
      const isCopying = source === "copying.c";
      expect(outcome.notes.filter((note) => /share a stack/.test(note))).toHaveLength(isCopying ? 1 : 0);
    },
  );
});
