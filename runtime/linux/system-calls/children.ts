/** The birth of threads and processes, and what a process is told of the end of its children. */
import { systemCallError } from "../errors.js";
import type { Process } from "../processes/process.js";
import { signalCodes } from "../signals/signal-state.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

/** Flags of clone(2) (linux/sched.h). */
const cloneFlags = {
  CLONE_VM: 0x100n,
  CLONE_VFORK: 0x4000n,
  CLONE_THREAD: 0x10000n,
  CLONE_SETTLS: 0x80000n,
  CLONE_PARENT_SETTID: 0x100000n,
  CLONE_CHILD_CLEARTID: 0x200000n,
  CLONE_CHILD_SETTID: 0x1000000n,
} as const;
/** The lowest bits of the flags: the signal that tells of the end. */
const exitSignalBits = 0xffn;
const [rax, rsp] = [0, 4];

function idBytes(id: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, id, true);
  return bytes;
}

/** clone(2): a thread, a copy of the registers with another stack in the same memory; or a process. */
export function clone(context: SystemCallContext, args: SystemCallArguments): SystemCallResult {
  const [flags, stack, parentId, childId, threadPointer] = args;
  const ofThread = cloneFlags.CLONE_VM | cloneFlags.CLONE_THREAD;
  if ((flags & ofThread) !== ofThread) return cloneProcess(context, args);
  const { machine, memory, tasks, system } = context;
  const snapshot = machine.registers.snapshot();
  const general = snapshot.general.map((value, index) => {
    return index === rax ? 0n : index === rsp && stack !== 0n ? stack : value;
  });
  const fsBase = (flags & cloneFlags.CLONE_SETTLS) === 0n ? snapshot.fsBase : threadPointer;
  const task = tasks.add(system.newId(), { ...snapshot, general, fsBase });
  if ((flags & cloneFlags.CLONE_CHILD_CLEARTID) !== 0n) task.clearAtExit = childId;
  if ((flags & cloneFlags.CLONE_PARENT_SETTID) !== 0n) memory.write(parentId, idBytes(task.id));
  if ((flags & cloneFlags.CLONE_CHILD_SETTID) !== 0n) memory.write(childId, idBytes(task.id));
  return BigInt(task.id);
}

function cloneProcess(
  context: SystemCallContext,
  [flags, stack, parentId, childId, threadPointer]: SystemCallArguments,
): SystemCallResult {
  const isVfork = (flags & cloneFlags.CLONE_VFORK) !== 0n;
  const sharesMemory = (flags & cloneFlags.CLONE_VM) !== 0n;
  if (sharesMemory && !isVfork) {
    context.noteOnce(
      "The program tried to start a process that shares its memory and runs beside it (clone with CLONE_VM). It was " +
        "told that it cannot (ENOSYS). Threads, fork and vfork work.",
    );
    return systemCallError("ENOSYS");
  }
  const child = context.fork(sharesMemory ? "borrows" : "copies");
  if (child === undefined) return systemCallError("EAGAIN");
  child.exitSignal = Number(flags & exitSignalBits);
  const id = idBytes(child.id);
  if ((flags & cloneFlags.CLONE_PARENT_SETTID) !== 0n) context.memory.write(parentId, id);
  if ((flags & cloneFlags.CLONE_CHILD_SETTID) !== 0n) child.memory.write(childId, id);
  if ((flags & cloneFlags.CLONE_CHILD_CLEARTID) !== 0n) child.tasks.current.clearAtExit = childId;
  const { registers } = child.machine;
  registers.setGeneral("rax", 0n);
  if (stack !== 0n) registers.setGeneral("rsp", stack);
  if ((flags & cloneFlags.CLONE_SETTLS) !== 0n) registers.fsBase = threadPointer;
  return sharesMemory ? { kind: "machineLent" } : BigInt(child.id);
}

const SIGCHLD = 17n;

/** fork(2) */
export function fork(context: SystemCallContext): SystemCallResult {
  return cloneProcess(context, [SIGCHLD, 0n, 0n, 0n, 0n, 0n]);
}

/** vfork(2): the child runs in the memory of its parent, which waits until the child executes a program or ends. */
export function vfork(context: SystemCallContext): SystemCallResult {
  return cloneProcess(context, [SIGCHLD | cloneFlags.CLONE_VM | cloneFlags.CLONE_VFORK, 0n, 0n, 0n, 0n, 0n]);
}

const waitOptions = { WNOHANG: 1, WEXITED: 4, WNOWAIT: 0x01000000 } as const;
/** `which` of waitid(2). */
const [P_ALL, P_PID, P_PGID] = [0, 1, 2];
const CORE_DUMPED_NEVER = 0;

/** A child that has ended, or what to answer instead. */
function endedChild(
  context: SystemCallContext,
  isMeant: (child: Process) => boolean,
  options: number,
): Process | SystemCallResult {
  const children = [...context.system.processes].filter((child) => child.parent === context && isMeant(child));
  if (children.length === 0) return systemCallError("ECHILD");
  const ended = children.find(({ end }) => end !== undefined);
  if (ended !== undefined) return ended;
  if ((options & waitOptions.WNOHANG) !== 0) return 0n;
  return { kind: "wait", what: "the end of a process that it started", isRestartable: true };
}

