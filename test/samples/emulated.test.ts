/** Every sample on our own assembler and engine prints what it printed natively, and ends the same way. */
import { describe, expect, test } from "vitest";
import { loadDebuggee } from "../../runtime/debuggee.js";
import { buildProgram } from "../../runtime/execution/build-program.js";
import { expectedOutput, type Sample, samplePath, samples, sampleText } from "./sample-list.js";

async function runEmulated(sample: Sample) {
  const image = buildProgram({ path: samplePath(sample), text: sampleText(sample) });
  if (!image.ok) throw new Error(image.error.map(({ message, span }) => `${span.line}: ${message}`).join("\n"));
  const decoder = new TextDecoder();
  const output = { stdout: "", stderr: "" };
  const notes: string[] = [];
  const debuggee = loadDebuggee(image.value, {
    arguments: [sample.program],
    environment: {},
    abi: sample.abi ?? "systemV",
    instructionLimit: 10_000_000,
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
  test.each(samples.map((sample) => [sample.name, sample] as const))("%s", async (_, sample) => {
    const { stdout, stderr, notes, stop } = await runEmulated(sample);
    expect(stdout).toBe(expectedOutput(sample));
    expect(stderr).toBe("");
    expect(notes).toEqual([]);
    // 139: as a shell tells the end by SIGSEGV.
    const status = stop.kind === "exited" ? stop.status : stop.kind === "fault" ? 139 : stop.kind;
    expect(status).toBe(sample.expectedStatus);
  });
});
