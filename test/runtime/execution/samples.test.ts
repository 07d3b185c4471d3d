import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { DebuggeeStop } from "../../../runtime/debuggee.js";
import { canRunNatively, runNatively } from "./native.js";
import { build, Session } from "./session.js";

const folder = fileURLToPath(new URL("../../../samples", import.meta.url));

/** Those in assembly: executables have tests of their own. */
const samples = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/${name}.s`));

const textOf = (name: string): string => readFileSync(`${folder}/${name}/${name}.s`, "utf8");

async function runSample(name: string): Promise<{ session: Session; stop: DebuggeeStop }> {
  const session = new Session(build(textOf(name), `${name}.s`), {
    abi: name === "windows-switch" ? "windows" : "systemV",
  });
  return { session, stop: await session.continue() };
}

/** These end in a fault, and the debugger explains it. */
const faulting = new Map<string, { readonly title: RegExp; readonly description: RegExp; readonly signal: string }>([
  [
    "overflow",
    {
      title: /fault/i,
      description: /ran \d+ bytes past the end of its stack \(\d+ bytes from .*, into the stack of “thread 1: \w+”/,
      signal: "SIGSEGV",
    },
  ],
  [
    "misaligned",
    {
      title: /^General protection fault: 0x[0-9a-f]+ is not a multiple of 16$/,
      description: /guard was entered with rsp = 0x[0-9a-f]+: 8 bytes off/,
      signal: "SIGSEGV",
    },
  ],
]);

it("there are nine samples in assembly", () => {
  expect(samples).toHaveLength(9);
});

describe("runs to its end", () => {
  it.each(samples.filter((name) => !faulting.has(name)))("%s", async (name) => {
    const { session, stop } = await runSample(name);
    expect(stop).toEqual({ kind: "exited", status: 0 });
    expect(session.notes).toEqual([]);
    expect(session.output).not.toBe("");
  });
});

describe("ends in a fault that is explained", () => {
  it.each([...faulting])("%s", async (name, { title, description }) => {
    const { stop } = await runSample(name);
    const explanation = { title: expect.stringMatching(title), description: expect.stringMatching(description) };
    expect(stop).toMatchObject({ kind: "fault", explanation });
  });
});

describe.runIf(canRunNatively)("does what the processor and its kernel do", () => {
  it.each(samples)("%s", async (name) => {
    const { session, stop } = await runSample(name);
    const native = runNatively(textOf(name));
    expect(session.output).toBe(native.output);
    expect(session.errorOutput).toBe(native.errorOutput);
    const signal = faulting.get(name)?.signal;
    if (signal === undefined) expect(stop).toMatchObject({ kind: "exited", status: native.status });
    else expect(native.signal).toBe(signal);
  });
});
