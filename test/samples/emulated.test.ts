/** Every sample on our own assembler and engine prints what it printed natively, and ends the same way. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ProgramImage } from "../../runtime/base/program-image.js";
import { loadDebuggee, readExecutable } from "../../runtime/debuggee.js";
import { buildProgram } from "../../runtime/execution/build-program.js";
import { allSamples, expectedOutput, type Sample, samplePath, sampleText } from "./sample-list.js";

function imageOf(sample: Sample): ProgramImage {
  if (sample.build) {
    const read = readExecutable(readFileSync(samplePath(sample)));
    if (!read.ok) throw new Error(read.error);
    return read.value;
  }
  const built = buildProgram({ path: samplePath(sample), text: sampleText(sample) });
  if (!built.ok) throw new Error(built.error.map(({ message, span }) => `${span.line}: ${message}`).join("\n"));
  return built.value;
}

async function runEmulated(sample: Sample) {
  const image = imageOf(sample);
  const decoder = new TextDecoder();
  const output = { stdout: "", stderr: "" };
  const notes: string[] = [];
  const debuggee = loadDebuggee(image, {
    arguments: [],
    environment: {},
    abi: sample.abi ?? "systemV",
    instructionLimit: 50_000_000,
    observer: {
      output: (stream, bytes) => {
        output[stream] += decoder.decode(bytes);
      },
      note: (text) => notes.push(text),
      threadStarted: () => {},
      threadExited: () => {},
    },
  });
  if (!debuggee.ok) throw new Error(debuggee.error);
  const stop = await debuggee.value.run({ kind: "continue" });
  return { ...output, notes, stop };
}

describe("on the emulator", () => {
  test.each(allSamples.map((sample) => [sample.name, sample] as const))(
    "%s",
    { timeout: 120_000 },
    async (_, sample) => {
      const { stdout, stderr, notes, stop } = await runEmulated(sample);
      expect(stdout).toBe(expectedOutput(sample));
      expect(stderr).toBe("");
      expect(notes).toEqual([]);
      // 139: as a shell tells the end by SIGSEGV.
      const status = stop.kind === "exited" ? stop.status : stop.kind === "fault" ? 139 : stop.kind;
      expect(status).toBe(sample.expectedStatus);
    },
  );
});
