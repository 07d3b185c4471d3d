/**
 * Thousands of random mutations of valid requests, in every state of a session: each gets exactly one answer, which is
 * as the specification has it, no answer says that the adapter itself failed, and the session works as before.
 * GREEN_THREADS_SEED and GREEN_THREADS_CASES choose others and more.
 */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { errorIds } from "../../debug-adapter/request-error.js";
import type { Client } from "./support/client.js";
import { RequestFailed } from "./support/client.js";
import { connect, filesOf, launch } from "./support/in-process.js";
import { counters, path } from "./support/stopped.js";

interface Recorded {
  readonly command: string;
  readonly arguments?: object;
}

const cases = Number(process.env.GREEN_THREADS_CASES ?? 1400);
const seed = Number(process.env.GREEN_THREADS_SEED ?? 1);

/** xorshift32: the same numbers in every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed * 2654435761 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Stopped in the first yield, having asked for what an editor asks for. */
async function stoppedSession(): Promise<Client> {
  const client = connect(filesOf({ [path]: counters }));
  await launch(client, { program: path, stdin: "" }, async (client) => {
    await client.request("setBreakpoints", { source: { path }, breakpoints: [{ line: 40 }] });
    await client.request("setFunctionBreakpoints", {
      breakpoints: [{ name: "gt_yield", condition: "thread.slot == 1", hitCondition: "> 0" }],
    });
    await client.request("setExceptionBreakpoints", {
      filters: ["fault"],
      filterOptions: [{ filterId: "spawn", condition: "thread.slot == 9" }],
    });
  });
  await client.stopped();
  return client;
}

/** A valid request of every kind, with what the adapter itself has handed out. */
async function recordRequests(): Promise<Recorded[]> {
  const client = await stoppedSession();
  const [, thread] = await client.threads();
  const threadId = thread?.id ?? 0;
  const [frame] = await client.stackTrace(threadId);
  const frameId = frame?.id ?? 0;
  const memoryReference = frame?.instructionPointerReference ?? "0x401000";
  const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId });
  const variablesReference = scopes[0]?.variablesReference ?? 0;
  const source = { path, name: "counters.s" };
  const ask = (command: string, args?: object) => client.request(command, args);
  await ask("variables", { variablesReference, start: 0, count: 4, format: { hex: true } });
  await ask("setVariable", { variablesReference, name: "rbx", value: "0", format: { hex: true } });
  await ask("evaluate", { expression: "rax + 1", frameId, context: "repl", format: { hex: false } });
  await ask("evaluate", { expression: "*(long*)($rsp + 8)", frameId, context: "watch" });
  await ask("setExpression", { expression: "$rbx", value: "1", frameId });
  await ask("completions", { text: "$ra", column: 4, frameId });
  await ask("readMemory", { memoryReference, offset: 0, count: 64 });
  await ask("writeMemory", { memoryReference: "0x403000", data: "AAA=", allowPartial: true });
  await ask("disassemble", { memoryReference, offset: 0, instructionOffset: -10, instructionCount: 50 });
  await ask("stackTrace", { threadId, startFrame: 0, levels: 20, format: { line: true, module: true } });
  await ask("modules", { startModule: 0, moduleCount: 10 });
  await ask("loadedSources");
  await ask("source", { source: { path: "green-threads:/green_threads.s", sourceReference: 2 }, sourceReference: 2 });
  await ask("breakpointLocations", { source, line: 30, endLine: 50, column: 1, endColumn: 10 });
  await ask("gotoTargets", { source, line: 40 });
  await ask("stepInTargets", { frameId });
  await ask("dataBreakpointInfo", { variablesReference, name: "rsp", frameId, bytes: 8 });
  await ask("setDataBreakpoints", { breakpoints: [] });
  await ask("setInstructionBreakpoints", { breakpoints: [{ instructionReference: memoryReference, offset: 0 }] });
  await ask("greenThreads/list", { start: 0, count: 10, filter: { state: "ready", name: "" } });
  await ask("greenThreads/annotateMemory", { memoryReference, offset: 0, count: 64 });
  await ask("greenThreads/focus", { threadId });
  await client.stopped();
  await ask("cancel", { requestId: 1 });
  for (const command of ["next", "stepIn", "stepOut"]) {
    await ask(command, { threadId, granularity: "instruction" });
    await client.stopped();
  }
  await ask("pause", { threadId });
  await ask("continue", { threadId });
  await client.stopped();
  const refused = (command: string, args: object) => client.request(command, args).catch(() => {});
  await refused("exceptionInfo", { threadId });
  await refused("goto", { threadId, targetId: 0x401000 });
  await ask("restart", { arguments: { program: path, stdin: "", stopOnEntry: true } });
  await client.stopped();
  await ask("terminate", { restart: false });
  await ask("disconnect", { terminateDebuggee: true });
  const requests = client.messages.flatMap(({ from, message }) => (from === "client" ? [message] : []));
  return requests.map((request) => {
    const { command, arguments: args } = request as DebugProtocol.Request;
    return { command, ...(args !== undefined && { arguments: args }) };
  });
}

