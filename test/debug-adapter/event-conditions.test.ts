/** Stops at events with conditions on the thread or the function it is about, and what is told of each. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { connect, filesOf, launch, launchText } from "./support/in-process.js";
import { signalling } from "./support/signalling.js";
import { counters, path } from "./support/stopped.js";

type Info = DebugProtocol.ExceptionInfoResponse["body"];

interface Seen {
  readonly stop: DebugProtocol.StoppedEvent["body"];
  readonly thread: string;
  readonly info: Info;
}

const withFilter = (filterId: string, condition: string) => async (client: Client) => {
  const set = await client.request<DebugProtocol.SetExceptionBreakpointsResponse["body"]>("setExceptionBreakpoints", {
    filters: [],
    filterOptions: [{ filterId, condition }],
  });
  expect(set?.breakpoints).toMatchObject([{ verified: true }]);
};

/** What the program stops for until its end, with what there is to tell of each stop. */
async function stopsOf(client: Client): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (;;) {
    const stop = await client.stopped().catch(() => undefined);
    if (stop === undefined) return seen;
    const { threadId = 0 } = stop;
    const thread = (await client.threads()).find(({ id }) => id === threadId)?.name ?? "?";
    seen.push({ stop, thread, info: await client.request<Info>("exceptionInfo", { threadId }) });
    await client.request("continue", { threadId });
  }
}

async function countersWith(filterId: string, condition: string): Promise<Seen[]> {
  const client = connect(filesOf({ [path]: counters }));
  await launch(client, { program: path }, withFilter(filterId, condition));
  return stopsOf(client);
}

describe("events of threads", () => {
  it.each([
    // Ten yields of one thread, and its last one, when it is finished, is none.
    ["yield", 'thread.entry == "counter_one"', 10, /counter_one/, /counter_one yields$/],
    ["yield", "thread.slot == 2 && frame(1).$rbx == 3", 1, /./, / yields$/],
    ["switch", 'thread.entry == "counter_two"', 16, /counter_two/, /^switched from .* to .*counter_two$/],
    ["spawn", 'thread.entry == "counter_two"', 1, /./, /spawned .*counter_two$/],
    ["finish", 'thread.entry == "counter_one"', 1, /counter_one/, /counter_one has finished$/],
    ["finish", 'thread.entry == "main"', 0, /./, /./],
    ["exit", 'thread.entry == "main"', 1, /main/, /^The program is about to end with exit status 0\.$/],
    ["exit", 'thread.entry == "counter_one"', 0, /./, /./],
  ] as const)("%s, where %s: %i stops", async (filter, condition, count, thread, text) => {
    const seen = await countersWith(filter, condition);
    expect(seen).toHaveLength(count);
    for (const one of seen) {
      expect(one.thread).toMatch(thread);
      expect(one.stop).toMatchObject({ reason: filter, text: expect.stringMatching(text) });
      expect(one.stop.hitBreakpointIds).toHaveLength(1);
      expect(one.info).toMatchObject({
        exceptionId: filter,
        description: one.stop.text,
        breakMode: "always",
        details: { typeName: filter },
      });
    }
  });

  it("have a number for a thread, too", async () => {
    const [first] = await countersWith("yield", "thread.slot == 1");
    const byNumber = await countersWith("yield", `thread.id == ${first?.stop.threadId}`);
    expect(byNumber).toHaveLength(10);
  });
});

/** Ends with a fault. */
const faultingAfterSignal = signalling(`        xor %eax, %eax
        mov (%rax), %eax`);

describe("signals and faults", () => {
  it.each([
    ["signal", 'thread.entry == "main" && $rip == handler', "SIGUSR1", "A handler of SIGUSR1 is about to run."],
    ["fault", "thread.id == 1 && rax == 0", expect.stringMatching(/./), expect.stringMatching(/0x0*\b/)],
  ] as const)("%s, where %s", async (filter, condition, exceptionId, description) => {
    const client = await launchText(faultingAfterSignal, {}, withFilter(filter, condition));
    const [seen] = (await stopsOf(client)).filter(({ stop }) => stop.reason !== "exit");
    expect(seen?.info).toMatchObject({ exceptionId, description, breakMode: "always" });
    expect(seen?.stop.hitBreakpointIds).toHaveLength(1);
  });

  it.each([
    ["signal", 'thread.entry == "nobody" && !(rip == 0)'],
    ["fault", "thread.id == 2"],
  ])("%s, where %s: none", async (filter, condition) => {
    expect(await stopsOf(await launchText(faultingAfterSignal, {}, withFilter(filter, condition)))).toEqual([]);
  });
});

describe("other stops", () => {
  it("have nothing to tell", async () => {
    const client = connect(filesOf({ [path]: counters }));
    await launch(client, { program: path, stopOnEntry: true });
    const { threadId } = await client.stopped();
    await expect(client.request("exceptionInfo", { threadId })).rejects.toThrow(/nothing to tell/);
  });
});
