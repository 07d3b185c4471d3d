import { systemCallError } from "../errors.js";
import { wake } from "./futex.js";
import { releaseRobustList } from "./robust-list.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

const userId = 1000n;

/** exit_group(2): the low eight bits are the status that a parent sees. */
export function exit(_context: SystemCallContext, [status]: SystemCallArguments): SystemCallResult {
  return { kind: "exit", status: Number(status & 0xffn) };
}

/** exit(2): the end of a thread. Who waits for it (in pthread_join, say) waits for a word to become 0. */
export function exitThread(context: SystemCallContext, [status]: SystemCallArguments): SystemCallResult {
  const { clearAtExit } = context.tasks.current;
  releaseRobustList(context);
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

/** getpid(2) */
export function getProcessId(context: SystemCallContext): SystemCallResult {
  return BigInt(context.id);
}

/** getppid(2): who lost its parent is a child of the first process of the system, 1. */
export function getParentProcessId({ parent }: SystemCallContext): SystemCallResult {
  return BigInt(parent?.id ?? 1);
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

/** rseq(2), clone3(2), sendfile(2) and others: as on a kernel that does not have them. Programs ask and do without. */
export function notOffered(): SystemCallResult {
  return systemCallError("ENOSYS");
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
