/** Policies and priorities: sched(7). There is one processor, and every thread has the usual policy. */
import { systemCallError } from "../errors.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";
import { timespec } from "./time.js";

const [SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE] = [0, 1, 2, 3, 5];
const policies = [SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE];
const realTime = [SCHED_FIFO, SCHED_RR];
const SCHED_RESET_ON_FORK = 0x40000000;
/** In nanoseconds: how long a thread has the processor. */
const turn = 100_000n;
/** In bytes: `struct sched_attr`. */
const attributesSize = 48;

/** Itself (0), a thread of the process, or a process. */
export function exists(context: SystemCallContext, id: number): boolean {
  return id === 0 || context.tasks.all().some((task) => task.id === id) || context.system.find(id) !== undefined;
}

/** sched_getscheduler(2) */
export function getScheduler(context: SystemCallContext, [id]: SystemCallArguments): SystemCallResult {
  if (asInt(id) < 0) return systemCallError("EINVAL");
  return exists(context, asInt(id)) ? BigInt(SCHED_OTHER) : systemCallError("ESRCH");
}

/** sched_setscheduler(2): real-time policies are for root. */
export function setScheduler(
  context: SystemCallContext,
  [id, policyBits, parameter]: SystemCallArguments,
): SystemCallResult {
  const policy = asInt(policyBits) & ~SCHED_RESET_ON_FORK;
  const bytes = context.memory.read(parameter, 4);
  if (asInt(id) < 0 || !policies.includes(policy)) return systemCallError("EINVAL");
  if (bytes === undefined) return systemCallError("EFAULT");
  if (!exists(context, asInt(id))) return systemCallError("ESRCH");
  const priority = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
  const isRealTime = realTime.includes(policy);
  if (isRealTime ? priority < 1 || priority > 99 : priority !== 0) return systemCallError("EINVAL");
  return isRealTime ? systemCallError("EPERM") : 0n;
}

/** sched_getparam(2) */
export function getParameter(context: SystemCallContext, [id, result]: SystemCallArguments): SystemCallResult {
  if (asInt(id) < 0 || result === 0n) return systemCallError("EINVAL");
  if (!exists(context, asInt(id))) return systemCallError("ESRCH");
  return context.memory.write(result, new Uint8Array(4)) ? 0n : systemCallError("EFAULT");
}

/** sched_setparam(2) */
export function setParameter(context: SystemCallContext, [id, parameter]: SystemCallArguments): SystemCallResult {
  return setScheduler(context, [id, BigInt(SCHED_OTHER), parameter, 0n, 0n, 0n]);
}

/** sched_get_priority_max(2), sched_get_priority_min(2) */
export function highestPriority(_context: SystemCallContext, [policy]: SystemCallArguments): SystemCallResult {
  if (!policies.includes(asInt(policy))) return systemCallError("EINVAL");
  return realTime.includes(asInt(policy)) ? 99n : 0n;
}

export function lowestPriority(_context: SystemCallContext, [policy]: SystemCallArguments): SystemCallResult {
  if (!policies.includes(asInt(policy))) return systemCallError("EINVAL");
  return realTime.includes(asInt(policy)) ? 1n : 0n;
}

/** sched_rr_get_interval(2) */
export function getInterval(context: SystemCallContext, [id, result]: SystemCallArguments): SystemCallResult {
  if (!exists(context, asInt(id))) return systemCallError("ESRCH");
  return context.memory.writeWords(result, timespec(turn)) ? 0n : systemCallError("EFAULT");
}

/** sched_getattr(2) */
export function getAttributes(context: SystemCallContext, [id, result, size]: SystemCallArguments): SystemCallResult {
  if (asInt(size) < attributesSize) return systemCallError("EINVAL");
  if (!exists(context, asInt(id))) return systemCallError("ESRCH");
  const bytes = new Uint8Array(attributesSize);
  new DataView(bytes.buffer).setUint32(0, attributesSize, true);
  return context.memory.write(result, bytes) ? 0n : systemCallError("EFAULT");
}
