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

/** futex(2). With one thread, nobody waits when it wakes somebody, and nobody wakes it when it waits. */
export function futex(
  context: SystemCallContext,
  [address, operation, value, timeout]: SystemCallArguments,
): SystemCallResult {
  const code = asInt(operation);
  switch (code & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)) {
    case operations.FUTEX_WAIT:
      return waitOn(context, address, value, timeout, false, false);
    case operations.FUTEX_WAIT_BITSET:
      return waitOn(context, address, value, timeout, true, (code & FUTEX_CLOCK_REALTIME) !== 0);
    case operations.FUTEX_WAKE:
    case operations.FUTEX_WAKE_BITSET:
    case operations.FUTEX_REQUEUE:
    case operations.FUTEX_CMP_REQUEUE:
      return context.memory.read(address, 4) === undefined ? systemCallError("EFAULT") : 0n;
    default:
      return systemCallError("ENOSYS");
  }
}

function waitOn(
  context: SystemCallContext,
  address: bigint,
  value: bigint,
  timeout: bigint,
  isAbsolute: boolean,
  isTimeOfDay: boolean,
): SystemCallResult {
  const bytes = context.memory.read(address, 4);
  if (bytes === undefined) return systemCallError("EFAULT");
  const current = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (BigInt(current) !== BigInt.asUintN(32, value)) return systemCallError("EAGAIN");
  let duration = timeout === 0n ? undefined : readDuration(context, timeout);
  if (typeof duration === "string") return systemCallError(duration);
  if (duration !== undefined && isAbsolute) {
    duration -= isTimeOfDay ? context.clock.timeOfDay : context.clock.elapsed;
  }
  const deadline = duration === undefined ? undefined : waitAtMost(context, duration);
  if (deadline !== undefined && context.clock.elapsed >= deadline) return systemCallError("ETIMEDOUT");
  return {
    kind: "wait",
    what: `the word at 0x${address.toString(16)} to change (a lock or a condition)`,
    isRestartable: deadline === undefined,
    ...(deadline === undefined ? {} : { deadline }),
  };
}
