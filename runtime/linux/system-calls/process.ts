import { systemCallError } from "../errors.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

/** The identifiers that every program sees. */
export const processId = 1000;
const userId = 1000n;

/** exit(2) and exit_group(2): the low eight bits are the status that a parent sees. */
export function exit(_context: SystemCallContext, [status]: SystemCallArguments): SystemCallResult {
  return { kind: "exit", status: Number(status & 0xffn) };
}

/** getpid(2), gettid(2), set_tid_address(2), getpgrp(2): one process, one thread as far as the kernel knows. */
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

/** sched_yield(2): there is no other process to yield to. */
export function schedYield(): SystemCallResult {
  return 0n;
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

/** set_robust_list(2): for threads that die with a lock; the only one takes the process with it. */
export function setRobustList(_context: SystemCallContext, [, size]: SystemCallArguments): SystemCallResult {
  return size === 24n ? 0n : systemCallError("EINVAL");
}

/** rseq(2): a kernel without restartable sequences. Programs ask and do without. */
export function notOffered(): SystemCallResult {
  return systemCallError("ENOSYS");
}

/** clone(2), fork(2) and their kin: there is one thread of control. */
export function clone(context: SystemCallContext): SystemCallResult {
  context.noteOnce(
    "The program tried to start a process or a thread of the system. Green Threads runs one; the program was told " +
      "that it cannot (ENOSYS). Threads that the program switches itself work.",
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
