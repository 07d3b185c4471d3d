import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { AnnotateMemoryResponse, GreenThreadsListResponse } from "../../debug-adapter/protocol.js";
import type { Client } from "./support/client.js";
import { connect, filesOf, launch, launchText } from "./support/in-process.js";

const path = "/samples/counters.s";
const counters = readFileSync(fileURLToPath(new URL("../../samples/counters/counters.s", import.meta.url)), "utf8");

/** Stopped in gt_yield, called by counter_two: thread 1 is parked. */
async function stoppedInCounterTwo(): Promise<{ client: Client; threadId: number }> {
  const client = connect(filesOf({ [path]: counters }));
  await launch(client, { program: path }, (client) =>
    client.request("setFunctionBreakpoints", { breakpoints: [{ name: "gt_yield", condition: "thread.slot == 2" }] }),
  );
  const { threadId = 0 } = await client.stopped();
  return { client, threadId };
}

/** Stopped at `here` of a program that has just put numbers into registers and memory. */
async function stoppedHere(text = ""): Promise<{ client: Client; frameId: number; threadId: number }> {
  const client = await launchText(
    `.globl main, here
        .type main, @function
main:   mov $0x1122334455667788, %rax
        mov $-1, %rcx
        xor %edx, %edx
        movq %rax, %xmm1
here:   nop
        mov word(%rip), %eax
        ret
        .size main, . - main
        ${text}
        .data
        .type word, @object
word:   .quad 42
        .size word, 8
text:   .asciz "gr\\303\\274n"
`,
    {},
    (client) => client.request("setFunctionBreakpoints", { breakpoints: [{ name: "here" }] }),
  );
  const { threadId = 0 } = await client.stopped();
  const [frame] = await client.stackTrace(threadId);
  return { client, frameId: frame?.id ?? 0, threadId };
}

const named = (variables: DebugProtocol.Variable[] | undefined, name: string) =>
  variables?.find((variable) => variable.name === name);

describe("threads and stacks", () => {
  it("shows each green thread with its own frames", async () => {
    const { client } = await stoppedInCounterTwo();
    const threads = await client.threads();
    expect(threads.map(({ name }) => name)).toEqual([
      "thread 0: main (ready)",
      "thread 1: counter_one (ready)",
      "thread 2: counter_two (running)",
    ]);
    const stacks = await Promise.all(threads.map(({ id }) => client.stackTrace(id)));
    expect(stacks.map((frames) => frames.map(({ name }) => name))).toEqual([
      ["gt_switch", "gt_yield", "gt_run", "main", "_start"],
      ["gt_switch", "gt_yield", "counter_one", "skip", "guard"],
      ["gt_yield", "counter_two", "skip", "guard"],
    ]);
    expect(stacks[1]?.map(({ presentationHint }) => presentationHint)).toEqual([
      undefined,
      undefined,
      undefined,
      "subtle",
      "subtle",
    ]);
    expect(stacks[2]?.[1]?.source).toEqual({ name: "counters.s", path });
    expect(stacks[2]?.[0]?.source?.sourceReference).toBeGreaterThan(0);
    for (const frame of stacks.flat()) expect(frame.instructionPointerReference).toMatch(/^0x[0-9a-f]+$/);
  });

  it("gives a stack in pages", async () => {
    const { client, threadId } = await stoppedInCounterTwo();
    const page = (args: object) =>
      client.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", { threadId, ...args });
    const middle = await page({ startFrame: 1, levels: 2 });
    expect(middle.stackFrames.map(({ name }) => name)).toEqual(["counter_two", "skip"]);
    expect(middle.totalFrames).toBe(4);
    expect((await page({ startFrame: 3, levels: 20 })).stackFrames).toHaveLength(1);
    expect((await page({ startFrame: 9 })).stackFrames).toEqual([]);
    expect((await page({ levels: 0 })).stackFrames).toHaveLength(4);
    const { stackFrames } = await page({ levels: 1, format: { line: true } });
    expect(stackFrames[0]?.name).toMatch(/^gt_yield line \d+$/);
  });

  it("tells when threads start and exit", async () => {
    const client = connect(filesOf({ [path]: counters }));
    await launch(client, { program: path });
    await client.event("terminated");
    const events = client.messages.flatMap(({ message }) => {
      const { event, body } = message as DebugProtocol.ThreadEvent;
      return event === "thread" ? [`${body.reason} ${body.threadId}`] : [];
    });
    expect(events.slice(0, 5)).toEqual(["started 1", "started 2", "started 3", "exited 2", "exited 3"]);
  });

  it("lists what a thread has beyond DAP's threads", async () => {
    const { client } = await stoppedInCounterTwo();
    const { threads } = await client.request<GreenThreadsListResponse>("greenThreads/list");
    expect(threads[1]).toMatchObject({
      name: "thread 1: counter_one",
      state: "ready",
      slot: 1,
      entryName: "counter_one",
      stackSize: 0x200000,
      runs: 1,
    });
    const [, thread] = threads;
    const high = BigInt(thread?.stackHighReference ?? 0);
    expect(thread?.stackUsed).toBe(Number(high - BigInt(thread?.stackPointerReference ?? 0)));
    expect(thread?.entryReference).toBe((await client.evaluate("counter_one")).memoryReference);
  });

  it("makes a thread the focused one by a stopped event", async () => {
    const { client } = await stoppedInCounterTwo();
    await client.request("greenThreads/focus", { threadId: 2 });
    expect(await client.stopped()).toMatchObject({ threadId: 2, preserveFocusHint: false, allThreadsStopped: true });
  });
});

