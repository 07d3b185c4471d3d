import { systemCallError } from "../errors.js";
import { wake } from "./futex.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

/** The identifiers that every program sees. */
export const processId = 1000;
const userId = 1000n;

/** exit_group(2): the low eight bits are the status that a parent sees. */
export function exit(_context: SystemCallContext, [status]: SystemCallArguments): SystemCallResult {
  return { kind: "exit", status: Number(status & 0xffn) };
}

/** exit(2): the end of a thread. Who waits for it (in pthread_join, say) waits for a word to become 0. */
export function exitThread(context: SystemCallContext, [status]: SystemCallArguments): SystemCallResult {
  const { clearAtExit } = context.tasks.current;
  if (clearAtExit !== 0n && context.memory.write(clearAtExit, new Uint8Array(4))) wake(context, clearAtExit, 1);
  return { kind: "threadExit", status: Number(status & 0xffn) };
}

/** gettid(2) */
export function getThreadId(context: SystemCallContext): SystemCallResult {
  return BigInt(context.tasks.current.id);
}

/** set_tid_address(2) */
export function setTidAddress(context: SystemCallContext, [address]: SystemCallArguments): SystemCallResult {
  context.tasks.current.clearAtExit = address;
  return BigInt(context.tasks.current.id);
}

/** getpid(2), getpgrp(2) and their kin */
export function getProcessId(): SystemCallResult {
  return BigInt(processId);
}

export function getParentProcessId(): SystemCallResult {
  return 1n;
}

/** getuid(2), geteuid(2), getgid(2), getegid(2) */
export function getUserId(): SystemCallResult {
  return userId;
}

/** sched_yield(2) */
export function schedYield(): SystemCallResult {
  return { kind: "yield", result: 0n };
}

/** The codes of arch_prctl(2) (asm/prctl.h). */
const architecture = { ARCH_SET_GS: 0x1001, ARCH_SET_FS: 0x1002, ARCH_GET_FS: 0x1003, ARCH_GET_GS: 0x1004 } as const;

/** arch_prctl(2): the bases of FS (thread-local storage) and GS. */
export function archPrctl(context: SystemCallContext, [code, address]: SystemCallArguments): SystemCallResult {
  const { registers } = context.machine;
  switch (asInt(code)) {
    case architecture.ARCH_SET_FS:
      registers.fsBase = address;
      return 0n;
    case architecture.ARCH_SET_GS:
      registers.gsBase = address;
      return 0n;
    case architecture.ARCH_GET_FS:
      return context.memory.writeWords(address, [registers.fsBase]) ? 0n : systemCallError("EFAULT");
    case architecture.ARCH_GET_GS:
      return context.memory.writeWords(address, [registers.gsBase]) ? 0n : systemCallError("EFAULT");
    default:
      return systemCallError("EINVAL");
  }
}

/** uname(2): six fields of 65 bytes. */
export function uname(context: SystemCallContext, [buffer]: SystemCallArguments): SystemCallResult {
  const fields = ["Linux", "green-threads", "6.1.0", "#1 Green Threads", "x86_64", "(none)"];
  const bytes = new Uint8Array(fields.length * 65);
  fields.forEach((field, index) => {
    bytes.set(new TextEncoder().encode(field), index * 65);
  });
  return context.memory.write(buffer, bytes) ? 0n : systemCallError("EFAULT");
}

/** getrandom(2), the same in every run. */
export function getRandom(context: SystemCallContext, [buffer, length]: SystemCallArguments): SystemCallResult {
  const count = Number(length < 0x1ffffffn ? length : 0x1ffffffn);
  if (context.memory.accessible(buffer, count, "write") !== count) return systemCallError("EFAULT");
  context.memory.write(buffer, context.random.bytes(count));
  return BigInt(count);
}

/** getresuid(2), getresgid(2): the real, the effective and the saved one are the same. */
export function getUserIds(context: SystemCallContext, addresses: SystemCallArguments): SystemCallResult {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, Number(userId), true);
  const isWritten = addresses.slice(0, 3).every((address) => context.memory.write(address, bytes));
  return isWritten ? 0n : systemCallError("EFAULT");
}

/** setuid(2) and its kin: a program may become nobody but who it is. */
export function setUserId(_context: SystemCallContext, ids: SystemCallArguments): SystemCallResult {
  return asInt(ids[0]) === Number(userId) || asInt(ids[0]) === -1 ? 0n : systemCallError("EPERM");
}

