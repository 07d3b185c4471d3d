import { type ErrorName, systemCallError } from "../errors.js";
import { type OpenFile, openFlags } from "../files/open-file.js";
import { StandardStream } from "../files/standard-streams.js";
import { signalNumbers } from "../signals/signal-numbers.js";
import { signalCodes } from "../signals/signal-state.js";
import {
  asInt,
  asLong,
  type SystemCallArguments,
  type SystemCallContext,
  type SystemCallResult,
  waitAtMost,
} from "./system-call.js";

/** A single transfer moves no more than this many bytes (read(2), notes). */
const transferLimit = 0x7ffff000n;

export function transferLength(count: bigint): number {
  return Number(count < transferLimit ? count : transferLimit);
}

/** At most until the time is over that the program has set for the file (socket(7), SO_RCVTIMEO). */
function wait(context: SystemCallContext, what: string, timeout: bigint | undefined): SystemCallResult {
  if (timeout === undefined) return { kind: "wait", what, isRestartable: true };
  const deadline = waitAtMost(context, timeout);
  if (context.clock.elapsed >= deadline) return systemCallError("EAGAIN");
  return { kind: "wait", what, isRestartable: false, deadline };
}

/** A buffer of the program. */
export interface Piece {
  readonly address: bigint;
  readonly size: bigint;
}

/** Reads into the pieces, until one is not filled. Of a file that keeps messages apart, one message. */
function readInto(
  context: SystemCallContext,
  file: OpenFile | undefined,
  pieces: readonly Piece[],
  at?: number,
): SystemCallResult {
  if (file === undefined || !file.canRead) return systemCallError("EBADF");
  if (file.keepsMessages && pieces.length > 1) return readMessage(context, file, pieces);
  if (pieces.length > 1) file.expect(transferLength(pieces.reduce((sum, { size }) => sum + size, 0n)), at);
  let total = 0;
  for (const { address, size } of pieces) {
    const length = transferLength(size);
    if (length === 0) continue;
    const writable = context.memory.accessible(address, length, "write");
    if (writable === 0) {
      const { readable, hangUp } = file.readiness();
      if (total > 0 || (hangUp === true && !readable)) break;
      return systemCallError("EFAULT");
    }
    const bytes = file.read(writable, at === undefined ? undefined : at + total);
    if (typeof bytes === "string") {
      if (total > 0) break;
      return bytes === "EAGAIN" && !file.isNonBlocking
        ? wait(context, `something to read from ${file.description}`, file.readTimeout)
        : systemCallError(bytes);
    }
    context.memory.write(address, bytes);
    total += bytes.length;
    if (bytes.length < length) break;
  }
  return BigInt(total);
}

function readMessage(context: SystemCallContext, file: OpenFile, pieces: readonly Piece[]): SystemCallResult {
  const bytes = file.read(pieces.reduce((sum, { size }) => sum + transferLength(size), 0));
  if (bytes === "EAGAIN" && !file.isNonBlocking) {
    return wait(context, `something to read from ${file.description}`, file.readTimeout);
  }
  if (typeof bytes === "string") return systemCallError(bytes);
  let at = 0;
  for (const { address, size } of pieces) {
    const part = bytes.subarray(at, at + transferLength(size));
    if (!context.memory.write(address, part)) return systemCallError("EFAULT");
    at += part.length;
  }
  return BigInt(at);
}

