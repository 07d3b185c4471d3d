/** Programs with more green threads than a client can show: what it is shown, and how it comes to the others. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { GreenThreadsListArguments, GreenThreadsListResponse } from "../../debug-adapter/protocol.js";
import type { Client } from "./support/client.js";
import { connect, filesOf, launch } from "./support/in-process.js";

const program = "/samples/hundred-thousand";
const executable = readFileSync(
  fileURLToPath(new URL("../../samples/hundred-thousand/hundred-thousand", import.meta.url)),
);
const threads = 3000;

/** Stopped in a thread's second turn: thread `number` of the program, which has the id `number + 1`. */
async function stoppedInSecondTurn(number: number, args: object = {}): Promise<Client> {
  const client = connect(filesOf({ [program]: new Uint8Array(executable) }));
  // The first turn, and each of the others twice: there and back.
  const hits = 2 * (threads + number - 1) + 1;
  await launch(client, { program, args: [String(threads)], ...args }, (client) =>
    client.request("setFunctionBreakpoints", { breakpoints: [{ name: "change", hitCondition: String(hits + 1) }] }),
  );
  expect((await client.stopped()).threadId).toBe(number + 1);
  return client;
}

const list = (client: Client, args: GreenThreadsListArguments) =>
  client.request<GreenThreadsListResponse>("greenThreads/list", args);
const ids = (shown: readonly { readonly id: number }[]) => shown.map(({ id }) => id);

describe("threads of a program with 3,000", () => {
  it("are the one that runs and those that ran last, and the main thread; a note says so once", async () => {
    const client = await stoppedInSecondTurn(700, { threadsShown: 5 });
    const shown = await client.threads();
    expect(ids(shown)).toEqual([701, 1, 700, 699, 698]);
    // They are all of one function.
    expect(shown.slice(0, 3).map(({ name }) => name)).toEqual([
      "worker #701 (running)",
      "base thread: main (ready)",
      "worker #700 (ready)",
    ]);
    expect(ids(await client.threads())).toHaveLength(5);
    await client.event("output");
    expect(client.output("console").match(/Showing 5 of 3,001 threads/g)).toHaveLength(1);
  });

  it("are a thousand where nothing else is said", async () => {
    const client = await stoppedInSecondTurn(2);
    const shown = ids(await client.threads());
    expect(shown).toHaveLength(1000);
    expect(shown.slice(0, 4)).toEqual([3, 1, 2, 3001]);
    expect((await client.event<DebugProtocol.OutputEvent>("output")).output).toContain(
      "Showing 1,000 of 3,001 threads",
    );
  });

  it("are all of them where that is asked for, in order of birth", async () => {
    const client = await stoppedInSecondTurn(2, { threadsShown: 4000 });
    expect(ids(await client.threads())).toEqual(Array.from({ length: threads + 1 }, (_, index) => index + 1));
    expect(client.output("console")).toBe("");
  });

  it("keep those in which the program stopped before", async () => {
    const client = await stoppedInSecondTurn(100, { threadsShown: 6 });
    for (const expected of [600, 1100]) {
      await client.request("setFunctionBreakpoints", { breakpoints: [] });
      await client.request("setFunctionBreakpoints", { breakpoints: [{ name: "change", hitCondition: "1000" }] });
      await client.request("continue", { threadId: 101 });
      expect((await client.stopped()).threadId).toBe(expected + 1);
    }
    expect(ids(await client.threads())).toEqual([1101, 601, 101, 1, 1100, 1099]);
  });

  it("have stacks and take steps whether they are shown or not", async () => {
    const client = await stoppedInSecondTurn(700, { threadsShown: 5 });
    const frames = await client.stackTrace(2222);
    expect(frames.map(({ name }) => name)).toEqual(["change", "wait_for_turn", "worker"]);
    const registers = await client.registers(frames[1]?.id ?? 0);
    expect(registers.get("Locals")?.map(({ name }) => name)).toEqual(["self"]);
    await client.request("next", { threadId: 2222 });
    expect((await client.stopped()).threadId).toBe(2222);
    expect(ids(await client.threads()).slice(0, 2)).toEqual([2222, 701]);
  });

  it("have the focused one among them", async () => {
    const client = await stoppedInSecondTurn(700, { threadsShown: 5 });
    await client.request("greenThreads/focus", { threadId: 2222 });
    expect((await client.stopped()).threadId).toBe(2222);
    expect(ids(await client.threads())).toEqual([701, 2222, 1, 700, 699]);
  });

  it("are announced up to the number that is shown", async () => {
    const client = await stoppedInSecondTurn(2, { threadsShown: 10 });
    const events = client.messages.filter(({ message }) => (message as DebugProtocol.Event).event === "thread");
    expect(events).toHaveLength(10);
  });

  it("come in pages, filtered by state and function", async () => {
    const client = await stoppedInSecondTurn(700);
    const counts = { running: 1, ready: threads, new: 0 };
    const first = await list(client, {});
    expect(ids(first.threads)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
    expect(first).toMatchObject({ counts, total: threads + 1 });
    const waiting = await list(client, { start: 10, count: 1, filter: { function: "wait_for" } });
    expect(waiting.threads[0]?.switchedOutAt?.name).toBe("wait_for_turn");
    const page = await list(client, { start: 2500, count: 3, filter: { function: "Work" } });
    expect(ids(page.threads)).toEqual([2502, 2503, 2504]);
    expect(page.counts).toEqual({ ...counts, ready: threads - 1 });
    expect(ids((await list(client, { filter: { state: "running" } })).threads)).toEqual([701]);
    expect(ids((await list(client, { filter: { state: "ready", name: "MAIN" } })).threads)).toEqual([1]);
    expect((await list(client, { filter: { name: "nobody" } })).threads).toEqual([]);
  });

  it.each<[object, RegExp]>([
    [{ start: -1 }, /"start" must be a whole number/],
    [{ count: "many" }, /"count".*must be of type integer, not string/],
    [{ filter: { state: "asleep" } }, /"filter\.state".*must be "running" or "ready" or "new", not "asleep"/],
    [{ filter: { name: 4 } }, /"filter\.name".*must be of type string, not number/],
  ])("are refused when they are asked for with %j", async (args, problem) => {
    const client = await stoppedInSecondTurn(2);
    await expect(client.malformedRequest("greenThreads/list", args)).rejects.toThrow(problem);
  });
});

it("a launch configuration that shows no thread is refused", async () => {
  const client = connect(filesOf({ [program]: new Uint8Array(executable) }));
  await client.initialize();
  await expect(client.request("launch", { program, threadsShown: 0 })).rejects.toThrow(/"threadsShown".*from 1 on/);
});
