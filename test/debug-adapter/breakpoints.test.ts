import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { connect, filesOf, launch, launchText } from "./support/in-process.js";

/** Line by line: counts in rbx from 0 to 9 and calls `step` each time. */
const loop = `        .globl main
        .type main, @function
main:
        push %rbx
        xor %ebx, %ebx

        # a comment, and no code
again:
        call step
        inc %rbx
        cmp $10, %rbx
        jb again
        xor %eax, %eax
        pop %rbx
        ret
        .size main, . - main

        .type step, @function
step:
        lea 1(%rbx), %rax
        ret
        .size step, . - step
        .data
word:   .quad 0
`;
const path = "/work/program.s";
const line = (text: string) => loop.split("\n").findIndex((candidate) => candidate.includes(text)) + 1;

type Breakpoints = DebugProtocol.Breakpoint[];

async function setLines(client: Client, breakpoints: DebugProtocol.SourceBreakpoint[]): Promise<Breakpoints> {
  const response = await client.request<DebugProtocol.SetBreakpointsResponse["body"]>("setBreakpoints", {
    source: { path },
    breakpoints,
  });
  return response.breakpoints;
}

/** Sets breakpoints, and tells `rbx` at each stop until the program ends. */
async function countsAtStops(configure: (client: Client) => Promise<unknown>): Promise<string[]> {
  const client = await launchText(loop, {}, configure);
  const counts: string[] = [];
  for (;;) {
    const stop = await client.stopped().catch(() => undefined);
    if (stop === undefined) return counts;
    counts.push((await client.evaluate("rbx,d")).result);
    await client.request("continue", { threadId: stop.threadId });
  }
}

describe("on lines", () => {
  it("stops before the line's instruction, and tells which breakpoint", async () => {
    let set: Breakpoints = [];
    const client = await launchText(loop, {}, async (client) => {
      set = await setLines(client, [{ line: line("inc %rbx") }]);
    });
    expect(set).toMatchObject([{ verified: true, line: line("inc %rbx"), source: { path } }]);
    const stop = await client.stopped();
    expect(stop).toMatchObject({ reason: "breakpoint", hitBreakpointIds: [set[0]?.id] });
    const [frame] = await client.stackTrace(stop.threadId ?? 0);
    expect(frame).toMatchObject({ name: "main", line: line("inc %rbx"), source: { name: "program.s", path } });
  });

  it("moves to the next line that has code, and says so", async () => {
    const client = await launchText(loop, { stopOnEntry: true });
    await client.stopped();
    const [moved, beyond] = await setLines(client, [{ line: line("# a comment") }, { line: 1000 }]);
    expect(moved).toMatchObject({ verified: true, line: line("call step") });
    expect(moved?.message).toContain(`There is no instruction on line ${line("# a comment")}`);
    expect(beyond).toMatchObject({ verified: false, message: "There is no instruction on this line or below it." });
  });

  it("are not verified in a file that is not part of the program", async () => {
    const client = await launchText(loop, { stopOnEntry: true });
    const { breakpoints } = await client.request<{ breakpoints: Breakpoints }>("setBreakpoints", {
      source: { name: "other.s", path: "/work/other.s" },
      breakpoints: [{ line: 1 }],
    });
    expect(breakpoints).toMatchObject([
      { verified: false, message: "The program that is being debugged was not made from other.s." },
    ]);
  });

  it("keep their ids when they are set again", async () => {
    const client = await launchText(loop, { stopOnEntry: true });
    const first = await setLines(client, [{ line: line("inc %rbx") }]);
    const second = await setLines(client, [{ line: line("push %rbx") }, { line: line("inc %rbx") }]);
    expect(second[1]?.id).toBe(first[0]?.id);
  });

  it("may be set before the launch, and are verified by it", async () => {
    const client = connect(filesOf({ [path]: loop }));
    await client.initialize();
    const [early] = await setLines(client, [{ line: line("inc %rbx") }]);
    expect(early).toMatchObject({ verified: false, reason: "pending" });
    await client.request("launch", { program: path });
    const { breakpoint } = await client.event<DebugProtocol.BreakpointEvent>("breakpoint");
    expect(breakpoint).toMatchObject({ id: early?.id, verified: true });
    await client.request("configurationDone");
    expect(await client.stopped()).toMatchObject({ hitBreakpointIds: [early?.id] });
  });

  it("may be set in the library's sources", async () => {
    const client = await launchText(
      '.globl main\nmain: lea text(%rip), %rdi\n call print_string\n ret\ntext: .asciz "x"\n',
      {
        stopOnEntry: true,
      },
    );
    const { sources } = await client.request<DebugProtocol.LoadedSourcesResponse["body"]>("loadedSources");
    const print = sources.find(({ name }) => name === "print.s");
    const { breakpoints } = await client.request<DebugProtocol.BreakpointLocationsResponse["body"]>(
      "breakpointLocations",
      { source: print, line: 1, endLine: 1000 },
    );
    expect(breakpoints.length).toBeGreaterThan(3);
    const response = await client.request<{ breakpoints: Breakpoints }>("setBreakpoints", {
      source: { path: print?.path, sourceReference: print?.sourceReference },
      breakpoints: [{ line: breakpoints[0]?.line }],
    });
    expect(response.breakpoints).toMatchObject([{ verified: true }]);
  });

  it("may be set while the program runs", async () => {
    const client = await launchText(".globl main\nmain:\n inc %rax\n jmp main\n");
    const [breakpoint] = await setLines(client, [{ line: 3 }]);
    expect(breakpoint).toMatchObject({ verified: true });
    expect((await client.stopped()).reason).toBe("breakpoint");
  });
});

