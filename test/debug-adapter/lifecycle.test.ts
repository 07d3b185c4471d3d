import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { connect, filesOf, launch, launchText } from "./support/in-process.js";

const counters = fileURLToPath(new URL("../../samples/counters/counters.s", import.meta.url));

/** Prints and ends with status 7. */
const hello = `
        .globl main
main:   sub $8, %rsp
        lea text(%rip), %rdi
        call print_string
        mov $7, %eax
        add $8, %rsp
        ret
        .section .rodata
text:   .string "hello, Zoë\\n"
`;

const forever = `
        .globl main
main:   inc %rax
        jmp main
`;

describe("launch", () => {
  it("runs the counters sample to its end", async () => {
    const client = connect();
    await launch(client, { program: counters });
    expect(await client.event("exited")).toEqual({ exitCode: 0 });
    await client.event("terminated");
    expect(client.output("stdout")).toMatch(/^THREAD 1 STARTING\nthread: 1 counter: 0\nTHREAD 2 STARTING\n/);
    expect(client.output("stdout")).toMatch(/thread: 2 counter: 14\nTHREAD 2 FINISHED\n$/);
  });

  it("tells the program's status, and its output before it", async () => {
    const client = await launchText(hello);
    expect(await client.event("exited")).toEqual({ exitCode: 7 });
    expect(client.output("stdout")).toBe("hello, Zoë\n");
    const events = client.messages.flatMap(({ message }) =>
      message.type === "event" ? [(message as DebugProtocol.Event).event] : [],
    );
    expect(events.indexOf("output")).toBeLessThan(events.indexOf("exited"));
  });

  it("stops on entry", async () => {
    const client = await launchText(hello, { stopOnEntry: true });
    const stop = await client.stopped();
    expect(stop).toMatchObject({ reason: "entry", allThreadsStopped: true });
    const [frame] = await client.stackTrace(stop.threadId ?? 0);
    expect(frame?.name).toBe("_start");
    expect(client.output("stdout")).toBe("");
  });

  it("does not stop without debugging", async () => {
    const client = await launchText(hello, { noDebug: true, stopOnEntry: true }, (client) =>
      client.request("setFunctionBreakpoints", { breakpoints: [{ name: "main" }] }),
    );
    expect(await client.event("exited")).toEqual({ exitCode: 7 });
  });

  it("ends a program that faults without debugging as the system would, with an explanation", async () => {
    const client = await launchText(".globl main\nmain: ud2\n", { noDebug: true });
    expect(await client.event("exited")).toEqual({ exitCode: 128 + 4 });
    expect(client.output("stderr")).not.toBe("");
  });

  it("gives arguments to the program", async () => {
    const client = await launchText(".globl main\nmain: mov %edi, %eax\n ret\n", { args: ["one", "two"] });
    expect(await client.event("exited")).toEqual({ exitCode: 3 });
  });

  it("finds a relative program in cwd", async () => {
    const client = connect(filesOf({ "/work/a folder/hello.s": hello }));
    await launch(client, { program: "../a folder/hello.s", cwd: "/work/b" });
    expect(await client.event("exited")).toEqual({ exitCode: 7 });
  });

  it("fetches included files, and those that they include", async () => {
    const client = connect(
      filesOf({
        "/work/program.s": '.include "lib/one.s"\n.globl main\nmain: mov $STATUS, %eax\n ret\n',
        "/work/lib/one.s": '.include "two.s"\n',
        "/work/lib/two.s": ".set STATUS, 9\n",
      }),
    );
    await launch(client, { program: "/work/program.s" });
    expect(await client.event("exited")).toEqual({ exitCode: 9 });
  });

  it("is refused a second time", async () => {
    const client = await launchText(forever);
    await expect(client.request("launch", { program: "/work/program.s" })).rejects.toThrow(
      "This session has launched its program already.",
    );
  });
});

describe("initialize", () => {
  it("promises what the adapter does", async () => {
    const capabilities = await connect().initialize();
    expect(capabilities).toMatchObject({
      supportsConfigurationDoneRequest: true,
      supportsDisassembleRequest: true,
      supportsReadMemoryRequest: true,
      supportsSteppingGranularity: true,
    });
    expect(capabilities.exceptionBreakpointFilters?.map(({ label }) => label)).toEqual([
      "Yield",
      "Switch",
      "Spawn",
      "Thread finished",
      "Fault",
      "Signal",
      "Program exit",
    ]);
    expect(capabilities.supportsStepBack).toBeUndefined();
  });

  it("counts lines from 0 for a client that does", async () => {
    const client = connect(filesOf({ "/work/program.s": hello }));
    await client.initialize({ linesStartAt1: false, columnsStartAt1: false });
    await client.request("launch", { program: "/work/program.s" });
    const { breakpoints } = await client.request<DebugProtocol.SetBreakpointsResponse["body"]>("setBreakpoints", {
      source: { path: "/work/program.s" },
      breakpoints: [{ line: 4 }],
    });
    expect(breakpoints[0]).toMatchObject({ verified: true, line: 4 });
    await client.request("configurationDone");
    const stop = await client.stopped();
    const [frame] = await client.stackTrace(stop.threadId ?? 0);
    expect(frame).toMatchObject({ line: 4, column: 0 });
  });
});

