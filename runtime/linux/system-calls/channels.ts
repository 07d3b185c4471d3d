/** Pipes, event counters and timers that have descriptors. */
import { systemCallError } from "../errors.js";
import { EventCounter, TimerFile } from "../files/counters.js";
import { AnonymousNode, fileTypes } from "../files/nodes.js";
import { openFlags } from "../files/open-file.js";
import { Pipe, PipeReader, PipeWriter } from "../files/pipes.js";
import { Timer } from "../timers.js";
import { install } from "./open-files.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";
import { delayUntil, readInterval, writeInterval } from "./time.js";

const channelFlags = openFlags.O_NONBLOCK | openFlags.O_CLOEXEC;
const EFD_SEMAPHORE = 1;
const TFD_TIMER_ABSTIME = 1;

/** Two descriptors as `int[2]`. */
export function writePair(context: SystemCallContext, address: bigint, one: bigint, other: bigint): SystemCallResult {
  const failed = [one, other].find((number) => number < 0n);
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, Number(one), true);
  view.setInt32(4, Number(other), true);
  if (failed === undefined && context.memory.write(address, bytes)) return 0n;
  for (const number of [one, other]) if (number >= 0n) context.descriptors.close(Number(number));
  return failed ?? systemCallError("EFAULT");
}

/** pipe2(2) */
export function pipe2(context: SystemCallContext, [address, flagBits]: SystemCallArguments): SystemCallResult {
  const flags = asInt(flagBits);
  if ((flags & ~channelFlags) !== 0) return systemCallError("EINVAL");
  const pipe = new Pipe();
  const node = new AnonymousNode(fileTypes.fifo, 0o600, context.clock);
  const reader = new PipeReader(pipe, flags & openFlags.O_NONBLOCK, node);
  const writer = new PipeWriter(pipe, flags & openFlags.O_NONBLOCK, node);
  return writePair(context, address, install(context, reader, flags), install(context, writer, flags));
}

export function pipe(context: SystemCallContext, [address]: SystemCallArguments): SystemCallResult {
  return pipe2(context, [address, 0n, 0n, 0n, 0n, 0n]);
}

/** eventfd2(2) */
export function eventfd2(context: SystemCallContext, [count, flagBits]: SystemCallArguments): SystemCallResult {
  const flags = asInt(flagBits);
  if ((flags & ~(channelFlags | EFD_SEMAPHORE)) !== 0) return systemCallError("EINVAL");
  const isSemaphore = (flags & EFD_SEMAPHORE) !== 0;
  const file = new EventCounter(BigInt.asUintN(32, count), isSemaphore, flags & openFlags.O_NONBLOCK, context.clock);
  return install(context, file, flags);
}

export function eventfd(context: SystemCallContext, [count]: SystemCallArguments): SystemCallResult {
  return eventfd2(context, [count, 0n, 0n, 0n, 0n, 0n]);
}

/** A timerfd with its timer. */
class OpenTimer extends TimerFile {
  readonly timer = new Timer((count) => this.expire(count));

  constructor(
    flags: number,
    readonly isTimeOfDay: boolean,
    private readonly context: SystemCallContext,
  ) {
    super(flags, context.clock);
  }

  override close(): void {
    this.context.timers.set(this.timer, 0n, 0n);
  }
}

/** timerfd_create(2) */
export function timerfdCreate(context: SystemCallContext, [clock, flagBits]: SystemCallArguments): SystemCallResult {
  const flags = asInt(flagBits);
  if ((flags & ~channelFlags) !== 0 || ![0, 1, 7].includes(asInt(clock))) return systemCallError("EINVAL");
  return install(context, new OpenTimer(flags & openFlags.O_NONBLOCK, asInt(clock) === 0, context), flags);
}

/** timerfd_settime(2) */
export function timerfdSetTime(
  context: SystemCallContext,
  [descriptor, flags, wanted, old]: SystemCallArguments,
): SystemCallResult {
  const file = context.descriptors.file(asInt(descriptor));
  if (file === undefined) return systemCallError("EBADF");
  if (!(file instanceof OpenTimer)) return systemCallError("EINVAL");
  const times = readInterval(context, wanted, 1n);
  if (typeof times === "string") return systemCallError(times);
  if (old !== 0n && !writeInterval(context, old, file.timer, 1n)) return systemCallError("EFAULT");
  const isAbsolute = (asInt(flags) & TFD_TIMER_ABSTIME) !== 0;
  const delay = isAbsolute ? delayUntil(context, file.isTimeOfDay ? 0 : 1, times.value) : times.value;
  file.reset();
  context.timers.set(file.timer, delay, times.interval);
  return 0n;
}

/** timerfd_gettime(2) */
export function timerfdGetTime(
  context: SystemCallContext,
  [descriptor, result]: SystemCallArguments,
): SystemCallResult {
  const file = context.descriptors.file(asInt(descriptor));
  if (file === undefined) return systemCallError("EBADF");
  if (!(file instanceof OpenTimer)) return systemCallError("EINVAL");
  return writeInterval(context, result, file.timer, 1n) ? 0n : systemCallError("EFAULT");
}
