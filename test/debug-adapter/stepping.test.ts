/**
 * What a person sees who steps through the counters sample, as text files beside this one. When a change of behaviour
 * is meant, `npx vitest run -u test/debug-adapter/stepping.test.ts` writes them again: read the difference.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { connect, filesOf, launch } from "./support/in-process.js";

const path = "/samples/counters.s";
const counters = readFileSync(fileURLToPath(new URL("../../samples/counters/counters.s", import.meta.url)), "utf8");
const lineOf = (text: string) => counters.split("\n").findIndex((line) => line.includes(text)) + 1;

/** Steps and writes down where each one lands, and what the program printed meanwhile. */
class Transcript {
  text = "";
  #printed = 0;

  constructor(
    readonly client: Client,
    readonly sources: ReadonlyMap<string, string>,
  ) {}

  async begin(title: string): Promise<number> {
    this.text += `# ${title}\n`;
    return this.#stop("start");
  }

  /** One request and the stop that it leads to; returns the thread that stopped. */
  async step(
    command: "next" | "stepIn" | "stepOut" | "continue",
    threadId: number,
    args: object = {},
  ): Promise<number> {
    await this.client.request(command, { threadId, ...args });
    return this.#stop("granularity" in args ? `${command} (${args.granularity})` : command);
  }

