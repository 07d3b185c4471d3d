/** What the C library and Rust's standard library have at the bottom of stacks is subtle, and nothing else is. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterAll, describe, expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { connect, launch, launchText } from "./support/in-process.js";
import { stoppedInCounterTwo } from "./support/stopped.js";

const folder = mkdtempSync(join(tmpdir(), "green-threads-bottom-"));
afterAll(() => rmSync(folder, { recursive: true }));

const source = (name: string) => fileURLToPath(new URL(`programs/${name}`, import.meta.url));

/** The stacks of the threads that stop in `stop_here`, one after the other. */
async function stacksAt(program: string, function_: string, stops: number): Promise<DebugProtocol.StackFrame[][]> {
  const client = connect();
  await launch(client, { program }, (client) =>
    client.request("setFunctionBreakpoints", { breakpoints: [{ name: function_ }] }),
  );
  const stacks: DebugProtocol.StackFrame[][] = [];
  for (let stop = 0; stop < stops; stop++) {
    const { threadId = 0 } = await client.stopped();
    stacks.push(await client.stackTrace(threadId));
    await client.request("continue", { threadId });
  }
  await client.event("terminated");
  return stacks;
}

const normal = (stack: DebugProtocol.StackFrame[] | undefined) =>
  stack?.filter(({ presentationHint }) => presentationHint !== "subtle").map(({ name }) => name.replace(/<.*>/, ""));
const subtle = (stack: DebugProtocol.StackFrame[] | undefined) =>
  stack?.filter(({ presentationHint }) => presentationHint === "subtle").map(({ name }) => name.replace(/<.*>/, ""));

function compilers(...commands: string[]): boolean {
  const missing = commands.find((command) => spawnSync(command, ["--version"]).status !== 0);
  if (missing !== undefined)
    console.warn(`${missing} cannot be run on this machine: its bottom frames are not tested.`);
  return missing === undefined;
}

function build(command: string, ...words: string[]): string {
  const program = join(folder, words.join("").replace(/\W/g, ""));
  const { status, stderr } = spawnSync(command, [...words, "-o", program], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return program;
}

describe.runIf(compilers("gcc"))("in C with the library of GNU", () => {
  it.each(["-O0", "-O2"])("main, threads and contexts stand on it, %s", async (level) => {
    const program = build("gcc", "-g", level, "-DCONTEXT", "-static", "-pthread", source("bottom.c"));
    const [main, thread, context] = await stacksAt(program, "stop_here", 3);
    expect(normal(main)).toEqual(["stop_here", "start_thread", "main"]);
    expect(subtle(main)?.at(-1)).toBe("_start");
    expect(subtle(main)?.[0]).toMatch(/^__libc_start/);
    expect(normal(thread)).toEqual(["stop_here", "worker"]);
    expect(subtle(thread)?.[0]).toBe("start_thread");
    expect(subtle(thread)?.at(-1)).toMatch(/^(__)?clone3?$/);
    expect(normal(context)).toEqual(["stop_here", "fiber"]);
    expect(subtle(context)).toEqual(["__start_context"]);
  });
});

describe.runIf(compilers("musl-gcc"))("in C with musl", () => {
  it.each(["-O0", "-O2"])("main and threads stand on it, %s", async (level) => {
    const program = build("musl-gcc", "-g", level, "-static", source("bottom.c"));
    const [main, thread] = await stacksAt(program, "stop_here", 2);
    expect(normal(main)).toEqual(["stop_here", "start_thread", "main"]);
    expect(subtle(main)).toEqual(["libc_start_main_stage2", "_start"]);
    expect(normal(thread)).toEqual(["stop_here", "worker"]);
    expect(subtle(thread)).toEqual(["start", "__clone"]);
  });
});

describe.runIf(compilers("rustc"))("in Rust", () => {
  it.each(["-Copt-level=0", "-Copt-level=3"])("main and threads stand on it, %s", async (level) => {
    const program = build("rustc", "-g", level, "-Ctarget-feature=+crt-static", source("bottom.rs"));
    const [main, thread] = await stacksAt(program, "stop_here", 2);
    expect(normal(main)).toEqual(["bottom::stop_here", "bottom::main"]);
    expect(subtle(main)?.[0]).toMatch(/FnOnce::call_once|__rust_begin_short_backtrace/);
    expect(subtle(main)?.slice(-4)).toContain("main");
    expect(subtle(main)?.at(-1)).toBe("_start");
    // catch_unwind is called by the program: it is not at the bottom.
    expect(normal(thread)?.slice(0, 2)).toEqual(["bottom::stop_here", "bottom::main::{closure#0}::{closure#0}"]);
    expect(normal(thread)?.at(-1)).toBe("bottom::main::{closure#0}");
    expect(subtle(thread)?.[0]).toMatch(/__rust_begin_short_backtrace$/);
    const libraries = main?.filter(({ source }) => source?.path?.startsWith("/rustc/"));
    expect(libraries?.length).toBeGreaterThan(0);
    expect(libraries?.every(({ source }) => source?.presentationHint === "deemphasize")).toBe(true);
  });
});

describe("in the samples", () => {
  const sample = (name: string) => fileURLToPath(new URL(`../../samples/${name}/${name}`, import.meta.url));

  it("executables that carry a C library stand on it", async () => {
    const [stack] = await stacksAt(sample("gthreads"), "main", 1);
    expect(normal(stack)).toEqual(["main"]);
    expect(subtle(stack)).toEqual(["libc_start_main_stage2", "_start"]);
  });

  it("threads of our library stand on it, and main on its start", async () => {
    const { client } = await stoppedInCounterTwo();
    expect(subtle(await client.stackTrace(1))).toEqual(["_start"]);
    const thread = await client.stackTrace(2);
    expect(subtle(thread)).toEqual(["skip", "guard"]);
    // Clients take the hint of a source for all frames in it.
    expect(thread.filter(({ source }) => source?.presentationHint !== undefined)).toEqual([]);
  });
});

describe("functions of the program that are called the same", () => {
  const stopped = async (text: string): Promise<Client> =>
    launchText(text, {}, (client) => client.request("setFunctionBreakpoints", { breakpoints: [{ name: "here" }] }));

  it("are not subtle", async () => {
    const client = await stopped(`
        .globl _start, start_thread, here
        .type _start, @function
        .type start_thread, @function
        .type here, @function
_start: call start_thread
        hlt
        .size _start, . - _start
start_thread:
        call here
        ret
        .size start_thread, . - start_thread
here:   ret
        .size here, . - here
`);
    const { threadId = 0 } = await client.stopped();
    expect(normal(await client.stackTrace(threadId))).toEqual(["here", "start_thread", "_start"]);
  });
});
