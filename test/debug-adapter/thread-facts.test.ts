/** What is shown of each thread: in the scope "Thread", and in our own requests. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { CreationResponse, GreenThreadsListResponse } from "../../debug-adapter/protocol.js";
import type { Client } from "./support/client.js";
import { connect, launch } from "./support/in-process.js";
import { counters, path, stoppedInCounterTwo } from "./support/stopped.js";

/** The line of the second thread's creation. */
const secondSpawn = counters.split("\n").findLastIndex((line) => line.includes("gt_spawn")) + 1;

async function threadScope(client: Client, threadId: number, frame = 0) {
  const frames = await client.stackTrace(threadId);
  const variables = (await client.registers(frames[frame]?.id ?? 0)).get("Thread") ?? [];
  return { variables, value: (name: string) => variables.find((variable) => variable.name === name)?.value };
}

describe("the scope Thread", () => {
  it("says of a parked thread where it came from, where it waits, and what it has used", async () => {
    const { client } = await stoppedInCounterTwo();
    const { threads } = await client.request<GreenThreadsListResponse>("greenThreads/list", {});
    const info = threads.find(({ slot }) => slot === 1);
    const { variables, value } = await threadScope(client, 2, 2);
    expect(value("name")).toBe("thread 1: counter_one");
    expect(value("state")).toBe("ready: waits for its turn");
    expect(value("entry")).toMatch(/<counter_one>$/);
    expect(value("created by")).toBe("thread 0: main, in gt_spawn");
    expect(value("switched out at")).toMatch(/^gt_yield \(green_threads\.s:\d+\)$/);
    expect(value("stack used")).toBe(`${info?.stackUsed} bytes`);
    expect(value("most stack used")).toBe(`${info?.stackHighWaterMark} bytes`);
    expect(value("runs")).toBe("1");
    expect(value("instructions")).toBe(String(info?.instructions));
    expect(variables.every(({ presentationHint }) => presentationHint?.attributes?.includes("readOnly"))).toBe(true);
  });

  it("unfolds the calls in which the thread was created", async () => {
    const { client } = await stoppedInCounterTwo();
    const { variables } = await threadScope(client, 3);
    const created = variables.find(({ name }) => name === "created by");
    const calls = await client.request<{ variables: { value: string }[] }>("variables", {
      variablesReference: created?.variablesReference,
    });
    expect(calls.variables.map(({ value }) => value.replace(/\(green_threads.s:\d+\)/, "(library)"))).toEqual([
      "gt_spawn (library)",
      `main (counters.s:${secondSpawn})`,
      "_start (start.s:18)",
    ]);
  });

  it("leads to the places in the source", async () => {
    const { client } = await stoppedInCounterTwo();
    const { variables } = await threadScope(client, 2);
    const placeOf = async (name: string) => {
      const locationReference = variables.find((variable) => variable.name === name)?.valueLocationReference;
      const { source, line } = await client.request<DebugProtocol.LocationsResponse["body"] & object>("locations", {
        locationReference,
      });
      return `${source.name}:${line}`;
    };
    const [frame] = (await client.stackTrace(2)).filter(({ name }) => name === "gt_yield");
    expect(await placeOf("switched out at")).toBe(`${frame?.source?.name}:${frame?.line}`);
    const entry = counters.split("\n").findIndex((line) => /^counter_one:/.test(line)) + 1;
    expect(await placeOf("entry")).toMatch(new RegExp(`^counters.s:(${entry}|${entry + 1})$`));
    expect(await placeOf("created by")).toMatch(/^green_threads\.s:\d+$/);
  });

  it("leaves out what is not known", async () => {
    const { client } = await stoppedInCounterTwo();
    const { variables } = await threadScope(client, 1);
    expect(variables.map(({ name }) => name)).not.toContain("created by");
    const running = await threadScope(client, 3);
    expect(running.value("state")).toBe("running: owns the processor");
    expect(running.variables.map(({ name }) => name)).not.toContain("switched out at");
  });

  it("cannot be changed", async () => {
    const { client } = await stoppedInCounterTwo();
    const [frame] = await client.stackTrace(3);
    const { scopes } = await client.request<{ scopes: { name: string; variablesReference: number }[] }>("scopes", {
      frameId: frame?.id,
    });
    const variablesReference = scopes.find(({ name }) => name === "Thread")?.variablesReference;
    const change = { variablesReference, name: "runs", value: "7" };
    await expect(client.request("setVariable", change)).rejects.toThrow("cannot be changed");
  });
});

describe("facts for the tree", () => {
  it("say where a thread was created and where it was switched out, with sources", async () => {
    const { client } = await stoppedInCounterTwo();
    const { threads } = await client.request<GreenThreadsListResponse>("greenThreads/list", {});
    expect(threads[0]).not.toHaveProperty("creator");
    expect(threads[1]?.creator).toMatchObject({
      threadId: 1,
      name: "thread 0: main",
      place: { name: "gt_spawn", source: { name: "green_threads.s" } },
    });
    expect(threads[1]?.switchedOutAt).toMatchObject({ name: "gt_yield", source: { name: "green_threads.s" } });
    expect(threads[2]).not.toHaveProperty("switchedOutAt");
    const { calls } = await client.request<CreationResponse>("greenThreads/creation", { threadId: 2 });
    expect(calls.map(({ name }) => name)).toEqual(["gt_spawn", "main", "_start"]);
    expect(calls[1]?.source).toEqual({ name: "counters.s", path });
    expect((await client.request<CreationResponse>("greenThreads/creation", { threadId: 1 })).calls).toEqual([]);
    await expect(client.request("greenThreads/creation", { threadId: 99 })).rejects.toThrow("no green thread 99");
  });

  it("tell of a program in Rust, in its source", async () => {
    const program = fileURLToPath(new URL("../../samples/rust-runtime/rust-runtime", import.meta.url));
    const source = readFileSync(`${program}.rs`, "utf8");
    const client = connect();
    await launch(client, { program }, (client) =>
      client.request("setFunctionBreakpoints", { breakpoints: [{ name: "yield_thread", hitCondition: "3" }] }),
    );
    const { threadId = 0 } = await client.stopped();
    const { calls } = await client.request<CreationResponse>("greenThreads/creation", { threadId });
    const run = calls.find(({ name }) => name === "rust_runtime::Runtime::run");
    expect(source.split("\n")[(run?.line ?? 0) - 1]).toContain("t_yield");
    expect(run?.source?.path).toBe(`${program}.rs`);
  });
});
