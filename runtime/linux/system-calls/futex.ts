import { systemCallError } from "../errors.js";
import {
  asInt,
  type SystemCallArguments,
  type SystemCallContext,
  type SystemCallResult,
  waitAtMost,
} from "./system-call.js";
import { readDuration } from "./time.js";

/** Operations of futex(2) (linux/futex.h). */
const operations = {
  FUTEX_WAIT: 0,
  FUTEX_WAKE: 1,
  FUTEX_REQUEUE: 3,
  FUTEX_CMP_REQUEUE: 4,
  FUTEX_WAIT_BITSET: 9,
  FUTEX_WAKE_BITSET: 10,
} as const;
const FUTEX_PRIVATE_FLAG = 128;
const FUTEX_CLOCK_REALTIME = 256;

const anyBit = 0xffffffff;

/** futex(2): sleeping on a word, and waking those who sleep. */
export function futex(context: SystemCallContext, args: SystemCallArguments): SystemCallResult {
  const [address, operation, value, timeout, other, bits] = args;
  const code = asInt(operation);
  switch (code & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)) {
    case operations.FUTEX_WAIT:
      return waitOn(context, address, value, timeout, { bits: anyBit, isAbsolute: false, isTimeOfDay: false });
    case operations.FUTEX_WAIT_BITSET: {
      const isTimeOfDay = (code & FUTEX_CLOCK_REALTIME) !== 0;
      return waitOn(context, address, value, timeout, { bits: wordOf(bits), isAbsolute: true, isTimeOfDay });
    }
    case operations.FUTEX_WAKE:
      return wakeAt(context, address, value, anyBit);
    case operations.FUTEX_WAKE_BITSET:
      return wakeAt(context, address, value, wordOf(bits));
    case operations.FUTEX_CMP_REQUEUE:
      if (wordAt(context, address) !== wordOf(bits)) return systemCallError("EAGAIN");
      return requeue(context, address, value, timeout, other);
    case operations.FUTEX_REQUEUE:
      return requeue(context, address, value, timeout, other);
    default:
      return systemCallError("ENOSYS");
  }
}

function wordAt(context: SystemCallContext, address: bigint): number | undefined {
  const bytes = context.memory.read(address, 4);
  return bytes && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

/** Wakes some of those who sleep on one word, and lets others sleep on another one from now on. */
function requeue(context: SystemCallContext, from: bigint, wakeLimit: bigint, moveLimit: bigint, to: bigint): bigint {
  const count = wake(context, from, asInt(wakeLimit));
  const sleepers = context.tasks.all().flatMap(({ call }) => (call.futex === undefined ? [] : [call.futex]));
  const moved = sleepers.filter(({ address, isWoken }) => address === from && !isWoken).slice(0, asInt(moveLimit));
  for (const sleeper of moved) sleeper.address = to;
  return BigInt(count + moved.length);
}

function wordOf(bits: bigint): number {
  return Number(BigInt.asUintN(32, bits));
}

function wakeAt(context: SystemCallContext, address: bigint, limit: bigint, bits: number): SystemCallResult {
  if (context.memory.read(address, 4) === undefined) return systemCallError("EFAULT");
  return BigInt(wake(context, address, asInt(limit), bits));
}

/** Wakes at most `limit` threads that sleep on the word at `address`; returns how many. */
export function wake(context: SystemCallContext, address: bigint, limit: number, bits = anyBit): number {
  let count = wakeIn(context, address, limit, bits);
  const place = context.shared.placeOf(Number(address));
  if (place === undefined) return count;
  // Threads of other processes sleep on the same word of shared memory, wherever they have it.
  for (const process of context.system.processes) {
    if (process === context || process.end !== undefined) continue;
    for (const own of process.shared.addressesOf(place)) count += wakeIn(process, own, limit - count, bits);
  }
  return count;
}

function wakeIn(context: SystemCallContext, address: bigint, limit: number, bits: number): number {
  let count = 0;
  for (const { call } of context.tasks.all()) {
    const { futex: sleeping } = call;
    if (sleeping === undefined || sleeping.isWoken || count >= limit) continue;
    if (sleeping.address !== address || (sleeping.bits & bits) === 0) continue;
    sleeping.isWoken = true;
    count++;
  }
  return count;
}

interface WaitOptions {
  readonly bits: number;
  /** The time is a moment, not a duration. */
  readonly isAbsolute: boolean;
  readonly isTimeOfDay: boolean;
}

function waitOn(
  context: SystemCallContext,
  address: bigint,
  value: bigint,
  timeout: bigint,
  { bits, isAbsolute, isTimeOfDay }: WaitOptions,
): SystemCallResult {
  const { call, clock } = context;
  const isOver = (): boolean => call.deadline !== undefined && clock.elapsed >= call.deadline;
  if (call.futex === undefined) {
    const current = wordAt(context, address);
    if (current === undefined) return systemCallError("EFAULT");
    if (current !== wordOf(value)) return systemCallError("EAGAIN");
    let duration = timeout === 0n ? undefined : readDuration(context, timeout);
    if (typeof duration === "string") return systemCallError(duration);
    if (duration !== undefined && isAbsolute) duration -= isTimeOfDay ? clock.timeOfDay : clock.elapsed;
    if (duration !== undefined) waitAtMost(context, duration);
    call.futex = { address, bits, isWoken: false };
  } else if (call.futex.isWoken) {
    return 0n;
  }
  if (isOver()) return systemCallError("ETIMEDOUT");
  const { deadline } = call;
  return {
    kind: "wait",
    what: `the word at 0x${address.toString(16)} to change (a lock, a condition, or the end of a thread)`,
    isRestartable: deadline === undefined,
    isReady: () => call.futex?.isWoken === true || isOver(),
    ...(deadline === undefined ? {} : { deadline }),
  };
}
