import { type ErrorName, systemCallError } from "../errors.js";
import { DescriptorTable } from "../files/descriptor-table.js";
import type { Place } from "../files/file-system.js";
import { CharacterDevice, Folder, type Node, RegularFile, SymbolicLink } from "../files/nodes.js";
import { OpenDevice, type OpenFile, OpenFolder, OpenPlace, OpenRegularFile, openFlags } from "../files/open-file.js";
import { Fifo, PipeBothEnds, PipeReader, PipeWriter } from "../files/pipes.js";
import { StandardStream } from "../files/standard-streams.js";
import { terminalDevice } from "../files/standard-tree.js";
import { lockCommands, rangeLock } from "./locks.js";
import { AT_FDCWD, placeAt, refusal } from "./paths.js";
import {
  asInt,
  asLong,
  type SystemCallArguments,
  type SystemCallContext,
  type SystemCallResult,
  statusOf,
} from "./system-call.js";
import { terminalControl } from "./terminal.js";

/** Commands of fcntl(2). */
const commands = {
  F_DUPFD: 0,
  F_GETFD: 1,
  F_SETFD: 2,
  F_GETFL: 3,
  F_SETFL: 4,
  F_DUPFD_CLOEXEC: 1030,
} as const;
const FD_CLOEXEC = 1;
const changeableFlags = openFlags.O_APPEND | openFlags.O_NONBLOCK;
const CLOSE_RANGE_CLOEXEC = 4;
const FIONBIO = 0x5421;
const FIONREAD = 0x541b;
const FIOCLEX = 0x5451;

/** Gives `file` a descriptor, or closes it and says that there is none. */
export function install(context: SystemCallContext, file: OpenFile, flags: number): bigint {
  const number = context.descriptors.add(file, (flags & openFlags.O_CLOEXEC) !== 0);
  if (number === undefined) {
    file.close();
    return systemCallError("EMFILE");
  }
  return BigInt(number);
}

/** openat(2) */
export function openat(
  context: SystemCallContext,
  [descriptor, path, flagBits, mode]: SystemCallArguments,
): SystemCallResult {
  const flags = asInt(flagBits);
  const isExclusive = (flags & openFlags.O_CREAT) !== 0 && (flags & openFlags.O_EXCL) !== 0;
  const followLast = (flags & openFlags.O_NOFOLLOW) === 0 && !isExclusive;
  const place = placeAt(context, descriptor, path, followLast);
  if (typeof place === "string") return systemCallError(place);
  const permissions = asInt(mode) & 0o7777 & ~context.attributes.creationMask;
  const node = nodeToOpen(context, place, flags, permissions);
  if (typeof node === "string") return systemCallError(node);
  if (node instanceof Fifo && (flags & openFlags.O_PATH) === 0) return openFifo(context, node, flags);
  const file = openNode(context, node, flags);
  if (typeof file === "string") return systemCallError(file);
  file.path ??= pathOf(context, place);
  if ((flags & openFlags.O_TRUNC) !== 0 && file instanceof OpenRegularFile) file.node.truncate(0);
  return install(context, file, flags);
}

function nodeToOpen(context: SystemCallContext, place: Place, flags: number, permissions: number): Node | ErrorName {
  const { node } = place;
  if ((flags & openFlags.O_TMPFILE) === openFlags.O_TMPFILE) {
    return node instanceof Folder ? new RegularFile(permissions, context.clock) : "ENOTDIR";
  }
  if (node === undefined) {
    if ((flags & openFlags.O_CREAT) === 0) return "ENOENT";
    if (place.mustBeFolder) return "EISDIR";
    const made = new RegularFile(permissions, context.clock);
    return context.files.create(place, made) ?? made;
  }
  if ((flags & openFlags.O_CREAT) !== 0) {
    if ((flags & openFlags.O_EXCL) !== 0) return "EEXIST";
    if (node instanceof Folder) return "EISDIR";
  }
  if ((flags & openFlags.O_DIRECTORY) !== 0 && !(node instanceof Folder)) return "ENOTDIR";
  if ((flags & openFlags.O_PATH) !== 0) return node;
  const mode = flags & openFlags.O_ACCMODE;
  const wanted = (mode === 0 ? 4 : mode === openFlags.O_WRONLY ? 2 : 6) | (flags & openFlags.O_TRUNC ? 2 : 0);
  if (node instanceof SymbolicLink || node instanceof Folder) return node;
  return refusal(node, wanted) ?? node;
}

