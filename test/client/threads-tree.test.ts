/** The tree of very many threads: every one is there once, and little is asked for at a time. */
import { describe, expect, it } from "vitest";
import { describeFilter, parseFilter } from "../../client/threads-view/filter.js";
import {
  children,
  nodeKey,
  pageSize,
  roots,
  type ThreadsNode,
  type ThreadsSource,
} from "../../client/threads-view/nodes.js";
import type {
  GreenThreadInfo,
  GreenThreadsFilter,
  GreenThreadsListArguments,
  GreenThreadsListResponse,
} from "../../debug-adapter/protocol.js";

const place = { name: "spawn", instructionReference: "0x401000" };

interface Passing {
  readonly all: readonly GreenThreadInfo[];
  readonly byState: Readonly<Record<GreenThreadInfo["state"], readonly GreenThreadInfo[]>>;
}

/** Thread 1 is `main`; the last fifth has not run; the `running`-th runs. Every third is a printer, the others workers. */
class ManyThreads implements ThreadsSource {
  readonly asked: GreenThreadsListArguments[] = [];
  readonly all: readonly GreenThreadInfo[];
  private readonly known = new Map<string, Passing>();

  constructor(count: number, running = 1) {
    this.all = Array.from({ length: count }, (_, index): GreenThreadInfo => {
      const id = index + 1;
      const entryName = id === 1 ? "main" : id % 3 === 0 ? "printer" : "worker";
      return {
        id,
        name: entryName,
        entryName,
        state: id === running ? "running" : id > count * 0.8 ? "new" : "ready",
        stackPointerReference: "0x1000",
        runs: 0,
        instructions: 0,
        ...(id > 1 && { creator: { threadId: 1, place } }),
        ...(id > 1 && id <= count * 0.8 && { switchedOutAt: { ...place, name: "yield" } }),
      };
    });
  }

  async listThreads(args: GreenThreadsListArguments): Promise<GreenThreadsListResponse> {
    this.asked.push(args);
    const { start = 0, count = 1000, filter = {} } = args;
    const { all, byState } = this.passing({ id: filter.id, text: filter.text });
    const counts = { running: byState.running.length, ready: byState.ready.length, new: byState.new.length };
    const matching = filter.state === undefined ? all : byState[filter.state];
    return { threads: matching.slice(start, start + count), counts, total: this.all.length };
  }

  private passing(filter: GreenThreadsFilter): Passing {
    const key = JSON.stringify(filter);
    const known = this.known.get(key);
    if (known) return known;
    const all = this.all.filter(({ id, name }) => (filter.id ?? id) === id && name.includes(filter.text ?? ""));
    const inState = (wanted: string) => all.filter(({ state }) => state === wanted);
    const found = { all, byState: { running: inState("running"), ready: inState("ready"), new: inState("new") } };
    this.known.set(key, found);
    return found;
  }

  async stackTrace(threadId: number) {
    return [{ id: threadId, name: "yield", line: 0, column: 0 }];
  }

  async creationOf() {
    return [place, { ...place, name: "main" }];
  }
}

/** The threads below the nodes, as far as one must unfold; and every node's key. */
async function walk(source: ThreadsSource, filter: GreenThreadsFilter | undefined, nodes: readonly ThreadsNode[]) {
  const threads: number[] = [];
  const keys: string[] = [];
  let widest = nodes.length;
  const visit = async (node: ThreadsNode): Promise<void> => {
    keys.push(nodeKey(node));
    if (node.kind === "thread") {
      threads.push(node.thread.id);
      return;
    }
    const below = await children(source, filter, node);
    widest = Math.max(widest, below.length);
    for (const child of below) await visit(child);
  };
  for (const node of nodes) await visit(node);
  return { threads, keys, widest };
}

