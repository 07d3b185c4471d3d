import { nanosecondsPerSecond } from "../clock.js";
import { type ErrorName, systemCallError } from "../errors.js";
import type { Timer } from "../timers.js";
import {
  asInt,
  type SystemCallArguments,
  type SystemCallContext,
  type SystemCallResult,
  waitAtMost,
} from "./system-call.js";

/** Clocks (linux/time.h): those that tell the time of day, those that count from the start, and execution only. */
const timeOfDayClocks = new Set([0 /* CLOCK_REALTIME */, 5 /* CLOCK_REALTIME_COARSE */]);
const countingClocks = new Set([
  1 /* CLOCK_MONOTONIC */, 4 /* CLOCK_MONOTONIC_RAW */, 6 /* CLOCK_MONOTONIC_COARSE */, 7 /* CLOCK_BOOTTIME */,
]);
const executionClocks = new Set([2 /* CLOCK_PROCESS_CPUTIME_ID */, 3 /* CLOCK_THREAD_CPUTIME_ID */]);
const TIMER_ABSTIME = 1n;

function now(context: SystemCallContext, clock: number): bigint | undefined {
  if (timeOfDayClocks.has(clock)) return context.clock.timeOfDay;
  if (executionClocks.has(clock)) return BigInt(context.instructions);
  return countingClocks.has(clock) ? context.clock.elapsed : undefined;
}

/** Timers can be set by it: it passes while the program sleeps, or while it is executed. */
export function isTimerClock(clock: number): boolean {
  return timeOfDayClocks.has(clock) || countingClocks.has(clock) || executionClocks.has(clock);
}

/** Nanoseconds until that moment of a clock; 1 for one that has passed, and 0, which is never, for 0. */
export function delayUntil(context: SystemCallContext, clock: number, moment: bigint): bigint {
  if (moment === 0n) return 0n;
  const left = moment - (now(context, clock) ?? 0n);
  return left > 0n ? left : 1n;
}

/** The words of a `struct timespec`. */
export function timespec(nanoseconds: bigint): bigint[] {
  return [nanoseconds / nanosecondsPerSecond, nanoseconds % nanosecondsPerSecond];
}

/** clock_gettime(2) */
export function clockGetTime(context: SystemCallContext, [clock, result]: SystemCallArguments): SystemCallResult {
  const time = now(context, asInt(clock));
  if (time === undefined) return systemCallError("EINVAL");
  return context.memory.writeWords(result, timespec(time)) ? 0n : systemCallError("EFAULT");
}

/** clock_getres(2): a nanosecond. */
export function clockGetResolution(context: SystemCallContext, [clock, result]: SystemCallArguments): SystemCallResult {
  if (now(context, asInt(clock)) === undefined) return systemCallError("EINVAL");
  if (result === 0n) return 0n;
  return context.memory.writeWords(result, timespec(1n)) ? 0n : systemCallError("EFAULT");
}

/** gettimeofday(2), in Greenwich. */
export function getTimeOfDay(context: SystemCallContext, [result, zone]: SystemCallArguments): SystemCallResult {
  const microseconds = context.clock.timeOfDay / 1000n;
  const words = [microseconds / 1_000_000n, microseconds % 1_000_000n];
  if (result !== 0n && !context.memory.writeWords(result, words)) return systemCallError("EFAULT");
  if (zone !== 0n && !context.memory.writeWords(zone, [0n])) return systemCallError("EFAULT");
  return 0n;
}

/** time(2) */
export function time(context: SystemCallContext, [result]: SystemCallArguments): SystemCallResult {
  const seconds = context.clock.timeOfDay / nanosecondsPerSecond;
  if (result !== 0n && !context.memory.writeWords(result, [seconds])) return systemCallError("EFAULT");
  return seconds;
}

/** Waits until the deadline of the call; a handler that runs meanwhile ends the call, with the rest of the time. */
function sleep(context: SystemCallContext, nanoseconds: bigint, remaining: bigint): SystemCallResult {
  const deadline = waitAtMost(context, nanoseconds);
  if (context.clock.elapsed >= deadline) return 0n;
  return {
    kind: "wait",
    what: "time to pass",
    deadline,
    isRestartable: false,
    onInterrupt: () => {
      if (remaining !== 0n) context.memory.writeWords(remaining, timespec(deadline - context.clock.elapsed));
    },
  };
}