describe("conditions", () => {
  const at = line("inc %rbx");
  it.each<[string, DebugProtocol.SourceBreakpoint, string[]]>([
    ["an expression", { line: at, condition: "rbx == 3 || %rbx > 7" }, ["3", "8", "9"]],
    ["a hit count", { line: at, hitCondition: "5" }, ["4"]],
    ["a hit count from on", { line: at, hitCondition: ">= 9" }, ["8", "9"]],
    ["every fourth hit", { line: at, hitCondition: "% 4" }, ["3", "7"]],
    ["both: hits of the condition are counted", { line: at, condition: "rbx > 4", hitCondition: "2" }, ["6"]],
    ["an empty condition", { line: at, condition: " ", hitCondition: "10" }, ["9"]],
  ])("%s", async (_, breakpoint, expected) => {
    expect(await countsAtStops((client) => setLines(client, [breakpoint]))).toEqual(expected);
  });

  it.each([
    [{ condition: "rbx = 3" }, /^Condition: Nothing can be assigned here/],
    [{ condition: "nobody == 3" }, /^Condition: "nobody" is neither a register, a flag nor a symbol of this program/],
    [{ hitCondition: "often" }, /^Hit count: "often" is not a hit count: write 5/],
    [{ logMessage: "{" }, /^Log message: "\{" at character 1 of the message has no partner/],
  ])("%j is not verified, with the reason", async (modifier, message) => {
    const client = await launchText(loop, { stopOnEntry: true });
    const [breakpoint] = await setLines(client, [{ line: at, ...modifier }]);
    expect(breakpoint?.verified).toBe(false);
    expect(breakpoint?.message).toMatch(message);
  });

  it("that cannot be evaluated stop, and say why", async () => {
    const client = await launchText(loop, {}, (client) => setLines(client, [{ line: at, condition: "[rbx] == 1" }]));
    const stop = await client.stopped();
    expect(stop.text).toContain("The condition cannot be evaluated. The memory at 0x00000000 cannot be read");
  });

  it("log points write and do not stop", async () => {
    const client = await launchText(loop, {}, (client) =>
      setLines(client, [{ line: at, logMessage: "{thread.name} counts {rbx,d}", condition: "rbx < 2" }]),
    );
    await client.event("exited");
    expect(client.output("console")).toMatch(/^.+ counts 0\n.+ counts 1\nThe program ended with exit status \d+\.\n$/);
  });
});

