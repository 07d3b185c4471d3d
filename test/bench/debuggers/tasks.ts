/** What is measured of a debugger: each task is a session of its own. */

import { readFileSync } from "node:fs";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Client } from "../../debug-adapter/support/client.js";
import { quantile } from "../measure.js";
import type { ClockKind } from "./clock.js";
import { type Contestant, Drive } from "./contestant.js";
import { type Subject, type Subjects, sizes } from "./subjects.js";

/** Figures by name; how good they are is for the caller to know. */
export type Figures = Readonly<Record<string, number>>;

export interface Setting {
  readonly contestant: Contestant;
  readonly subjects: Subjects;
  readonly clock: ClockKind;
}

export interface Task {
  readonly title: string;
  /** Whether larger figures are better. */
  readonly unit: "milliseconds" | "a second";
  run(setting: Setting): Promise<Figures>;
}

const functionBreakpoint = (name: string) => (client: Client) =>
  client.request("setFunctionBreakpoints", { breakpoints: [{ name }] });

/** A session stopped somewhere, and the thread that did. */
interface Stopped {
  readonly drive: Drive;
  readonly threadId: number;
  /** Milliseconds from `launch` to the stop. */
  readonly launching: number;
}

/** Measures in a session that has stopped at a function, with nothing else set. */
async function at(
  functionName: string,
  { contestant, clock }: Setting,
  { program }: Subject,
  args: readonly string[],
  measure: (stopped: Stopped) => Promise<Figures>,
): Promise<Figures> {
  const drive = await Drive.start(contestant, clock);
  try {
    const { milliseconds, threadId } = await drive.launch({ program, args }, functionBreakpoint(functionName));
    await drive.client.request("setFunctionBreakpoints", { breakpoints: [] });
    return await measure({ drive, threadId, launching: milliseconds });
  } finally {
    await drive.end();
  }
}

const atMain = (setting: Setting, rounds: number, measure: (stopped: Stopped) => Promise<Figures>) =>
  at("main", setting, setting.subjects.stepped, [String(rounds)], measure);

const inLarge = (functionName: string, setting: Setting, measure: (stopped: Stopped) => Promise<Figures>) =>
  at(functionName, setting, setting.subjects.large, [], measure);

function lineOf({ source }: Subject, fragment: string): number {
  return (
    readFileSync(source, "utf8")
      .split("\n")
      .findIndex((line) => line.includes(fragment)) + 1
  );
}

const breakpointOn = (client: Client, subject: Subject, fragment: string, modifiers: object = {}) =>
  client.request("setBreakpoints", {
    source: { path: subject.source },
    breakpoints: [{ line: lineOf(subject, fragment), ...modifiers }],
  });

const isOurs = ({ name }: Contestant) => name === "Green Threads";

/** The variable that the small program counts with, for debuggers with and without names of the source's. */
const counter = "*(long*)&counter";

/** A user makes a few; then what the debugger has learned shows. */
const [firstSteps, steps] = [60, 600];
const stops = 300;