/** getgroups(2): none besides its own. */
export function getGroups(context: SystemCallContext, [count, result]: SystemCallArguments): SystemCallResult {
  if (asInt(count) === 0) return 1n;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, Number(userId), true);
  return context.memory.write(result, bytes) ? 1n : systemCallError("EFAULT");
}

/** set_robust_list(2): for threads that end with a lock held, which is not looked after here. */
export function setRobustList(_context: SystemCallContext, [, size]: SystemCallArguments): SystemCallResult {
  return size === 24n ? 0n : systemCallError("EINVAL");
}

/** rseq(2), clone3(2), sendfile(2) and others: as on a kernel that does not have them. Programs ask and do without. */
export function notOffered(): SystemCallResult {
  return systemCallError("ENOSYS");
}

/** Flags of clone(2) (linux/sched.h). */
const cloneFlags = {
  CLONE_VM: 0x100n,
  CLONE_THREAD: 0x10000n,
  CLONE_SETTLS: 0x80000n,
  CLONE_PARENT_SETTID: 0x100000n,
  CLONE_CHILD_CLEARTID: 0x200000n,
  CLONE_CHILD_SETTID: 0x1000000n,
} as const;

/** clone(2) of a thread: a copy of the registers with another stack, in the same memory. Processes are not offered. */
export function clone(
  context: SystemCallContext,
  [flags, stack, parentId, childId, threadPointer]: SystemCallArguments,
): SystemCallResult {
  const needed = cloneFlags.CLONE_VM | cloneFlags.CLONE_THREAD;
  if ((flags & needed) !== needed) return fork(context);
  const { machine, memory, tasks } = context;
  const snapshot = machine.registers.snapshot();
  const [rax, rsp] = [0, 4];
  const general = snapshot.general.map((value, index) => {
    return index === rax ? 0n : index === rsp && stack !== 0n ? stack : value;
  });
  const fsBase = (flags & cloneFlags.CLONE_SETTLS) === 0n ? snapshot.fsBase : threadPointer;
  const task = tasks.add({ ...snapshot, general, fsBase });
  if ((flags & cloneFlags.CLONE_CHILD_CLEARTID) !== 0n) task.clearAtExit = childId;
  const id = new Uint8Array(4);
  new DataView(id.buffer).setInt32(0, task.id, true);
  if ((flags & cloneFlags.CLONE_PARENT_SETTID) !== 0n) memory.write(parentId, id);
  if ((flags & cloneFlags.CLONE_CHILD_SETTID) !== 0n) memory.write(childId, id);
  return BigInt(task.id);
}

/** fork(2), vfork(2): there is one process. */
export function fork(context: SystemCallContext): SystemCallResult {
  context.noteOnce(
    "The program tried to start another process. Green Threads runs one process; the program was told that it cannot " +
      "(ENOSYS). Threads work.",
  );
  return systemCallError("ENOSYS");
}

/** wait4(2), waitid(2): there are no children. */
export function waitForChild(): SystemCallResult {
  return systemCallError("ECHILD");
}

const processOptions = { PR_GET_DUMPABLE: 3, PR_SET_NAME: 15, PR_GET_NAME: 16 } as const;
const [PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS] = [1, 4, 38];
const nameSize = 16;

/** prctl(2): the name; other options of no consequence are accepted. */
export function prctl(context: SystemCallContext, [option, argument]: SystemCallArguments): SystemCallResult {
  switch (asInt(option)) {
    case processOptions.PR_SET_NAME: {
      const bytes = context.memory.readPrefix(argument, nameSize);
      if (bytes.length === 0) return systemCallError("EFAULT");
      const end = bytes.indexOf(0);
      context.attributes.name = bytes.slice(0, end < 0 ? nameSize - 1 : end);
      return 0n;
    }
    case processOptions.PR_GET_NAME: {
      const bytes = new Uint8Array(nameSize);
      bytes.set(context.attributes.name);
      return context.memory.write(argument, bytes) ? 0n : systemCallError("EFAULT");
    }
    case processOptions.PR_GET_DUMPABLE:
      return 1n;
    case PR_SET_PDEATHSIG:
    case PR_SET_DUMPABLE:
    case PR_SET_NO_NEW_PRIVS:
      return 0n;
    default:
      return systemCallError("EINVAL");
  }
}
