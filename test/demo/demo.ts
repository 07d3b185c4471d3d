// What Green Threads does, on a terminal: the built debug adapter runs as a child process, and this program is its
// editor. It debugs the counters sample and shows every green thread at the first stops.   npm run demo
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type {
  AnnotateMemoryResponse,
  GreenThreadInfo,
  GreenThreadsListResponse,
} from "../../debug-adapter/protocol.js";
import { startAdapter } from "../debug-adapter/support/child.js";
import { check, reportChecks } from "./checks.js";
import { bytes, pad, paint, width } from "./paint.js";

const root = process.env.GREEN_THREADS_ROOT ?? process.cwd();
const program = join(root, "samples", "counters", "counters.s");
const stopsToShow = 4;
/** The lines of the sources seen so far, by path. */
const texts = new Map<string, readonly string[]>();

const { client, process: adapter } = startAdapter(join(root, "dist", "debug-adapter.mjs"));
let adapterErrors = "";
adapter.stderr.on("data", (chunk) => {
  adapterErrors += chunk;
});
const adapterEnd = new Promise<number | null>((resolve) => adapter.on("exit", resolve));
const watchdog = setTimeout(() => give("The debug adapter has not answered for a minute."), 60_000);
adapter.on("exit", (status) => {
  if (!hasEnded) give(`The debug adapter ended with status ${status}.\n${adapterErrors}`);
});
let hasEnded = false;

function give(reason: string): never {
  console.error(paint.bad(`\n${reason}`));
  adapter.kill();
  process.exit(1);
}

// A reader that goes away (`npm run demo | head`) ends it quietly, though not with success.
process.stdout.on("error", () => {
  adapter.kill();
  process.exit(1);
});

try {
  await demonstrate();
} catch (error) {
  give(error instanceof Error ? error.message : String(error));
}

async function demonstrate(): Promise<void> {
  heading("Green Threads", "a program with three green threads, debugged over the Debug Adapter Protocol");
  await client.initialize({ clientID: "demo" });
  await client.request("launch", { program });
  await client.event("initialized");
  const { breakpoints } = await client.request<DebugProtocol.SetFunctionBreakpointsResponse["body"]>(
    "setFunctionBreakpoints",
    { breakpoints: [{ name: "gt_yield" }] },
  );
  const [breakpoint] = breakpoints;
  check("the breakpoint on gt_yield was set", breakpoint?.verified === true);
  fact("adapter", "dist/debug-adapter.mjs, a child process");
  fact("program", "samples/counters/counters.s, assembled and linked by the adapter");
  fact("breakpoint", `gt_yield, ${breakpoint?.source?.name} line ${breakpoint?.line}`);
  await client.request("configurationDone");

  const seen = new Set<number>();
  for (let stop = 1; stop <= stopsToShow; stop++) {
    const { threadId } = await client.stopped();
    const threads = await listThreads();
    await showStop(stop, threadId, threads);
    if (stop === 1) await showNewestStack(threads);
    if (threadId !== undefined) seen.add(threadId);
    await client.request(stop < stopsToShow ? "continue" : "setFunctionBreakpoints", {
      threadId,
      ...(stop < stopsToShow ? {} : { breakpoints: [] }),
    });
  }
  check("each of the three green threads stopped in gt_yield", seen.size === 3);

  await client.request("continue", { threadId: 1 });
  await runToEnd();
}

async function listThreads(): Promise<GreenThreadInfo[]> {
  const { threads } = await client.request<GreenThreadsListResponse>("greenThreads/list", {});
  const known = await client.threads();
  check("every stop shows three green threads", threads.length === 3 && known.length === 3);
  return threads;
}

async function showStop(stop: number, threadId: number | undefined, threads: GreenThreadInfo[]): Promise<void> {
  const stopped = threads.find(({ id }) => id === threadId);
  heading(`Stop ${stop}`, `${stopped?.name ?? "a thread"} is about to yield`);
  for (const thread of threads) {
    const frames = await client.stackTrace(thread.id);
    const states = { running: paint.running("● running"), ready: paint.ready("◐ ready"), new: paint.fresh("○ new") };
    console.log(`\n  ${pad(states[thread.state], 10)} ${paint.strong(thread.name)}`);
    showStackUse(thread);
    for (const frame of frames) await showFrame(frame);
    check("every green thread has a call stack", frames.length > 0);
    await showRegisters(frames[0]);
  }
  const running = threads.filter(({ state }) => state === "running");
  check("exactly one green thread is running", running.length === 1 && running[0]?.id === threadId);
}

function showStackUse({ stackUsed, stackSize, stackLowReference, stackHighReference }: GreenThreadInfo): void {
  check("the stack use of every green thread is known", stackUsed !== undefined && stackSize !== undefined);
  if (stackUsed === undefined || stackSize === undefined) return;
  const cells = 24;
  const filled = Math.round((stackUsed / stackSize) * cells);
  const bar = `${filled === 0 ? "▏" : "█".repeat(filled)}${paint.faint("░".repeat(cells - Math.max(1, filled)))}`;
  const range = paint.faint(`${stackLowReference} to ${stackHighReference}`);
  console.log(`             stack ${bar} ${bytes(stackUsed)} of ${bytes(stackSize)}  ${range}`);
}

/** The lines of a source: from its file, or from the adapter when it lies in none. */
async function linesOf(source: DebugProtocol.Source): Promise<readonly string[]> {
  const key = source.path ?? "";
  let lines = texts.get(key);
  if (lines === undefined) {
    const content =
      source.sourceReference === undefined || source.sourceReference === 0
        ? readFileSync(key, "utf8")
        : (
            await client.request<DebugProtocol.SourceResponse["body"]>("source", {
              source,
              sourceReference: source.sourceReference,
            })
          ).content;
    lines = content.split("\n");
    texts.set(key, lines);
  }
  return lines;
}

