/** Choosing where to go: step-in targets, jumps, modules. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { launchText } from "./support/in-process.js";
import { counters, path, stoppedInCounterTwo } from "./support/stopped.js";

const program = `        .globl main
        .macro both
        call first
        call second
        .endm
main:
        xor %ebx, %ebx
        both
        add $16, %ebx
        mov %ebx, %eax
        ret
        .type first, @function
first:
        inc %ebx
        ret
        .size first, . - first
        .type second, @function
second:
        add $2, %ebx
        ret
        .size second, . - second
`;
const lineOf = (text: string) => program.split("\n").findIndex((line) => line.trim() === text) + 1;
const source = { path: "/work/program.s" };

async function stoppedAt(text: string): Promise<{ client: Client; threadId: number; frame: DebugProtocol.StackFrame }> {
  const client = await launchText(program, {}, (client) =>
    client.request("setBreakpoints", { source, breakpoints: [{ line: lineOf(text) }] }),
  );
  return { client, ...(await nextStop(client)) };
}

async function nextStop(client: Client): Promise<{ threadId: number; frame: DebugProtocol.StackFrame }> {
  const { threadId = 0 } = await client.stopped();
  const [frame] = await client.stackTrace(threadId);
  if (frame === undefined) throw new Error("no frame");
  return { threadId, frame };
}

const targetsIn = (client: Client, frameId: number) =>
  client
    .request<DebugProtocol.StepInTargetsResponse["body"]>("stepInTargets", { frameId })
    .then(({ targets }) => targets);
const targetsOn = (client: Client, text: string) =>
  client
    .request<DebugProtocol.GotoTargetsResponse["body"]>("gotoTargets", { source, line: lineOf(text) })
    .then(({ targets }) => targets);

describe("step-in targets", () => {
  it("are the functions that a line calls, and a step enters the chosen one alone", async () => {
    const { client, threadId, frame } = await stoppedAt("both");
    const targets = await targetsIn(client, frame.id);
    expect(targets.map(({ label }) => label)).toEqual(["first", "second"]);
    await client.request("stepIn", { threadId, targetId: targets[1]?.id });
    const inSecond = await nextStop(client);
    expect(inSecond.frame.name).toBe("second");
    expect((await client.evaluate("ebx")).result).toBe("1");
    expect(await targetsIn(client, inSecond.frame.id)).toEqual([]);
  });

  it("are none in a frame that waits for a call", async () => {
    const { client, threadId } = await stoppedAt("inc %ebx");
    const [, caller] = await client.stackTrace(threadId);
    expect(await targetsIn(client, caller?.id ?? 0)).toEqual([]);
  });
});

describe("a jump", () => {
  it("leaves out what lies between, and may go back", async () => {
    const { client, threadId } = await stoppedAt("both");
    const [target] = await targetsOn(client, "mov %ebx, %eax");
    expect(target).toMatchObject({ label: expect.stringMatching(/^main\+0x/), line: lineOf("mov %ebx, %eax") });
    await client.request("goto", { threadId, targetId: target?.id });
    expect(await client.stopped()).toMatchObject({ reason: "goto", threadId });
    expect((await client.stackTrace(threadId))[0]?.line).toBe(lineOf("mov %ebx, %eax"));
    const [back] = await targetsOn(client, "add $16, %ebx");
    await client.request("goto", { threadId, targetId: back?.id });
    await client.stopped();
    await client.request("continue", { threadId });
    expect(await client.event<DebugProtocol.ExitedEvent>("exited")).toEqual({ exitCode: 16 });
  });

  it("has no target on a line without code, and refuses a place without code", async () => {
    const { client, threadId } = await stoppedAt("both");
    expect(await targetsOn(client, ".macro both")).toEqual([]);
    await expect(client.request("goto", { threadId, targetId: 16 })).rejects.toThrow(/no code at 0x0*10 to go to/);
  });
});

it("tells of the module that the frames belong to", async () => {
  const { client, frame } = await stoppedAt("both");
  const { modules, totalModules } = await client.request<DebugProtocol.ModulesResponse["body"]>("modules", {});
  expect(totalModules).toBe(1);
  expect(modules).toEqual([
    expect.objectContaining({ id: frame.moduleId, name: "program.s", symbolStatus: "Lines and symbols" }),
  ]);
});

it("a run to the cursor in a parked thread, as editors do it, ends in that thread", async () => {
  const { client } = await stoppedInCounterTwo();
  const [, parked] = await client.threads();
  const threadId = parked?.id ?? 0;
  expect(parked?.name).toBe("thread 1: counter_one (ready)");
  const frame = (await client.stackTrace(threadId)).find(({ name }) => name === "counter_one");
  const lines = counters.split("\n");
  // The next line with an instruction behind the call in which the thread is parked.
  const line = lines.findIndex((text, index) => index >= (frame?.line ?? 0) && /^\s+[a-z]/.test(text)) + 1;
  await client.request("setFunctionBreakpoints", { breakpoints: [] });
  await client.request("setBreakpoints", { source: { path }, breakpoints: [{ line }] });
  await client.request("continue", { threadId });
  const stop = await client.stopped();
  expect(stop.threadId).toBe(threadId);
  const [here] = await client.stackTrace(threadId);
  expect(here).toMatchObject({ name: "counter_one", line });
});
