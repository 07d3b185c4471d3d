/** Timers that a program makes, each with a signal of its own: timer_create(2) and its kin. */
import { systemCallError } from "../errors.js";
import { lastSignal, signalNumbers } from "../signals/signal-numbers.js";
import { type SignalInfo, signalCodes, type TaskSignals } from "../signals/signal-state.js";
import { Timer } from "../timers.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";
import { delayUntil, isTimerClock, readInterval, writeInterval } from "./time.js";

/** `sigev_notify` (sigevent(7)). */
const [SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD, SIGEV_THREAD_ID] = [0, 1, 2, 4];
const TIMER_ABSTIME = 1;
/** In bytes: `struct sigevent`. */
const eventSize = 64;
const mostOverruns = 0x7fffffff;

/** What a timer does when it goes off. */
interface Notification {
  readonly kind: number;
  readonly signal: number;
  /** `sigev_value` */
  readonly value: bigint;
  readonly target: TaskSignals | undefined;
}

/** A timer whose signal is on its way once at most: what comes meanwhile is counted. */
export class PosixTimer {
  readonly timer = new Timer((count) => this.expire(count));
  private pending: SignalInfo | undefined;
  /** How often it went off besides, when its last signal was delivered. */
  private overruns = 0;

  constructor(
    private readonly id: number,
    readonly clock: number,
    private readonly context: SystemCallContext,
    private readonly notification: Notification,
  ) {}

  get overrun(): number {
    return Math.min(this.overruns, mostOverruns);
  }

  private expire(count: bigint): void {
    const { notification, context } = this;
    if (notification.kind === SIGEV_NONE) return;
    if (this.pending !== undefined && context.signals.isPending(this.pending)) {
      this.overruns += Number(count);
      return;
    }
    this.overruns = Number(count) - 1;
    const word = (): bigint => BigInt(this.id) | (BigInt(this.overrun) << 32n);
    const { signal, value, target } = notification;
    this.pending = {
      signal,
      code: signalCodes.SI_TIMER,
      // Asked for at the moment of delivery.
      get details() {
        return [word(), value];
      },
      ...(target === undefined ? {} : { target }),
    };
    context.signals.raise(this.pending);
  }
}

/** timer_create(2) */
export function timerCreate(context: SystemCallContext, [clock, event, result]: SystemCallArguments): SystemCallResult {
  if (!isTimerClock(asInt(clock))) return systemCallError("EINVAL");
  const timers = context.attributes.posixTimers;
  let id = 0;
  while (timers.has(id)) id++;
  const notification = notificationAt(context, event, id);
  if (typeof notification === "string") return systemCallError(notification);
  const bytes = new Uint8Array(Int32Array.of(id).buffer);
  if (!context.memory.write(result, bytes)) return systemCallError("EFAULT");
  timers.set(id, new PosixTimer(id, asInt(clock), context, notification));
  return 0n;
}

/** The `struct sigevent` there; by default, SIGALRM with the timer's number. */
function notificationAt(context: SystemCallContext, address: bigint, id: number): Notification | "EFAULT" | "EINVAL" {
  if (address === 0n) {
    return { kind: SIGEV_SIGNAL, signal: signalNumbers.SIGALRM, value: BigInt(id), target: undefined };
  }
  const bytes = context.memory.read(address, eventSize);
  if (bytes === undefined) return "EFAULT";
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const value = view.getBigUint64(0, true);
  const [signal, kind, thread] = [view.getInt32(8, true), view.getInt32(12, true), view.getInt32(16, true)];
  if (![SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD, SIGEV_THREAD_ID].includes(kind)) return "EINVAL";
  if (kind !== SIGEV_NONE && (signal < 1 || signal > lastSignal)) return "EINVAL";
  const task = kind === SIGEV_THREAD_ID ? context.tasks.all().find((one) => one.id === thread) : undefined;
  if (kind === SIGEV_THREAD_ID && task === undefined) return "EINVAL";
  return { kind, signal, value, target: task?.signals };
}

/** timer_settime(2) */
export function timerSetTime(
  context: SystemCallContext,
  [id, flags, wanted, old]: SystemCallArguments,
): SystemCallResult {
  const found = context.attributes.posixTimers.get(asInt(id));
  if (found === undefined) return systemCallError("EINVAL");
  const times = readInterval(context, wanted, 1n);
  if (typeof times === "string") return systemCallError(times);
  if (old !== 0n && !writeInterval(context, old, found.timer, 1n)) return systemCallError("EFAULT");
  const isAbsolute = (asInt(flags) & TIMER_ABSTIME) !== 0;
  const delay = isAbsolute ? delayUntil(context, found.clock, times.value) : times.value;
  context.timers.set(found.timer, delay, times.interval);
  return 0n;
}

/** timer_gettime(2) */
export function timerGetTime(context: SystemCallContext, [id, result]: SystemCallArguments): SystemCallResult {
  const found = context.attributes.posixTimers.get(asInt(id));
  if (found === undefined) return systemCallError("EINVAL");
  return writeInterval(context, result, found.timer, 1n) ? 0n : systemCallError("EFAULT");
}

/** timer_getoverrun(2) */
export function timerGetOverrun(context: SystemCallContext, [id]: SystemCallArguments): SystemCallResult {
  const found = context.attributes.posixTimers.get(asInt(id));
  return found === undefined ? systemCallError("EINVAL") : BigInt(found.overrun);
}

/** timer_delete(2) */
export function timerDelete(context: SystemCallContext, [id]: SystemCallArguments): SystemCallResult {
  const { posixTimers } = context.attributes;
  const found = posixTimers.get(asInt(id));
  if (found === undefined) return systemCallError("EINVAL");
  context.timers.set(found.timer, 0n, 0n);
  posixTimers.delete(asInt(id));
  return 0n;
}

/** A process is over or executes another program: its timers are gone. */
export function deleteAllTimers({ attributes, timers }: SystemCallContext): void {
  for (const { timer } of attributes.posixTimers.values()) timers.set(timer, 0n, 0n);
  attributes.posixTimers.clear();
}
