import { systemCallError } from "../errors.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

const nanosecondsPerSecond = 1_000_000_000n;

/** Every process begins at this moment: 2025-01-01 00:00:00 UTC, in seconds since 1970. */
const startOfTime = 1_735_689_600n;

/** Clocks (linux/time.h): those that tell the time of day, and those that count from the start. */
const timeOfDayClocks = new Set([0 /* CLOCK_REALTIME */, 5 /* CLOCK_REALTIME_COARSE */]);
const countingClocks = new Set([
  1 /* CLOCK_MONOTONIC */, 2 /* CLOCK_PROCESS_CPUTIME_ID */, 3 /* CLOCK_THREAD_CPUTIME_ID */,
  4 /* CLOCK_MONOTONIC_RAW */, 6 /* CLOCK_MONOTONIC_COARSE */, 7 /* CLOCK_BOOTTIME */,
]);

function now(context: SystemCallContext, clock: number): bigint | undefined {
  if (timeOfDayClocks.has(clock)) return startOfTime * nanosecondsPerSecond + context.clock.elapsed;
  return countingClocks.has(clock) ? context.clock.elapsed : undefined;
}

function timespec(nanoseconds: bigint): bigint[] {
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

/** gettimeofday(2), without the time zone. */
export function getTimeOfDay(context: SystemCallContext, [result]: SystemCallArguments): SystemCallResult {
  if (result === 0n) return 0n;
  const microseconds = context.clock.elapsed / 1000n;
  const words = [startOfTime + microseconds / 1_000_000n, microseconds % 1_000_000n];
  return context.memory.writeWords(result, words) ? 0n : systemCallError("EFAULT");
}

/** time(2) */
export function time(context: SystemCallContext, [result]: SystemCallArguments): SystemCallResult {
  const seconds = startOfTime + context.clock.elapsed / nanosecondsPerSecond;
  if (result !== 0n && !context.memory.writeWords(result, [seconds])) return systemCallError("EFAULT");
  return seconds;
}

/** nanosleep(2): the clock jumps; nobody waits. */
export function nanosleep(context: SystemCallContext, [request]: SystemCallArguments): SystemCallResult {
  const duration = readDuration(context, request);
  if (typeof duration === "string") return systemCallError(duration);
  context.clock.sleep(duration);
  return 0n;
}

/** clock_nanosleep(2), for a duration or (TIMER_ABSTIME) until a moment. */
export function clockNanosleep(
  context: SystemCallContext,
  [clock, flags, request]: SystemCallArguments,
): SystemCallResult {
  const current = now(context, asInt(clock));
  if (current === undefined) return systemCallError("EINVAL");
  const duration = readDuration(context, request);
  if (typeof duration === "string") return systemCallError(duration);
  const isAbsolute = (flags & 1n) !== 0n;
  const wait = isAbsolute ? duration - current : duration;
  if (wait > 0n) context.clock.sleep(wait);
  return 0n;
}

/** A `struct timespec` in nanoseconds, or the error that it deserves. */
function readDuration(context: SystemCallContext, address: bigint): bigint | "EFAULT" | "EINVAL" {
  const words = context.memory.readWords(address, 2);
  if (words === undefined) return "EFAULT";
  const [seconds = 0n, nanoseconds = 0n] = words.map((word) => BigInt.asIntN(64, word));
  if (seconds < 0n || nanoseconds < 0n || nanoseconds >= nanosecondsPerSecond) return "EINVAL";
  return seconds * nanosecondsPerSecond + nanoseconds;
}
