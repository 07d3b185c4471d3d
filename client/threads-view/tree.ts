/** The tree "Green Threads" beside CALL STACK: what `nodes.ts` has, as VS Code wants it. */
import * as vscode from "vscode";
import type { GreenThreadInfo, GreenThreadsFilter } from "../../debug-adapter/protocol.js";
import type { GreenThreadsSession } from "../debug/session.js";
import type { GreenThreadsSessions } from "../debug/sessions.js";
import { describeFilter } from "./filter.js";
import type {
  CreationNode,
  FrameNode,
  GroupNode,
  PlaceNode,
  RangeNode,
  State,
  ThreadNode,
  ThreadsNode,
} from "./nodes.js";
import { children, nodeKey, roots } from "./nodes.js";
import { describePlace, describeThread, formatCount, shortName, speakThread, threadTooltip } from "./presentation.js";

/** A node, and the session whose threads it is about. */
export type TreeNode<Node extends ThreadsNode = ThreadsNode> = Node & { readonly session: GreenThreadsSession };

const stateIcons: Readonly<Record<State, readonly [icon: string, color: string]>> = {
  running: ["play-circle", "charts.green"],
  ready: ["circle-large-outline", "charts.blue"],
  new: ["sparkle", "charts.yellow"],
};

export class ThreadsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly counted = new vscode.EventEmitter<string>();
  private readonly subscription: vscode.Disposable;
  private readonly parents = new WeakMap<TreeNode, TreeNode>();
  private wanted: GreenThreadsFilter | undefined;
  readonly onDidChangeTreeData = this.changed.event;
  /** How much of all there is the tree shows, in words. */
  readonly onDidCount = this.counted.event;

  constructor(private readonly sessions: GreenThreadsSessions) {
    this.subscription = sessions.onDidChange(() => this.changed.fire());
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
    this.counted.dispose();
  }

  /** Which threads are shown; undefined: all. */
  get filter(): GreenThreadsFilter | undefined {
    return this.wanted;
  }

  set filter(filter: GreenThreadsFilter | undefined) {
    this.wanted = filter;
    this.changed.fire();
  }

  async getChildren(parent?: TreeNode): Promise<TreeNode[]> {
    const session = parent?.session ?? this.sessions.current;
    if (session === undefined || session.state !== "stopped") {
      if (parent === undefined) this.counted.fire("");
      return [];
    }
    try {
      const nodes = parent ? await children(session, this.filter, parent) : await this.roots(session);
      return nodes.map((node) => {
        const treeNode = { ...node, session };
        if (parent) this.parents.set(treeNode, parent);
        return treeNode;
      });
    } catch {
      // The program ran on or ended meanwhile; the next stop brings a new tree.
      return [];
    }
  }

  private async roots(session: GreenThreadsSession): Promise<readonly ThreadsNode[]> {
    const { filter } = this;
    const { nodes, matching, total } = await roots(session, filter, session.focus?.threadId);
    const all = `${formatCount(total)} ${total === 1 ? "thread" : "threads"}`;
    this.counted.fire(filter ? `${describeFilter(filter)}: ${formatCount(matching)} of ${all}` : all);
    return nodes;
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return this.parents.get(node);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const item = itemOf(node);
    item.id = `${node.session.id}/${nodeKey(node)}`;
    return item;
  }
}

function itemOf(node: TreeNode): vscode.TreeItem {
  switch (node.kind) {
    case "group":
      return groupItem(node);
    case "range":
      return rangeItem(node);
    case "thread":
      return threadItem(node);
    case "frame":
      return frameItem(node);
    case "creation":
      return creationItem(node);
    case "place":
      return placeItem(node);
  }
}

function stateIcon(state: State): vscode.ThemeIcon {
  const [icon, color] = stateIcons[state];
  return new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
}

function groupItem({ state, count }: GroupNode): vscode.TreeItem {
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(capitalized(state), state === "running" ? Expanded : Collapsed);
  item.description = formatCount(count);
  item.iconPath = stateIcon(state);
  item.contextValue = "group";
  item.accessibilityInformation = { label: `${formatCount(count)} threads, ${state}` };
  return item;
}

function rangeItem({ state, start, count }: RangeNode): vscode.TreeItem {
  const [first, last] = [formatCount(start + 1), formatCount(start + count)];
  const item = new vscode.TreeItem(`${first} – ${last}`, vscode.TreeItemCollapsibleState.Collapsed);
  item.iconPath = new vscode.ThemeIcon("layers");
  item.contextValue = "range";
  item.accessibilityInformation = { label: `${state} threads ${first} to ${last}` };
  return item;
}

function threadItem({ session, thread }: TreeNode<ThreadNode>): vscode.TreeItem {
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const focused = session.focus?.threadId === thread.id;
  const item = new vscode.TreeItem(shortName(thread), focused ? Expanded : Collapsed);
  item.description = describeThread(thread);
  item.iconPath = stateIcon(thread.state);
  item.tooltip = new vscode.MarkdownString(threadTooltip(thread));
  item.contextValue = contextOf(thread);
  item.accessibilityInformation = { label: speakThread(thread) };
  return item;
}

/** What menus go by: `thread created switched`. */
function contextOf({ creator, switchedOutAt }: GreenThreadInfo): string {
  return ["thread", ...(creator ? ["created"] : []), ...(switchedOutAt ? ["switched"] : [])].join(" ");
}

function frameItem(node: TreeNode<FrameNode>): vscode.TreeItem {
  const { session, thread, index, frame } = node;
  const item = new vscode.TreeItem(frame.name);
  const where =
    frame.source?.name === undefined ? frame.instructionPointerReference : `${frame.source.name}:${frame.line}`;
  const focused =
    session.focus?.threadId === thread.id && (session.focus.frameId ?? frame.id) === frame.id && index === 0;
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

function creationItem({ thread }: CreationNode): vscode.TreeItem {
  const item = new vscode.TreeItem("Created", vscode.TreeItemCollapsibleState.Collapsed);
  const { threadId, name = `thread #${threadId}`, place } = thread.creator ?? {};
  item.description = `by ${name}${place ? `, in ${place.name}` : ""}`;
  item.iconPath = new vscode.ThemeIcon("git-branch");
  item.tooltip = "The calls in which the thread was created; or, where nothing announced it, first switched to.";
  item.contextValue = "creation";
  item.accessibilityInformation = { label: `Created ${item.description}` };
  return item;
}

function placeItem(node: TreeNode<PlaceNode>): vscode.TreeItem {
  const { place, role } = node;
  const isSwitch = role === "switch";
  const item = new vscode.TreeItem(isSwitch ? "Switched out" : place.name);
  const where = describePlace(place);
  const source = where.slice(place.name.length + 2, -1);
  item.description = isSwitch ? `in ${place.name}, ${source}` : source;
  item.iconPath = new vscode.ThemeIcon(isSwitch ? "arrow-swap" : "debug-stackframe-dot");
  item.tooltip = `${where}\nat ${place.instructionReference}`;
  item.contextValue = "place";
  item.accessibilityInformation = { label: `${isSwitch ? "Switched out in" : "Created in"} ${where}` };
  item.command = { command: "greenThreads.openPlace", title: "Go to Place", arguments: [node] };
  return item;
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
