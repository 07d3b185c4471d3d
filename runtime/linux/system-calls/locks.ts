/** Locks on files between processes: fcntl(2), flock(2). */
import { systemCallError } from "../errors.js";
import { FileLocks } from "../files/file-locks.js";
import { type OpenFile, OpenRegularFile } from "../files/open-file.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

/** Commands of fcntl(2): for a lock of the process, or (OFD) of the open file. */
export const lockCommands = {
  F_GETLK: 5,
  F_SETLK: 6,
  F_SETLKW: 7,
  F_OFD_GETLK: 36,
  F_OFD_SETLK: 37,
  F_OFD_SETLKW: 38,
} as const;
const [F_RDLCK, F_WRLCK, F_UNLCK] = [0, 1, 2];
const [LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN] = [1, 2, 4, 8];
/** In bytes: `struct flock`. */
const lockSize = 32;

function waitForLock(): SystemCallResult {
  return { kind: "wait", what: "a lock on a file that somebody else holds", isRestartable: true };
}

function locksOf({ node }: OpenFile): FileLocks {
  node.locks ??= new FileLocks();
  return node.locks;
}

/** The lock commands of fcntl(2) */
export function rangeLock(
  context: SystemCallContext,
  file: OpenFile,
  command: number,
  address: bigint,
): SystemCallResult {
  const bytes = context.memory.read(address, lockSize);
  if (bytes === undefined) return systemCallError("EFAULT");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const type = view.getInt16(0, true);
  const range = rangeAt(view, file);
  if (range === undefined || ![F_RDLCK, F_WRLCK, F_UNLCK].includes(type)) return systemCallError("EINVAL");
  const isOfFile = command >= lockCommands.F_OFD_GETLK;
  const locks = locksOf(file);
  const owner = isOfFile ? file : context.descriptors;
  const wanted = { owner, ...range, isExclusive: type === F_WRLCK };
  const conflict = type === F_UNLCK ? undefined : locks.conflict(wanted);
  if (command === lockCommands.F_GETLK || command === lockCommands.F_OFD_GETLK) {
    view.setInt16(0, conflict === undefined ? F_UNLCK : conflict.isExclusive ? F_WRLCK : F_RDLCK, true);
    if (conflict !== undefined) {
      view.setInt16(2, 0, true);
      view.setBigInt64(8, BigInt(conflict.start), true);
      const length = conflict.end === Number.POSITIVE_INFINITY ? 0 : conflict.end - conflict.start;
      view.setBigInt64(16, BigInt(length), true);
      view.setInt32(24, holderOf(context, conflict.owner), true);
    }
    return context.memory.write(address, bytes) ? 0n : systemCallError("EFAULT");
  }
  if (type === F_UNLCK) {
    locks.unlock(owner, range.start, range.end);
    return 0n;
  }
  if (type === F_WRLCK ? !file.canWrite : !file.canRead) return systemCallError("EBADF");
  if (conflict === undefined) {
    locks.lock(wanted);
    return 0n;
  }
  const waits = command === lockCommands.F_SETLKW || command === lockCommands.F_OFD_SETLKW;
  return waits ? waitForLock() : systemCallError("EAGAIN");
}

/** Undefined: there are no such bytes. */
function rangeAt(view: DataView, file: OpenFile): { readonly start: number; readonly end: number } | undefined {
  const bases = [0, file instanceof OpenRegularFile ? file.tell() : 0, file.node.size];
  const base = bases[view.getInt16(2, true)];
  if (base === undefined) return undefined;
  const first = base + Number(view.getBigInt64(8, true));
  const length = Number(view.getBigInt64(16, true));
  const start = length < 0 ? first + length : first;
  const end = length === 0 ? Number.POSITIVE_INFINITY : length < 0 ? first : first + length;
  return start < 0 ? undefined : { start, end };
}

/** The identifier of the process that has a lock; −1: an open file has it. */
function holderOf(context: SystemCallContext, owner: object): number {
  for (const process of context.system.processes) if (process.descriptors === owner) return process.id;
  return -1;
}

/** flock(2) */
export function flock(context: SystemCallContext, [descriptor, operation]: SystemCallArguments): SystemCallResult {
  const file = context.descriptors.file(asInt(descriptor));
  if (file === undefined) return systemCallError("EBADF");
  const kind = asInt(operation) & ~LOCK_NB;
  const locks = locksOf(file);
  if (kind === LOCK_UN) {
    locks.release(file);
    return 0n;
  }
  if (kind !== LOCK_SH && kind !== LOCK_EX) return systemCallError("EINVAL");
  if (locks.lockWhole(file, kind === LOCK_SH ? "shared" : "exclusive")) return 0n;
  return (asInt(operation) & LOCK_NB) === 0 ? waitForLock() : systemCallError("EAGAIN");
}