function isProcess(value: Process | SystemCallResult): value is Process {
  return typeof value === "object" && "tasks" in value;
}

/** The parent has been told: nothing is left of the child. */
function forget(context: SystemCallContext, child: Process): void {
  context.childInstructions += child.instructions + child.childInstructions;
  context.system.processes.delete(child);
}

/** wait4(2) */
export function wait4(
  context: SystemCallContext,
  [wanted, status, options, usage]: SystemCallArguments,
): SystemCallResult {
  const id = asInt(wanted);
  const isMeant = (child: Process): boolean =>
    id === -1 || (id > 0 ? child.id === id : child.group === (id === 0 ? context.group : -id));
  const child = endedChild(context, isMeant, asInt(options));
  if (!isProcess(child)) return child;
  const { end } = child;
  const word = end?.kind === "killed" ? end.signal | CORE_DUMPED_NEVER : (end?.status ?? 0) << 8;
  if (status !== 0n && !context.memory.write(status, idBytes(word))) return systemCallError("EFAULT");
  if (usage !== 0n && !context.memory.writeWords(usage, usageWords(child.instructions))) {
    return systemCallError("EFAULT");
  }
  forget(context, child);
  return BigInt(child.id);
}

/** waitid(2) */
export function waitid(
  context: SystemCallContext,
  [which, wanted, info, options]: SystemCallArguments,
): SystemCallResult {
  const [kind, id, bits] = [asInt(which), asInt(wanted), asInt(options)];
  if (![P_ALL, P_PID, P_PGID].includes(kind) || (bits & waitOptions.WEXITED) === 0) return systemCallError("EINVAL");
  const group = id === 0 ? context.group : id;
  const isMeant = (child: Process): boolean =>
    kind === P_ALL || (kind === P_PID ? child.id === id : child.group === group);
  const child = endedChild(context, isMeant, bits);
  if (!isProcess(child)) {
    if (child === 0n && info !== 0n && !context.memory.write(info, new Uint8Array(infoSize))) {
      return systemCallError("EFAULT");
    }
    return child;
  }
  if (info !== 0n && !context.memory.write(info, childInfo(child))) return systemCallError("EFAULT");
  if ((bits & waitOptions.WNOWAIT) === 0) forget(context, child);
  return 0n;
}

/** `siginfo_t`, as far as waitid(2) fills it. */
const infoSize = 128;

function childInfo({ id, end }: Process): Uint8Array {
  const bytes = new Uint8Array(infoSize);
  const view = new DataView(bytes.buffer);
  const isKilled = end?.kind === "killed";
  view.setInt32(0, Number(SIGCHLD), true);
  view.setInt32(8, isKilled ? signalCodes.CLD_KILLED : signalCodes.CLD_EXITED, true);
  view.setInt32(16, id, true);
  view.setInt32(20, 1000, true);
  view.setInt32(24, end === undefined ? 0 : end.kind === "killed" ? end.signal : end.status, true);
  return bytes;
}

/** `struct rusage`: the time in which instructions were executed. */
export function usageWords(instructions: number): bigint[] {
  const nanoseconds = BigInt(instructions);
  const [seconds, rest] = [nanoseconds / 1_000_000_000n, nanoseconds % 1_000_000_000n];
  return [seconds, rest / 1000n, ...new Array<bigint>(16).fill(0n)];
}

/** A process by its identifier, where 0 is the one that asks. */
function processOf(context: SystemCallContext, id: bigint): Process | undefined {
  return asInt(id) === 0 ? context : context.system.find(asInt(id));
}

/** getpgrp(2), getpgid(2), getsid(2) */
export function getGroup({ group }: SystemCallContext): SystemCallResult {
  return BigInt(group);
}

export function getGroupOf(context: SystemCallContext, [id]: SystemCallArguments): SystemCallResult {
  const process = processOf(context, id);
  return process === undefined ? systemCallError("ESRCH") : BigInt(process.group);
}

export function getSessionOf(context: SystemCallContext, [id]: SystemCallArguments): SystemCallResult {
  const process = processOf(context, id);
  return process === undefined ? systemCallError("ESRCH") : BigInt(process.session);
}

/** setpgid(2): of itself or of a child. */
export function setGroup(context: SystemCallContext, [id, wanted]: SystemCallArguments): SystemCallResult {
  const process = processOf(context, id);
  if (process === undefined || (process !== context && process.parent !== context)) return systemCallError("ESRCH");
  const group = asInt(wanted) === 0 ? process.id : asInt(wanted);
  if (group < 0) return systemCallError("EINVAL");
  const isThere = [...context.system.processes].some((other) => {
    return other.group === group && other.session === context.session;
  });
  if (process.session === process.id || (group !== process.id && !isThere)) return systemCallError("EPERM");
  process.group = group;
  return 0n;
}

/** setsid(2): a session of its own, unless it leads a group already. */
export function setSession(context: SystemCallContext): SystemCallResult {
  if (context.group === context.id) return systemCallError("EPERM");
  context.session = context.group = context.id;
  return BigInt(context.id);
}