async function showFrame(frame: DebugProtocol.StackFrame): Promise<void> {
  const { name, source, line } = frame;
  const place = source === undefined ? "" : `${source.name}:${line}`;
  const code =
    source === undefined
      ? ""
      : ((await linesOf(source))[line - 1] ?? "")
          .replace(/\s*#.*$/, "")
          .trim()
          .replace(/\s+/g, " ");
  check("every frame has a source line", code !== "");
  const isSubtle = frame.presentationHint === "subtle";
  const shown = isSubtle ? paint.faint(name) : paint.name(name);
  console.log(`             ${pad(shown, 18)} ${paint.faint(pad(place, 22))} ${isSubtle ? paint.faint(code) : code}`);
}

async function showRegisters(frame: DebugProtocol.StackFrame | undefined): Promise<void> {
  if (frame === undefined) return;
  const groups = await client.registers(frame.id);
  const all = groups.get("General") ?? [];
  const known = all.filter(({ value }) => value.startsWith("0x") || /^\d+$/.test(value));
  check(
    "the registers of every top frame are known",
    known.some(({ name }) => name === "rsp"),
  );
  const cells = known.map(({ name, value }) => `${paint.faint(pad(name, 3))} ${paint.number(shorten(value))}`);
  const columns = 3;
  for (let row = 0; row < cells.length; row += columns) {
    const line = cells.slice(row, row + columns).map((cell) => pad(cell, 34));
    console.log(`             ${line.join("").trimEnd()}`);
  }
  if (known.length < all.length) {
    console.log(
      paint.faint("             (the other registers do not survive a call, so a switch does not keep them)"),
    );
  }
}

/** A hint that would break the columns gives way. */
function shorten(value: string): string {
  return value.length <= 29 ? value : (value.split(" ")[0] ?? value);
}

async function showNewestStack(threads: GreenThreadInfo[]): Promise<void> {
  const newest = threads.at(-1);
  if (newest?.stackHighReference === undefined) return;
  const from = BigInt(newest.stackPointerReference);
  const count = Number(BigInt(newest.stackHighReference) - from);
  heading("Its stack", `${newest.name} has not run yet: these words are all that makes it a thread`);
  console.log();
  const memory = await client.request<DebugProtocol.ReadMemoryResponse["body"]>("readMemory", {
    memoryReference: newest.stackPointerReference,
    count,
  });
  const { annotations } = await client.request<AnnotateMemoryResponse>("greenThreads/annotateMemory", {
    memoryReference: newest.stackPointerReference,
    count,
  });
  const data = Buffer.from(memory?.data ?? "", "base64");
  const found = new Set<string>();
  for (let offset = 0; offset + 8 <= data.length; offset += 8) {
    const address = from + BigInt(offset);
    const here = annotations
      .filter(({ memoryReference }) => BigInt(memoryReference) === address)
      .map(({ text }) => text);
    for (const name of ["guard", "skip", newest.entryName ?? "?"]) {
      if (here.some((text) => text.includes(name))) found.add(name);
    }
    const word = data.readBigUInt64LE(offset).toString(16).padStart(16, "0");
    const mark = offset === 0 ? paint.strong("rsp →") : "     ";
    console.log(`      ${mark} ${paint.faint(`0x${address.toString(16)}`)}  ${paint.number(word)}  ${here.join(", ")}`);
  }
  check("the newest thread's stack holds its entry function, skip and guard", found.size === 3);
}

async function runToEnd(): Promise<void> {
  const exited = await client.event<DebugProtocol.ExitedEvent>("exited");
  await client.event("terminated");
  const output = client.output("stdout");
  heading("The end", "the breakpoint is gone, and the program has run to its end; it printed");
  console.log();
  for (const line of output.trimEnd().split("\n")) {
    const thread = /thread:? 1/i.test(line) ? paint.ready : paint.fresh;
    console.log(`      ${thread(line)}`);
  }
  check("the program printed what two counting threads print", output === expectedOutput());
  check("the program ended with status 0", exited.exitCode === 0);
  hasEnded = true;
  await client.request("disconnect");
  const status = await adapterEnd;
  check("the adapter ended with the session", status === 0);
  clearTimeout(watchdog);

  heading("Exit status", String(exited.exitCode));
  console.log();
  if (!reportChecks()) {
    console.log(paint.bad("\n  Not everything happened as it should.\n"));
    process.exitCode = 1;
  } else {
    console.log(`\n  ${paint.good("All of it happened.")} Now open ${basename(program)} in VS Code and press F5.\n`);
  }
}

/** Two threads take turns; when the first has counted to nine it ends, and the second goes on alone. */
function expectedOutput(): string {
  const lines = ["THREAD 1 STARTING", "thread: 1 counter: 0", "THREAD 2 STARTING", "thread: 2 counter: 0"];
  for (let count = 1; count < 15; count++) {
    if (count < 10) lines.push(`thread: 1 counter: ${count}`);
    if (count === 10) lines.push("THREAD 1 FINISHED");
    lines.push(`thread: 2 counter: ${count}`);
  }
  return `${[...lines, "THREAD 2 FINISHED"].join("\n")}\n`;
}

function heading(title: string, text: string): void {
  const rule = "─".repeat(Math.max(0, 98 - width(title) - width(text)));
  console.log(`\n${paint.title(title)}  ${text} ${paint.faint(rule)}`);
}

function fact(name: string, text: string): void {
  console.log(`  ${paint.faint(pad(name, 10))} ${text}`);
}
