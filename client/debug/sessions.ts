/** Follows all sessions of our debug type by listening to what passes between VS Code and the adapter. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import * as vscode from "vscode";
import { debugType } from "./configuration-provider.js";
import { GreenThreadsSession } from "./session.js";

/** A step takes less than this: the views keep what they show, and nothing flickers. */
const settleMilliseconds = 250;

/** Requests after whose success the program runs. */
const resuming = new Set(["continue", "next", "stepIn", "stepOut", "stepBack", "reverseContinue", "restart", "goto"]);
/** Requests after whose success memory or registers are others. */
const changing = new Set(["setVariable", "setExpression", "writeMemory"]);

export class GreenThreadsSessions implements vscode.Disposable, vscode.DebugAdapterTrackerFactory {
  private readonly all = new Map<string, GreenThreadsSession>();
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable[];
  private settle: ReturnType<typeof setTimeout> | undefined;
  private latest: GreenThreadsSession | undefined;

  /** Fires when the current session is another one, stops, runs on, changes its focus or its memory, or ends. */
  readonly onDidChange = this.changed.event;

  constructor() {
    this.disposables = [
      this.changed,
      vscode.debug.registerDebugAdapterTrackerFactory(debugType, this),
      vscode.debug.onDidTerminateDebugSession((session) => this.end(session)),
      vscode.debug.onDidChangeActiveDebugSession((session) => {
        const ours = session && this.all.get(session.id);
        if (ours === undefined || ours === this.latest) return;
        this.latest = ours;
        this.publish();
      }),
      vscode.debug.onDidChangeActiveStackItem((item) => {
        const session = item && this.all.get(item.session.id);
        if (session === undefined) return;
        const frameId = item instanceof vscode.DebugStackFrame ? item.frameId : undefined;
        if (session.focus?.threadId === item?.threadId && session.focus?.frameId === frameId) return;
        session.focus = item && { threadId: item.threadId, frameId };
        this.latest = session;
        if (session.state === "stopped") this.publish();
      }),
    ];
  }

  /** The session that the views show: the active one of our type, else the one last heard of. */
  get current(): GreenThreadsSession | undefined {
    return this.latest;
  }

  /** The session with that id of VS Code's. */
  byId(id: string): GreenThreadsSession | undefined {
    return this.all.get(id);
  }

  createDebugAdapterTracker(debugSession: vscode.DebugSession): vscode.DebugAdapterTracker {
    const session = new GreenThreadsSession(debugSession);
    return {
      onWillStartSession: () => {
        this.all.set(session.id, session);
        this.latest = session;
        this.publish();
      },
      onDidSendMessage: (message: DebugProtocol.ProtocolMessage) => this.received(session, message),
    };
  }

  /** Tells the views to look again. */
  refresh(): void {
    if (this.latest !== undefined) this.latest.revision++;
    this.publish();
  }

  dispose(): void {
    clearTimeout(this.settle);
    for (const disposable of this.disposables) disposable.dispose();
  }

  private received(session: GreenThreadsSession, message: DebugProtocol.ProtocolMessage): void {
    if (message.type === "response") {
      const { command, success } = message as DebugProtocol.Response;
      if (success && resuming.has(command)) this.resumed(session);
      else if (success && changing.has(command)) this.touched(session);
      return;
    }
    if (message.type !== "event") return;
    const { event, body } = message as DebugProtocol.Event;
    switch (event) {
      case "stopped":
        this.stopped(session, body);
        break;
      case "continued":
        this.resumed(session);
        break;
      case "memory":
      case "invalidated":
        this.touched(session);
        break;
      case "terminated":
        this.end(session.debugSession);
        break;
    }
  }

  private stopped(session: GreenThreadsSession, body: DebugProtocol.StoppedEvent["body"]): void {
    // Our own focus request is answered by a `stopped` event too, without the program having run.
    if (session.state === "running") session.stops++;
    session.state = "stopped";
    if (body.threadId !== undefined && body.threadId !== session.focus?.threadId && !body.preserveFocusHint) {
      session.focus = { threadId: body.threadId };
    } else if (session.focus !== undefined) {
      // Frames have new ids after each stop.
      session.focus = { threadId: session.focus.threadId };
    }
    this.latest = session;
    this.publish();
  }

  private resumed(session: GreenThreadsSession): void {
    if (session.state === "running") return;
    session.state = "running";
    clearTimeout(this.settle);
    this.settle = setTimeout(() => this.publish(), settleMilliseconds);
  }

  private touched(session: GreenThreadsSession): void {
    if (session.state !== "stopped") return;
    session.revision++;
    this.publish();
  }

  private end(debugSession: vscode.DebugSession): void {
    if (!this.all.delete(debugSession.id)) return;
    if (this.latest?.id === debugSession.id) this.latest = [...this.all.values()].at(-1);
    this.publish();
  }

  private publish(): void {
    clearTimeout(this.settle);
    this.changed.fire();
  }
}
