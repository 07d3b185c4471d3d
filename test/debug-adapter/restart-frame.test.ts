/** Winding a thread back to the beginning of a function: what runs again is the same. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterAll, describe, expect, it } from "vitest";
import { hasTools, output } from "../runtime/object/toolchain.js";
import type { Client } from "./support/client.js";
import { connect, launch, launchText } from "./support/in-process.js";
import { exiting, signalling } from "./support/signalling.js";
import { stoppedInCounterTwo } from "./support/stopped.js";

async function restart(client: Client, frame: DebugProtocol.StackFrame | undefined) {
  await client.request("restartFrame", { frameId: frame?.id });
  expect(await client.stopped()).toMatchObject({ reason: "restart" });
}

const calls = `        .globl main
        .type main, @function
main:
        push %rbx
        mov $7, %ebx
        mov $5, %edi
        call outer
        lea (%rax,%rbx), %edi
        mov $60, %eax
        syscall
        .size main, . - main
        .type outer, @function
outer:
        push %rbx
        push %rbp
        lea 1(%rdi), %ebx
        mov $9, %ebp
        call inner
        pop %rbp
        pop %rbx
        ret
        .size outer, . - outer
        .type inner, @function
inner:
        mov $3, %ebx
        mov $4, %ebp
here:   lea (%rdi,%rdi), %eax
        ret
        .size inner, . - inner
`;

describe("a restarted function", () => {
  const stopAtHere = (client: Client) => client.request("setFunctionBreakpoints", { breakpoints: [{ name: "here" }] });

  it("has the registers that it was entered with, where those can be told", async () => {
    // inner loses rbx and rbp without keeping them: without tables, what they were is not known.
    const client = await launchText(
      calls
        .replace("mov $3, %ebx\n", "push %rbx\n")
        .replace("ret\n        .size inner", "pop %rbx\n        ret\n        .size inner")
        .replace("mov $4, %ebp", "nop"),
      {},
      stopAtHere,
    );
    const { threadId = 0 } = await client.stopped();
    const before = await client.stackTrace(threadId);
    expect(before.map(({ canRestart }) => canRestart)).toEqual([true, true, true, true]);
    await restart(client, before[1]);
    const [frame] = await client.stackTrace(threadId);
    expect(frame?.name).toBe("outer");
    expect((await client.evaluate("$rip == outer")).result).toMatch(/^(1|true)/);
    expect((await client.evaluate("$rbx")).result).toMatch(/^(0x)?7\b/);
    expect(client.output("console")).toContain(
      "outer begins again. What has been written to memory and what has been output stays.",
    );
    await client.request("setFunctionBreakpoints", { breakpoints: [] });
    await client.request("continue", { threadId });
    expect((await client.event<DebugProtocol.ExitedEvent>("exited")).exitCode).toBe(5 * 2 + 7);
  });

  it("is refused for a thread that does not run", async () => {
    const { client } = await stoppedInCounterTwo();
    const parked = (await client.threads()).find(({ name }) => name.includes("counter_one"));
    const frames = await client.stackTrace(parked?.id ?? 0);
    expect(frames[0]?.canRestart).toBe(false);
    await expect(client.request("restartFrame", { frameId: frames[1]?.id })).rejects.toThrow(/does not run/);
  });

  it("is refused while a signal is handled above it", async () => {
    const text = signalling(exiting(0));
    const client = await launchText(text, {}, (client) =>
      client.request("setFunctionBreakpoints", { breakpoints: [{ name: "handler" }] }),
    );
    const { threadId = 0 } = await client.stopped();
    const frames = await client.stackTrace(threadId);
    expect(frames.map(({ name }) => name)).toEqual(["handler", "restorer", "raise", "main", "_start"]);
    const main = frames[3];
    await expect(client.request("restartFrame", { frameId: main?.id })).rejects.toThrow(/A signal is being handled/);
  });
});

describe.runIf(hasTools("gcc"))("a restarted function in C", () => {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-restart-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const source = fileURLToPath(new URL("programs/steps.c", import.meta.url));

  async function launched(level: string, name: string): Promise<{ client: Client; threadId: number }> {
    const program = join(folder, `steps${level}`);
    output("gcc", ["-g", level, "-static", source, "-o", program]);
    const client = connect();
    await launch(client, { program }, (client) =>
      client.request("setFunctionBreakpoints", { breakpoints: [{ name }] }),
    );
    const { threadId = 0 } = await client.stopped();
    return { client, threadId };
  }

  it("does the same again, with its arguments", async () => {
    const { client, threadId } = await launched("-O0", "depth");
    // Deep in the recursion: back to the second call of it.
    for (let call = 0; call < 3; call++) {
      await client.request("continue", { threadId });
      await client.stopped();
    }
    const frames = await client.stackTrace(threadId);
    expect(frames.map(({ name }) => name).slice(0, 5)).toEqual(["depth", "depth", "depth", "depth", "main"]);
    await restart(client, frames[2]);
    const after = await client.stackTrace(threadId);
    expect(after.map(({ name }) => name).slice(0, 3)).toEqual(["depth", "depth", "main"]);
    await endsAsIfNothingHadHappened(client, threadId);
  });

  it("has the arguments that its caller passed, where it does not keep them", async () => {
    const { client, threadId } = await launched("-O1", "depth");
    await client.request("next", { threadId });
    await client.stopped();
    const [depth] = await client.stackTrace(threadId);
    await restart(client, depth);
    await endsAsIfNothingHadHappened(client, threadId);
  });

  async function endsAsIfNothingHadHappened(client: Client, threadId: number): Promise<void> {
    await client.request("setFunctionBreakpoints", { breakpoints: [] });
    await client.request("continue", { threadId });
    await client.event("exited");
    // sum(3) + depth(3) + square(twice(1))
    const sum = [1, 2, 3].reduce((total, one) => total + one * one + 3 * one, 0);
    expect(client.output("stdout")).toBe(`${sum + 3 + 4}\n`);
  }

  it("is refused where it was inlined", async () => {
    const { client, threadId } = await launched("-O0", "twice");
    const [twice] = await client.stackTrace(threadId);
    expect(twice).toMatchObject({ name: "twice", canRestart: false });
    await expect(client.request("restartFrame", { frameId: twice?.id })).rejects.toThrow(/inlined/);
  });
});
