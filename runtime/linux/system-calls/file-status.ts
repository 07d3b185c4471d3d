/** What the system tells about files: stat(2), statx(2), statfs(2), and the entries of folders. */
import { type ErrorName, systemCallError } from "../errors.js";
import { fileTypes, type Node } from "../files/nodes.js";
import { OpenFolder } from "../files/open-file.js";
import { AT_FDCWD, nodeAt } from "./paths.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

const nanosecondsPerSecond = 1_000_000_000n;
const blockSize = 4096;
const [statSize, statxSize, statfsSize] = [144, 256, 120];
/** The devices that the tree and the folders of the host lie on. */
const [deviceNumber, hostDeviceNumber] = [1, 2];
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
/** STATX_BASIC_STATS and STATX_BTIME. */
const statxFields = 0xfff;
const TMPFS_MAGIC = 0x01021994n;
const [ST_RDONLY, ST_VALID] = [1n, 0x20n];

/** `st_rdev` of a device number (sys/sysmacros.h, small numbers). */
function deviceWord([major, minor]: readonly [number, number]): bigint {
  return BigInt((major << 8) | minor);
}

/** `struct stat` */
function statBytes(context: SystemCallContext, node: Node): Uint8Array {
  const view = new DataView(new ArrayBuffer(statSize));
  const long = (at: number, value: bigint | number): void => view.setBigUint64(at, BigInt(value), true);
  long(0, node.isOfHost ? hostDeviceNumber : deviceNumber);
  long(8, context.files.inode(node));
  long(16, node.links);
  view.setUint32(24, node.type | node.permissions, true);
  view.setUint32(28, node.userId, true);
  view.setUint32(32, node.groupId, true);
  long(40, deviceWord(node.device));
  long(48, node.size);
  long(56, blockSize);
  long(64, blocks(node));
  [node.accessed, node.modified, node.changed].forEach((moment, index) => {
    long(72 + index * 16, moment / nanosecondsPerSecond);
    long(80 + index * 16, moment % nanosecondsPerSecond);
  });
  return new Uint8Array(view.buffer);
}

/** In units of 512 bytes, whole blocks of the file system. */
function blocks(node: Node): number {
  return node.type === fileTypes.file ? Math.ceil(node.size / blockSize) * (blockSize / 512) : 0;
}

function tell(context: SystemCallContext, node: Node | ErrorName, result: bigint): SystemCallResult {
  if (typeof node === "string") return systemCallError(node);
  return context.memory.write(result, statBytes(context, node)) ? 0n : systemCallError("EFAULT");
}

const here = BigInt(AT_FDCWD);

/** stat(2), lstat(2), fstat(2), fstatat(2) */
export function stat(context: SystemCallContext, [path, result]: SystemCallArguments): SystemCallResult {
  return tell(context, nodeAt(context, here, path, 0), result);
}

export function lstat(context: SystemCallContext, [path, result]: SystemCallArguments): SystemCallResult {
  return tell(context, nodeAt(context, here, path, AT_SYMLINK_NOFOLLOW), result);
}

export function fstat(context: SystemCallContext, [descriptor, result]: SystemCallArguments): SystemCallResult {
  return tell(context, context.descriptors.file(asInt(descriptor))?.node ?? "EBADF", result);
}

export function newfstatat(
  context: SystemCallContext,
  [descriptor, path, result, flags]: SystemCallArguments,
): SystemCallResult {
  return tell(context, nodeAt(context, descriptor, path, asInt(flags)), result);
}

/** statx(2) */
export function statx(
  context: SystemCallContext,
  [descriptor, path, flags, , result]: SystemCallArguments,
): SystemCallResult {
  // Without a path and with AT_EMPTY_PATH, newer kernels mean the descriptor's file, too.
  const node =
    path === 0n && (asInt(flags) & AT_EMPTY_PATH) !== 0
      ? (context.descriptors.file(asInt(descriptor))?.node ?? "EBADF")
      : nodeAt(context, descriptor, path, asInt(flags));
  if (typeof node === "string") return systemCallError(node);
  const view = new DataView(new ArrayBuffer(statxSize));
  const long = (at: number, value: bigint | number): void => view.setBigUint64(at, BigInt(value), true);
  view.setUint32(0, statxFields, true);
  view.setUint32(4, blockSize, true);
  view.setUint32(16, node.links, true);
  view.setUint32(20, node.userId, true);
  view.setUint32(24, node.groupId, true);
  view.setUint16(28, node.type | node.permissions, true);
  long(32, context.files.inode(node));
  long(40, node.size);
  long(48, blocks(node));
  // Accessed, born, changed, modified; the birth of a file is not kept apart from its first change.
  [node.accessed, node.changed, node.changed, node.modified].forEach((moment, index) => {
    long(64 + index * 16, moment / nanosecondsPerSecond);
    view.setUint32(72 + index * 16, Number(moment % nanosecondsPerSecond), true);
  });
  view.setUint32(128, node.device[0], true);
  view.setUint32(132, node.device[1], true);
  view.setUint32(140, node.isOfHost ? hostDeviceNumber : deviceNumber, true);
  return context.memory.write(result, new Uint8Array(view.buffer)) ? 0n : systemCallError("EFAULT");
}

function tellFileSystem(context: SystemCallContext, node: Node | ErrorName, result: bigint): SystemCallResult {
  if (typeof node === "string") return systemCallError(node);
  const free = 65536n;
  const words = [TMPFS_MAGIC, BigInt(blockSize), free, free, free, free, free, 0n, 255n, BigInt(blockSize)];
  words.push(node.isOfHost ? ST_VALID | ST_RDONLY : ST_VALID);
  const bytes = new Uint8Array(statfsSize);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => {
    view.setBigUint64(index * 8, word, true);
  });
  return context.memory.write(result, bytes) ? 0n : systemCallError("EFAULT");
}

/** statfs(2), fstatfs(2): a file system in memory */
export function statfs(context: SystemCallContext, [path, result]: SystemCallArguments): SystemCallResult {
  return tellFileSystem(context, nodeAt(context, here, path, 0), result);
}

export function fstatfs(context: SystemCallContext, [descriptor, result]: SystemCallArguments): SystemCallResult {
  return tellFileSystem(context, context.descriptors.file(asInt(descriptor))?.node ?? "EBADF", result);
}

/** getdents64(2): entries of a folder in the order in which they were made. */
export function getdents64(
  context: SystemCallContext,
  [descriptor, buffer, size]: SystemCallArguments,
): SystemCallResult {
  const file = context.descriptors.file(asInt(descriptor));
  if (file === undefined) return systemCallError("EBADF");
  if (!(file instanceof OpenFolder)) return systemCallError("ENOTDIR");
  const room = Number(BigInt.asUintN(32, size));
  let at = 0;
  for (let entry = file.entry(); entry !== undefined; entry = file.entry()) {
    const name = new TextEncoder().encode(entry.name);
    const length = (19 + name.length + 1 + 7) & ~7;
    if (at + length > room) return at > 0 ? BigInt(at) : systemCallError("EINVAL");
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt(context.files.inode(entry.node)), true);
    view.setBigInt64(8, BigInt(entry.next), true);
    view.setUint16(16, length, true);
    view.setUint8(18, entry.node.type >> 12);
    bytes.set(name, 19);
    if (!context.memory.write(buffer + BigInt(at), bytes)) return systemCallError("EFAULT");
    file.advance();
    at += length;
  }
  return BigInt(at);
}
