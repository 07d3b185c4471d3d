/** What is measured of a debugger: each task is a session of its own. */
import { readFileSync } from "node:fs";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Client } from "../../debug-adapter/support/client.js";
import { type Contestant, Drive } from "./contestant.js";

/** Figures by name; how good they are is for the caller to know. */
export type Figures = Readonly<Record<string, number>>;

export interface Subject {
  /** The program, and its source as its debug information names it. */
  readonly program: string;
  readonly source: string;
}

export interface Task {
  readonly title: string;
  /** Whether larger figures are better. */
  readonly unit: "milliseconds" | "a second";
  run(contestant: Contestant, subject: Subject): Promise<Figures>;
}

const functionBreakpoint = (name: string) => (client: Client) =>
  client.request("setFunctionBreakpoints", { breakpoints: [{ name }] });

/** A session stopped at `main`, with nothing else set. */
async function atMain(contestant: Contestant, { program }: Subject, rounds: number) {
  const drive = await Drive.start(contestant);
  const { milliseconds, threadId } = await drive.launch(
    { program, args: [String(rounds)] },
    functionBreakpoint("main"),
  );
  await drive.client.request("setFunctionBreakpoints", { breakpoints: [] });
  return { drive, milliseconds, threadId };
}

function lineOf({ source }: Subject, fragment: string): number {
  return (
    readFileSync(source, "utf8")
      .split("\n")
      .findIndex((line) => line.includes(fragment)) + 1
  );
}

const breakpointOn = (client: Client, subject: Subject, fragment: string, condition?: string) =>
  client.request("setBreakpoints", {
    source: { path: subject.source },
    breakpoints: [{ line: lineOf(subject, fragment), ...(condition !== undefined && { condition }) }],
  });

const steps = 60;
const stops = 300;

export const tasks: readonly Task[] = [
  {
    title: "start",
    unit: "milliseconds",
    async run(contestant, subject) {
      const { drive, milliseconds } = await atMain(contestant, subject, 10);
      const figures = { initialize: drive.initializing, "launch to first stop": milliseconds };
      await drive.end();
      return figures;
    },
  },
  {
    title: "step cycle",
    unit: "milliseconds",
    async run(contestant, subject) {
      const { drive, threadId } = await atMain(contestant, subject, 1000);
      const times: number[] = [];
      for (let step = 0; step < steps; step++) {
        const start = performance.now();
        await drive.client.request(step % 3 === 2 ? "stepIn" : "next", { threadId });
        await drive.lookAround(await drive.stopped());
        times.push(performance.now() - start);
      }
      await drive.end();
      times.sort((one, two) => one - two);
      return { median: times[times.length >> 1] ?? 0, "95th percentile": times[Math.floor(times.length * 0.95)] ?? 0 };
    },
  },
  {
    title: "breakpoints",
    unit: "a second",
    async run(contestant, subject) {
      const { drive, threadId } = await atMain(contestant, subject, 10 * stops);
      await breakpointOn(drive.client, subject, "long before = counter");
      const start = performance.now();
      for (let stop = 0; stop < stops; stop++) {
        await drive.client.request("continue", { threadId });
        await drive.stopped();
      }
      const seconds = (performance.now() - start) / 1000;
      await drive.end();
      return { stops: stops / seconds };
    },
  },
  {
    title: "conditions",
    unit: "a second",
    async run(contestant, subject) {
      const rounds = contestant.name === "Green Threads" ? 500_000 : 1_000;
      const { drive, threadId } = await atMain(contestant, subject, rounds);
      await breakpointOn(drive.client, subject, "long before = counter", "*(long*)&counter == -1");
      const seconds = (await drive.runToEnd(threadId)) / 1000;
      await drive.end();
      return { "false conditions": rounds / seconds };
    },
  },
  {
    title: "data breakpoint",
    unit: "a second",
    async run(contestant, subject) {
      const rounds = contestant.name === "Green Threads" ? 200_000 : 1_000;
      const { drive, threadId } = await atMain(contestant, subject, rounds);
      const frame = await drive.lookAround(threadId);
      const info = await drive.client.request<DebugProtocol.DataBreakpointInfoResponse["body"]>("dataBreakpointInfo", {
        name: "&counter",
        bytes: 8,
        frameId: frame.id,
      });
      if (info.dataId === null) throw new Error(info.description);
      await drive.client.request("setDataBreakpoints", {
        breakpoints: [{ dataId: info.dataId, accessType: "write", condition: "*(long*)&counter == -1" }],
      });
      const seconds = (await drive.runToEnd(threadId)) / 1000;
      await drive.end();
      return { "false conditions": rounds / seconds };
    },
  },
  {
    title: "disassemble 100",
    unit: "milliseconds",
    run: (contestant, subject) =>
      ask(contestant, subject, "disassemble", {
        offset: 0,
        instructionOffset: 0,
        instructionCount: 100,
        resolveSymbols: true,
      }),
  },
  {
    title: "readMemory 4 KiB",
    unit: "milliseconds",
    run: (contestant, subject) => ask(contestant, subject, "readMemory", { offset: 0, count: 4096 }),
  },
];

/** Asks the same at `main` again and again. */
async function ask(contestant: Contestant, subject: Subject, request: string, args: object): Promise<Figures> {
  const { drive, threadId } = await atMain(contestant, subject, 10);
  const { instructionPointerReference: memoryReference } = await drive.lookAround(threadId);
  const times: number[] = [];
  for (let run = 0; run < 15; run++) {
    const start = performance.now();
    await drive.client.request(request, { memoryReference, ...args });
    times.push(performance.now() - start);
  }
  await drive.end();
  return { median: times.sort((one, two) => one - two)[times.length >> 1] ?? 0 };
}