/** A pipe with a name is open when both its ends are; who opens one waits for the other. */
function openFifo(context: SystemCallContext, node: Fifo, flags: number): SystemCallResult {
  const { call } = context;
  const mode = flags & openFlags.O_ACCMODE;
  const { pipe } = node;
  if (mode === openFlags.O_RDWR) return install(context, new PipeBothEnds(node, flags & keptByFifo), flags);
  const isReader = mode === 0;
  const isNonBlocking = (flags & openFlags.O_NONBLOCK) !== 0;
  if (!isReader && isNonBlocking && pipe.readers.size === 0) return systemCallError("ENXIO");
  if (call.opening === undefined) {
    const file = isReader
      ? new PipeReader(pipe, flags & keptByFifo, node)
      : new PipeWriter(pipe, flags & keptByFifo, node);
    const others = isReader ? pipe.writers.size > 0 : pipe.readers.size > 0;
    call.opening = {
      file,
      others: isReader ? pipe.openedWriters : pipe.openedReaders,
      isOpen: others || isNonBlocking,
    };
  }
  const { file, others, isOpen } = call.opening;
  const hasOther = (): boolean => (isReader ? pipe.openedWriters : pipe.openedReaders) > others;
  if (isOpen || hasOther()) return install(context, file, flags);
  return {
    kind: "wait",
    what: `somebody to open the other end of a pipe`,
    isRestartable: true,
    isReady: hasOther,
    onInterrupt: () => file.close(),
  };
}

const keptByFifo = openFlags.O_NONBLOCK | openFlags.O_ACCMODE;

function pathOf({ files }: SystemCallContext, { folder, name, node }: Place): string | undefined {
  if (node instanceof Folder) return undefined;
  return `${files.pathOf(folder) ?? ""}/${name}`.replace(/^\/+/, "/");
}

function openNode(context: SystemCallContext, node: Node, flags: number): OpenFile | ErrorName {
  const kept = flags & ~(openFlags.O_CREAT | openFlags.O_EXCL | openFlags.O_TRUNC | openFlags.O_CLOEXEC);
  if ((flags & openFlags.O_PATH) !== 0) return new OpenPlace(node, kept);
  if (node instanceof SymbolicLink) return "ELOOP";
  if (node instanceof Folder) {
    return (flags & openFlags.O_ACCMODE) === 0 ? new OpenFolder(node, kept) : "EISDIR";
  }
  if (node instanceof RegularFile) return new OpenRegularFile(node, kept);
  const isTerminal = node.device.join() === terminalDevice.join();
  if (node instanceof CharacterDevice && !isTerminal) return new OpenDevice(node, kept);
  return openAlready(context, node, isTerminal) ?? "ENXIO";
}

/** What has no name can be opened through the descriptors that it has (/dev/stdin); /dev/tty is one of them. */
function openAlready({ descriptors }: SystemCallContext, node: Node, isTerminal: boolean): OpenFile | undefined {
  for (const number of descriptors.numbers()) {
    const file = descriptors.file(number);
    if (isTerminal ? file instanceof StandardStream && file.host.terminal : file?.node === node) return file;
  }
  return undefined;
}

const memoryFileFlags = { MFD_CLOEXEC: 1, MFD_ALLOW_SEALING: 2 } as const;