describe("restart", () => {
  it("begins again, with the breakpoints", async () => {
    const client = await launchText(hello, {}, (client) =>
      client.request("setFunctionBreakpoints", { breakpoints: [{ name: "main" }] }),
    );
    await client.stopped();
    await client.request("restart");
    const stop = await client.stopped();
    expect(stop.reason).toBe("function breakpoint");
    await client.request("continue", { threadId: stop.threadId });
    expect(await client.event("exited")).toEqual({ exitCode: 7 });
  });

  it("takes new attributes, and works while the program runs", async () => {
    const client = connect(filesOf({ "/work/forever.s": forever, "/work/hello.s": hello }));
    await launch(client, { program: "/work/forever.s" });
    await client.request("restart", { arguments: { program: "/work/hello.s" } });
    expect(await client.event("exited")).toEqual({ exitCode: 7 });
  });
});

describe("a restart that fails", () => {
  it("says why, and leaves the program as it was", async () => {
    const files: Record<string, string> = { "/work/hello.s": hello };
    const client = connect(filesOf(files));
    await launch(client, { program: "/work/hello.s", stopOnEntry: true });
    const stop = await client.stopped();
    files["/work/hello.s"] = "main: foo\n";
    await expect(client.request("restart")).rejects.toThrow(/^hello\.s:1:7: There is no instruction/);
    await client.request("continue", { threadId: stop.threadId });
    expect(await client.event("exited")).toEqual({ exitCode: 7 });
  });
});

describe("the end", () => {
  it("comes on terminate, in the middle of an endless loop", async () => {
    const client = await launchText(forever);
    await client.request("terminate");
    await client.event("terminated");
  });

  it("refuses to step a program that has ended", async () => {
    const client = await launchText(hello);
    await client.event("terminated");
    await expect(client.request("next", { threadId: 1 })).rejects.toThrow("The program has ended.");
  });
});

describe("two sessions in one process", () => {
  it("do not disturb each other", async () => {
    const [one, two] = await Promise.all([launchText(hello, { stopOnEntry: true }), launchText(forever)]);
    const stop = await one.stopped();
    await two.request("pause", { threadId: 1 });
    expect((await two.stopped()).reason).toBe("pause");
    await one.request("continue", { threadId: stop.threadId });
    expect(await one.event("exited")).toEqual({ exitCode: 7 });
    expect(two.output("stdout")).toBe("");
  });
});

describe("malformed requests", () => {
  it.each([
    ["fly", {}, 'This debug adapter does not know the request "fly".'],
    ["stackTrace", undefined, 'The request "stackTrace" needs arguments.'],
    ["stackTrace", {}, 'The request "stackTrace" needs the argument "threadId".'],
    [
      "stackTrace",
      { threadId: "1" },
      'The argument "threadId" of the request "stackTrace" must be of type integer, not string.',
    ],
    ["stackTrace", { threadId: 99 }, "There is no green thread 99: it may have finished."],
    ["scopes", { frameId: 12345 }, "There is no such stack frame."],
    ["variables", { variablesReference: 12345 }, "There are no such variables."],
    ["readMemory", { memoryReference: "here", count: 1 }, '"here" is not an address: write it like 0x401000.'],
  ])("%s %j is refused, and the session lives on", async (command, args, message) => {
    const client = await launchText(hello, { stopOnEntry: true });
    await client.stopped();
    await expect(client.malformedRequest(command, args)).rejects.toThrow(message);
    expect(await client.threads()).toHaveLength(1);
  });

  it("are answered before a program is launched", async () => {
    const client = connect();
    await client.initialize();
    await expect(client.request("continue", { threadId: 1 })).rejects.toThrow(
      "No program has been launched in this session yet.",
    );
    expect(await client.threads()).toEqual([]);
  });
});

describe("sources", () => {
  it("lists the program's own and the library's, and gives the texts of the latter", async () => {
    const client = connect(filesOf({ "/work/counters.s": readFileSync(counters, "utf8") }));
    await launch(client, { program: "/work/counters.s", stopOnEntry: true });
    await client.stopped();
    const { sources } = await client.request<DebugProtocol.LoadedSourcesResponse["body"]>("loadedSources");
    expect(sources[0]).toEqual({ name: "counters.s", path: "/work/counters.s" });
    const library = sources.find(({ name }) => name === "green_threads.s");
    expect(library).toMatchObject({ path: "green-threads:/green_threads.s", origin: "Green Threads library" });
    const { content } = await client.request<DebugProtocol.SourceResponse["body"]>("source", {
      source: library,
      sourceReference: library?.sourceReference,
    });
    expect(content).toContain("gt_switch:");
  });
});
