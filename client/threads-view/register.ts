/** The tree and the commands that act on a green thread. */
import * as vscode from "vscode";
import type { GreenThreadInfo } from "../../debug-adapter/protocol.js";
import type { GreenThreadsSession } from "../debug/session.js";
import type { GreenThreadsSessions } from "../debug/sessions.js";
import type { MemoryInspector } from "../memory-inspector/register.js";
import { describeThread, shortName } from "./presentation.js";
import { type FrameNode, ThreadsTree, type TreeNode } from "./tree.js";

/** What VS Code hands to a command of the CALL STACK's context menu. */
interface CallStackItem {
  readonly sessionId: string;
  readonly threadId: number | string;
}

interface ChosenThread {
  readonly session: GreenThreadsSession;
  readonly threadId: number;
}

export function registerThreadsView(
  sessions: GreenThreadsSessions,
  inspector: MemoryInspector,
  memory: vscode.Memento,
): vscode.Disposable {
  const tree = new ThreadsTree(sessions);
  const view = vscode.window.createTreeView("greenThreads.threads", { treeDataProvider: tree, showCollapseAll: true });
  const chosen = async (item: unknown, title: string): Promise<ChosenThread | undefined> =>
    threadOf(item, sessions) ?? pickThread(sessions, title);
  return vscode.Disposable.from(
    tree,
    view,
    unfoldOnce(view, tree, sessions, memory),
    vscode.commands.registerCommand("greenThreads.refreshThreads", () => sessions.refresh()),
    vscode.commands.registerCommand("greenThreads.focusThread", (item: unknown) =>
      showErrors(async () => {
        const thread = await chosen(item, "Focus a Green Thread");
        await thread?.session.focusThread(thread.threadId);
      }),
    ),
    vscode.commands.registerCommand("greenThreads.showStack", (item: unknown) =>
      showErrors(async () => {
        const thread = await chosen(item, "Show a Green Thread's Stack");
        if (thread !== undefined) await inspector.show({ expression: "$rsp", threadId: thread.threadId, follow: true });
      }),
    ),
    vscode.commands.registerCommand("greenThreads.openFrame", (node: FrameNode) => showErrors(() => openFrame(node))),
  );
}

/**
 * VS Code folds every view that is added to its debug container. Unfolds ours at the first stop ever, so that a person
 * meets it; from then on it stays as they leave it.
 */
function unfoldOnce(
  view: vscode.TreeView<TreeNode>,
  tree: ThreadsTree,
  sessions: GreenThreadsSessions,
  memory: vscode.Memento,
): vscode.Disposable {
  const key = "threadsViewUnfolded";
  const subscription = sessions.onDidChange(async () => {
    if (sessions.current?.state !== "stopped") return;
    subscription.dispose();
    if (memory.get<boolean>(key) || view.visible) return;
    const first = (await tree.getChildren())[0];
    if (first === undefined) return;
    await view.reveal(first, { select: false, focus: false });
    await memory.update(key, true);
  });
  return subscription;
}

/** The thread that a command was called on: a row of our tree, or of CALL STACK. */
function threadOf(item: unknown, sessions: GreenThreadsSessions): ChosenThread | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  if ("kind" in item) {
    const { session, thread } = item as TreeNode;
    return { session, threadId: thread.id };
  }
  if (!("sessionId" in item && "threadId" in item)) return undefined;
  const { sessionId, threadId } = item as CallStackItem;
  const session = sessions.byId(sessionId);
  // VS Code writes a thread's id as `thread:SESSION:ID` in some menus and as a number in others.
  const id = typeof threadId === "number" ? threadId : Number(threadId.slice(threadId.lastIndexOf(":") + 1));
  return session && Number.isInteger(id) ? { session, threadId: id } : undefined;
}

async function pickThread(sessions: GreenThreadsSessions, title: string): Promise<ChosenThread | undefined> {
  const session = sessions.current;
  if (session?.state !== "stopped") {
    void vscode.window.showInformationMessage("The program must stand still for this: pause it, or start debugging.");
    return undefined;
  }
  const threads = await session.threads();
  const picked = await vscode.window.showQuickPick(
    threads.map((thread: GreenThreadInfo) => ({
      label: shortName(thread),
      description: describeThread(thread),
      thread,
    })),
    { title, placeHolder: "Choose a green thread", matchOnDescription: true },
  );
  return picked && { session, threadId: picked.thread.id };
}

/** Shows where a frame is, and makes its thread the focused one. */
async function openFrame({ session, thread, frame }: FrameNode): Promise<void> {
  if (session.focus?.threadId !== thread.id) await session.focusThread(thread.id);
  if (frame.source === undefined || frame.line < 1) {
    void vscode.window.setStatusBarMessage(`${frame.name} has no source; the Disassembly view shows it.`, 5000);
    return;
  }
  const uri = vscode.debug.asDebugSourceUri(frame.source, session.debugSession);
  const position = new vscode.Position(frame.line - 1, Math.max(0, frame.column - 1));
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(position, position), preserveFocus: true });
}

/** A failed command says why. */
async function showErrors(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}