describe("registers", () => {
  it("come in groups", async () => {
    const { client, frameId } = await stoppedHere();
    const groups = await client.registers(frameId);
    expect([...groups.keys()]).toEqual(["General", "Flags", "SSE", "Segment"]);
    const general = groups.get("General");
    expect(general).toHaveLength(17);
    expect(named(general, "rax")).toMatchObject({
      value: "0x1122334455667788 (1234605616436508552)",
      evaluateName: "$rax",
    });
    expect(named(general, "rcx")?.value).toBe("0xffffffffffffffff (-1)");
    expect(named(general, "rdx")?.value).toBe("0");
    expect(named(general, "rip")?.value).toMatch(/^0x[0-9a-f]{8} <(here|main\+0x[0-9a-f]+)>$/);
    expect(named(general, "rsp")).toMatchObject({ memoryReference: expect.stringMatching(/^0x07f/) });
    expect(named(general, "rcx")?.memoryReference).toBeUndefined();
    const flags = groups.get("Flags");
    expect(named(flags, "zf")).toMatchObject({ value: "1", type: "zero flag" });
    expect(named(flags, "cf")?.value).toBe("0");
    expect(named(flags, "rflags")?.value).toMatch(/^0x[0-9a-f]+ \[pf zf if\]$/);
    expect(named(groups.get("SSE"), "xmm1")?.value).toBe("0x00000000000000001122334455667788");
    expect(groups.get("Segment")?.map(({ name }) => name)).toEqual(["fs_base", "gs_base"]);
  });

  it("show the lanes of an SSE register", async () => {
    const { client, frameId } = await stoppedHere();
    const xmm1 = named((await client.registers(frameId)).get("SSE"), "xmm1");
    const { variables } = await client.request<DebugProtocol.VariablesResponse["body"]>("variables", {
      variablesReference: xmm1?.variablesReference,
    });
    expect(named(variables, "int32[4]")?.value).toBe("0x55667788, 0x11223344, 0x0, 0x0");
    expect(named(variables, "int64[2]")?.value).toBe("0x1122334455667788, 0x0");
  });

  it("of a parked thread begin with its saved context", async () => {
    const { client } = await stoppedInCounterTwo();
    const [frame] = await client.stackTrace(2);
    const groups = await client.registers(frame?.id ?? 0);
    expect([...groups.keys()][0]).toBe("Saved context");
    const context = groups.get("Saved context");
    expect(context?.map(({ name }) => name)).toEqual(["rsp", "r15", "r14", "r13", "r12", "rbx", "rbp"]);
    // counter_one has counted to 0 and yielded; counter_two has not touched its rbx.
    expect(named(context, "rbx")?.value).toBe("0");
  });

  it("of outer frames are those that unwinding recovers, the others unknown", async () => {
    const { client, threadId } = await stoppedInCounterTwo();
    const frames = await client.stackTrace(threadId);
    const general = (await client.registers(frames[1]?.id ?? 0)).get("General");
    expect(named(general, "rip")?.value).toMatch(/<counter_two\+0x/);
    expect(named(general, "rax")).toMatchObject({
      value: "unknown here",
      presentationHint: { attributes: ["readOnly"] },
    });
    expect((await client.evaluate("rbx", { frameId: frames[1]?.id })).result).toBe("0");
    await expect(client.evaluate("rax", { frameId: frames[1]?.id })).rejects.toThrow(
      "The value of rax is not known in this frame",
    );
  });

  it("keep their references from stop to stop", async () => {
    const { client, frameId, threadId } = await stoppedHere();
    const scopes = () => client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId });
    const before = await scopes();
    await client.request("next", { threadId });
    await client.stopped();
    expect(await scopes()).toEqual(before);
  });

  it("come in pages, and in plain hexadecimal on demand", async () => {
    const { client, frameId } = await stoppedHere();
    const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId });
    const { variables } = await client.request<DebugProtocol.VariablesResponse["body"]>("variables", {
      variablesReference: scopes[0]?.variablesReference,
      start: 3,
      count: 1,
      format: { hex: true },
    });
    expect(variables.map(({ name, value }) => [name, value])).toEqual([["rax", "0x1122334455667788"]]);
  });
});

