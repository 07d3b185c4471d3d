/** A debug adapter in a process of its own, driven as an editor drives it. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { connectStreams } from "../../debug-adapter/support/child.js";
import { type Client, RequestFailed } from "../../debug-adapter/support/client.js";

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
    /** Milliseconds from the start of the process to the answer to `initialize`. */
    readonly initializing: number,
  ) {}

  static async start({ command: [program = "", ...words] }: Contestant): Promise<Drive> {
    const start = performance.now();
    const child = spawn(program, words);
    const client = connectStreams(child.stdout, child.stdin);
    child.once("exit", (status, signal) => client.lost(`${program} ended with ${signal ?? `status ${status}`}`));
    await client.initialize();
    return new Drive(client, child, performance.now() - start);
  }

  /** Launches and configures; returns the milliseconds until the first stop, and the thread that stopped. */
  async launch(
    args: object,
    configure: (client: Client) => Promise<unknown>,
  ): Promise<{ readonly milliseconds: number; readonly threadId: number }> {
    const start = performance.now();
    // lldb-dap answers `launch` only after the configuration.
    const launched = this.client.request("launch", args);
    await this.client.event("initialized");
    await configure(this.client);
    await this.client.request("configurationDone");
    await launched;
    const threadId = await this.stopped();
    return { milliseconds: performance.now() - start, threadId };
  }

  async stopped(): Promise<number> {
    const { threadId = 0 } = await this.client.stopped();
    return threadId;
  }

  /** What an editor asks at every stop. Returns the innermost frame. */
  async lookAround(threadId: number): Promise<DebugProtocol.StackFrame> {
    await this.client.threads();
    const { stackFrames } = await this.client.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", {
      threadId,
      startFrame: 0,
      levels: 20,
    });
    const frame = stackFrames[0];
    if (frame === undefined) throw new Error("a stop without a frame");
    const { scopes } = await this.client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId: frame.id });
    const variablesReference = scopes[0]?.variablesReference;
    if (variablesReference !== undefined) await this.client.request("variables", { variablesReference });
    return frame;
  }

  /** Milliseconds until the program ended. */
  async runToEnd(threadId: number): Promise<number> {
    const start = performance.now();
    await this.client.request("continue", { threadId });
    await this.client.event("terminated");
    return performance.now() - start;
  }

  async end(): Promise<void> {
    await this.client.request("disconnect", { terminateDebuggee: true }).catch((error: unknown) => {
      if (!(error instanceof RequestFailed)) throw error;
    });
    this.child.kill();
  }
}