export const tasks: readonly Task[] = [
  {
    title: "start",
    unit: "milliseconds",
    run: (setting) =>
      atMain(setting, 10, async ({ drive, threadId, launching }) => {
        const look = await drive.time(() => drive.lookAround(threadId));
        const { initializing } = drive;
        return {
          initialize: initializing,
          "launch to first stop": launching,
          "look around": look,
          "all three": initializing + launching + look,
        };
      }),
  },
  {
    title: "step cycle",
    unit: "milliseconds",
    run: (setting) =>
      atMain(setting, 10 * steps, async ({ drive, threadId }) => {
        const times: number[] = [];
        for (let step = 0; step < steps; step++) {
          times.push(
            await drive.time(async () => {
              await drive.client.request(step % 3 === 2 ? "stepIn" : "next", { threadId });
              await drive.lookAround(await drive.stopped());
            }),
          );
        }
        const first = times.slice(0, firstSteps);
        return {
          median: quantile(times, 0.5),
          "95th percentile": quantile(times, 0.95),
          [`first ${firstSteps}, median`]: quantile(first, 0.5),
          [`first ${firstSteps}, 95th percentile`]: quantile(first, 0.95),
        };
      }),
  },
  {
    title: "breakpoints",
    unit: "a second",
    run: (setting) =>
      atMain(setting, 10 * stops, async ({ drive, threadId }) => {
        await breakpointOn(drive.client, setting.subjects.stepped, "long before = counter");
        const milliseconds = await drive.time(async () => {
          for (let stop = 0; stop < stops; stop++) {
            await drive.client.request("continue", { threadId });
            await drive.stopped();
          }
        });
        return { stops: (1000 * stops) / milliseconds };
      }),
  },
  {
    title: "conditions",
    unit: "a second",
    async run(setting) {
      const rounds = isOurs(setting.contestant) ? 500_000 : 1_000;
      const conditions = {
        "false conditions": `${counter} == -1`,
        "false conditions on a local": "round == -1",
        "false conditions on a member": "place->x == -1",
      };
      let figures: Figures = {};
      for (const [name, condition] of Object.entries(conditions)) {
        const one = await toTheEnd(setting, rounds, name, ({ client }) =>
          breakpointOn(client, setting.subjects.stepped, "long before = counter", { condition }),
        );
        figures = { ...figures, ...one };
      }
      return figures;
    },
  },
  {
    title: "log points",
    unit: "a second",
    async run(setting) {
      const rounds = isOurs(setting.contestant) ? 50_000 : 1_000;
      let client: Client | undefined;
      const figures = await toTheEnd(setting, rounds, "lines", async (drive) => {
        client = drive.client;
        await breakpointOn(drive.client, setting.subjects.stepped, "long before = counter", {
          logMessage: `round {${counter}}`,
        });
      });
      const count = (client?.output().split("round ").length ?? 0) - 1;
      if (count !== rounds) throw new Error(`${count} lines instead of ${rounds}`);
      return figures;
    },
  },
  {
    title: "data breakpoint",
    unit: "a second",
    run: (setting) =>
      toTheEnd(
        setting,
        isOurs(setting.contestant) ? 200_000 : 1_000,
        "false conditions",
        async ({ client }, frameId) => {
          const info = await client.request<DebugProtocol.DataBreakpointInfoResponse["body"]>("dataBreakpointInfo", {
            name: "&counter",
            bytes: 8,
            frameId,
          });
          if (info.dataId === null) throw new Error(info.description);
          await client.request("setDataBreakpoints", {
            breakpoints: [{ dataId: info.dataId, accessType: "write", condition: `${counter} == -1` }],
          });
        },
      ),
  },
  {
    title: "evaluate",
    unit: "a second",
    run: (setting) =>
      atMain(setting, 10, async ({ drive, threadId }) => {
        const { id: frameId } = await drive.innermostFrame(threadId);
        const milliseconds = await drive.time(async () => {
          for (let k = 0; k < stops; k++) {
            await drive.client.request("evaluate", { expression: `${counter} + ${k}`, frameId, context: "watch" });
          }
        });
        return { expressions: (1000 * stops) / milliseconds };
      }),
  },
  {
    title: "disassemble 100",
    unit: "milliseconds",
    run: (setting) =>
      ask(setting, (drive, memoryReference) =>
        drive.client.request("disassemble", {
          memoryReference,
          offset: 0,
          instructionOffset: 0,
          instructionCount: 100,
          resolveSymbols: true,
        }),
      ),
  },
  {
    title: "read 4 KiB",
    unit: "milliseconds",
    // lldb-dap has `readMemory` from version 20 on, and ends at a request that it does not know; its console reads.
    run: (setting) =>
      ask(setting, (drive, memoryReference) =>
        drive.capabilities.supportsReadMemoryRequest
          ? drive.client.request("readMemory", { memoryReference, offset: 0, count: 4096 })
          : drive.client.request("evaluate", {
              expression: `\`memory read --force --count 4096 ${memoryReference}`,
              context: "repl",
            }),
      ),
  },
  {
    title: `${sizes.lines} lines`,
    unit: "milliseconds",
    run: (setting) =>
      inLarge("main", setting, async ({ drive }) => {
        const times: number[] = [];
        for (let k = 0; k < 20; k++) {
          times.push(
            await drive.time(() => breakpointOn(drive.client, setting.subjects.large, `return x + ${70 * k};`)),
          );
        }
        return { "set a breakpoint, first": times[0] ?? 0, "set a breakpoint": quantile(times, 0.5) };
      }),
  },
  {
    title: `${sizes.depth} calls deep`,
    unit: "milliseconds",
    run: (setting) =>
      inLarge("deepest", setting, async ({ drive, threadId }) => {
        const first = await drive.time(() => drive.frames(threadId, 20));
        let count = 0;
        const all = await drive.time(async () => {
          count = (await drive.frames(threadId, 2 * sizes.depth)).length;
        });
        if (count < sizes.depth) throw new Error(`${count} frames`);
        return { "20 frames": first, "all frames": all };
      }),
  },
  {
    title: "large variables",
    unit: "milliseconds",
    run: (setting) =>
      inLarge("deepest", setting, async ({ drive, threadId }) => {
        const [, caller] = await drive.frames(threadId, 20);
        const [locals] = await drive.scopes(caller?.id ?? 0);
        const found = await drive.variables(locals?.variablesReference ?? 0);
        const named = (name: string) => found.find((variable) => variable.name === name)?.variablesReference ?? 0;
        const struct = await drive.time(() => drive.variables(named("own")));
        const page = { filter: "indexed", start: 50_000, count: 100 };
        const array = await drive.time(() => drive.variables(named("elements"), page));
        return { [`${sizes.members} members`]: struct, [`100 of ${sizes.elements} elements`]: array };
      }),
  },
];

/** Runs the small program with something set that each of its rounds comes across, and does not stop at. */
const toTheEnd = (
  setting: Setting,
  rounds: number,
  what: string,
  set: (drive: Drive, frameId: number) => Promise<unknown>,
): Promise<Figures> =>
  atMain(setting, rounds, async ({ drive, threadId }) => {
    const { id } = await drive.lookAround(threadId);
    await set(drive, id);
    const milliseconds = await drive.runToEnd(threadId);
    return { [what]: (1000 * rounds) / milliseconds };
  });

/** Asks the same at `main` again and again. */
const ask = (setting: Setting, request: (drive: Drive, at: string) => Promise<unknown>): Promise<Figures> =>
  atMain(setting, 10, async ({ drive, threadId }) => {
    const { instructionPointerReference: place = "" } = await drive.lookAround(threadId);
    const times: number[] = [];
    for (let run = 0; run < 30; run++) times.push(await drive.time(() => request(drive, place)));
    return { first: times[0] ?? 0, median: quantile(times, 0.5) };
  });