describe("setting registers", () => {
  async function set(client: Client, frameId: number, scope: string, name: string, value: string) {
    const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId });
    const variablesReference = scopes.find((candidate) => candidate.name === scope)?.variablesReference;
    return client.request<DebugProtocol.SetVariableResponse["body"]>("setVariable", {
      variablesReference,
      name,
      value,
    });
  }

  it.each([
    ["General", "rax", "7", "7"],
    ["General", "rax", "0x2a (42)", "0x2a (42)"],
    ["General", "rcx", "rax & 0xff", "0x88 (136)"],
    ["General", "rdx", "word", "<word>"],
    ["Flags", "cf", "1", "1"],
    ["Flags", "rflags", "0x202", "0x202 [if]"],
    ["SSE", "xmm1", "5", "0x00000000000000000000000000000005"],
    ["Segment", "gs_base", "0x1000", "0x1000 (4096)"],
  ])("%s %s to %s", async (scope, name, value, expected) => {
    const { client, frameId } = await stoppedHere();
    expect((await set(client, frameId, scope, name, value)).value).toContain(expected);
    expect(await client.event("invalidated")).toEqual({ areas: ["stacks", "variables"] });
  });

  it("refuses what is no value", async () => {
    const { client, frameId } = await stoppedHere();
    await expect(set(client, frameId, "General", "rax", "seven")).rejects.toThrow('"seven" is neither a register');
    await expect(set(client, frameId, "Flags", "zf", "2")).rejects.toThrow("A flag is 0 or 1.");
  });

  it("of a parked thread changes its saved context, and the thread goes on with it", async () => {
    const { client, threadId } = await stoppedInCounterTwo();
    const [frame] = await client.stackTrace(2);
    expect((await set(client, frame?.id ?? 0, "Saved context", "rbx", "8")).value).toBe("8");
    expect(await client.event("memory")).toMatchObject({ count: 8 });
    await client.request("setFunctionBreakpoints", { breakpoints: [] });
    await client.request("continue", { threadId });
    await client.event("exited");
    expect(client.output("stdout")).toMatch(
      /thread: 1 counter: 0\n[\s\S]*thread: 1 counter: 9\nthread: 2 counter: 1\nTHREAD 1 FINISHED/,
    );
    expect(client.output("stdout")).not.toContain("thread: 1 counter: 1\n");
  });
});

