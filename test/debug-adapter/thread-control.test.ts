/** Interfering with the schedule: one thread alone, and the end of others. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { connect, filesOf, launch } from "./support/in-process.js";
import { counters, path, stoppedInCounterTwo } from "./support/stopped.js";

const lineOf = (text: string) => counters.split("\n").findIndex((line) => line.includes(text)) + 1;

/** Stopped where counter_one is about to yield for the first time; the breakpoint is gone. */
async function stoppedInCounterOne(args: object = {}): Promise<{ client: Client; threadId: number }> {
  const client = connect(filesOf({ [path]: counters }));
  await launch(client, { program: path, ...args }, (client) =>
    client.request("setBreakpoints", {
      source: { path },
      breakpoints: [{ line: lineOf("call    gt_yield") }],
    }),
  );
  const { threadId = 0 } = await client.stopped();
  await client.request("setBreakpoints", { source: { path }, breakpoints: [] });
  return { client, threadId };
}

const counted = (client: Client, thread: number) =>
  client
    .output("stdout")
    .split("\n")
    .filter((line) => line.startsWith(`thread: ${thread} counter:`)).length;

async function runToEnd(client: Client, threadId: number): Promise<number> {
  await client.request("continue", { threadId });
  return (await client.event<DebugProtocol.ExitedEvent>("exited")).exitCode;
}

describe("a thread alone", () => {
  it("steps over yields without the others, and they go on when they may", async () => {
    const { client, threadId } = await stoppedInCounterOne();
    const before = counted(client, 2);
    for (let step = 0; step < 12; step++) {
      await client.request("next", { threadId, singleThread: true });
      expect(await client.stopped()).toMatchObject({ reason: "step", threadId });
    }
    expect(counted(client, 1)).toBeGreaterThan(1);
    expect(counted(client, 2)).toBe(before);
    // Nothing of it is left behind.
    expect(await runToEnd(client, threadId)).toBe(0);
    expect([counted(client, 1), counted(client, 2)]).toEqual([10, 15]);
  });

  it("runs to its end, where another one is given the processor, and says so", async () => {
    const { client, threadId } = await stoppedInCounterOne();
    const before = counted(client, 2);
    const response = await client.request<DebugProtocol.ContinueResponse["body"]>("continue", {
      threadId,
      singleThread: true,
    });
    expect(response).toEqual({ allThreadsContinued: false });
    const stop = await client.stopped();
    expect(stop).toMatchObject({
      reason: "pause",
      description: "Paused before another thread runs",
      text: expect.stringMatching(/was given the processor, and only .* was to run\.$/),
    });
    expect(stop.threadId).not.toBe(threadId);
    expect([counted(client, 1), counted(client, 2)]).toEqual([10, before]);
    expect(await runToEnd(client, stop.threadId ?? 0)).toBe(0);
    expect(counted(client, 2)).toBe(15);
  });

  it("stops where another one would run, when nobody knows how to hold that", async () => {
    const { client, threadId } = await stoppedInCounterOne({ threadModel: "none" });
    const before = [counted(client, 1), counted(client, 2)];
    await client.request("next", { threadId, singleThread: true });
    const stop = await client.stopped();
    expect(stop.description).toMatch(
      /^Paused before another thread runs\. The step of .*counter_one.* was abandoned\.$/,
    );
    expect([counted(client, 1), counted(client, 2)]).toEqual(before);
    expect(await runToEnd(client, threadId)).toBe(0);
    expect([counted(client, 1), counted(client, 2)]).toEqual([10, 15]);
  });

  it("must have the processor", async () => {
    const { client, threadId } = await stoppedInCounterOne();
    const parked = (await client.threads()).find(({ id }) => id !== threadId)?.id;
    for (const command of ["continue", "next", "stepIn", "stepOut"]) {
      await expect(client.request(command, { threadId: parked, singleThread: true })).rejects.toThrow(
        /does not have the processor/,
      );
    }
  });
});

describe("terminating threads", () => {
  it("ends one that is parked; the others go on without it", async () => {
    const { client, threadId } = await stoppedInCounterTwo();
    await client.request("setFunctionBreakpoints", { breakpoints: [] });
    const one = (await client.threads()).find(({ name }) => name.includes("counter_one"));
    const before = counted(client, 1);
    await client.request("terminateThreads", { threadIds: [one?.id] });
    expect(await client.event("thread", ({ reason }) => reason === "exited")).toMatchObject({ threadId: one?.id });
    expect((await client.threads()).map(({ id }) => id)).not.toContain(one?.id);
    expect(await runToEnd(client, threadId)).toBe(0);
    expect([counted(client, 1), counted(client, 2)]).toEqual([before, 15]);
    expect(client.output("stdout")).not.toContain("THREAD 1 FINISHED");
  });

  it("is refused with the reason where it cannot be", async () => {
    const { client, threadId } = await stoppedInCounterTwo();
    const base = (await client.threads())[0]?.id ?? 0;
    const because = (...threadIds: number[]) => client.request("terminateThreads", { threadIds });
    await expect(because(base)).rejects.toThrow(/its end is the program's/);
    await expect(because(threadId)).rejects.toThrow(/has the processor/);
    await expect(because(4711)).rejects.toThrow(/thread 4711 cannot be terminated: it does not live any more/);
    const others = await client.threads();
    expect(others.map(({ id }) => id)).toContain(threadId);
  });

  it("is refused while the runtime changes its table", async () => {
    const { client, threadId } = await stoppedInCounterTwo();
    await client.request("stepIn", { threadId, granularity: "instruction" });
    await client.stopped();
    const one = (await client.threads()).find(({ name }) => name.includes("counter_one"));
    await expect(client.request("terminateThreads", { threadIds: [one?.id] })).rejects.toThrow(/change its table/);
  });

  it("is refused where the runtime is not known", async () => {
    const { client, threadId } = await stoppedInCounterOne({ threadModel: "none" });
    await client.request("next", { threadId });
    await client.stopped();
    const other = (await client.threads()).find(({ name, id }) => id !== threadId && name.includes("counter_two"));
    await expect(client.request("terminateThreads", { threadIds: [other?.id] })).rejects.toThrow(
      /not known how this program's runtime ends a thread/,
    );
  });
});