/** memfd_create(2): a file without a place in the tree. */
export function memfdCreate(context: SystemCallContext, [name, flagBits]: SystemCallArguments): SystemCallResult {
  const flags = asInt(flagBits);
  const { MFD_CLOEXEC, MFD_ALLOW_SEALING } = memoryFileFlags;
  if ((flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING)) !== 0) return systemCallError("EINVAL");
  const text = context.memory.readPath(name);
  if (!text.ok) return systemCallError(text.error === "EFAULT" ? "EFAULT" : "EINVAL");
  if (text.value.length > 249) return systemCallError("EINVAL");
  const node = new RegularFile(0o777, context.clock);
  node.links = 0;
  const file = new OpenRegularFile(node, openFlags.O_RDWR);
  file.path = `/memfd:${text.value} (deleted)`;
  return install(context, file, (flags & MFD_CLOEXEC) !== 0 ? openFlags.O_CLOEXEC : 0);
}

/** fallocate(2): room, which is there always; with the size that it asks for unless that is to stay. */
export function fallocate(
  context: SystemCallContext,
  [descriptor, mode, offset, length]: SystemCallArguments,
): SystemCallResult {
  const FALLOC_FL_KEEP_SIZE = 1;
  const file = context.descriptors.file(asInt(descriptor));
  if (file === undefined || !file.canWrite) return systemCallError("EBADF");
  if ((asInt(mode) & ~FALLOC_FL_KEEP_SIZE) !== 0) return systemCallError("EOPNOTSUPP");
  if (!(file instanceof OpenRegularFile))
    return systemCallError(file instanceof PipeReader || file instanceof PipeWriter ? "ESPIPE" : "ENODEV");
  const end = asLong(offset) + asLong(length);
  if (asLong(offset) < 0 || asLong(length) <= 0) return systemCallError("EINVAL");
  if (asInt(mode) === FALLOC_FL_KEEP_SIZE || end <= file.node.size) return 0n;
  return statusOf(file.node.truncate(end));
}

const here = BigInt(AT_FDCWD);

/** open(2), creat(2) */
export function open(context: SystemCallContext, [path, flags, mode]: SystemCallArguments): SystemCallResult {
  return openat(context, [here, path, flags, mode, 0n, 0n]);
}

export function creat(context: SystemCallContext, [path, mode]: SystemCallArguments): SystemCallResult {
  const flags = openFlags.O_CREAT | openFlags.O_WRONLY | openFlags.O_TRUNC;
  return openat(context, [here, path, BigInt(flags), mode, 0n, 0n]);
}

/** close(2) */
export function close(context: SystemCallContext, [descriptor]: SystemCallArguments): SystemCallResult {
  return context.descriptors.close(asInt(descriptor)) ? 0n : systemCallError("EBADF");
}

/** close_range(2) */
export function closeRange(context: SystemCallContext, [first, last, flags]: SystemCallArguments): SystemCallResult {
  const [from, to] = [Number(BigInt.asUintN(32, first)), Number(BigInt.asUintN(32, last))];
  if (from > to) return systemCallError("EINVAL");
  for (const number of context.descriptors.numbers()) {
    if (number < from || number > to) continue;
    const descriptor = context.descriptors.get(number);
    if ((asInt(flags) & CLOSE_RANGE_CLOEXEC) === 0) context.descriptors.close(number);
    else if (descriptor !== undefined) descriptor.closesOnExec = true;
  }
  return 0n;
}

function duplicate(context: SystemCallContext, descriptor: bigint, lowest: number, closesOnExec: boolean): bigint {
  const file = context.descriptors.file(asInt(descriptor));
  if (file === undefined) return systemCallError("EBADF");
  if (lowest < 0 || lowest >= DescriptorTable.limit) return systemCallError("EINVAL");
  const number = context.descriptors.add(file, closesOnExec, lowest);
  return number === undefined ? systemCallError("EMFILE") : BigInt(number);
}

/** dup(2) */
export function dup(context: SystemCallContext, [descriptor]: SystemCallArguments): SystemCallResult {
  return duplicate(context, descriptor, 0, false);
}