  async #stop(request: string): Promise<number> {
    const stop = await this.client.stopped();
    const output = this.client.output("stdout");
    const end = output.lastIndexOf("\n") + 1;
    for (const line of output.slice(this.#printed, end).split("\n").slice(0, -1)) this.text += `    | ${line}\n`;
    this.#printed = end;
    const threadId = stop.threadId ?? 0;
    const thread = (await this.client.threads()).find(({ id }) => id === threadId);
    const [frame] = await this.client.stackTrace(threadId);
    const code = this.sources.get(frame?.source?.name ?? "")?.split("\n")[(frame?.line ?? 0) - 1] ?? "";
    const place = `${frame?.name} ${frame?.source?.name}:${frame?.line}`;
    this.text += `${request.padEnd(21)} ${stop.reason.padEnd(20)} ${(thread?.name ?? "?").padEnd(32)} ${place.padEnd(30)} ${code
      .replace(/\s*#.*$/, "")
      .trim()
      .replace(/\s+/g, " ")}\n`;
    return threadId;
  }
}

async function begin(
  title: string,
  args: object,
  configure: (client: Client) => Promise<unknown>,
): Promise<{ transcript: Transcript; thread: number }> {
  const client = connect(filesOf({ [path]: counters }));
  await launch(client, { program: path, ...args }, configure);
  const sources = new Map([["counters.s", counters]]);
  const { sources: all } = await client.request<DebugProtocol.LoadedSourcesResponse["body"]>("loadedSources");
  for (const source of all) {
    if (source.sourceReference === undefined) continue;
    const { content } = await client.request<DebugProtocol.SourceResponse["body"]>("source", {
      source,
      sourceReference: source.sourceReference,
    });
    sources.set(source.name ?? "", content);
  }
  const transcript = new Transcript(client, sources);
  return { transcript, thread: await transcript.begin(title) };
}

const breakOnLine = (line: number) => (client: Client) =>
  client.request("setBreakpoints", { source: { path }, breakpoints: [{ line }] });

const golden = (transcript: Transcript, name: string) =>
  expect(transcript.text).toMatchFileSnapshot(`transcripts/${name}.txt`);

describe("stepping through counters", () => {
  it("next over a yield ends on the next line of the same thread", async () => {
    const { transcript, thread } = await begin(
      "A breakpoint on counter_one's call of gt_yield; the breakpoint goes; next, next, … around the loop",
      {},
      breakOnLine(lineOf("call    gt_yield")),
    );
    await transcript.client.request("setBreakpoints", { source: { path }, breakpoints: [] });
    for (let step = 0; step < 20; step++) await transcript.step("next", thread);
    await golden(transcript, "next-over-yield");
  });

  it("next over each line of main", async () => {
    const { transcript, thread } = await begin(
      "From the entry, next by next, into main by stepIn",
      { stopOnEntry: true },
      async () => {},
    );
    let current = thread;
    for (let step = 0; step < 5; step++) current = await transcript.step("next", current);
    current = await transcript.step("stepIn", current);
    for (let step = 0; step < 8; step++) current = await transcript.step("next", current);
    await golden(transcript, "main");
  });

  it("stepIn goes into gt_yield and through gt_switch", async () => {
    const { transcript, thread } = await begin(
      "A breakpoint on counter_one's call of gt_yield; then stepIn to the switch and beyond it",
      {},
      breakOnLine(lineOf("call    gt_yield")),
    );
    await transcript.client.request("setBreakpoints", { source: { path }, breakpoints: [] });
    let current = thread;
    for (let step = 0; step < 45; step++) current = await transcript.step("stepIn", current);
    await golden(transcript, "step-into-switch");
  });

  it("stepOut leaves a function in the same thread, over a switch", async () => {
    const { transcript, thread } = await begin(
      "A breakpoint in gt_switch; stepOut until the thread is back in its own code",
      {},
      (client) =>
        client.request("setFunctionBreakpoints", {
          breakpoints: [{ name: "gt_switch", condition: "thread.slot == 2" }],
        }),
    );
    await transcript.client.request("setFunctionBreakpoints", { breakpoints: [] });
    await transcript.step("stepOut", thread);
    await transcript.step("stepOut", thread);
    await golden(transcript, "step-out-of-switch");
  });

  it("next on a parked thread runs until it has advanced a line", async () => {
    const { transcript } = await begin(
      "A breakpoint on counter_two's call of gt_yield stops thread 2; next on thread 1, which is parked",
      {},
      breakOnLine(counters.split("\n").findLastIndex((line) => line.includes("call    gt_yield")) + 1),
    );
    await transcript.client.request("setBreakpoints", { source: { path }, breakpoints: [] });
    const parked = (await transcript.client.threads()).find(({ name }) => name.includes("counter_one"))?.id ?? 0;
    await transcript.step("next", parked);
    await transcript.step("next", parked);
    await transcript.step("next", parked);
    await golden(transcript, "next-on-a-parked-thread");
  });

  it("instruction by instruction", async () => {
    const { transcript, thread } = await begin(
      "A breakpoint on gt_switch; stepIn by instruction over the switch of stacks",
      {},
      (client) => client.request("setFunctionBreakpoints", { breakpoints: [{ name: "gt_switch" }] }),
    );
    await transcript.client.request("setFunctionBreakpoints", { breakpoints: [] });
    let current = thread;
    for (let step = 0; step < 20; step++) {
      current = await transcript.step("stepIn", current, { granularity: "instruction" });
    }
    await golden(transcript, "instructions");
  });

  it("a breakpoint that another thread comes to ends a step, and says so", async () => {
    const client = connect(filesOf({ [path]: counters }));
    const breakOn = (condition: string) =>
      client.request("setFunctionBreakpoints", { breakpoints: [{ name: "gt_yield", condition }] });
    await launch(client, { program: path }, () => breakOn("thread.slot == 1"));
    const { threadId: first = 0 } = await client.stopped();
    await breakOn("thread.slot == 2");
    await client.request("stepOut", { threadId: first });
    const stop = await client.stopped();
    const threads = await client.threads();
    const nameOf = (id: number | undefined) => threads.find((thread) => thread.id === id)?.name.replace(/ \(.*/, "");
    expect(stop.threadId).not.toBe(first);
    expect(nameOf(stop.threadId)).toContain("counter_two");
    expect(stop).toMatchObject({
      reason: "function breakpoint",
      description: `Paused on function breakpoint in another thread. The step of ${nameOf(first)} was abandoned.`,
    });
    // A step of the thread that has stopped is its own again.
    await breakOn("thread.slot == 99");
    await client.request("next", { threadId: stop.threadId });
    expect(await client.stopped()).toMatchObject({ threadId: stop.threadId, description: "Paused on step" });
  });

  it("stops at every event of the threads", async () => {
    const { transcript, thread } = await begin("The filters Spawn and Thread finished, and continue", {}, (client) =>
      client.request("setExceptionBreakpoints", { filters: ["spawn", "finish"] }),
    );
    let current = thread;
    for (let step = 0; step < 3; step++) current = await transcript.step("continue", current);
    await golden(transcript, "events");
  });
});