/** The bytes of all pieces; undefined unless the program may read them. */
export function gather(context: SystemCallContext, pieces: readonly Piece[]): Uint8Array | undefined {
  const bytes = new Uint8Array(pieces.reduce((sum, { size }) => sum + transferLength(size), 0));
  let at = 0;
  for (const { address, size } of pieces) {
    const part = context.memory.read(address, transferLength(size));
    if (part === undefined) return undefined;
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Writes the pieces; a pipe without room makes the program wait until all is written. */
function writeFrom(
  context: SystemCallContext,
  file: OpenFile | undefined,
  pieces: readonly Piece[],
  at?: number,
): SystemCallResult {
  if (file === undefined || !file.canWrite) return systemCallError("EBADF");
  if (file.keepsMessages) {
    const bytes = gather(context, pieces);
    if (bytes === undefined) return systemCallError("EFAULT");
    const written = file.write(bytes);
    return typeof written === "string" ? writeFailed(context, file, written) : BigInt(written);
  }
  // What was written before the call began to wait.
  let skip = context.call.transferred;
  for (const { address, size } of pieces) {
    const length = transferLength(size);
    if (skip >= length) {
      skip -= length;
      continue;
    }
    const bytes = context.memory.readPrefix(address + BigInt(skip), length - skip);
    if (bytes.length === 0) {
      return context.call.transferred > 0 ? BigInt(context.call.transferred) : systemCallError("EFAULT");
    }
    const written = file.write(bytes, at === undefined ? undefined : at + context.call.transferred);
    if (typeof written === "string") return writeFailed(context, file, written);
    context.call.transferred += written;
    if (written < bytes.length) return writeFailed(context, file, "EAGAIN");
    if (bytes.length < length - skip) break;
    skip = 0;
  }
  return BigInt(context.call.transferred);
}

function writeFailed(context: SystemCallContext, file: OpenFile, error: ErrorName): SystemCallResult {
  const { transferred } = context.call;
  if (error === "EAGAIN" && !file.isNonBlocking) {
    return wait(context, `room to write to ${file.description}`, file.writeTimeout);
  }
  if (transferred > 0) return BigInt(transferred);
  if (error === "EPIPE" && !file.keepsMessages) {
    const isFromHost = file instanceof StandardStream;
    context.signals.raise({ signal: signalNumbers.SIGPIPE, code: signalCodes.SI_USER, details: [], isFromHost });
  }
  return systemCallError(error);
}

/** read(2) */
export function read(context: SystemCallContext, [descriptor, address, size]: SystemCallArguments): SystemCallResult {
  return readInto(context, context.descriptors.file(asInt(descriptor)), [{ address, size }]);
}

/** write(2) */
export function write(context: SystemCallContext, [descriptor, address, size]: SystemCallArguments): SystemCallResult {
  return writeFrom(context, context.descriptors.file(asInt(descriptor)), [{ address, size }]);
}

/** The pieces of a `struct iovec` array, or the error that it deserves. */
export function piecesAt(context: SystemCallContext, vector: bigint, count: bigint): Piece[] | ErrorName {
  const length = asInt(count);
  if (length < 0 || length > 1024) return "EINVAL";
  const words = context.memory.readWords(vector, length * 2);
  if (words === undefined) return "EFAULT";
  return Array.from({ length }, (_, index) => ({ address: words[index * 2] ?? 0n, size: words[index * 2 + 1] ?? 0n }));
}

function vectored(
  transfer: typeof readInto,
  hasPosition: boolean,
): (context: SystemCallContext, args: SystemCallArguments) => SystemCallResult {
  return (context, [descriptor, vector, count, position]) => {
    const file = context.descriptors.file(asInt(descriptor));
    if (file === undefined) return systemCallError("EBADF");
    const pieces = piecesAt(context, vector, count);
    if (typeof pieces === "string") return systemCallError(pieces);
    // preadv2 and pwritev2 with −1 mean the file's own position.
    const at = asLong(position);
    if (!hasPosition || at === -1) return transfer(context, file, pieces);
    if (at < 0) return systemCallError("EINVAL");
    return file.isSeekable ? transfer(context, file, pieces, at) : systemCallError("ESPIPE");
  };
}

/** readv(2), writev(2), preadv(2), pwritev(2) */
export const readv = vectored(readInto, false);
export const writev = vectored(writeFrom, false);
export const preadv = vectored(readInto, true);
export const pwritev = vectored(writeFrom, true);

function positioned(
  transfer: typeof readInto,
): (context: SystemCallContext, args: SystemCallArguments) => SystemCallResult {
  return (context, [descriptor, address, size, position]) => {
    const at = asLong(position);
    const file = context.descriptors.file(asInt(descriptor));
    if (at < 0) return systemCallError("EINVAL");
    if (file !== undefined && !file.isSeekable) return systemCallError("ESPIPE");
    return transfer(context, file, [{ address, size }], at);
  };
}

/** pread64(2), pwrite64(2) */
export const pread = positioned(readInto);
export const pwrite = positioned(writeFrom);

/** lseek(2) */
export function lseek(context: SystemCallContext, [descriptor, offset, whence]: SystemCallArguments): SystemCallResult {
  const file = context.descriptors.file(asInt(descriptor));
  if (file === undefined || (file.flags & openFlags.O_PATH) !== 0) return systemCallError("EBADF");
  const position = file.seek(asLong(offset), asInt(whence));
  return typeof position === "string" ? systemCallError(position) : BigInt(position);
}
