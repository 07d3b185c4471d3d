import { formatAddress, type GuestAddress } from "../base/guest-address.js";
import { layout, stackLow } from "../linux/address-space.js";
import type { GreenThread } from "../threads/types.js";
import { byteCount, currentThread, type FaultContext } from "./fault-context.js";

/** An address this far below the end of a stack is taken for a stack that ran over. */
const overflowReach = 0x10000n;
/** No more stacks than this are run over by one: whoever is further away has not got there by overflowing. */
const mostOverrun = 16;

/** The bounds of a thread's stack where both are known; `high` is exclusive. */
export function stackBounds(thread: GreenThread): { low: GuestAddress; high: GuestAddress } | undefined {
  const { low, high } = thread.stack;
  return low === undefined || high === undefined ? undefined : { low, high };
}

/** The thread whose stack holds `address`. */
export function stackOwner(context: FaultContext, address: bigint): GreenThread | undefined {
  return address < 0n ? undefined : context.threads.stackOwner(address as GuestAddress);
}

/**
 * How far below the low end of its stack an address still counts as run over by that thread: through the stacks that
 * lie directly below, and a little further.
 */
function overflowLimit(context: FaultContext, low: GuestAddress): bigint {
  let edge: bigint = low;
  for (let stacks = 0; stacks < mostOverrun; stacks++) {
    const below = stackOwner(context, edge - 1n)?.stack.low;
    if (below === undefined || below >= edge) break;
    edge = below;
  }
  return edge - overflowReach;
}

/** The furthest that a thread has gone past the low end of its stack, in bytes; 0n when it stayed inside. */
export function bytesPastEnd(context: FaultContext, thread: GreenThread): bigint {
  const bounds = stackBounds(thread);
  if (bounds === undefined) return 0n;
  // A pointer far away is not an overflow of this stack: it is wild.
  const limit = overflowLimit(context, bounds.low);
  const { pointer, highWaterMark = 0 } = thread.stack;
  const byPointer = pointer >= limit && pointer < bounds.low ? bounds.low - pointer : 0n;
  const byMark = BigInt(highWaterMark) - (bounds.high - bounds.low);
  const most = byPointer > byMark ? byPointer : byMark;
  return most > 0n && most <= bounds.low - limit ? most : 0n;
}

/** The address lies past the low end of the thread's stack, where a stack that runs over comes to. */
export function isPastEnd(context: FaultContext, thread: GreenThread, address: bigint): boolean {
  const bounds = stackBounds(thread);
  return bounds !== undefined && address < bounds.low && address >= overflowLimit(context, bounds.low);
}

/** A sentence for each thread but `except` that ran off its stack: how far, and into what. */
export function overflowSentences(context: FaultContext, except: GreenThread | undefined): string[] {
  const described: string[] = [];
  for (const thread of context.threads.pastEnd()) {
    if (thread === except) continue;
    const past = bytesPastEnd(context, thread);
    const bounds = stackBounds(thread);
    if (past === 0n || bounds === undefined) continue;
    const victim = stackOwner(context, bounds.low - 1n);
    const into =
      victim === undefined || victim.id === thread.id
        ? "into memory that is not its own"
        : `into the stack of ${quoted(victim)}, and overwrote what was there`;
    described.push(
      `${quoted(thread)} ran ${byteCount(past)} past the end of its stack (${byteCount(bounds.high - bounds.low)} ` +
        `from ${formatAddress(bounds.low)} up to ${formatAddress(bounds.high)}), ${into}. ` +
        "Give the threads larger stacks, or use less of them: fewer nested calls, smaller frames.",
    );
  }
  return described;
}

/** What lies at an unmapped address, said by its distance from the stacks; undefined when none is near. */
export function nearStackEnd(context: FaultContext, address: bigint): string | undefined {
  const current = currentThread(context);
  const start = address > overflowReach ? address - overflowReach : 0n;
  const near = context.threads.near(start as GuestAddress, Number(address - start + overflowReach));
  const candidates = current === undefined ? near : [current, ...near];
  for (const thread of candidates) {
    const bounds = stackBounds(thread);
    if (bounds === undefined) continue;
    if (isPastEnd(context, thread, address)) {
      const whose = thread.id === context.current ? "this thread's stack" : `the stack of ${quoted(thread)}`;
      return (
        `The address lies ${byteCount(bounds.low - address)} past the end of ${whose}: the stack is full. It has ` +
        `${byteCount(bounds.high - bounds.low)}, from ${formatAddress(bounds.low)} up to ${formatAddress(bounds.high)}. ` +
        `${throughNeighbor(context, thread)}The usual reason is a function that calls itself without end; look at CALL STACK.`
      );
    }
    if (address >= bounds.high && address - bounds.high < 4096n && thread.id === context.current) {
      return (
        `The address lies ${byteCount(address - bounds.high)} above the top of this thread's stack ` +
        `(${formatAddress(bounds.high)}): more was popped than was pushed.`
      );
    }
  }
  return undefined;
}

/** Which stack lies directly below, and so was overwritten on the way. */
function throughNeighbor(context: FaultContext, thread: GreenThread): string {
  const neighbor = stackOwner(context, (thread.stack.low ?? 0n) - 1n);
  return neighbor === undefined ? "" : `On its way it overwrote the stack of ${quoted(neighbor)}. `;
}

/** A sentence when `rsp` points into no stack that is known; undefined when it is where it should be. */
export function wildStackPointer(context: FaultContext): string | undefined {
  const rsp = context.machine.registers.general("rsp");
  const current = currentThread(context);
  const bounds = current && stackBounds(current);
  if (current !== undefined && isPastEnd(context, current, rsp)) return undefined;
  if (bounds !== undefined && rsp >= bounds.low && rsp <= bounds.high + 4096n) return undefined;
  if (stackOwner(context, rsp) !== undefined || context.machine.memory.permissionsAt(rsp as GuestAddress)?.write) {
    return undefined;
  }
  return (
    `The stack pointer is wild: rsp = ${formatAddress(rsp)} lies in no stack, and push, pop, call and ret use the ` +
    "memory that rsp points to. Look for the instruction that gave rsp this value: a switch that loads rsp from the " +
    "wrong place, or a pop or leave that took a wrong word."
  );
}

/** What kind of memory a mapped address lies in. */
export function regionName(context: FaultContext, address: GuestAddress): string {
  const owner = stackOwner(context, address);
  if (owner !== undefined) return `the stack of ${quoted(owner)}`;
  if (address >= stackLow && address < layout.stackHigh) return "the main stack";
  if (context.isCode(address)) return "the program's code";
  const { heapStart, heapEnd } = context.addressSpace;
  if (address >= heapStart && address < heapEnd) return "the heap";
  if (address >= layout.mmapStart) return "memory that the program got from mmap";
  return "the program's data";
}

/** A thread's name as part of a sentence. */
export function quoted(thread: GreenThread): string {
  return `“${thread.name}”`;
}
