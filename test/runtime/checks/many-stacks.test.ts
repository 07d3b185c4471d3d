/** Faults among very many threads whose stacks lie side by side: few of them are looked at. */
import { expect, test } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import type { FaultContext, ThreadsAtFault } from "../../../runtime/checks/fault-context.js";
import { bytesPastEnd, isPastEnd, nearStackEnd, overflowSentences } from "../../../runtime/checks/stack-facts.js";
import type { GreenThread, ThreadId } from "../../../runtime/threads/types.js";

const stackSize = 0x4000;
const base = 0x1000_0000;
const count = 100_000;

/** Stack after stack; the thread `overrun` has been `past` bytes below its own. */
class SideBySide implements ThreadsAtFault {
  readonly count = count;
  asked = 0;

  constructor(
    readonly overrun: number,
    readonly past: number,
  ) {}

  thread(id: ThreadId): GreenThread {
    this.asked++;
    const low = base + id * stackSize;
    const highWaterMark = id === this.overrun ? stackSize + this.past : 64;
    const high = guestAddress(low + stackSize);
    const stack = {
      low: guestAddress(low),
      high,
      pointer: guestAddress(low + stackSize - 64),
      used: 64,
      highWaterMark,
    };
    return { id, name: `worker ${id}`, state: "ready", stack, runs: 1, instructions: 1 };
  }

  stackOwner(address: bigint): GreenThread | undefined {
    const id = Math.floor((Number(address) - base) / stackSize);
    return id >= 0 && id < count ? this.thread(id as ThreadId) : undefined;
  }

  near(address: bigint, length: number): GreenThread[] {
    const owners: GreenThread[] = [];
    for (let at = Number(address); at <= Number(address) + length; at += stackSize) {
      const owner = this.stackOwner(BigInt(at));
      if (owner) owners.push(owner);
    }
    return owners;
  }

  pastEnd(): GreenThread[] {
    return [this.thread(this.overrun as ThreadId)];
  }
}

const contextOf = (threads: SideBySide) => ({ threads, current: threads.overrun }) as unknown as FaultContext;

test("an overflow into the next stacks is told, and few threads are asked", () => {
  const threads = new SideBySide(70_000, 2 * stackSize);
  const context = contextOf(threads);
  expect(bytesPastEnd(context, threads.thread(70_000 as ThreadId))).toBe(BigInt(2 * stackSize));
  expect(overflowSentences(context, undefined)).toEqual([
    expect.stringContaining("“worker 70000” ran 32768 bytes past the end of its stack"),
  ]);
  expect(overflowSentences(context, undefined)[0]).toContain("into the stack of “worker 69999”");
  expect(threads.asked).toBeLessThan(200);
});

test("an address far below is not past the end of a stack, and few threads are asked", () => {
  const threads = new SideBySide(70_000, 0);
  const context = contextOf(threads);
  const thread = threads.thread(70_000 as ThreadId);
  expect(isPastEnd(context, thread, BigInt(base + 69_999 * stackSize))).toBe(true);
  expect(isPastEnd(context, thread, 8n)).toBe(false);
  expect(nearStackEnd(context, 8n)).toBeUndefined();
  expect(threads.asked).toBeLessThan(200);
});
