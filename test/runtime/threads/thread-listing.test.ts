/** Which threads are listed, in which order, and whose a stack is: compared with what the events and the whole list say. */
import { describe, expect, test } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import type { ThreadFilter, ThreadId } from "../../../runtime/threads/types.js";
import counters from "../../../samples/counters/counters.s";
import roundRobin from "../../../samples/round-robin/round-robin.s";
import { Random } from "../engine/random-program.js";
import { Guest } from "./guest.js";

const ids = (threads: readonly { readonly id: ThreadId }[]) => threads.map(({ id }) => id);

/** As the events have it: who had the processor, the latest first; then who has not had it, in order of birth. */
function recencyByEvents(guest: Guest): number[] {
  const living = new Set(ids(guest.threads.list()));
  const ran = [1 as ThreadId, ...guest.events.filter(({ kind }) => kind === "switch").map(({ thread }) => thread)];
  return [...new Set([...ran.reverse(), ...living])].filter((id) => living.has(id));
}

test.for([
  ["counters", counters],
  ["round robin", roundRobin],
] as const)("%s: the threads that had the processor last come first", ([, source]) => {
  const random = new Random(11);
  const guest = new Guest(source);
  let compared = 0;
  while (!guest.isOver) {
    guest.runFor(1 + random.below(2000));
    const expected = recencyByEvents(guest);
    expect(ids(guest.threads.listing.recent(Number.POSITIVE_INFINITY, []))).toEqual(expected);
    const most = 1 + random.below(5);
    // The main thread is always among them.
    const few = ids(guest.threads.listing.recent(most, []));
    const isMainAmongThem = expected.slice(0, most).includes(1);
    const others = expected.slice(0, Math.max(1, most - 1));
    expect(few).toEqual(isMainAmongThem ? expected.slice(0, most) : [...others, 1]);
    compared++;
  }
  expect(compared).toBeGreaterThan(2);
});

test("threads that are asked for come behind the one that runs, unless they are over", () => {
  const guest = new Guest(roundRobin);
  for (let turn = 0; turn < 150; turn++) guest.runTo("gt_switch");
  const [running, second] = ids(guest.threads.listing.recent(3, []));
  const first = [77, 4711, 50].map((id) => id as ThreadId);
  expect(ids(guest.threads.listing.recent(5, first))).toEqual([running, 77, 50, second, 1]);
});

describe("pages", () => {
  const guest = new Guest(roundRobin);
  for (let turn = 0; turn < 40; turn++) guest.runTo("gt_switch");
  const { threads } = guest;
  const all = threads.list();

  test.for<[string, ThreadFilter]>([
    ["all", {}],
    ["those that wait", { state: "ready" }],
    ["the one that runs", { state: "running" }],
    ["those that have not run", { state: "new" }],
    ["by entry function", { function: "RACER" }],
    ["by where they are", { function: "gt_yi" }],
    ["by name", { name: "read 4" }],
    ["by name and state", { name: "THREAD 4", state: "ready" }],
    ["none", { name: "nobody" }],
  ])("of %s are the same as the whole list, filtered", ([, filter]) => {
    const { state, ...others } = filter;
    const includes = (text: string | undefined, part: string | undefined) =>
      part === undefined || text?.toLowerCase().includes(part.toLowerCase()) === true;
    const where = (id: ThreadId) => (id === threads.current() ? guest.functions(id)[0] : undefined);
    const passing = all.filter(
      ({ id, name, entryName, switchedOutAt }) =>
        includes(name, others.name) &&
        [entryName, switchedOutAt?.functionName, where(id)].some((one) => includes(one ?? "", others.function)),
    );
    const expected = passing.filter((thread) => state === undefined || thread.state === state);
    expect(threads.listing.page(filter, 0, 1000)).toEqual(expected);
    expect(threads.listing.counts(filter)).toEqual({
      running: passing.filter((thread) => thread.state === "running").length,
      ready: passing.filter((thread) => thread.state === "ready").length,
      new: passing.filter((thread) => thread.state === "new").length,
    });
    const paged = [];
    for (let start = 0; start < expected.length + 7; start += 7) paged.push(...threads.listing.page(filter, start, 7));
    expect(paged).toEqual(expected);
  });

  test("there are threads in each state", () => {
    expect(Object.values(threads.listing.counts({})).every((count) => count > 0)).toBe(true);
  });
});

test.for([10, 120, 250])(
  "after %d switches, a stack's owner is the one in whose bounds the address lies",
  (switches) => {
    const guest = new Guest(roundRobin);
    for (let turn = 0; turn < switches; turn++) guest.runTo("gt_switch");
    const { threads } = guest;
    const random = new Random(switches);
    let owned = 0;
    for (const { stack } of threads.list()) {
      const { low = 0n, high = 0n } = stack;
      const inside = guestAddress(low + BigInt(random.below(Number(high - low))));
      for (const address of [low, inside, stack.pointer, high]) {
        const expected = threads
          .list()
          .find(({ stack }) => address >= (stack.low ?? 0n) && address < (stack.high ?? 0n));
        expect(threads.listing.stackOwner(guestAddress(address))?.id).toBe(expected?.id);
        if (expected) owned++;
      }
    }
    expect(owned).toBeGreaterThan(100);
  },
);
