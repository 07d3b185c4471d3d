/** A stop among a hundred thousand green threads: what an editor and our views ask then, and how much memory it takes. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { nodeHostFiles } from "../../debug-adapter/host-files.node.js";
import type { GreenThreadsListResponse } from "../../debug-adapter/protocol.js";
import { createSession } from "../../debug-adapter/session.js";
import { Client, type Message } from "../debug-adapter/support/client.js";

/** In the second turn of half of the threads: all of them live. */
const hits = 300_001;
const steps = 30;

/** Milliseconds of the processors' time that `action` takes, in this process. */
async function spent(action: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Prints processor times: to the first stop, of the questions at it, of the steps and questions behind it. */
export async function benchHundredThousand(): Promise<void> {
  const session = createSession({ files: nodeHostFiles() });
  const client = new Client((message) => session.handleMessage(JSON.parse(JSON.stringify(message))));
  session.onDidSendMessage((message) => client.receive(JSON.parse(JSON.stringify(message)) as Message));
  await client.initialize();
  const program = `${process.env.GREEN_THREADS_ROOT ?? process.cwd()}/samples/hundred-thousand/hundred-thousand`;
  await client.request("launch", { program });
  await client.event("initialized");
  await client.request("setFunctionBreakpoints", { breakpoints: [{ name: "change", hitCondition: String(hits) }] });
  let threadId = 0;
  const run = await spent(async () => {
    await client.request("configurationDone");
    threadId = (await client.stopped()).threadId ?? 0;
  });
  await client.request("setFunctionBreakpoints", { breakpoints: [] });
  const questions: [string, () => Promise<unknown>][] = [
    ["threads", () => client.threads()],
    ["stackTrace", () => client.request("stackTrace", { threadId, startFrame: 0, levels: 20 })],
    ["scopes and variables", () => scopesAndVariables(client, threadId)],
    ["a page of the tree", () => list(client, { start: 0, count: 100 })],
    ["a page in the middle", () => list(client, { start: 50_000, count: 100, filter: { state: "ready" } })],
  ];
  const first = new Map<string, number>();
  for (const [name, ask] of questions) first.set(name, await spent(ask));
  const later = new Map<string, number[]>([
    ["step", []],
    ...questions.map(([name]) => [name, []] as [string, number[]]),
  ]);
  for (let step = 0; step < steps; step++) {
    const next = await spent(async () => {
      await client.request("next", { threadId, granularity: "instruction" });
      await client.stopped();
    });
    later.get("step")?.push(next);
    for (const [name, ask] of questions) later.get(name)?.push(await spent(ask));
  }
  const filter = await spent(() => list(client, { count: 100, filter: { text: "worker" } }));
  const { total } = await list(client, { count: 1 });
  const peak = process.resourceUsage().maxRSS / 1024;
  session.dispose();
  console.log(`  ${total.toLocaleString("en")} threads, all alive (processor time)`);
  console.log(
    `    until they have run and the program stops ${(run / 1000).toFixed(1)} s, at most ${peak.toFixed(0)} MiB`,
  );
  const sum = [...first.values()].reduce((all, one) => all + one, 0);
  console.log(`    first stop: ${line(first)}; together ${sum.toFixed(1)} ms`);
  console.log(`    later, medians: ${line(new Map([...later].map(([name, times]) => [name, median(times)])))}`);
  console.log(`    all filtered by a text ${filter.toFixed(1)} ms`);
}

function list(client: Client, args: object): Promise<GreenThreadsListResponse> {
  return client.request<GreenThreadsListResponse>("greenThreads/list", args);
}

async function scopesAndVariables(client: Client, threadId: number): Promise<void> {
  const body = await client.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", { threadId, levels: 1 });
  const frameId = body.stackFrames[0]?.id;
  const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId });
  for (const { variablesReference } of scopes) await client.request("variables", { variablesReference });
}

const line = (times: ReadonlyMap<string, number>) =>
  [...times].map(([name, time]) => `${name} ${time.toFixed(1)} ms`).join(", ");

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
