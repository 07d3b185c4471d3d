import { systemCallError } from "../errors.js";
import { asInt, type SystemCallContext, type SystemCallResult } from "./system-call.js";

/** A single transfer moves no more than this many bytes (read(2), notes). */
const transferLimit = 0x7ffff000n;

function transferLength(count: bigint): number {
  return Number(count < transferLimit ? count : transferLimit);
}

function streamOf(descriptor: bigint): "stdin" | "stdout" | "stderr" | undefined {
  return (["stdin", "stdout", "stderr"] as const)[asInt(descriptor)];
}

/** read(2): standard input, then its end. */
export function read(
  context: SystemCallContext,
  [descriptor, buffer, count]: readonly [bigint, bigint, bigint, ...bigint[]],
): SystemCallResult {
  if (streamOf(descriptor) !== "stdin") return systemCallError("EBADF");
  if (context.standardInput.isAtEnd) return 0n;
  const writable = context.memory.accessible(buffer, transferLength(count), "write");
  if (writable === 0 && count > 0n) return systemCallError("EFAULT");
  const bytes = context.standardInput.take(writable);
  context.memory.write(buffer, bytes);
  return BigInt(bytes.length);
}

/** write(2) to standard output and standard error. */
export function write(
  context: SystemCallContext,
  [descriptor, buffer, count]: readonly [bigint, bigint, bigint, ...bigint[]],
): SystemCallResult {
  const stream = streamOf(descriptor);
  if (stream === undefined || stream === "stdin") return systemCallError("EBADF");
  const bytes = context.memory.readPrefix(buffer, transferLength(count));
  if (bytes.length === 0) return count === 0n ? 0n : systemCallError("EFAULT");
  context.output(stream, bytes);
  return BigInt(bytes.length);
}

/** readv(2) and writev(2): the same over a list of buffers, until one is not filled or emptied. */
function vectored(transfer: typeof read): typeof read {
  return (context, [descriptor, vector, count]) => {
    const length = asInt(count);
    if (length < 0 || length > 1024) return systemCallError("EINVAL");
    const words = context.memory.readWords(vector, length * 2);
    if (words === undefined) return systemCallError("EFAULT");
    let total = 0n;
    for (let index = 0; index < length; index++) {
      const size = words[index * 2 + 1] ?? 0n;
      if (size === 0n) continue;
      const result = transfer(context, [descriptor, words[index * 2] ?? 0n, size]);
      if (typeof result !== "bigint" || result < 0n) return total > 0n ? total : result;
      total += result;
      if (result < size) break;
    }
    return total;
  };
}
export const readv = vectored(read);
export const writev = vectored(write);

/** close(2): the three standard streams stay as they are. */
export function close(_context: SystemCallContext, [descriptor]: readonly [bigint, ...bigint[]]): SystemCallResult {
  return streamOf(descriptor) === undefined ? systemCallError("EBADF") : 0n;
}

/** lseek(2): the standard streams are pipes. */
export function lseek(_context: SystemCallContext, [descriptor]: readonly [bigint, ...bigint[]]): SystemCallResult {
  return systemCallError(streamOf(descriptor) === undefined ? "EBADF" : "ESPIPE");
}

/** ioctl(2): the standard streams are no terminals. */
export function ioctl(_context: SystemCallContext, [descriptor]: readonly [bigint, ...bigint[]]): SystemCallResult {
  return systemCallError(streamOf(descriptor) === undefined ? "EBADF" : "ENOTTY");
}