/** dup3(2) */
export function dup3(context: SystemCallContext, [from, to, flags]: SystemCallArguments): SystemCallResult {
  if ((asInt(flags) & ~openFlags.O_CLOEXEC) !== 0 || asInt(from) === asInt(to)) return systemCallError("EINVAL");
  return duplicateTo(context, from, to, asInt(flags) !== 0);
}

/** dup2(2) */
export function dup2(context: SystemCallContext, [from, to]: SystemCallArguments): SystemCallResult {
  return duplicateTo(context, from, to, false);
}

function duplicateTo(context: SystemCallContext, from: bigint, to: bigint, closesOnExec: boolean): bigint {
  const file = context.descriptors.file(asInt(from));
  const number = asInt(to);
  if (file === undefined || number < 0 || number >= DescriptorTable.limit) return systemCallError("EBADF");
  if (number !== asInt(from)) context.descriptors.set(number, file, closesOnExec);
  return BigInt(number);
}

/** fcntl(2): descriptors, flags and locks. */
export function fcntl(context: SystemCallContext, [number, command, argument]: SystemCallArguments): SystemCallResult {
  const descriptor = context.descriptors.get(asInt(number));
  if (descriptor === undefined) return systemCallError("EBADF");
  const { file } = descriptor;
  switch (asInt(command)) {
    case commands.F_DUPFD:
      return duplicate(context, number, asInt(argument), false);
    case commands.F_DUPFD_CLOEXEC:
      return duplicate(context, number, asInt(argument), true);
    case commands.F_GETFD:
      return descriptor.closesOnExec ? BigInt(FD_CLOEXEC) : 0n;
    case commands.F_SETFD:
      descriptor.closesOnExec = (asInt(argument) & FD_CLOEXEC) !== 0;
      return 0n;
    case commands.F_GETFL:
      // O_LARGEFILE is in the flags of every file that was opened by name.
      return BigInt(file.flags | (file.isSeekable ? 0o100000 : 0));
    case commands.F_SETFL:
      file.flags = (file.flags & ~changeableFlags) | (asInt(argument) & changeableFlags);
      return 0n;
    case lockCommands.F_GETLK:
    case lockCommands.F_SETLK:
    case lockCommands.F_SETLKW:
    case lockCommands.F_OFD_GETLK:
    case lockCommands.F_OFD_SETLK:
    case lockCommands.F_OFD_SETLKW:
      return rangeLock(context, file, asInt(command), argument);
    default:
      return systemCallError("EINVAL");
  }
}

/** What needs an open file and does nothing to one in memory: fsync(2), fdatasync(2), fadvise64(2). */
export function nothingToOpenFile(context: SystemCallContext, [descriptor]: SystemCallArguments): SystemCallResult {
  return context.descriptors.file(asInt(descriptor)) === undefined ? systemCallError("EBADF") : 0n;
}

/** ioctl(2) */
export function ioctl(context: SystemCallContext, [number, request, argument]: SystemCallArguments): SystemCallResult {
  const descriptor = context.descriptors.get(asInt(number));
  if (descriptor === undefined) return systemCallError("EBADF");
  const { file } = descriptor;
  switch (Number(BigInt.asUintN(32, request))) {
    case FIONBIO: {
      const value = context.memory.read(argument, 4);
      if (value === undefined) return systemCallError("EFAULT");
      file.flags &= ~openFlags.O_NONBLOCK;
      if (value.some((byte) => byte !== 0)) file.flags |= openFlags.O_NONBLOCK;
      return 0n;
    }
    case FIOCLEX:
      descriptor.closesOnExec = true;
      return 0n;
    case FIONREAD: {
      const count = file.available;
      if (count === undefined) return systemCallError("ENOTTY");
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setInt32(0, count, true);
      return context.memory.write(argument, bytes) ? 0n : systemCallError("EFAULT");
    }
    default:
      return terminalControl(context, file, Number(BigInt.asUintN(32, request)), argument) ?? systemCallError("ENOTTY");
  }
}