describe("the tree", () => {
  it("is a plain list while the threads are few", async () => {
    const source = new ManyThreads(pageSize);
    const { nodes, matching, total } = await roots(source, undefined, 7);
    expect(nodes.every(({ kind }) => kind === "thread")).toBe(true);
    expect((await walk(source, undefined, nodes)).threads).toEqual(source.all.map(({ id }) => id));
    expect([matching, total]).toEqual([pageSize, pageSize]);
    expect(source.asked).toHaveLength(1);
  });

  it.each([101, 5_000, 100_001])("of %d threads has each of them once, in groups by state", async (count) => {
    const source = new ManyThreads(count, 3);
    const { nodes, matching, total } = await roots(source, undefined, 3);
    expect(nodes.map((node) => (node.kind === "group" ? [node.state, node.count] : node.kind))).toEqual(
      (["running", "ready", "new"] as const).map((state) => [
        state,
        source.all.filter((thread) => thread.state === state).length,
      ]),
    );
    const { threads, keys, widest } = await walk(source, undefined, nodes);
    expect(threads.toSorted((one, two) => one - two)).toEqual(source.all.map(({ id }) => id));
    expect(new Set(keys).size).toBe(keys.length);
    expect(widest).toBeLessThanOrEqual(pageSize);
    expect([matching, total]).toEqual([count, count]);
  });

  it("asks for a hundred threads at its top, and for a hundred where it is unfolded", async () => {
    const source = new ManyThreads(100_001);
    const { nodes } = await roots(source, undefined, 1);
    const ready = nodes.find((node) => node.kind === "group" && node.state === "ready");
    const [, range] = ready ? await children(source, undefined, ready) : [];
    expect(range).toEqual({ kind: "range", state: "ready", start: 10_000, count: 10_000 });
    const [, inner] = range ? await children(source, undefined, range) : [];
    expect(inner).toEqual({ kind: "range", state: "ready", start: 10_100, count: 100 });
    if (inner) await children(source, undefined, inner);
    expect(source.asked.map(({ start, count, filter }) => [start ?? filter?.id, count ?? 1])).toEqual([
      [0, 100],
      [1, 1],
      [10_100, 100],
    ]);
  });

  it("has the focused thread at its top, too, where it would be deep inside", async () => {
    const source = new ManyThreads(5000, 3);
    const { nodes } = await roots(source, undefined, 1234);
    expect(nodes[0]).toMatchObject({ kind: "thread", thread: { id: 1234 }, isPinned: true });
    expect((await roots(source, undefined, 3)).nodes[0]).toMatchObject({ kind: "group", state: "running" });
    const { keys } = await walk(source, undefined, nodes);
    expect(new Set(keys).size).toBe(keys.length);
    const below = nodes[0] ? await children(source, undefined, nodes[0]) : [];
    expect(below.map((node) => nodeKey(node))).toEqual(["pinned 1234/0", "pinned 1234/switch", "pinned 1234/creation"]);
  });

  it("has of a filter's threads each once, and says how many there are", async () => {
    const source = new ManyThreads(5000, 3);
    for (const filter of [{ text: "print" }, { state: "new" as const }, { text: "work", state: "ready" as const }]) {
      const { nodes, matching } = await roots(source, filter, undefined);
      const expected = source.all.filter(
        ({ name, state }) => name.includes(filter.text ?? "") && (filter.state ?? state) === state,
      );
      const { threads } = await walk(source, filter, nodes);
      expect(threads.toSorted((one, two) => one - two)).toEqual(expected.map(({ id }) => id));
      expect(matching).toBe(expected.length);
    }
    expect(await roots(source, { text: "nobody" }, 3)).toEqual({ nodes: [], matching: 0, total: 5000 });
  });

  it("has below a thread its frames, where it was switched out and where it was created", async () => {
    const source = new ManyThreads(5);
    const [, thread] = (await roots(source, undefined, 1)).nodes;
    const below = thread ? await children(source, undefined, thread) : [];
    expect(below.map(({ kind }) => kind)).toEqual(["frame", "place", "creation"]);
    const creation = below.find(({ kind }) => kind === "creation");
    const calls = creation ? await children(source, undefined, creation) : [];
    expect(calls.map((node) => node.kind === "place" && node.place.name)).toEqual(["spawn", "main"]);
    expect(below[0] && (await children(source, undefined, below[0]))).toEqual([]);
  });
});

describe("a filter", () => {
  it.each<[string, GreenThreadsFilter | undefined, string]>([
    ["", undefined, ""],
    ["   ", undefined, ""],
    ["ready", { state: "ready" }, "ready"],
    ["State:NEW", { state: "new" }, "new"],
    ["worker", { text: "worker" }, "“worker”"],
    ["thread 4", { text: "thread 4" }, "“thread 4”"],
    [
      "ready in:gt_yield counter",
      { state: "ready", function: "gt_yield", text: "counter" },
      "ready, in gt_yield, “counter”",
    ],
    ["function:work name:two", { function: "work", name: "two" }, "in work, named two"],
    ["#12", { id: 12 }, "#12"],
    ["std::rt::lang_start", { text: "std::rt::lang_start" }, "“std::rt::lang_start”"],
  ])("%j is read and said", (text, filter, words) => {
    expect(parseFilter(text)).toEqual(filter);
    expect(describeFilter(filter ?? {})).toBe(words);
  });
});