describe("evaluate", () => {
  it.each([
    ["rax,x", "0x1122334455667788"],
    ["$eax", "0x55667788 (1432778632)"],
    ["%ah", "0x77 (119)"],
    ["*word", "0x2a (42)"],
    ["[word]", "0x2a (42)"],
    ["*(int*)word + 1", "0x2b (43)"],
    ["text,s", '"grün"'],
    ["rcx == -1", "true"],
    ["thread.state", "running"],
  ])("%s is %s", async (expression, expected) => {
    const { client, frameId } = await stoppedHere();
    expect((await client.evaluate(expression, { frameId })).result).toBe(expected);
  });

  it("names addresses, and lets memory be opened there", async () => {
    const { client, frameId } = await stoppedHere();
    const main = await client.evaluate("main", { frameId, context: "hover" });
    expect(main).toMatchObject({ result: "0x00401000 <main>", memoryReference: "0x00401000", type: "void*" });
    expect(await client.evaluate("rsp", { frameId })).toMatchObject({
      result: expect.stringMatching(/^0x07ff[0-9a-f]{4} <stack of /),
    });
  });

  it("sees the processor without a frame, and parked threads' registers with theirs", async () => {
    const { client } = await stoppedInCounterTwo();
    const [one] = await client.stackTrace(2);
    expect((await client.evaluate("thread.slot")).result).toBe("2");
    expect((await client.evaluate("thread.slot", { frameId: one?.id })).result).toBe("1");
    const rsp = async (frameId?: number) => BigInt((await client.evaluate("$rsp,x", { frameId })).result);
    expect((await rsp()) - (await rsp(one?.id))).toBeGreaterThan(0x100000n);
  });

  it("assigns in the console, to registers and to memory", async () => {
    const { client, frameId } = await stoppedHere();
    expect((await client.evaluate("$rax = rax + 1", { frameId, context: "repl" })).result).toContain(
      "0x1122334455667789",
    );
    expect((await client.evaluate("al = 'x'", { frameId, context: "repl" })).result).toBe("0x78 (120)");
    expect((await client.evaluate("dword [word] = 7", { frameId, context: "repl" })).result).toBe("7");
    expect(await client.event("memory")).toMatchObject({ offset: 0, count: 4 });
    expect((await client.evaluate("*word", { frameId })).result).toBe("7");
    expect((await client.evaluate("rax == 1", { frameId, context: "repl" })).result).toBe("false");
    await expect(client.evaluate("word = 1", { frameId, context: "repl" })).rejects.toThrow(
      '"word" cannot be written: write a register such as $rax, or memory such as [rsp+8].',
    );
  });

  it("sets expressions", async () => {
    const { client, frameId } = await stoppedHere();
    const set = await client.request("setExpression", { expression: "*word", value: "0x2c (44)", frameId });
    expect(set).toMatchObject({ value: "0x2c (44)" });
    expect((await client.evaluate("*word", { frameId })).result).toBe("0x2c (44)");
  });

  it("says what is wrong, and where", async () => {
    const { client, frameId } = await stoppedHere();
    await expect(client.evaluate("rax +", { frameId })).rejects.toThrow(
      'The expression ends where a value is expected (at character 6 of "rax +").',
    );
  });

  it("completes registers, symbols and properties", async () => {
    const { client } = await stoppedHere();
    const complete = async (text: string) => {
      const body = await client.request<DebugProtocol.CompletionsResponse["body"]>("completions", {
        text,
        column: text.length + 1,
      });
      return body.targets.map(({ label, start, length }) => `${label} ${start}+${length}`);
    };
    expect(await complete("1 + $r1")).toEqual(
      ["r10", "r11", "r12", "r13", "r14", "r15"]
        .flatMap((name) => [name, `${name}d`, `${name}w`, `${name}b`])
        .map((name) => `${name} 5+2`),
    );
    expect(await complete("wor")).toEqual(["word 0+3"]);
    expect(await complete("thread.s")).toEqual(["thread.slot 0+8", "thread.state 0+8"]);
    expect(await complete("1 + ")).toEqual([]);
  });
});

