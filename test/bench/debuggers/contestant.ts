/** A debug adapter in a process of its own, driven as an editor drives it. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { connectStreams } from "../../debug-adapter/support/child.js";
import { type Client, RequestFailed } from "../../debug-adapter/support/client.js";
import { type ClockKind, readClock } from "./clock.js";

export interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
}

/** Ours, from the bundles of this repository, and the other where it is installed. */
export function contestants(root: string): readonly Contestant[] {
  const ours = { name: "Green Threads", command: [process.execPath, `${root}/dist/debug-adapter.mjs`] };
  const other = { name: "lldb-dap-19", command: ["lldb-dap-19"] };
  return spawnSync("lldb-dap-19", ["--help"]).status === 0 ? [ours, other] : [ours];
}

/** One session with one of them, from its start to its end. */
export class Drive {
  private constructor(
    readonly client: Client,
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly clock: ClockKind,
    readonly capabilities: DebugProtocol.Capabilities,
    /** Milliseconds from the start of the process to the answer to `initialize`. */
    readonly initializing: number,
  ) {}

  static async start({ command: [program = "", ...words] }: Contestant, clock: ClockKind): Promise<Drive> {
    const start = performance.now();
    const child = spawn(program, words);
    const client = connectStreams(child.stdout, child.stdin);
    child.once("exit", (status, signal) => client.lost(`${program} ended with ${signal ?? `status ${status}`}`));
    const capabilities = await client.initialize();
    // Of a process that was not there before, all that it has spent.
    const initializing = clock === "wall" ? performance.now() - start : readClock(clock, child.pid ?? 0);
    return new Drive(client, child, clock, capabilities, initializing);
  }

  /** Milliseconds, from anywhere on. */
  now(): number {
    return readClock(this.clock, this.child.pid ?? 0);
  }

  /** How many milliseconds `work` takes. */
  async time(work: () => Promise<unknown>): Promise<number> {
    const start = this.now();
    await work();
    return this.now() - start;
  }

  /** Launches and configures; returns the milliseconds until the first stop, and the thread that stopped. */
  async launch(
    args: object,
    configure: (client: Client) => Promise<unknown>,
  ): Promise<{ readonly milliseconds: number; readonly threadId: number }> {
    const start = this.now();
    // lldb-dap answers `launch` only after the configuration.
    const launched = this.client.request("launch", args);
    await this.client.event("initialized");
    await configure(this.client);
    await this.client.request("configurationDone");
    await launched;
    const threadId = await this.stopped();
    return { milliseconds: this.now() - start, threadId };
  }

  async stopped(): Promise<number> {
    const { threadId = 0 } = await this.client.stopped();
    return threadId;
  }

  /** What an editor asks at every stop. Returns the innermost frame. */
  async lookAround(threadId: number): Promise<DebugProtocol.StackFrame> {
    await this.client.threads();
    const frame = await this.innermostFrame(threadId);
    const [scope] = await this.scopes(frame.id);
    if (scope !== undefined) await this.variables(scope.variablesReference);
    return frame;
  }

  async innermostFrame(threadId: number): Promise<DebugProtocol.StackFrame> {
    const [frame] = await this.frames(threadId, 20);
    if (frame === undefined) throw new Error("a stop without a frame");
    return frame;
  }

  async frames(threadId: number, levels: number): Promise<DebugProtocol.StackFrame[]> {
    const args = { threadId, startFrame: 0, levels };
    return (await this.client.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", args)).stackFrames;
  }

  async scopes(frameId: number): Promise<DebugProtocol.Scope[]> {
    return (await this.client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId })).scopes;
  }

  async variables(variablesReference: number, page: object = {}): Promise<DebugProtocol.Variable[]> {
    const args = { variablesReference, ...page };
    return (await this.client.request<DebugProtocol.VariablesResponse["body"]>("variables", args)).variables;
  }

  /** Milliseconds until the program ended. */
  runToEnd(threadId: number): Promise<number> {
    return this.time(async () => {
      await this.client.request("continue", { threadId });
      await this.client.event("terminated");
    });
  }

  async end(): Promise<void> {
    await this.client.request("disconnect", { terminateDebuggee: true }).catch((error: unknown) => {
      if (!(error instanceof RequestFailed)) throw error;
    });
    this.child.kill();
  }
}
