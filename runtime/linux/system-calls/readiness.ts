/** Waiting for one of several open files: poll(2), select(2), epoll(7). */
import { type ErrorName, systemCallError } from "../errors.js";
import { DescriptorTable } from "../files/descriptor-table.js";
import { EventPoll, happened, pollEvents } from "../files/event-poll.js";
import { openFlags } from "../files/open-file.js";
import { install } from "./open-files.js";
import {
  asInt,
  type SystemCallArguments,
  type SystemCallContext,
  type SystemCallResult,
  waitAtMost,
} from "./system-call.js";
import { durationOf, readDuration } from "./time.js";

const nanosecondsPerMillisecond = 1_000_000n;
const pollEntrySize = 8;
/** `struct epoll_event` is packed on x86-64: events, then data. */
const epollEventSize = 12;
const [EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD] = [1, 2, 3];

/** Undefined: for ever. */
type Timeout = bigint | undefined;

function milliseconds(timeout: bigint): Timeout {
  const count = asInt(timeout);
  return count < 0 ? undefined : BigInt(count) * nanosecondsPerMillisecond;
}

/** The time at a `struct timespec`; for ever where there is none. */
function timeoutAt(context: SystemCallContext, address: bigint): Timeout | ErrorName {
  return address === 0n ? undefined : readDuration(context, address);
}

/** Asks `look` until it finds something or the time is over; a handler ends the call. */
function waitFor(context: SystemCallContext, timeout: Timeout, look: () => bigint): SystemCallResult {
  const found = look();
  if (found !== 0n) return found;
  const deadline = timeout === undefined ? undefined : waitAtMost(context, timeout);
  if (deadline !== undefined && context.clock.elapsed >= deadline) return 0n;
  return {
    kind: "wait",
    what: "one of its open files to become ready",
    isRestartable: false,
    ...(deadline === undefined ? {} : { deadline }),
  };
}

/** While the call waits, the mask at `address` holds; see `SignalState.savedMask`. */
function withMask(context: SystemCallContext, address: bigint): ErrorName | undefined {
  if (address === 0n) return undefined;
  const mask = context.memory.readWords(address, 1)?.[0];
  if (mask === undefined) return "EFAULT";
  const { signals } = context;
  signals.savedMask ??= signals.mask;
  signals.mask = mask;
  return undefined;
}

function pollUntil(context: SystemCallContext, entries: bigint, count: bigint, timeout: Timeout): SystemCallResult {
  const length = Number(BigInt.asUintN(32, count));
  if (length > DescriptorTable.limit) return systemCallError("EINVAL");
  const bytes = context.memory.read(entries, length * pollEntrySize);
  if (bytes === undefined) return systemCallError("EFAULT");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return waitFor(context, timeout, () => {
    let ready = 0n;
    for (let at = 0; at < bytes.length; at += pollEntrySize) {
      const descriptor = view.getInt32(at, true);
      const file = descriptor < 0 ? undefined : context.descriptors.file(descriptor);
      const events =
        file === undefined ? pollEvents.POLLNVAL : happened(file.readiness(), view.getUint16(at + 4, true));
      view.setUint16(at + 6, descriptor < 0 ? 0 : events, true);
      if (descriptor >= 0 && events !== 0) ready++;
    }
    return context.memory.write(entries, bytes) ? ready : systemCallError("EFAULT");
  });
}

/** poll(2) */
export function poll(context: SystemCallContext, [entries, count, timeout]: SystemCallArguments): SystemCallResult {
  return pollUntil(context, entries, count, milliseconds(timeout));
}

/** ppoll(2) */
export function ppoll(context: SystemCallContext, [entries, count, time, mask]: SystemCallArguments): SystemCallResult {
  const timeout = timeoutAt(context, time);
  if (typeof timeout === "string") return systemCallError(timeout);
  const error = withMask(context, mask);
  return error === undefined ? pollUntil(context, entries, count, timeout) : systemCallError(error);
}

/** A descriptor is ready in the sense of the set of select(2) that it is in: to read, to write, with exceptions. */
const selectEvents = [
  pollEvents.POLLIN | pollEvents.POLLHUP | pollEvents.POLLERR,
  pollEvents.POLLOUT | pollEvents.POLLERR,
  pollEvents.POLLPRI,
] as const;

function selectUntil(
  context: SystemCallContext,
  [count, ...rest]: SystemCallArguments,
  timeout: Timeout,
): SystemCallResult {
  const length = asInt(count);
  if (length < 0) return systemCallError("EINVAL");
  const words = Math.ceil(Math.min(length, DescriptorTable.limit) / 64);
  const addresses = rest.slice(0, 3);
  const sets: (bigint[] | undefined)[] = [];
  for (const address of addresses) {
    const set = address === 0n ? [] : context.memory.readWords(address, words);
    if (set === undefined) return systemCallError("EFAULT");
    sets.push(set);
  }
  const isIn = (set: readonly bigint[] | undefined, number: number): boolean =>
    (((set?.[number >> 6] ?? 0n) >> BigInt(number & 63)) & 1n) !== 0n;
  for (let number = 0; number < length; number++) {
    if (sets.some((set) => isIn(set, number)) && context.descriptors.file(number) === undefined) {
      return systemCallError("EBADF");
    }
  }
  const results = sets.map(() => new Array<bigint>(words).fill(0n));
  const collect = (): bigint => {
    let ready = 0n;
    for (let number = 0; number < length; number++) {
      const readiness = context.descriptors.file(number)?.readiness();
      if (readiness === undefined) continue;
      selectEvents.forEach((events, index) => {
        const result = results[index];
        if (!isIn(sets[index], number) || result === undefined || (happened(readiness, events) & events) === 0) return;
        result[number >> 6] = (result[number >> 6] ?? 0n) | (1n << BigInt(number & 63));
        ready++;
      });
    }
    return ready;
  };
  const result = waitFor(context, timeout, collect);
  if (typeof result !== "bigint" || result < 0n) return result;
  const written = addresses.every((address, index) => {
    return address === 0n || context.memory.writeWords(address, results[index] ?? []);
  });
  return written ? result : systemCallError("EFAULT");
}