describe("memory", () => {
  type Read = DebugProtocol.ReadMemoryResponse["body"];

  it("is read, with an offset", async () => {
    const { client } = await stoppedHere();
    const { memoryReference } = await client.evaluate("word");
    const read = await client.request<Read>("readMemory", { memoryReference, offset: 8, count: 5 });
    expect(Buffer.from(read?.data ?? "", "base64").toString()).toBe("grün");
    expect(read).toMatchObject({ address: `0x${(BigInt(memoryReference ?? 0) + 8n).toString(16).padStart(8, "0")}` });
    expect(read).not.toHaveProperty("unreadableBytes");
  });

  it("tells how much cannot be read", async () => {
    const { client } = await stoppedHere();
    const none = await client.request<Read>("readMemory", { memoryReference: "0x0", count: 64 });
    expect(none).toEqual({ address: "0x00000000", data: "", unreadableBytes: 64 });
    const before = await client.request<Read>("readMemory", { memoryReference: "0x400ff0", count: 0x20 });
    expect(before).toMatchObject({ data: "", unreadableBytes: 0x10 });
    const end = await client.request<Read>("readMemory", { memoryReference: "0x7ffeff8", count: 0x10 });
    expect(Buffer.from(end?.data ?? "", "base64")).toHaveLength(8);
    expect(end?.unreadableBytes).toBe(8);
  });

  it("is written, and told", async () => {
    const { client } = await stoppedHere();
    const { memoryReference } = await client.evaluate("word");
    const data = Buffer.from([1, 2]).toString("base64");
    expect(await client.request("writeMemory", { memoryReference, offset: 1, data })).toEqual({ bytesWritten: 2 });
    expect(await client.event("memory")).toMatchObject({ offset: 0, count: 2 });
    // No frame is another now: a client told to read stacks again would go to the top frame and steal the focus.
    expect(await client.event("invalidated")).toEqual({ areas: ["variables"] });
    expect((await client.evaluate("*word,x")).result).toBe("0x2012a");
  });

  it("is written where a return address lies: stacks are out of date too", async () => {
    const { client, threadId } = await stoppedInCounterTwo();
    const [frame] = await client.stackTrace(threadId);
    const { memoryReference } = await client.evaluate("$rsp", { frameId: frame?.id });
    const data = Buffer.alloc(8).toString("base64");
    await client.request("writeMemory", { memoryReference, data });
    expect(await client.event("invalidated")).toEqual({ areas: ["stacks", "variables"] });
  });

  it("is written in part only when the client allows it", async () => {
    const { client } = await stoppedHere();
    const request = { memoryReference: "0x7ffeffc", data: Buffer.alloc(8, 1).toString("base64") };
    await expect(client.request("writeMemory", request)).rejects.toThrow(
      "Only 4 of the 8 bytes at 0x07ffeffc are mapped: nothing was written.",
    );
    expect(await client.request("writeMemory", { ...request, allowPartial: true })).toEqual({
      offset: 0,
      bytesWritten: 4,
    });
    await expect(client.request("writeMemory", { memoryReference: "0x7ffe000", data: "?" })).rejects.toThrow(
      "The data to write is not in base64.",
    );
  });

  it("is annotated with what its words are", async () => {
    const { client } = await stoppedInCounterTwo();
    const { threads } = await client.request<GreenThreadsListResponse>("greenThreads/list");
    const { annotations } = await client.request<AnnotateMemoryResponse>("greenThreads/annotateMemory", {
      memoryReference: threads[2]?.stackHighReference,
      offset: -32,
      count: 32,
    });
    expect(annotations.map(({ text }) => text).join("\n")).toMatch(/skip\n.*guard/);
  });
});