const strange: readonly unknown[] = [
  ...[null, true, "", "0x", "0xffffffffffffffff", "-1", "rax", "x".repeat(5000), "\u0000", "__proto__", "constructor"],
  ...[0, -1, 1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, 4096, 999_999, -(2 ** 40)],
  ...[[], [null], [[]], {}, { path: "/" }, { toString: 1 }, [{ line: -1 }], { hex: "yes" }],
];

type Json = { [name: string]: unknown } | unknown[];

/** One thing in the request is made another, or goes, or comes; sometimes more than one. */
function mutate(request: Recorded, random: (below: number) => number): Recorded {
  const copy = structuredClone(request) as { command: string; arguments?: unknown };
  for (let count = 1 + (random(4) === 0 ? random(4) : 0); count > 0; count--) {
    const places: { readonly holder: Json; readonly key: string }[] = [];
    const collect = (holder: unknown): void => {
      if (typeof holder !== "object" || holder === null) return;
      for (const key of Object.keys(holder)) {
        places.push({ holder: holder as Json, key });
        collect((holder as Record<string, unknown>)[key]);
      }
    };
    collect(copy.arguments);
    const place = places[random(Math.max(1, places.length))];
    const value = structuredClone(strange[random(strange.length)]);
    const choice = random(20);
    const holder = place?.holder as Record<string, unknown>;
    if (place === undefined || choice === 0) copy.arguments = value;
    else if (choice < 5) delete holder[place.key];
    else if (choice < 8) holder[`${place.key}x`] = value;
    else holder[place.key] = value;
  }
  return copy as Recorded;
}

/** Sends it; the error when it is refused. More than one answer, or an answer out of form, fails the test by itself. */
async function send(client: Client, { command, arguments: args }: Recorded): Promise<RequestFailed | undefined> {
  try {
    await client.malformedRequest(command, args);
    return undefined;
  } catch (error) {
    if (error instanceof RequestFailed) return error;
    throw error;
  }
}

/** The session answers as ever: a new program, or the one at hand, can be looked at. Undefined: it has been ended. */
async function stillWorks(client: Client, wasEnded: boolean): Promise<boolean> {
  if (wasEnded) return false;
  await client.malformedRequest("pause", { threadId: 1 }).catch(() => {});
  const restarted = await send(client, {
    command: "restart",
    arguments: { arguments: { program: path, stopOnEntry: true } },
  });
  expect(restarted?.message).toBeUndefined();
  await client.event("stopped", ({ reason }) => reason === "entry");
  const [thread] = await client.threads();
  const [frame] = await client.stackTrace(thread?.id ?? 0);
  expect(frame?.name).toBe("_start");
  expect((await client.evaluate("$rip == _start", { frameId: frame?.id })).result).toBe("true");
  return true;
}

const isEnd = ({ command }: Recorded) => command === "terminate" || command === "disconnect";

describe("mutations of valid requests", () => {
  it("are answered while the program stands and runs, and the session lives on", async () => {
    const random = randomFrom(seed);
    const recorded = await recordRequests();
    expect(new Set(recorded.map(({ command }) => command)).size).toBeGreaterThan(35);
    let client = await stoppedSession();
    let refused = 0;
    for (let count = 0; count < cases; count++) {
      const request = mutate(recorded[random(recorded.length)] as Recorded, random);
      const failure = await send(client, request);
      if (failure !== undefined) refused++;
      const error = failure?.response.body.error;
      expect(error?.id, `${JSON.stringify(request).slice(0, 500)}: ${failure?.message}`).not.toBe(errorIds.failed);
      const wasEnded = isEnd(request) && failure === undefined;
      if (wasEnded || count % 100 === 99) {
        client.messages.length = 0;
        if (!(await stillWorks(client, wasEnded))) client = await stoppedSession();
      }
    }
    // Neither is everything refused, nor is nothing.
    expect(refused).toBeGreaterThan(cases / 4);
    expect(refused).toBeLessThan(cases);
  });

  it("are answered before initialize, before launch and after the end", async () => {
    const random = randomFrom(seed + 1);
    const recorded = (await recordRequests()).filter((request) => !isEnd(request));
    const fresh = () => connect(filesOf({ [path]: counters }));
    const initialized = async () => {
      const client = fresh();
      await client.initialize();
      return client;
    };
    const ended = async () => {
      const client = fresh();
      await launch(client, { program: path });
      await client.event("exited");
      return client;
    };
    let client = fresh();
    for (const session of [fresh, initialized, ended]) {
      for (let count = 0; count < cases / 6; count++) {
        if (count % 20 === 0) client = await session();
        const chosen = recorded[random(recorded.length)] as Recorded;
        const request = random(3) === 0 ? chosen : mutate(chosen, random);
        const failure = await send(client, request);
        expect(failure?.response.body.error?.id, JSON.stringify(request).slice(0, 500)).not.toBe(errorIds.failed);
      }
    }
  });
  it("that are no requests at all leave the session as it is", async () => {
    const client = await stoppedSession();
    for (const command of ["", "__proto__", "toString", "constructor", "hasOwnProperty", "x".repeat(10_000)]) {
      const failure = await send(client, { command, arguments: {} });
      expect(failure?.response.body.error?.id).toBe(errorIds.unknownRequest);
    }
    expect(await stillWorks(client, false)).toBe(true);
  });
});
