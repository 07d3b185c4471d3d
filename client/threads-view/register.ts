/** The tree and the commands that act on a green thread. */
import * as vscode from "vscode";
import type { GreenThreadInfo } from "../../debug-adapter/protocol.js";
import type { GreenThreadsSession } from "../debug/session.js";
import type { GreenThreadsSessions } from "../debug/sessions.js";
import type { MemoryInspector } from "../memory-inspector/register.js";
import { parseFilter } from "./filter.js";
import { openCreation, openFrame, openPlaceNode, openSwitch } from "./navigation.js";
import { type FrameNode, type PlaceNode, pageSize, type ThreadNode } from "./nodes.js";
import { describeThread, shortName } from "./presentation.js";
import { ThreadsTree, type TreeNode } from "./tree.js";

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
    vscode.commands.registerCommand("greenThreads.openFrame", (node: TreeNode<FrameNode>) =>
      showErrors(() => openFrame(node)),
    ),
    vscode.commands.registerCommand("greenThreads.openPlace", (node: TreeNode<PlaceNode>) =>
      showErrors(() => openPlaceNode(node)),
    ),
    vscode.commands.registerCommand("greenThreads.goToCreation", (node: TreeNode<ThreadNode>) =>
      showErrors(() => openCreation(node)),
    ),
    vscode.commands.registerCommand("greenThreads.goToSwitch", (node: TreeNode<ThreadNode>) =>
      showErrors(() => openSwitch(node)),
    ),
    ...filtering(tree, view),
  );
}

/** The commands that say which threads the tree shows, and what the view says of it. */
function filtering(tree: ThreadsTree, view: vscode.TreeView<TreeNode>): vscode.Disposable[] {
  let typed = "";
  const apply = (text: string): void => {
    typed = text;
    tree.filter = parseFilter(text);
    void vscode.commands.executeCommand("setContext", "greenThreads.isFiltered", tree.filter !== undefined);
  };
  const ask = async (): Promise<void> => {
    const text = await vscode.window.showInputBox({
      title: "Filter Green Threads",
      value: typed,
      prompt: "A state, a part of a name or function, in:function, name:text, or #id. Empty shows all.",
      placeHolder: "ready worker",
    });
    if (text !== undefined) apply(text);
  };
  return [
    tree.onDidCount((text) => {
      view.description = text;
    }),
    vscode.commands.registerCommand("greenThreads.filterThreads", ask),
    vscode.commands.registerCommand("greenThreads.changeThreadFilter", ask),
    vscode.commands.registerCommand("greenThreads.clearThreadFilter", () => apply("")),
  ];
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
    const node = item as TreeNode;
    return "thread" in node ? { session: node.session, threadId: node.thread.id } : undefined;
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
  const picked = await pickFrom(session, title);
  return picked && { session, threadId: picked.id };
}

/** Of very many threads, those that fit what is typed. */
function pickFrom(session: GreenThreadsSession, title: string): Promise<GreenThreadInfo | undefined> {
  const picker = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly thread: GreenThreadInfo }>();
  const show = (threads: readonly GreenThreadInfo[]): void => {
    picker.items = threads.map((thread) => ({
      label: shortName(thread),
      description: describeThread(thread),
      alwaysShow: true,
      thread,
    }));
  };
  let asked = 0;
  const ask = async (text: string): Promise<void> => {
    const question = ++asked;
    const filter = parseFilter(text);
    const answer = await (filter
      ? session.listThreads({ count: pageSize, filter })
      : session.listThreads({ shown: true }));
    if (question === asked) show(answer.threads.slice(0, pageSize));
  };
  picker.title = title;
  picker.placeholder = "Choose a green thread, or type a part of its name, a function, a state or #id";
  void ask("").catch(() => picker.hide());
  return new Promise((resolve) => {
    picker.onDidChangeValue((text) => void ask(text).catch(() => picker.hide()));
    picker.onDidAccept(() => {
      resolve(picker.selectedItems[0]?.thread);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(undefined);
      picker.dispose();
    });
    picker.show();
  });
}

/** A failed command says why. */
async function showErrors(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}
