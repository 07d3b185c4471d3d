/** Locks whose owner ended without unlocking them: the list that each thread keeps of those it holds (robust futexes). */
import { systemCallError } from "../errors.js";
import { wake } from "./futex.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

/** `struct robust_list_head`: the first entry, from an entry to its futex, the entry that is being locked or unlocked. */
const headSize = 24;
/** ROBUST_LIST_LIMIT: a list may be a circle by mistake. */
const longestList = 2048;
/** Bit 0 of an entry's address tells of priority inheritance. */
const addressMask = ~1n;

/** Of a futex that is a lock (linux/futex.h). */
const FUTEX_WAITERS = 0x80000000;
const FUTEX_OWNER_DIED = 0x40000000;
const FUTEX_TID_MASK = 0x3fffffff;

/** set_robust_list(2) */
export function setRobustList(context: SystemCallContext, [head, size]: SystemCallArguments): SystemCallResult {
  if (size !== BigInt(headSize)) return systemCallError("EINVAL");
  context.tasks.current.robustList = head;
  return 0n;
}

/** get_robust_list(2): of the thread itself (0) or another one of the process. */
export function getRobustList(context: SystemCallContext, [id, head, size]: SystemCallArguments): SystemCallResult {
  const task =
    asInt(id) === 0 ? context.tasks.current : context.tasks.all().find((candidate) => candidate.id === asInt(id));
  if (task === undefined) return systemCallError("ESRCH");
  const isWritten =
    context.memory.writeWords(head, [task.robustList]) && context.memory.writeWords(size, [BigInt(headSize)]);
  return isWritten ? 0n : systemCallError("EFAULT");
}

/** The current thread ends: marks the locks that it still holds, and wakes who waits for them. */
export function releaseRobustList(context: SystemCallContext): void {
  const { robustList } = context.tasks.current;
  if (robustList === 0n) return;
  const [first, offset, pending] = context.memory.readWords(robustList, headSize / 8) ?? [];
  if (offset === undefined || pending === undefined) return;
  let entry = first;
  for (let count = 0; entry !== undefined && entry !== robustList && count < longestList; count++) {
    const next = context.memory.readWords(entry & addressMask, 1)?.[0];
    if (entry !== pending && !ownerDied(context, (entry & addressMask) + offset, false)) return;
    entry = next;
  }
  if (pending !== 0n) ownerDied(context, (pending & addressMask) + offset, true);
}

/** False: there is no such memory. */
function ownerDied(context: SystemCallContext, address: bigint, isPending: boolean): boolean {
  const bytes = context.memory.read(address, 4);
  if (bytes === undefined) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const value = view.getUint32(0, true);
  // Unlocked already, and not yet said to those who wait.
  if (isPending && value === 0) wake(context, address, 1);
  if ((value & FUTEX_TID_MASK) !== context.tasks.current.id) return true;
  view.setUint32(0, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED, true);
  if (!context.memory.write(address, bytes)) return false;
  if ((value & FUTEX_WAITERS) !== 0) wake(context, address, 1);
  return true;
}