describe("disassembly", () => {
  type Instructions = DebugProtocol.DisassembledInstruction[];
  const disassemble = async (client: Client, args: object): Promise<Instructions> =>
    (await client.request<{ instructions: Instructions }>("disassemble", { resolveSymbols: true, ...args }))
      .instructions;

  it("is in the syntax of the source, with symbols and lines", async () => {
    const { client } = await stoppedHere();
    const instructions = await disassemble(client, { memoryReference: "0x401000", instructionCount: 8 });
    expect(instructions.map(({ instruction }) => instruction.replace(/\s+/g, " "))).toEqual([
      "movabs $0x1122334455667788, %rax",
      "mov $0xffffffffffffffff, %rcx",
      "xor %edx, %edx",
      "movq %rax, %xmm1",
      "nop",
      expect.stringMatching(/^mov 0x[0-9a-f]+\(%rip\), %eax <word>$/),
      "ret",
      expect.any(String),
    ]);
    expect(instructions[0]).toMatchObject({
      address: "0x00401000",
      instructionBytes: "48 b8 88 77 66 55 44 33 22 11",
      symbol: "main",
      line: 3,
      location: { path: "/work/program.s" },
    });
    expect(instructions[1]).toMatchObject({ symbol: "main+0xa", line: 4 });
    expect(instructions[1]).not.toHaveProperty("location");
  });

  it("follows Intel syntax", async () => {
    const client = await launchText(
      ".intel_syntax noprefix\n.globl main\nmain: mov rax, qword ptr [rsp+8]\n call main\n ret\n",
      { stopOnEntry: true },
    );
    const [mov, call] = await disassemble(client, { memoryReference: "0x401000", instructionCount: 2 });
    expect(mov?.instruction.replace(/\s+/g, " ")).toBe("mov rax, [rsp+8]");
    expect(call?.instruction.replace(/\s+/g, " ")).toBe("call 0x401000 <main>");
  });

  it("before an address agrees with disassembly from there on, wherever it begins", async () => {
    const { client } = await stoppedInCounterTwo();
    const whole = await disassemble(client, { memoryReference: "0x401000", instructionCount: 120 });
    expect(whole.every(({ presentationHint }) => presentationHint === undefined)).toBe(true);
    for (const index of [1, 5, 17, 60, 119]) {
      const around = await disassemble(client, {
        memoryReference: whole[index]?.address,
        instructionOffset: -index,
        instructionCount: 120,
      });
      expect(around.map(({ address }) => address)).toEqual(whole.map(({ address }) => address));
    }
  });

  it("returns exactly as many as were asked for, marking what is no code", async () => {
    const { client } = await stoppedHere();
    const around = await disassemble(client, {
      memoryReference: "0x401000",
      instructionOffset: -3,
      instructionCount: 5,
    });
    expect(around.map(({ presentationHint }) => presentationHint)).toEqual([
      "invalid",
      "invalid",
      "invalid",
      undefined,
      undefined,
    ]);
    expect(around.map(({ address }) => address).slice(0, 4)).toEqual([
      "0x00400ffd",
      "0x00400ffe",
      "0x00400fff",
      "0x00401000",
    ]);
    const skipped = await disassemble(client, {
      memoryReference: "0x401000",
      offset: 10,
      instructionOffset: 1,
      instructionCount: 1,
    });
    expect(skipped.map(({ line }) => line)).toEqual([5]);
    const stack = await disassemble(client, { memoryReference: "0x7ffe000", instructionCount: 2 });
    expect(stack.map(({ instruction }) => instruction)).toEqual(["(not code)", "(not code)"]);
    const before = await disassemble(client, {
      memoryReference: "0x401000",
      instructionOffset: -40,
      instructionCount: 10,
    });
    expect(before).toHaveLength(10);
  });
});
