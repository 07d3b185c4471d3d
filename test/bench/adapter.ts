/** What an editor waits for at each step: the step itself, and the questions that it asks at the stop. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { createSession } from "../../debug-adapter/session.js";
import { ok } from "../../runtime/base/result.js";
import { Client, type Message } from "../debug-adapter/support/client.js";
import roundRobin from "./kernels/round-robin.s";
import yieldPingPong from "./kernels/yield-ping-pong.s";

const steps = 60;

interface Cycle {
  /** Milliseconds, medians. */
  readonly step: number;
  readonly questions: number;
  readonly threads: number;
}

/** Steps over lines with the source breakpoint gone, once every thread has had its turn. */
async function measure(source: string): Promise<Cycle> {
  const files = { read: async () => ok(new TextEncoder().encode(source)) };
  const session = createSession({ files });
  const client = new Client((message) => session.handleMessage(JSON.parse(JSON.stringify(message))));
  session.onDidSendMessage((message) => client.receive(JSON.parse(JSON.stringify(message)) as Message));
  await client.initialize();
  await client.request("launch", { program: "/kernel.s" });
  await client.event("initialized");
  await client.request("setFunctionBreakpoints", { breakpoints: [{ name: "gt_yield", hitCondition: "5000" }] });
  await client.request("configurationDone");
  const { threadId = 0 } = await client.stopped();
  await client.request("setFunctionBreakpoints", { breakpoints: [] });
  const stepTimes: number[] = [];
  const questionTimes: number[] = [];
  let threads = 0;
  for (let step = 0; step < steps; step++) {
    const start = performance.now();
    await client.request("next", { threadId, granularity: "instruction" });
    await client.stopped();
    const stopped = performance.now();
    threads = (await client.threads()).length;
    const [frame] = await client.stackTrace(threadId);
    const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId: frame?.id });
    const general = scopes.find(({ name }) => name === "General")?.variablesReference;
    await client.request("variables", { variablesReference: general });
    stepTimes.push(stopped - start);
    questionTimes.push(performance.now() - stopped);
  }
  session.dispose();
  return { step: median(stepTimes), questions: median(questionTimes), threads };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Prints the times of a step and of the questions after it, with few threads and with many. */
export async function benchAdapter(): Promise<void> {
  const cycles = [await measure(yieldPingPong), await measure(roundRobin)];
  const first = cycles[0];
  for (const { step, questions, threads } of cycles) {
    const ratio = first ? (questions / first.questions).toFixed(1) : "";
    console.log(
      `  ${`${threads} threads`.padEnd(16)}step ${step.toFixed(2).padStart(7)} ms   threads, stackTrace, scopes and variables ${questions.toFixed(2).padStart(7)} ms   ${ratio}`,
    );
  }
}