/** select(2) */
export function select(context: SystemCallContext, args: SystemCallArguments): SystemCallResult {
  const [, , , , time] = args;
  const words = time === 0n ? undefined : context.memory.readWords(time, 2);
  if (time !== 0n && words === undefined) return systemCallError("EFAULT");
  const timeout = words === undefined ? undefined : durationOf(words[0] ?? 0n, words[1] ?? 0n, 1000n);
  return timeout === "EINVAL" ? systemCallError(timeout) : selectUntil(context, args, timeout);
}

/** pselect6(2): the sixth argument points to the address and the size of the mask. */
export function pselect6(context: SystemCallContext, args: SystemCallArguments): SystemCallResult {
  const [, , , , time, maskArgument] = args;
  const timeout = timeoutAt(context, time);
  if (typeof timeout === "string") return systemCallError(timeout);
  const words = maskArgument === 0n ? [] : context.memory.readWords(maskArgument, 2);
  if (words === undefined) return systemCallError("EFAULT");
  const error = withMask(context, words[0] ?? 0n);
  return error === undefined ? selectUntil(context, args, timeout) : systemCallError(error);
}

/** epoll_create1(2) */
export function epollCreate1(context: SystemCallContext, [flags]: SystemCallArguments): SystemCallResult {
  if ((asInt(flags) & ~openFlags.O_CLOEXEC) !== 0) return systemCallError("EINVAL");
  return install(context, new EventPoll(context.clock), asInt(flags));
}

export function epollCreate(context: SystemCallContext, [size]: SystemCallArguments): SystemCallResult {
  return asInt(size) > 0 ? install(context, new EventPoll(context.clock), 0) : systemCallError("EINVAL");
}

/** epoll_ctl(2) */
export function epollControl(
  context: SystemCallContext,
  [instance, operation, number, event]: SystemCallArguments,
): SystemCallResult {
  const [poll, file] = [context.descriptors.file(asInt(instance)), context.descriptors.file(asInt(number))];
  if (poll === undefined || file === undefined) return systemCallError("EBADF");
  if (!(poll instanceof EventPoll) || poll === file) return systemCallError("EINVAL");
  // Files and folders are always ready: epoll does not take them.
  if (file.isSeekable) return systemCallError("EPERM");
  let events = 0;
  let data = 0n;
  if (asInt(operation) !== EPOLL_CTL_DEL) {
    const bytes = context.memory.read(event, epollEventSize);
    if (bytes === undefined) return systemCallError("EFAULT");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    events = view.getUint32(0, true);
    data = view.getBigUint64(4, true);
  }
  switch (asInt(operation)) {
    case EPOLL_CTL_ADD:
      return errorOrZero(poll.add(asInt(number), file, events, data));
    case EPOLL_CTL_DEL:
      return errorOrZero(poll.remove(asInt(number), file));
    case EPOLL_CTL_MOD:
      return errorOrZero(poll.change(asInt(number), file, events, data));
    default:
      return systemCallError("EINVAL");
  }
}

function errorOrZero(error: ErrorName | undefined): bigint {
  return error === undefined ? 0n : systemCallError(error);
}

function epollUntil(
  context: SystemCallContext,
  [instance, result, limit]: SystemCallArguments,
  timeout: Timeout,
): SystemCallResult {
  const poll = context.descriptors.file(asInt(instance));
  if (poll === undefined) return systemCallError("EBADF");
  if (!(poll instanceof EventPoll) || asInt(limit) <= 0) return systemCallError("EINVAL");
  return waitFor(context, timeout, () => {
    const found = poll.collect(asInt(limit));
    const bytes = new Uint8Array(found.length * epollEventSize);
    const view = new DataView(bytes.buffer);
    found.forEach(({ events, data }, index) => {
      view.setUint32(index * epollEventSize, events, true);
      view.setBigUint64(index * epollEventSize + 4, data, true);
    });
    return context.memory.write(result, bytes) ? BigInt(found.length) : systemCallError("EFAULT");
  });
}

/** epoll_wait(2) */
export function epollWait(context: SystemCallContext, args: SystemCallArguments): SystemCallResult {
  return epollUntil(context, args, milliseconds(args[3]));
}

/** epoll_pwait(2), epoll_pwait2(2) */
export function epollPwait(context: SystemCallContext, args: SystemCallArguments): SystemCallResult {
  const error = withMask(context, args[4]);
  return error === undefined ? epollUntil(context, args, milliseconds(args[3])) : systemCallError(error);
}

export function epollPwait2(context: SystemCallContext, args: SystemCallArguments): SystemCallResult {
  const timeout = timeoutAt(context, args[3]);
  if (typeof timeout === "string") return systemCallError(timeout);
  const error = withMask(context, args[4]);
  return error === undefined ? epollUntil(context, args, timeout) : systemCallError(error);
}
