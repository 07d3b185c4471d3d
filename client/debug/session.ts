/** A running debug session as the views see it: whether it stands still, where its focus is, and its requests, typed. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type * as vscode from "vscode";
import type {
  AnnotateMemoryArguments,
  AnnotateMemoryResponse,
  CodePlace,
  CreationArguments,
  CreationResponse,
  FocusArguments,
  GreenThreadInfo,
  GreenThreadsListArguments,
  GreenThreadsListResponse,
} from "../../debug-adapter/protocol.js";

export type SessionState = "running" | "stopped";

/** The thread, and where known the frame, that the debugger's own views show. */
export interface SessionFocus {
  readonly threadId: number;
  readonly frameId?: number;
}

export class GreenThreadsSession {
  state: SessionState = "running";
  /** How often the program came to a stop. A new focus alone is not a stop. */
  stops = 0;
  /** Grows when memory, registers or threads changed while the program stood still. */
  revision = 0;
  focus: SessionFocus | undefined;
  private list: { readonly key: string; readonly threads: Promise<readonly GreenThreadInfo[]> } | undefined;

  constructor(readonly debugSession: vscode.DebugSession) {}

  get id(): string {
    return this.debugSession.id;
  }

  /** The green threads that CALL STACK shows, as of the last stop: all, or of very many those that matter. */
  threads(): Promise<readonly GreenThreadInfo[]> {
    const key = `${this.stops}.${this.revision}`;
    if (this.list?.key !== key) {
      this.list = { key, threads: this.listThreads({ shown: true }).then(({ threads }) => threads) };
    }
    return this.list.threads;
  }

  /** A part of all threads. */
  listThreads(args: GreenThreadsListArguments): Promise<GreenThreadsListResponse> {
    return this.request("greenThreads/list", args);
  }

  /** The calls in which a thread was created, innermost first. */
  async creationOf(threadId: number): Promise<readonly CodePlace[]> {
    const args: CreationArguments = { threadId };
    return (await this.request<CreationResponse>("greenThreads/creation", args)).calls;
  }

  /** The innermost frames of a thread, `levels` at most; all of them when it is 0. */
  async stackTrace(threadId: number, levels: number): Promise<readonly DebugProtocol.StackFrame[]> {
    const args: DebugProtocol.StackTraceArguments = { threadId, startFrame: 0, levels };
    return (await this.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", args)).stackFrames;
  }

  /** Evaluates in the innermost frame of a thread, or in the focused frame when no thread is given. */
  async evaluate(expression: string, threadId?: number): Promise<DebugProtocol.EvaluateResponse["body"]> {
    const args: DebugProtocol.EvaluateArguments = {
      expression,
      context: "watch",
      frameId: await this.frameOf(threadId),
    };
    return this.request("evaluate", args);
  }

  readMemory(memoryReference: string, count: number): Promise<DebugProtocol.ReadMemoryResponse["body"]> {
    const args: DebugProtocol.ReadMemoryArguments = { memoryReference, offset: 0, count };
    return this.request("readMemory", args);
  }

  writeMemory(memoryReference: string, data: string): Promise<DebugProtocol.WriteMemoryResponse["body"]> {
    const args: DebugProtocol.WriteMemoryArguments = { memoryReference, offset: 0, data };
    return this.request("writeMemory", args);
  }

  annotateMemory(memoryReference: string, count: number): Promise<AnnotateMemoryResponse> {
    const args: AnnotateMemoryArguments = { memoryReference, count };
    return this.request("greenThreads/annotateMemory", args);
  }

  /** Makes a thread the focused one in all of the debugger's views. */
  async focusThread(threadId: number): Promise<void> {
    const args: FocusArguments = { threadId };
    await this.request("greenThreads/focus", args);
  }

  private async frameOf(threadId: number | undefined): Promise<number | undefined> {
    const id = threadId ?? this.focus?.threadId;
    if (this.focus?.frameId !== undefined && this.focus.threadId === id) return this.focus.frameId;
    if (id === undefined) return undefined;
    return (await this.stackTrace(id, 1))[0]?.id;
  }

  private async request<Body>(command: string, args: object): Promise<Body> {
    return await this.debugSession.customRequest(command, args);
  }
}
