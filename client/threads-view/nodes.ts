/**
 * What stands in the tree: threads with their frames and facts; very many threads in groups by state, and large groups
 * in ranges. Each node is asked for its children only when it is unfolded. Knows no VS Code.
 */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type {
  CodePlace,
  GreenThreadInfo,
  GreenThreadsFilter,
  GreenThreadsListArguments,
  GreenThreadsListResponse,
} from "../../debug-adapter/protocol.js";

/** Whom the tree asks. */
export interface ThreadsSource {
  listThreads(args: GreenThreadsListArguments): Promise<GreenThreadsListResponse>;
  stackTrace(threadId: number, levels: number): Promise<readonly DebugProtocol.StackFrame[]>;
  creationOf(threadId: number): Promise<readonly CodePlace[]>;
}

export type State = GreenThreadInfo["state"];

/** Threads in one state. */
export interface GroupNode {
  readonly kind: "group";
  readonly state: State;
  readonly count: number;
}

/** A part of a group: `count` threads from the `start`-th on. */
export interface RangeNode {
  readonly kind: "range";
  readonly state: State;
  readonly start: number;
  readonly count: number;
}

export interface ThreadNode {
  readonly kind: "thread";
  readonly thread: GreenThreadInfo;
  /** It stands at the top of the tree, and a second time in its group; so do the nodes below it. */
  readonly isPinned?: boolean;
}

export interface FrameNode extends Pick<ThreadNode, "isPinned"> {
  readonly kind: "frame";
  readonly thread: GreenThreadInfo;
  readonly index: number;
  readonly frame: DebugProtocol.StackFrame;
}

/** Who created the thread; below it, the calls. */
export interface CreationNode extends Pick<ThreadNode, "isPinned"> {
  readonly kind: "creation";
  readonly thread: GreenThreadInfo;
}

/** A place in the code that belongs to the thread's history. */
export interface PlaceNode extends Pick<ThreadNode, "isPinned"> {
  readonly kind: "place";
  readonly thread: GreenThreadInfo;
  /** `creation 0`, or `switch`. */
  readonly role: string;
  readonly place: CodePlace;
}

export type ThreadsNode = GroupNode | RangeNode | ThreadNode | FrameNode | CreationNode | PlaceNode;

/** So many threads, or ranges of them, are shown below one node. */
export const pageSize = 100;
/** Frames asked for; a deeper stack is for CALL STACK, which pages. */
const mostFrames = 50;
const stateOrder: readonly State[] = ["running", "ready", "new"];

/** What the tree shows at its top, and how many threads that is of how many. */
export interface Roots {
  readonly nodes: readonly ThreadsNode[];
  readonly matching: number;
  readonly total: number;
}

/** The top of the tree; the focused thread stands first where it would be deep inside of a group. */
export async function roots(
  source: ThreadsSource,
  filter: GreenThreadsFilter | undefined,
  focused: number | undefined,
): Promise<Roots> {
  const { threads, counts, total } = await source.listThreads({ start: 0, count: pageSize, filter });
  const states = stateOrder.filter((state) => counts[state] > 0 && (filter?.state ?? state) === state);
  const matching = states.reduce((sum, state) => sum + counts[state], 0);
  if (matching <= pageSize) return { nodes: threads.map(threadNode), matching, total };
  const first = focused === undefined ? [] : (await source.listThreads({ filter: { ...filter, id: focused } })).threads;
  // The one that runs is in a group of its own, first and unfolded.
  const pinned = first
    .filter(({ state }) => state !== "running")
    .map((thread): ThreadNode => ({ kind: "thread", thread, isPinned: true }));
  const groups = states.map((state): GroupNode => ({ kind: "group", state, count: counts[state] }));
  return { nodes: [...pinned, ...groups], matching, total };
}

/** What is below a node. */
export async function children(
  source: ThreadsSource,
  filter: GreenThreadsFilter | undefined,
  parent: ThreadsNode,
): Promise<readonly ThreadsNode[]> {
  switch (parent.kind) {
    case "group":
      return part(source, filter, { ...parent, kind: "range", start: 0 });
    case "range":
      return part(source, filter, parent);
    case "thread":
      return ofThread(source, parent);
    case "creation": {
      const calls = await source.creationOf(parent.thread.id);
      return calls.map((place, index): PlaceNode => ({ ...parent, kind: "place", role: `creation ${index}`, place }));
    }
    case "frame":
    case "place":
      return [];
  }
}

/** Threads, or where they are too many, ranges that are as large as they must be. */
async function part(
  source: ThreadsSource,
  filter: GreenThreadsFilter | undefined,
  { state, start, count }: RangeNode,
): Promise<readonly ThreadsNode[]> {
  if (count <= pageSize) {
    return (await source.listThreads({ start, count, filter: { ...filter, state } })).threads.map(threadNode);
  }
  let size = pageSize;
  while (count > size * pageSize) size *= pageSize;
  return Array.from({ length: Math.ceil(count / size) }, (_, index): RangeNode => {
    const from = index * size;
    return { kind: "range", state, start: start + from, count: Math.min(size, count - from) };
  });
}

async function ofThread(source: ThreadsSource, node: ThreadNode): Promise<readonly ThreadsNode[]> {
  const { switchedOutAt, creator, id } = node.thread;
  const frames = await source.stackTrace(id, mostFrames);
  const nodes: ThreadsNode[] = frames.map((frame, index) => ({ ...node, kind: "frame", index, frame }));
  if (switchedOutAt) nodes.push({ ...node, kind: "place", role: "switch", place: switchedOutAt });
  if (creator) nodes.push({ ...node, kind: "creation" });
  return nodes;
}

const threadNode = (thread: GreenThreadInfo): ThreadNode => ({ kind: "thread", thread });

/** Names a node as long as threads live, wherever it stands. */
export function nodeKey(node: ThreadsNode): string {
  return "isPinned" in node && node.isPinned ? `pinned ${keyOf(node)}` : keyOf(node);
}

function keyOf(node: ThreadsNode): string {
  switch (node.kind) {
    case "group":
      return node.state;
    case "range":
      return `${node.state}/${node.start}+${node.count}`;
    case "thread":
      return `${node.thread.id}`;
    case "frame":
      return `${node.thread.id}/${node.index}`;
    case "creation":
      return `${node.thread.id}/creation`;
    case "place":
      return `${node.thread.id}/${node.role}`;
  }
}
