import { systemCallError } from "../errors.js";
import { leaveHandler } from "../signals/signal-frame.js";
import { lastSignal, signalNumbers } from "../signals/signal-numbers.js";
import {
  type AlternateStack,
  isOnAlternateStack,
  noAlternateStack,
  type SignalInfo,
  SS_DISABLE,
  SS_ONSTACK,
  signalCodes,
} from "../signals/signal-state.js";
import { minimum, wordBytes } from "../user-memory.js";
import {
  asInt,
  type SystemCallArguments,
  type SystemCallContext,
  type SystemCallResult,
  waitAtMost,
} from "./system-call.js";
import { readDuration } from "./time.js";

const setSize = 8n;
const infoSize = 128;
const userId = 1000n;
/** MINSIGSTKSZ */
const smallestAlternateStack = 2048n;

/** rt_sigaction(2) */
export function setAction(
  context: SystemCallContext,
  [signal, action, oldAction, size]: SystemCallArguments,
): SystemCallResult {
  const number = asInt(signal);
  if (size !== setSize || number < 1 || number > lastSignal) return systemCallError("EINVAL");
  const isFixed = number === signalNumbers.SIGKILL || number === signalNumbers.SIGSTOP;
  if (action !== 0n && isFixed) return systemCallError("EINVAL");
  const words = action === 0n ? undefined : context.memory.readWords(action, 4);
  if (action !== 0n && words === undefined) return systemCallError("EFAULT");
  const old = context.signals.action(number);
  if (oldAction !== 0n) {
    const oldWords = [old.handler, old.flags, old.restorer, old.mask];
    if (!context.memory.writeWords(oldAction, oldWords)) return systemCallError("EFAULT");
  }
  if (words !== undefined) {
    const [handler = 0n, flags = 0n, restorer = 0n, mask = 0n] = words;
    context.signals.setAction(number, { handler, flags, restorer, mask });
  }
  return 0n;
}

/** rt_sigprocmask(2) */
export function setMask(context: SystemCallContext, [how, set, oldSet, size]: SystemCallArguments): SystemCallResult {
  if (size !== setSize) return systemCallError("EINVAL");
  const { signals } = context;
  const wanted = set === 0n ? undefined : context.memory.readWords(set, 1)?.[0];
  if (set !== 0n && wanted === undefined) return systemCallError("EFAULT");
  const old = signals.mask;
  if (wanted !== undefined) {
    switch (asInt(how)) {
      case 0: // SIG_BLOCK
        signals.mask = old | wanted;
        break;
      case 1: // SIG_UNBLOCK
        signals.mask = old & ~wanted;
        break;
      case 2: // SIG_SETMASK
        signals.mask = wanted;
        break;
      default:
        return systemCallError("EINVAL");
    }
  }
  if (oldSet !== 0n && !context.memory.writeWords(oldSet, [old])) return systemCallError("EFAULT");
  return 0n;
}

/** rt_sigpending(2) */
export function getPending(context: SystemCallContext, [set]: SystemCallArguments): SystemCallResult {
  const pending = context.signals.pending & context.signals.mask;
  return context.memory.writeWords(set, [pending]) ? 0n : systemCallError("EFAULT");
}

/** rt_sigsuspend(2): waits, with another mask, for a handler to run. */
export function suspend(context: SystemCallContext, [set, size]: SystemCallArguments): SystemCallResult {
  if (size !== setSize) return systemCallError("EINVAL");
  const mask = context.memory.readWords(set, 1)?.[0];
  if (mask === undefined) return systemCallError("EFAULT");
  const { signals } = context;
  signals.savedMask ??= signals.mask;
  signals.mask = mask;
  return { kind: "wait", what: "a signal", isRestartable: false };
}

/** pause(2) */
export function pause(): SystemCallResult {
  return { kind: "wait", what: "a signal", isRestartable: false };
}

/** rt_sigtimedwait(2): takes a signal without calling its handler. */
export function timedWait(
  context: SystemCallContext,
  [set, result, timeout, size]: SystemCallArguments,
): SystemCallResult {
  if (size !== setSize) return systemCallError("EINVAL");
  const wanted = context.memory.readWords(set, 1)?.[0];
  if (wanted === undefined) return systemCallError("EFAULT");
  const info = context.signals.take(wanted);
  if (info !== undefined) {
    const isWritten = result === 0n || context.memory.write(result, infoBytes(info));
    return isWritten ? BigInt(info.signal) : systemCallError("EFAULT");
  }
  const duration = timeout === 0n ? undefined : readDuration(context, timeout);
  if (typeof duration === "string") return systemCallError(duration);
  const deadline = duration === undefined ? undefined : waitAtMost(context, duration);
  if (deadline !== undefined && context.clock.elapsed >= deadline) return systemCallError("EAGAIN");
  return { kind: "wait", what: "a signal", isRestartable: false, ...(deadline === undefined ? {} : { deadline }) };
}

function infoBytes({ signal, code, details }: SignalInfo): Uint8Array {
  const bytes = new Uint8Array(infoSize);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, signal, true);
  view.setInt32(8, code, true);
  bytes.set(wordBytes(details), 16);
  return bytes;
}

