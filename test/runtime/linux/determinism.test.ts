/** Whatever a program can observe follows from the program, its input and the count: in every mode, in slices of any length. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { HostEntry, HostFolder, HostFolderEntry } from "../../../runtime/debuggee.js";
import { Random } from "../engine/random-program.js";
import { type Given, type Mode, ProcessRun } from "./process-run.js";
import { canBuild, executableOf, given, programsFolder } from "./static-programs.js";

/** Runs the program in every mode; the states at `stops` random counts and at the end must be the same. */
async function compareModes(
  executable: Uint8Array,
  stops: number,
  program: Given = given,
  hostFolders: readonly HostFolder[] = [],
): Promise<void> {
  const start = (mode: Mode, slice: number) => new ProcessRun(executable, program, mode, slice, hostFolders);
  const whole = start("tiered", 1_000_000);
  whole.runTo(Number.POSITIVE_INFINITY);
  expect(whole.ended).toMatch(/^status /);
  const random = new Random(7);
  const total = whole.machine.instructionCount;
  const counts = Array.from({ length: stops }, () => 1 + random.below(total)).sort((a, b) => a - b);
  const runs = [start("interpreter", 1_000_000), start("tiered", 7919), start("regions", 100_003)];
  for (const count of [...counts, Number.POSITIVE_INFINITY]) {
    // The test runner wants to hear from its worker.
    await new Promise(setImmediate);
    const [expected, ...others] = runs.map((run) => {
      run.runTo(count);
      return run.state();
    });
    for (const other of others) expect(other).toEqual(expected);
  }
  expect(runs.map((run) => run.state())).toEqual(runs.map(() => whole.state()));
}

function prebuilt(name: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(join(programsFolder, "prebuilt", `${name}.gz`))));
}

describe("the same state at the same count", () => {
  it.each(["text", "signals", "sockets", "timers", "processes", "shared-memory"])(
    "of %s.c, prebuilt, in every mode",
    async (name) => {
      await compareModes(prebuilt(name), 5);
    },
    120_000,
  );

  it("of a program that reads a folder of the host", async () => {
    const file = (text: string): HostEntry => {
      const bytes = new TextEncoder().encode(text);
      return { kind: "file", size: bytes.length, read: (at, count) => bytes.slice(at, at + count) };
    };
    const folder = (entries: Readonly<Record<string, HostEntry>>): HostFolderEntry => ({
      kind: "folder",
      names: () => Object.keys(entries),
      entry: (name) => entries[name],
    });
    const deep = folder({
      deep: folder({ file: file("deep\n") }),
      "link-up": { kind: "link", target: "../hello.txt" },
    });
    const data = folder({ "hello.txt": file("hello\nworld\n"), "large.bin": file("x".repeat(400_001)), sub: deep });
    await compareModes(prebuilt("read-only-folder"), 5, { ...given, arguments: ["/data"] }, [
      { path: "/data", folder: data },
    ]);
  }, 120_000);

  const build = "glibc -O2";
  it.runIf(canBuild(build)).each(["threads.c", "channels.c", "float.c"])(
    "of %s, in every mode",
    (source) => compareModes(readFileSync(executableOf(source, build)), 10),
    120_000,
  );
});
