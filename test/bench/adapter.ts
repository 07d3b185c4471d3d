/** What an editor waits for at each step: the step itself, and the questions that it asks at the stop. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { createSession } from "../../debug-adapter/session.js";
import { fail, ok } from "../../runtime/base/result.js";
import { Client, type Message } from "../debug-adapter/support/client.js";
import { benchHundredThousand } from "./hundred-thousand.js";
import roundRobin from "./kernels/round-robin.s";
import yieldPingPong from "./kernels/yield-ping-pong.s";

const steps = 60;

interface Cycle {
  /** Milliseconds, medians. */
  readonly step: number;
  readonly questions: number;
  readonly threads: number;
}

/** A session in this process that has launched `source` and waits for its breakpoints. */
async function launch(source: string) {
  const files = {
    read: async () => ok(new TextEncoder().encode(source)),
    exists: async () => true,
    folder: async () => fail("there is none"),
  };
  const session = createSession({ files });
  const client = new Client((message) => session.handleMessage(JSON.parse(JSON.stringify(message))));
  session.onDidSendMessage((message) => client.receive(JSON.parse(JSON.stringify(message)) as Message));
  await client.initialize();
  await client.request("launch", { program: "/kernel.s" });
  await client.event("initialized");
  return { session, client };
}

/** Steps over lines with the source breakpoint gone, once every thread has had its turn. */
async function measure(source: string): Promise<Cycle> {
  const { session, client } = await launch(source);
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

/** Milliseconds from `pause` to `stopped` in an endless loop: median and worst. */
async function measurePause(): Promise<{ readonly median: number; readonly worst: number }> {
  const { session, client } = await launch(".globl main\nmain: inc %rax\n jmp main\n");
  await client.request("configurationDone");
  const times: number[] = [];
  for (let pause = 0; pause < steps; pause++) {
    // A different place in a round each time; what is left of the round counts, as it does for a process of its own.
    const delay = 1 + (pause % 7);
    const start = performance.now() + delay;
    await new Promise((resolve) => setTimeout(resolve, delay));
    await client.request("pause", { threadId: 1 });
    await client.stopped();
    times.push(performance.now() - start);
    await client.request("continue", { threadId: 1 });
  }
  session.dispose();
  return { median: median(times), worst: Math.max(...times) };
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
  const pause = await measurePause();
  console.log(`  pause in an endless loop ${pause.median.toFixed(1)} ms, at worst ${pause.worst.toFixed(1)} ms`);
  await benchHundredThousand();
}