/** rt_sigreturn(2): the end of a handler. */
export function sigreturn(context: SystemCallContext): SystemCallResult {
  const { machine, memory, signals } = context;
  const state = leaveHandler(machine.registers, memory, machine.registers.general("rsp"));
  if (state === undefined) {
    signals.raise({ signal: signalNumbers.SIGSEGV, code: signalCodes.SI_KERNEL, details: [] });
    return 0n;
  }
  signals.mask = state.mask;
  signals.alternateStack = state.alternateStack;
  context.tasks.observer?.handlerLeft();
  return { kind: "registersSet" };
}

/** sigaltstack(2) */
export function setAlternateStack(context: SystemCallContext, [wanted, old]: SystemCallArguments): SystemCallResult {
  const { signals, memory, machine } = context;
  const current = signals.alternateStack;
  const isInUse = isOnAlternateStack(current, machine.registers.general("rsp"));
  const words = wanted === 0n ? undefined : memory.readWords(wanted, 3);
  if (wanted !== 0n && words === undefined) return systemCallError("EFAULT");
  let next: AlternateStack | undefined;
  if (words !== undefined) {
    const [base = 0n, flagWord = 0n, size = 0n] = words;
    const flags = asInt(flagWord);
    if (isInUse) return systemCallError("EPERM");
    if ((flags & SS_DISABLE) !== 0) next = noAlternateStack;
    else if ((flags & ~SS_ONSTACK & 0x7fffffff) !== 0) return systemCallError("EINVAL");
    else if (size < smallestAlternateStack) return systemCallError("ENOMEM");
    else next = { base, size, flags: flags & ~SS_ONSTACK };
  }
  if (old !== 0n) {
    const flags = current.flags | (isInUse ? SS_ONSTACK : 0);
    if (!memory.writeWords(old, [current.base, BigInt(flags), current.size])) return systemCallError("EFAULT");
  }
  if (next !== undefined) signals.alternateStack = next;
  return 0n;
}

/** Sends a signal to a process; signal 0 only asks whether there is somebody. */
function send({ signals }: SystemCallContext, info: SignalInfo): bigint {
  if (info.signal < 0 || info.signal > lastSignal) return systemCallError("EINVAL");
  if (info.signal !== 0) signals.raise(info);
  return 0n;
}

/** Who sent it: process and user. */
function sender({ id }: SystemCallContext): bigint[] {
  return [BigInt(id) | (userId << 32n)];
}

/** kill(2): a process, a group of them (0: one's own), or all others (-1). */
export function kill(context: SystemCallContext, [process, signal]: SystemCallArguments): SystemCallResult {
  const wanted = asInt(process);
  const targets = [...context.system.processes].filter((target) => {
    if (wanted > 0) return target.id === wanted;
    if (wanted === -1) return target !== context;
    return target.group === (wanted === 0 ? context.group : -wanted);
  });
  if (targets.length === 0) return systemCallError("ESRCH");
  const info = { signal: asInt(signal), code: signalCodes.SI_USER, details: sender(context) };
  return targets.map((target) => send(target, info)).reduce((one, other) => minimum(one, other));
}

/** The process, and the signals of the thread, with that identifier. */
function threadWith(context: SystemCallContext, id: number) {
  for (const process of context.system.processes) {
    const task = process.tasks.all().find((candidate) => candidate.id === id);
    if (task !== undefined) return { process, target: task.signals };
  }
  return undefined;
}

/** tkill(2) */
export function tkill(context: SystemCallContext, [thread, signal]: SystemCallArguments): SystemCallResult {
  if (asInt(thread) <= 0) return systemCallError("EINVAL");
  const found = threadWith(context, asInt(thread));
  if (found === undefined) return systemCallError("ESRCH");
  const { process, target } = found;
  return send(process, { signal: asInt(signal), code: signalCodes.SI_TKILL, details: sender(context), target });
}

/** tgkill(2) */
export function tgkill(context: SystemCallContext, [process, thread, signal]: SystemCallArguments): SystemCallResult {
  if (asInt(process) <= 0) return systemCallError("EINVAL");
  if (threadWith(context, asInt(thread))?.process.id !== asInt(process)) return systemCallError("ESRCH");
  return tkill(context, [thread, signal, 0n, 0n, 0n, 0n]);
}

/** rt_sigqueueinfo(2): what the program says of the signal is passed on. */
export function queueInfo(context: SystemCallContext, [process, signal, info]: SystemCallArguments): SystemCallResult {
  const target = context.system.find(asInt(process));
  if (target === undefined) return systemCallError("ESRCH");
  const words = context.memory.readWords(info, infoSize / 8);
  if (words === undefined) return systemCallError("EFAULT");
  const code = asInt(words[1] ?? 0n);
  return send(target, { signal: asInt(signal), code, details: words.slice(2) });
}

/** rt_tgsigqueueinfo(2): the same, to a thread. */
export function queueThreadInfo(
  context: SystemCallContext,
  [process, thread, signal, info]: SystemCallArguments,
): SystemCallResult {
  const found = threadWith(context, asInt(thread));
  if (found === undefined || found.process.id !== asInt(process)) return systemCallError("ESRCH");
  const words = context.memory.readWords(info, infoSize / 8);
  if (words === undefined) return systemCallError("EFAULT");
  const code = asInt(words[1] ?? 0n);
  return send(found.process, { signal: asInt(signal), code, details: words.slice(2), target: found.target });
}
