import { systemCallError } from "../errors.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

/** The identifiers that every program sees. */
export const processId = 1000;
const userId = 1000n;

/** exit(2) and exit_group(2): the low eight bits are the status that a parent sees. */
export function exit(_context: SystemCallContext, [status]: SystemCallArguments): SystemCallResult {
  return { exitStatus: Number(status & 0xffn) };
}

/** getpid(2), gettid(2), set_tid_address(2): one process, one thread as far as the kernel knows. */
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
