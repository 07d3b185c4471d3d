import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { GreenThreadsListResponse } from "../../debug-adapter/protocol.js";
import { connect, filesOf, launch } from "./support/in-process.js";
import { counters, path, stoppedInCounterTwo } from "./support/stopped.js";

describe("threads and stacks", () => {
  it("shows each green thread with its own frames", async () => {
    const { client } = await stoppedInCounterTwo();
    const threads = await client.threads();
    expect(threads.map(({ name }) => name)).toEqual([
      "thread 0: main (ready)",
      "thread 1: counter_one (ready)",
      "thread 2: counter_two (running)",
    ]);
    const stacks = await Promise.all(threads.map(({ id }) => client.stackTrace(id)));
    expect(stacks.map((frames) => frames.map(({ name }) => name))).toEqual([
      ["gt_switch", "gt_yield", "gt_run", "main", "_start"],
      ["gt_switch", "gt_yield", "counter_one", "skip", "guard"],
      ["gt_yield", "counter_two", "skip", "guard"],
    ]);
    expect(stacks[1]?.map(({ presentationHint }) => presentationHint)).toEqual([
      undefined,
      undefined,
      undefined,
      "subtle",
      "subtle",
    ]);
    expect(stacks[2]?.[1]?.source).toEqual({ name: "counters.s", path });
    expect(stacks[2]?.[0]?.source?.sourceReference).toBeGreaterThan(0);
    for (const frame of stacks.flat()) expect(frame.instructionPointerReference).toMatch(/^0x[0-9a-f]+$/);
  });

  it("gives a stack in pages", async () => {
    const { client, threadId } = await stoppedInCounterTwo();
    const page = (args: object) =>
      client.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", { threadId, ...args });
    const middle = await page({ startFrame: 1, levels: 2 });
    expect(middle.stackFrames.map(({ name }) => name)).toEqual(["counter_two", "skip"]);
    expect(middle.totalFrames).toBe(4);
    expect((await page({ startFrame: 3, levels: 20 })).stackFrames).toHaveLength(1);
    expect((await page({ startFrame: 9 })).stackFrames).toEqual([]);
    expect((await page({ levels: 0 })).stackFrames).toHaveLength(4);
    const { stackFrames } = await page({ levels: 1, format: { line: true } });
    expect(stackFrames[0]?.name).toMatch(/^gt_yield line \d+$/);
  });

  it("tells when threads start and exit", async () => {
    const client = connect(filesOf({ [path]: counters }));
    await launch(client, { program: path });
    await client.event("terminated");
    const events = client.messages.flatMap(({ message }) => {
      const { event, body } = message as DebugProtocol.ThreadEvent;
      return event === "thread" ? [`${body.reason} ${body.threadId}`] : [];
    });
    expect(events.slice(0, 5)).toEqual(["started 1", "started 2", "started 3", "exited 2", "exited 3"]);
  });

  it("lists what a thread has beyond DAP's threads", async () => {
    const { client } = await stoppedInCounterTwo();
    const { threads } = await client.request<GreenThreadsListResponse>("greenThreads/list", {});
    expect(threads[1]).toMatchObject({
      name: "thread 1: counter_one",
      state: "ready",
      slot: 1,
      entryName: "counter_one",
      stackSize: 0x200000,
      runs: 1,
    });
    const [, thread] = threads;
    const high = BigInt(thread?.stackHighReference ?? 0);
    expect(thread?.stackUsed).toBe(Number(high - BigInt(thread?.stackPointerReference ?? 0)));
    expect(thread?.entryReference).toBe((await client.evaluate("counter_one")).memoryReference);
  });

  it("makes a thread the focused one by a stopped event", async () => {
    const { client } = await stoppedInCounterTwo();
    await client.request("greenThreads/focus", { threadId: 2 });
    expect(await client.stopped()).toMatchObject({ threadId: 2, preserveFocusHint: false, allThreadsStopped: true });
  });
});
