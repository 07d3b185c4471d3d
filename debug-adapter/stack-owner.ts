/** Which green thread's stack an address lies in: asked for every word that is shown, with thousands of stacks. */
import type { GreenThread } from "../runtime/debuggee.js";

interface Stack {
  readonly thread: GreenThread;
  readonly low: bigint;
  readonly high: bigint;
  /** The highest end of this stack and all that begin below it: estimated bounds may overlap. */
  readonly reach: bigint;
}

/** The debuggee gives out the same list until something changes: sorted once for each. */
const sorted = new WeakMap<readonly GreenThread[], readonly Stack[]>();

/** The thread on whose stack the address lies; of several, the one whose stack begins nearest below it. */
export function stackOwner(threads: readonly GreenThread[], address: bigint): GreenThread | undefined {
  let stacks = sorted.get(threads);
  if (stacks === undefined) {
    stacks = inOrder(threads);
    sorted.set(threads, stacks);
  }
  for (let index = lastAtOrBelow(stacks, address); index >= 0; index--) {
    const stack = stacks[index];
    if (stack === undefined || address >= stack.reach) return undefined;
    if (address < stack.high) return stack.thread;
  }
  return undefined;
}

function inOrder(threads: readonly GreenThread[]): Stack[] {
  const bounded = threads.flatMap((thread) => {
    const { low, high } = thread.stack;
    return low === undefined || high === undefined ? [] : [{ thread, low, high }];
  });
  bounded.sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
  let reach = 0n;
  return bounded.map((stack) => {
    if (stack.high > reach) reach = stack.high;
    return { ...stack, reach };
  });
}

function lastAtOrBelow(stacks: readonly Stack[], address: bigint): number {
  let low = 0;
  let high = stacks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const stack = stacks[middle];
    if (stack !== undefined && stack.low <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
