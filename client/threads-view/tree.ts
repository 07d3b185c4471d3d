/** The tree "Green Threads" beside CALL STACK: each green thread with its state and stack, and its frames below it. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import * as vscode from "vscode";
import type { GreenThreadInfo } from "../../debug-adapter/protocol.js";
import type { GreenThreadsSession } from "../debug/session.js";
import type { GreenThreadsSessions } from "../debug/sessions.js";
import { describeThread, shortName, speakThread, threadTooltip } from "./presentation.js";

export interface ThreadNode {
  readonly kind: "thread";
  readonly session: GreenThreadsSession;
  readonly thread: GreenThreadInfo;
}

export interface FrameNode {
  readonly kind: "frame";
  readonly session: GreenThreadsSession;
  readonly thread: GreenThreadInfo;
  readonly index: number;
  readonly frame: DebugProtocol.StackFrame;
}

export type TreeNode = ThreadNode | FrameNode;

/** Frames asked for at a time; a deeper stack is for CALL STACK, which pages. */
const maximumFrames = 50;

const stateIcons: Readonly<Record<GreenThreadInfo["state"], readonly [icon: string, color: string]>> = {
  running: ["play-circle", "charts.green"],
  ready: ["circle-large-outline", "charts.blue"],
  new: ["sparkle", "charts.yellow"],
};

export class ThreadsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscription: vscode.Disposable;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly sessions: GreenThreadsSessions) {
    this.subscription = sessions.onDidChange(() => this.changed.fire());
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  async getChildren(parent?: TreeNode): Promise<TreeNode[]> {
    const session = parent?.session ?? this.sessions.current;
    if (session === undefined || session.state !== "stopped" || parent?.kind === "frame") return [];
    try {
      if (parent === undefined) {
        return (await session.threads()).map((thread) => ({ kind: "thread", session, thread }));
      }
      const { thread } = parent;
      const frames = await session.stackTrace(thread.id, maximumFrames);
      return frames.map((frame, index) => ({ kind: "frame", session, thread, index, frame }));
    } catch {
      // The program ran on or ended meanwhile; the next stop brings a new tree.
      return [];
    }
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return node.kind === "frame" ? { kind: "thread", session: node.session, thread: node.thread } : undefined;
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return node.kind === "thread" ? threadItem(node) : frameItem(node);
  }
}

function threadItem({ session, thread }: ThreadNode): vscode.TreeItem {
  const focused = session.focus?.threadId === thread.id;
  const item = new vscode.TreeItem(
    shortName(thread),
    focused ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed,
  );
  const [icon, color] = stateIcons[thread.state];
  item.id = `${session.id}/${thread.id}`;
  item.description = describeThread(thread);
  item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
  item.tooltip = new vscode.MarkdownString(threadTooltip(thread));
  item.contextValue = "thread";
  item.accessibilityInformation = { label: speakThread(thread) };
  return item;
}

function frameItem(node: FrameNode): vscode.TreeItem {
  const { session, thread, index, frame } = node;
  const item = new vscode.TreeItem(frame.name);
  const where =
    frame.source?.name === undefined ? frame.instructionPointerReference : `${frame.source.name}:${frame.line}`;
  const focused =
    session.focus?.threadId === thread.id && (session.focus.frameId ?? frame.id) === frame.id && index === 0;
  item.id = `${session.id}/${thread.id}/${index}`;
  item.description = where ?? "";
  item.iconPath = new vscode.ThemeIcon(focused ? "debug-stackframe" : "debug-stackframe-dot");
  item.tooltip = [frame.name, where, frame.instructionPointerReference && `at ${frame.instructionPointerReference}`]
    .filter((part, at, parts) => part !== undefined && parts.indexOf(part) === at)
    .join("\n");
  item.contextValue = "frame";
  item.accessibilityInformation = { label: `Frame ${index}, ${frame.name}${where ? `, ${where}` : ""}` };
  item.command = { command: "greenThreads.openFrame", title: "Go to Frame", arguments: [node] };
  return item;
}
