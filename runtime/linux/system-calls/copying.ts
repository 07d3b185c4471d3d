/** Copying from one open file to another without the program's memory: sendfile(2), splice(2), copy_file_range(2). */
import { type ErrorName, systemCallError } from "../errors.js";
import { type OpenFile, OpenRegularFile, openFlags } from "../files/open-file.js";
import { PipeReader, PipeWriter } from "../files/pipes.js";
import { signalNumbers } from "../signals/signal-numbers.js";
import { signalCodes } from "../signals/signal-state.js";
import { transferLength } from "./read-write.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

const SPLICE_F_NONBLOCK = 2;
/** In bytes: what one call copies at most. Programs ask again for the rest. */
const mostAtOnce = 1024 * 1024;

/** Where an end of the copying is: at the file's own position, or at one that the program keeps at an address. */
interface End {
  readonly file: OpenFile;
  readonly address: bigint;
  readonly at: number | undefined;
}

function endOf(context: SystemCallContext, descriptor: bigint, address: bigint): End | ErrorName {
  const file = context.descriptors.file(asInt(descriptor));
  if (file === undefined) return "EBADF";
  if (address === 0n) return { file, address, at: undefined };
  if (!file.isSeekable) return "ESPIPE";
  const word = context.memory.readWords(address, 1)?.[0];
  if (word === undefined) return "EFAULT";
  const at = Number(BigInt.asIntN(64, word));
  return at < 0 ? "EINVAL" : { file, address, at };
}

/** Moves bytes that are there to where there is room. They are read only when they can be written. */
function copy(
  context: SystemCallContext,
  from: End,
  to: End,
  length: number,
  waits: { readonly reading: boolean; readonly writing: boolean },
): SystemCallResult {
  if (!from.file.canRead || !to.file.canWrite) return systemCallError("EBADF");
  if (length === 0) return 0n;
  const room = to.file.room;
  if (room === 0) {
    if (!waits.writing) return systemCallError("EAGAIN");
    return { kind: "wait", what: `room to write to ${to.file.description}`, isRestartable: true };
  }
  const bytes = from.file.read(Math.min(length, room, mostAtOnce), from.at);
  if (bytes === "EAGAIN" && waits.reading) {
    return { kind: "wait", what: `something to read from ${from.file.description}`, isRestartable: true };
  }
  if (typeof bytes === "string") return systemCallError(bytes);
  if (bytes.length === 0) return 0n;
  const written = to.file.write(bytes, to.at);
  if (written === "EPIPE") {
    context.signals.raise({ signal: signalNumbers.SIGPIPE, code: signalCodes.SI_USER, details: [] });
  }
  const count = typeof written === "string" ? 0 : written;
  if (count < bytes.length) unread(from, bytes.length - count);
  if (typeof written === "string") return systemCallError(written);
  for (const { address, at } of [from, to]) {
    if (at !== undefined && !context.memory.writeWords(address, [BigInt(at + count)])) return systemCallError("EFAULT");
  }
  return BigInt(count);
}

/** What could not be written has not been read. */
function unread({ file, at }: End, count: number): void {
  const SEEK_CUR = 1;
  if (at === undefined && file.isSeekable) file.seek(-count, SEEK_CUR);
}

/** sendfile(2) */
export function sendfile(context: SystemCallContext, [to, from, offset, count]: SystemCallArguments): SystemCallResult {
  const source = endOf(context, from, offset);
  if (typeof source === "string") return systemCallError(source);
  const target = endOf(context, to, 0n);
  if (typeof target === "string") return systemCallError(target);
  if (!source.file.isSeekable && !(source.file instanceof PipeReader)) return systemCallError("EINVAL");
  if ((target.file.flags & openFlags.O_APPEND) !== 0) return systemCallError("EINVAL");
  const waits = { reading: !source.file.isNonBlocking, writing: !target.file.isNonBlocking };
  return copy(context, source, target, transferLength(count), waits);
}

/** splice(2): one of the two is a pipe. */
export function splice(
  context: SystemCallContext,
  [from, fromOffset, to, toOffset, count, flags]: SystemCallArguments,
): SystemCallResult {
  const source = endOf(context, from, fromOffset);
  if (typeof source === "string") return systemCallError(source);
  const target = endOf(context, to, toOffset);
  if (typeof target === "string") return systemCallError(target);
  const isPipe = source.file instanceof PipeReader || target.file instanceof PipeWriter;
  if (!isPipe || (target.file.flags & openFlags.O_APPEND) !== 0) return systemCallError("EINVAL");
  const mayWait = (asInt(flags) & SPLICE_F_NONBLOCK) === 0;
  const waits = { reading: mayWait && !source.file.isNonBlocking, writing: mayWait && !target.file.isNonBlocking };
  return copy(context, source, target, transferLength(count), waits);
}

/** tee(2): from pipe to pipe, and it stays where it was. */
export function tee(context: SystemCallContext, [from, to, count, flags]: SystemCallArguments): SystemCallResult {
  const [source, target] = [context.descriptors.file(asInt(from)), context.descriptors.file(asInt(to))];
  if (source === undefined || target === undefined) return systemCallError("EBADF");
  if (!(source instanceof PipeReader) || !(target instanceof PipeWriter) || source.pipe === target.pipe) {
    return systemCallError("EINVAL");
  }
  if (source.pipe.isEmpty && source.pipe.writers.size === 0) return 0n;
  const mayWait = (asInt(flags) & SPLICE_F_NONBLOCK) === 0;
  const length = Math.min(transferLength(count), source.pipe.available, target.pipe.room);
  if (length === 0 && transferLength(count) > 0) {
    if (!mayWait) return systemCallError("EAGAIN");
    return { kind: "wait", what: "something to copy from a pipe, and room for it", isRestartable: true };
  }
  const written = target.write(source.pipe.look(length));
  return typeof written === "string" ? systemCallError(written) : BigInt(written);
}

/** copy_file_range(2): between files. */
export function copyFileRange(
  context: SystemCallContext,
  [from, fromOffset, to, toOffset, count, flags]: SystemCallArguments,
): SystemCallResult {
  if (flags !== 0n) return systemCallError("EINVAL");
  const source = endOf(context, from, fromOffset);
  if (typeof source === "string") return systemCallError(source);
  const target = endOf(context, to, toOffset);
  if (typeof target === "string") return systemCallError(target);
  if (!(source.file instanceof OpenRegularFile) || !(target.file instanceof OpenRegularFile)) {
    return systemCallError("EINVAL");
  }
  if ((target.file.flags & openFlags.O_APPEND) !== 0) return systemCallError("EBADF");
  if (source.file.node === target.file.node) {
    const [start, end] = [source.at ?? source.file.tell(), target.at ?? target.file.tell()];
    if (Math.abs(start - end) < transferLength(count)) return systemCallError("EINVAL");
  }
  return copy(context, source, target, transferLength(count), { reading: false, writing: false });
}