/** nanosleep(2): the clock jumps; nobody waits. */
export function nanosleep(context: SystemCallContext, [request, remaining]: SystemCallArguments): SystemCallResult {
  const duration = readDuration(context, request);
  if (typeof duration === "string") return systemCallError(duration);
  return sleep(context, duration, remaining);
}

/** clock_nanosleep(2), for a duration or (TIMER_ABSTIME) until a moment. */
export function clockNanosleep(
  context: SystemCallContext,
  [clock, flags, request, remaining]: SystemCallArguments,
): SystemCallResult {
  const current = now(context, asInt(clock));
  if (current === undefined || asInt(clock) === 3) return systemCallError("EINVAL");
  const duration = readDuration(context, request);
  if (typeof duration === "string") return systemCallError(duration);
  if ((flags & TIMER_ABSTIME) === 0n) return sleep(context, duration, remaining);
  return sleep(context, duration > current ? duration - current : 0n, 0n);
}

/** A `struct timespec` in nanoseconds, or the error that it deserves. */
export function readDuration(context: SystemCallContext, address: bigint): bigint | "EFAULT" | "EINVAL" {
  const words = context.memory.readWords(address, 2);
  if (words === undefined) return "EFAULT";
  return durationOf(words[0] ?? 0n, words[1] ?? 0n, 1n);
}

/** Seconds and a part of one, in units of `unit` nanoseconds. */
export function durationOf(seconds: bigint, parts: bigint, unit: bigint): bigint | "EINVAL" {
  const [whole, rest] = [BigInt.asIntN(64, seconds), BigInt.asIntN(64, parts) * unit];
  if (whole < 0n || rest < 0n || rest >= nanosecondsPerSecond) return "EINVAL";
  return whole * nanosecondsPerSecond + rest;
}

/** `struct itimerval` (`unit` 1000: microseconds) or `struct itimerspec` (1: nanoseconds). */
export function readInterval(
  context: SystemCallContext,
  address: bigint,
  unit: bigint,
): { readonly interval: bigint; readonly value: bigint } | ErrorName {
  const words = context.memory.readWords(address, 4);
  if (words === undefined) return "EFAULT";
  const interval = durationOf(words[0] ?? 0n, words[1] ?? 0n, unit);
  const value = durationOf(words[2] ?? 0n, words[3] ?? 0n, unit);
  if (typeof interval === "string") return interval;
  return typeof value === "string" ? value : { interval, value };
}

/** The interval of a timer, and what is left until it goes off. False: cannot be written. */
export function writeInterval(context: SystemCallContext, address: bigint, timer: Timer, unit: bigint): boolean {
  const words = [timer.interval, context.timers.remaining(timer)].flatMap((duration) => {
    const [seconds = 0n, rest = 0n] = timespec(duration);
    return [seconds, rest / unit];
  });
  return context.memory.writeWords(address, words);
}

function intervalTimer(context: SystemCallContext, which: bigint): Timer | undefined {
  return context.attributes.intervalTimers[asInt(which)];
}

/** setitimer(2): SIGALRM, SIGVTALRM or SIGPROF, all on the counted clock */
export function setitimer(context: SystemCallContext, [which, wanted, old]: SystemCallArguments): SystemCallResult {
  const timer = intervalTimer(context, which);
  if (timer === undefined) return systemCallError("EINVAL");
  const times = wanted === 0n ? { interval: 0n, value: 0n } : readInterval(context, wanted, 1000n);
  if (typeof times === "string") return systemCallError(times);
  if (old !== 0n && !writeInterval(context, old, timer, 1000n)) return systemCallError("EFAULT");
  context.timers.set(timer, times.value, times.interval);
  return 0n;
}

/** getitimer(2) */
export function getitimer(context: SystemCallContext, [which, result]: SystemCallArguments): SystemCallResult {
  const timer = intervalTimer(context, which);
  if (timer === undefined) return systemCallError("EINVAL");
  return writeInterval(context, result, timer, 1000n) ? 0n : systemCallError("EFAULT");
}

/** alarm(2): returns the seconds that were left of the last one. */
export function alarm(context: SystemCallContext, [seconds]: SystemCallArguments): SystemCallResult {
  const [timer] = context.attributes.intervalTimers;
  const left = context.timers.remaining(timer);
  context.timers.set(timer, BigInt.asUintN(32, seconds) * nanosecondsPerSecond, 0n);
  const rounded = (left + nanosecondsPerSecond / 2n) / nanosecondsPerSecond;
  return left > 0n && rounded === 0n ? 1n : rounded;
}
