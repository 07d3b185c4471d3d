/** A debuggee under test: built from assembly text, with what it wrote and told kept for assertions. */
import { expect } from "vitest";
import { type GuestAddress, guestAddress } from "../../../runtime/base/guest-address.js";
import type { ProgramImage } from "../../../runtime/base/program-image.js";
import {
  type BreakpointId,
  type BreakpointRequest,
  type Debuggee,
  type DebuggeeStop,
  type LoadOptions,
  loadDebuggee,
  type StackFrame,
  type StepGranularity,
  type StepKind,
  type ThreadId,
} from "../../../runtime/debuggee.js";
import { buildProgram } from "../../../runtime/execution/build-program.js";

/** The image of a program; the test fails with the diagnostics when it does not build. */
export function build(text: string, path = "test.s"): ProgramImage {
  const built = buildProgram({ path, text });
  if (!built.ok) {
    throw new Error(built.error.map(({ span, message }) => `${span.path}:${span.line}: ${message}`).join("\n"));
  }
  return built.value;
}

export class Session {
  readonly debuggee: Debuggee;
  readonly notes: string[] = [];
  readonly started: ThreadId[] = [];
  readonly exited: ThreadId[] = [];
  private readonly streams = { stdout: "", stderr: "" };

  constructor(
    readonly image: ProgramImage,
    options: Partial<LoadOptions> = {},
  ) {
    const decoder = new TextDecoder();
    const loaded = loadDebuggee(image, {
      arguments: [],
      environment: {},
      abi: "systemV",
      ...options,
      observer: {
        output: (stream, bytes) => {
          this.streams[stream] += decoder.decode(bytes);
        },
        note: (text) => this.notes.push(text),
        threadStarted: (thread) => this.started.push(thread),
        threadExited: (thread) => this.exited.push(thread),
      },
    });
    if (!loaded.ok) throw new Error(loaded.error);
    this.debuggee = loaded.value;
  }

  static of(text: string, options: Partial<LoadOptions> = {}): Session {
    return new Session(build(text), options);
  }

  get output(): string {
    return this.streams.stdout;
  }

  get errorOutput(): string {
    return this.streams.stderr;
  }

  get thread(): ThreadId {
    return this.debuggee.currentThread();
  }

  continue(): Promise<DebuggeeStop> {
    return this.debuggee.run({ kind: "continue" });
  }

  step(step: StepKind, granularity: StepGranularity = "line", thread: ThreadId = this.thread): Promise<DebuggeeStop> {
    return this.debuggee.run({ kind: "step", step, granularity, thread });
  }

  symbol(name: string): GuestAddress {
    const symbol = this.image.symbols.find((candidate) => candidate.name === name);
    if (symbol === undefined) throw new Error(`no symbol ${name}`);
    return symbol.address;
  }

  /** The address of the first instruction of a line of the program's own source. */
  line(line: number): GuestAddress {
    const own = this.image.sources.findIndex(({ isLibrary }) => !isLibrary);
    const row = this.image.lines.find((candidate) => candidate.source === own && candidate.line === line);
    if (row === undefined) throw new Error(`no code on line ${line}`);
    return row.address;
  }

  /** The address of the first instruction on the line that contains `text`. */
  at(text: string): GuestAddress {
    const own = this.image.sources.find(({ isLibrary }) => !isLibrary);
    const index = own?.text?.split("\n").findIndex((candidate) => candidate.includes(text)) ?? -1;
    if (index < 0) throw new Error(`no line contains ${text}`);
    return this.line(index + 1);
  }

  breakAt(...requests: readonly (GuestAddress | BreakpointRequest)[]): readonly BreakpointId[] {
    return this.debuggee.setBreakpoints(
      requests.map((request) => (typeof request === "bigint" ? { address: request } : request)),
    );
  }

  top(thread: ThreadId = this.thread): StackFrame {
    const frame = this.debuggee.stackTrace(thread)?.[0];
    if (frame === undefined) throw new Error(`thread ${thread} has no frames`);
    return frame;
  }

  register(index: number): bigint | undefined {
    return this.top().registers.general[index];
  }

  /** Line of the innermost frame, with its text. */
  where(thread: ThreadId = this.thread): string {
    const { position, functionName, instruction } = this.top(thread);
    if (position === undefined) return `${functionName ?? "?"} at 0x${instruction.toString(16)}`;
    const source = this.image.sources.find(({ path }) => path === position.path);
    const text = source?.text?.split("\n")[position.line - 1] ?? "";
    return `${functionName ?? "?"}: ${text.replace(/#.*/, "").trim().replace(/\s+/g, " ")}`;
  }

  /** The thread's name in its runtime. */
  name(thread: ThreadId): string {
    return this.debuggee.threads().find(({ id }) => id === thread)?.name ?? `thread id ${thread} (gone)`;
  }

  /** A stop in one line of a transcript: why, which thread, where. */
  describe(stop: DebuggeeStop): string {
    switch (stop.kind) {
      case "exited":
        return `exited with status ${stop.status}`;
      case "fault":
        return `fault: ${stop.explanation.title}`;
      case "threadEvent":
        return `${stop.event.kind} of [${this.name(stop.event.thread)}], at [${this.name(stop.thread)}] ${this.where(stop.thread)}`;
      default:
        return `${stop.kind} [${this.name(stop.thread)}] ${this.where(stop.thread)}`;
    }
  }

  word(address: GuestAddress | bigint): bigint {
    const word = this.debuggee.memory.readWord(guestAddress(address));
    expect(word).toBeDefined();
    return word ?? 0n;
  }
}

/** Runs a program to its end: its output and status. */
export async function run(text: string, options: Partial<LoadOptions> = {}) {
  const session = Session.of(text, options);
  const stop = await session.continue();
  return { session, stop, output: session.output, errorOutput: session.errorOutput, notes: session.notes };
}