describe("on functions and instructions", () => {
  it("stops at a function", async () => {
    const counts = await countsAtStops((client) =>
      client.request("setFunctionBreakpoints", { breakpoints: [{ name: "step", condition: "rbx == 6" }] }),
    );
    expect(counts).toEqual(["6"]);
  });

  it("says why a function is none", async () => {
    const client = await launchText(loop, { stopOnEntry: true });
    const { breakpoints } = await client.request<{ breakpoints: Breakpoints }>("setFunctionBreakpoints", {
      breakpoints: [{ name: "stepp" }],
    });
    expect(breakpoints).toMatchObject([{ verified: false, message: 'The program has no function named "stepp".' }]);
  });

  it("stops at an instruction", async () => {
    const client = await launchText(loop, { stopOnEntry: true });
    await client.stopped();
    const { memoryReference } = await client.evaluate("step");
    const { breakpoints } = await client.request<{ breakpoints: Breakpoints }>("setInstructionBreakpoints", {
      breakpoints: [
        { instructionReference: memoryReference, offset: 4 },
        { instructionReference: "0x10" },
        { instructionReference: "there" },
      ],
    });
    expect(breakpoints).toMatchObject([
      { verified: true, line: line("lea 1(%rbx)") + 1 },
      { verified: false, message: "There is no code at 0x00000010." },
      { verified: false, message: '"there" is not an address.' },
    ]);
    await client.request("continue", { threadId: 1 });
    const stop = await client.stopped();
    expect(stop.reason).toBe("instruction breakpoint");
    const [frame] = await client.stackTrace(stop.threadId ?? 0);
    expect(frame).toMatchObject({ name: "step", line: line("lea 1(%rbx)") + 1 });
  });

  it("tells all breakpoints at one place", async () => {
    const ids: (number | undefined)[] = [];
    const client = await launchText(loop, {}, async (client) => {
      ids.push((await setLines(client, [{ line: line("lea 1(%rbx)") }]))[0]?.id);
      const { breakpoints } = await client.request<{ breakpoints: Breakpoints }>("setFunctionBreakpoints", {
        breakpoints: [{ name: "step" }],
      });
      ids.push(breakpoints[0]?.id);
    });
    expect((await client.stopped()).hitBreakpointIds).toEqual(ids);
  });
});

describe("on events of green threads", () => {
  const threads = `
        .globl main
        .type main, @function
main:   sub $8, %rsp
        mov $3, %edi
        mov $0x4000, %esi
        call gt_init
        lea worker(%rip), %rdi
        call gt_spawn
        lea worker(%rip), %rdi
        call gt_spawn
        call gt_run
        .size main, . - main
        .type worker, @function
worker: sub $8, %rsp
        call gt_yield
        add $8, %rsp
        ret
        .size worker, . - worker
`;

  async function stopsAt(args: object): Promise<string[]> {
    const client = connect(filesOf({ [path]: threads }));
    await launch(client, { program: path }, (client) => client.request("setExceptionBreakpoints", args));
    const stops: string[] = [];
    for (;;) {
      const stop = await client.stopped().catch(() => undefined);
      if (stop === undefined) return stops;
      expect(stop.hitBreakpointIds).toHaveLength(1);
      stops.push(`${stop.reason}: ${stop.text}`);
      await client.request("continue", { threadId: stop.threadId });
    }
  }

  it("stops at each spawn", async () => {
    const stops = await stopsAt({ filters: ["spawn"] });
    expect(stops).toHaveLength(2);
    expect(stops[0]).toMatch(/^spawn: .+ spawned thread 1: worker$/);
    expect(stops[1]).toMatch(/^spawn: .+ spawned thread 2: worker$/);
  });

  it("stops when a thread finishes", async () => {
    expect(await stopsAt({ filters: ["finish"] })).toEqual([
      "finish: thread 1: worker has finished",
      "finish: thread 2: worker has finished",
    ]);
  });

  it("stops at yields, on a condition", async () => {
    const stops = await stopsAt({ filters: [], filterOptions: [{ filterId: "yield", condition: "thread.slot == 2" }] });
    expect(stops).toEqual(["yield: thread 2: worker yields"]);
  });

  it("stops at switches", async () => {
    const stops = await stopsAt({ filters: ["switch"] });
    expect(stops.slice(0, 2)).toEqual([
      expect.stringMatching(/^switch: switched from .+ to thread 1: worker$/),
      "switch: switched from thread 1: worker to thread 2: worker",
    ]);
  });

  it("says what it does not know", async () => {
    const client = await launchText(threads, { stopOnEntry: true });
    const { breakpoints } = await client.request<{ breakpoints: Breakpoints }>("setExceptionBreakpoints", {
      filters: ["sleep"],
      filterOptions: [{ filterId: "yield", condition: "thread.age > 3" }],
    });
    expect(breakpoints).toMatchObject([
      { verified: false, message: 'There is no event named "sleep" to stop on.' },
      { verified: false, message: expect.stringContaining('"thread.age" is not known') },
    ]);
  });
});
