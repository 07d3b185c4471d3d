import { type ErrorName, systemCallError } from "../errors.js";
import type { Place } from "../files/file-system.js";
import { Folder, fileTypes, type Node, RegularFile, SymbolicLink } from "../files/nodes.js";
import { folderOf } from "../files/open-file.js";
import { Fifo } from "../files/pipes.js";
import {
  asInt,
  asLong,
  type SystemCallArguments,
  type SystemCallContext,
  type SystemCallResult,
  statusOf,
} from "./system-call.js";

export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_FOLLOW = 0x400;
export const AT_EMPTY_PATH = 0x1000;
const [RENAME_NOREPLACE, S_ISVTX_AND_BITS] = [1, 0o7777];
const UTIME_OMIT = 0x3ffffffen;
const UTIME_NOW = 0x3fffffffn;

/** The folder that relative paths begin in. */
export function startFolder(context: SystemCallContext, descriptor: bigint): Folder | ErrorName {
  if (asInt(descriptor) === AT_FDCWD) return context.attributes.workingFolder;
  const file = context.descriptors.file(asInt(descriptor));
  return file === undefined ? "EBADF" : (folderOf(file) ?? "ENOTDIR");
}

/** The place that a path of the program means. */
export function placeAt(
  context: SystemCallContext,
  descriptor: bigint,
  address: bigint,
  followLast: boolean,
): Place | ErrorName {
  const path = context.memory.readPath(address);
  if (!path.ok) return path.error;
  const start = path.value.startsWith("/") ? context.files.root : startFolder(context, descriptor);
  return typeof start === "string" ? start : context.files.place(start, path.value, followLast);
}

/** The file that a path of the program means; with AT_EMPTY_PATH and no path, that of the descriptor. */
export function nodeAt(
  context: SystemCallContext,
  descriptor: bigint,
  address: bigint,
  flags: number,
): Node | ErrorName {
  if ((flags & AT_EMPTY_PATH) !== 0) {
    const path = context.memory.readPath(address);
    if (!path.ok) return path.error;
    if (path.value === "") {
      if (asInt(descriptor) === AT_FDCWD) return context.attributes.workingFolder;
      return context.descriptors.file(asInt(descriptor))?.node ?? "EBADF";
    }
  }
  const place = placeAt(context, descriptor, address, (flags & AT_SYMLINK_NOFOLLOW) === 0);
  return typeof place === "string" ? place : (place.node ?? "ENOENT");
}

const here = BigInt(AT_FDCWD);

/** Applies `change` to the place that a path means. */
function changePlace(
  context: SystemCallContext,
  descriptor: bigint,
  path: bigint,
  change: (place: Place) => ErrorName | undefined,
): SystemCallResult {
  const place = placeAt(context, descriptor, path, false);
  return statusOf(typeof place === "string" ? place : change(place));
}

/** mkdirat(2) */
export function mkdirat(context: SystemCallContext, [descriptor, path, mode]: SystemCallArguments): SystemCallResult {
  const permissions = asInt(mode) & 0o1777 & ~context.attributes.creationMask;
  return changePlace(context, descriptor, path, (place) => context.files.makeFolder(place, permissions));
}

export function mkdir(context: SystemCallContext, [path, mode]: SystemCallArguments): SystemCallResult {
  return mkdirat(context, [here, path, mode, 0n, 0n, 0n]);
}

/** mknodat(2): files and pipes; devices are for root. */
export function mknodat(context: SystemCallContext, [descriptor, path, mode]: SystemCallArguments): SystemCallResult {
  const permissions = asInt(mode) & 0o7777 & ~context.attributes.creationMask;
  const type = asInt(mode) & 0o170000;
  const { clock } = context;
  if (type === fileTypes.characterDevice || type === 0o060000) return systemCallError("EPERM");
  if (![0, fileTypes.file, fileTypes.fifo].includes(type)) return systemCallError("EINVAL");
  const make = (): Node =>
    type === fileTypes.fifo ? new Fifo(permissions, clock) : new RegularFile(permissions, clock);
  return changePlace(context, descriptor, path, (place) => context.files.create(place, make()));
}

export function mknod(context: SystemCallContext, [path, mode]: SystemCallArguments): SystemCallResult {
  return mknodat(context, [here, path, mode, 0n, 0n, 0n]);
}

/** unlinkat(2), for files and folders */
export function unlinkat(context: SystemCallContext, [descriptor, path, flags]: SystemCallArguments): SystemCallResult {
  const isFolder = (asInt(flags) & AT_REMOVEDIR) !== 0;
  return changePlace(context, descriptor, path, (place) => {
    return isFolder ? context.files.removeFolder(place) : context.files.unlink(place);
  });
}

export function unlink(context: SystemCallContext, [path]: SystemCallArguments): SystemCallResult {
  return unlinkat(context, [here, path, 0n, 0n, 0n, 0n]);
}

export function rmdir(context: SystemCallContext, [path]: SystemCallArguments): SystemCallResult {
  return unlinkat(context, [here, path, BigInt(AT_REMOVEDIR), 0n, 0n, 0n]);
}

/** renameat2(2), without exchanging */
export function renameat2(
  context: SystemCallContext,
  [fromFolder, fromPath, toFolder, toPath, flags]: SystemCallArguments,
): SystemCallResult {
  if ((asInt(flags) & ~RENAME_NOREPLACE) !== 0) return systemCallError("EINVAL");
  const from = placeAt(context, fromFolder, fromPath, false);
  if (typeof from === "string") return systemCallError(from);
  const to = placeAt(context, toFolder, toPath, false);
  if (typeof to === "string") return systemCallError(to);
  if ((asInt(flags) & RENAME_NOREPLACE) !== 0 && to.node !== undefined) return systemCallError("EEXIST");
  return statusOf(context.files.rename(from, to));
}

export function renameat(context: SystemCallContext, [one, two, three, four]: SystemCallArguments): SystemCallResult {
  return renameat2(context, [one, two, three, four, 0n, 0n]);
}

export function rename(context: SystemCallContext, [from, to]: SystemCallArguments): SystemCallResult {
  return renameat2(context, [here, from, here, to, 0n, 0n]);
}

/** linkat(2) */
export function linkat(
  context: SystemCallContext,
  [fromFolder, fromPath, toFolder, toPath, flags]: SystemCallArguments,
): SystemCallResult {
  const follow = (asInt(flags) & AT_SYMLINK_FOLLOW) !== 0 ? 0 : AT_SYMLINK_NOFOLLOW;
  const node = nodeAt(context, fromFolder, fromPath, follow | (asInt(flags) & AT_EMPTY_PATH));
  if (typeof node === "string") return systemCallError(node);
  return changePlace(context, toFolder, toPath, (place) => context.files.link(node, place));
}

export function link(context: SystemCallContext, [from, to]: SystemCallArguments): SystemCallResult {
  return linkat(context, [here, from, here, to, 0n, 0n]);
}

/** symlinkat(2) */
export function symlinkat(
  context: SystemCallContext,
  [target, descriptor, path]: SystemCallArguments,
): SystemCallResult {
  const text = context.memory.readPath(target);
  if (!text.ok) return systemCallError(text.error);
  if (text.value === "") return systemCallError("ENOENT");
  return changePlace(context, descriptor, path, (place) => {
    return context.files.create(place, new SymbolicLink(text.value, context.clock));
  });
}

export function symlink(context: SystemCallContext, [target, path]: SystemCallArguments): SystemCallResult {
  return symlinkat(context, [target, here, path, 0n, 0n, 0n]);
}

/** readlinkat(2) */
export function readlinkat(
  context: SystemCallContext,
  [descriptor, path, buffer, size]: SystemCallArguments,
): SystemCallResult {
  if (asInt(size) <= 0) return systemCallError("EINVAL");
  const node = nodeAt(context, descriptor, path, AT_SYMLINK_NOFOLLOW);
  if (typeof node === "string") return systemCallError(node);
  if (!(node instanceof SymbolicLink)) return systemCallError("EINVAL");
  const bytes = new TextEncoder().encode(node.target).slice(0, asInt(size));
  return context.memory.write(buffer, bytes) ? BigInt(bytes.length) : systemCallError("EFAULT");
}

export function readlink(context: SystemCallContext, [path, buffer, size]: SystemCallArguments): SystemCallResult {
  return readlinkat(context, [here, path, buffer, size, 0n, 0n]);
}

/** faccessat2(2): the owner's permissions count, as the program is the owner of everything it can change. */
export function faccessat(
  context: SystemCallContext,
  [descriptor, path, mode, flags]: SystemCallArguments,
): SystemCallResult {
  const wanted = asInt(mode);
  if (wanted < 0 || wanted > 7) return systemCallError("EINVAL");
  const node = nodeAt(context, descriptor, path, asInt(flags));
  if (typeof node === "string") return systemCallError(node);
  return statusOf(refusal(node, wanted));
}

/** Why the program may not do that to the file; see `permits`. */
export function refusal(node: Node, wanted: number): ErrorName | undefined {
  if (node.isOfHost && (wanted & 2) !== 0) return "EROFS";
  return permits(node, wanted) ? undefined : "EACCES";
}

/** The program may do to the file what `wanted` says: 4 read, 2 write, 1 execute or search. */
export function permits(node: Node, wanted: number): boolean {
  const permissions = node.userId === 1000 ? node.permissions >> 6 : node.permissions;
  return (permissions & wanted & 7) === wanted;
}

export function access(context: SystemCallContext, [path, mode]: SystemCallArguments): SystemCallResult {
  return faccessat(context, [here, path, mode, 0n, 0n, 0n]);
}

/** The older faccessat(2) has no flags. */
export function faccessatOld(context: SystemCallContext, [one, two, three]: SystemCallArguments): SystemCallResult {
  return faccessat(context, [one, two, three, 0n, 0n, 0n]);
}

function setPermissions(node: Node | ErrorName, mode: bigint, context: SystemCallContext): SystemCallResult {
  if (typeof node === "string") return systemCallError(node);
  if (node.isOfHost) return systemCallError("EROFS");
  if (node.userId !== 1000) return systemCallError("EPERM");
  if (isFixed(node)) return systemCallError("EROFS");
  node.permissions = asInt(mode) & S_ISVTX_AND_BITS;
  node.changed = context.clock.timeOfDay;
  return 0n;
}

function isFixed(node: Node): boolean {
  return (node instanceof RegularFile || node instanceof Folder) && node.isReadOnly;
}

/** fchmodat(2), chmod(2), fchmod(2) */
export function fchmodat(context: SystemCallContext, [descriptor, path, mode]: SystemCallArguments): SystemCallResult {
  return setPermissions(nodeAt(context, descriptor, path, 0), mode, context);
}

export function chmod(context: SystemCallContext, [path, mode]: SystemCallArguments): SystemCallResult {
  return setPermissions(nodeAt(context, here, path, 0), mode, context);
}

export function fchmod(context: SystemCallContext, [descriptor, mode]: SystemCallArguments): SystemCallResult {
  return setPermissions(context.descriptors.file(asInt(descriptor))?.node ?? "EBADF", mode, context);
}

/** chown(2) and its kin: a program may give its files to nobody but itself. */
function setOwner(node: Node | ErrorName, user: bigint, group: bigint): SystemCallResult {
  if (typeof node === "string") return systemCallError(node);
  if (node.isOfHost) return systemCallError("EROFS");
  const isAllowed = [user, group].every((id) => asInt(id) === -1 || asInt(id) === 1000);
  return statusOf(isAllowed && node.userId === 1000 ? undefined : "EPERM");
}

export function chown(context: SystemCallContext, [path, user, group]: SystemCallArguments): SystemCallResult {
  return setOwner(nodeAt(context, here, path, 0), user, group);
}

/** lchown(2): of the link itself. */
export function lchown(context: SystemCallContext, [path, user, group]: SystemCallArguments): SystemCallResult {
  return setOwner(nodeAt(context, here, path, AT_SYMLINK_NOFOLLOW), user, group);
}

export function fchown(context: SystemCallContext, [descriptor, user, group]: SystemCallArguments): SystemCallResult {
  return setOwner(context.descriptors.file(asInt(descriptor))?.node ?? "EBADF", user, group);
}

export function fchownat(
  context: SystemCallContext,
  [descriptor, path, user, group, flags]: SystemCallArguments,
): SystemCallResult {
  return setOwner(nodeAt(context, descriptor, path, asInt(flags)), user, group);
}

function setSize(context: SystemCallContext, node: Node | ErrorName, size: bigint): SystemCallResult {
  if (typeof node === "string") return systemCallError(node);
  if (asLong(size) < 0) return systemCallError("EINVAL");
  if (node instanceof Folder) return systemCallError("EISDIR");
  if (!(node instanceof RegularFile)) return systemCallError("EINVAL");
  if (node.isReadOnly) return systemCallError("EROFS");
  node.changed = context.clock.timeOfDay;
  return statusOf(node.truncate(asLong(size)));
}

/** truncate(2), ftruncate(2) */
export function truncate(context: SystemCallContext, [path, size]: SystemCallArguments): SystemCallResult {
  return setSize(context, nodeAt(context, here, path, 0), size);
}

export function ftruncate(context: SystemCallContext, [descriptor, size]: SystemCallArguments): SystemCallResult {
  const file = context.descriptors.file(asInt(descriptor));
  if (file === undefined) return systemCallError("EBADF");
  return file.canWrite ? setSize(context, file.node, size) : systemCallError("EINVAL");
}

/** utimensat(2); without a path, the times of the descriptor's file */
export function utimensat(
  context: SystemCallContext,
  [descriptor, path, times, flags]: SystemCallArguments,
): SystemCallResult {
  const node =
    path === 0n
      ? (context.descriptors.file(asInt(descriptor))?.node ?? "EBADF")
      : nodeAt(context, descriptor, path, asInt(flags));
  if (typeof node === "string") return systemCallError(node);
  if (node.isOfHost) return systemCallError("EROFS");
  const words = times === 0n ? [0n, UTIME_NOW, 0n, UTIME_NOW] : context.memory.readWords(times, 4);
  return words === undefined ? systemCallError("EFAULT") : setTimes(context, node, words);
}

/** `words`: seconds and nanoseconds of the last access, and of the last change. */
function setTimes(context: SystemCallContext, node: Node, words: readonly bigint[]): SystemCallResult {
  const now = context.clock.timeOfDay;
  const [accessedSeconds = 0n, accessed = 0n, modifiedSeconds = 0n, modified = 0n] = words;
  const at = (seconds: bigint, nanoseconds: bigint, old: bigint): bigint =>
    nanoseconds === UTIME_NOW ? now : nanoseconds === UTIME_OMIT ? old : seconds * 1_000_000_000n + nanoseconds;
  node.accessed = at(accessedSeconds, accessed, node.accessed);
  node.modified = at(modifiedSeconds, modified, node.modified);
  node.changed = now;
  return 0n;
}

/** futimesat(2), utimes(2): the same in microseconds */
export function futimesat(
  context: SystemCallContext,
  [descriptor, path, times]: SystemCallArguments,
): SystemCallResult {
  if (times === 0n) return utimensat(context, [descriptor, path, 0n, 0n, 0n, 0n]);
  const node = nodeAt(context, descriptor, path, 0);
  if (typeof node === "string") return systemCallError(node);
  if (node.isOfHost) return systemCallError("EROFS");
  const words = context.memory.readWords(times, 4);
  if (words === undefined) return systemCallError("EFAULT");
  if (words.some((word, index) => index % 2 === 1 && word >= 1_000_000n)) return systemCallError("EINVAL");
  return setTimes(
    context,
    node,
    words.map((word, index) => (index % 2 === 1 ? word * 1000n : word)),
  );
}

export function utimes(context: SystemCallContext, [path, times]: SystemCallArguments): SystemCallResult {
  return futimesat(context, [here, path, times, 0n, 0n, 0n]);
}

/** utime(2): in seconds */
export function utime(context: SystemCallContext, [path, times]: SystemCallArguments): SystemCallResult {
  if (times === 0n) return utimensat(context, [here, path, 0n, 0n, 0n, 0n]);
  const node = nodeAt(context, here, path, 0);
  if (typeof node === "string") return systemCallError(node);
  if (node.isOfHost) return systemCallError("EROFS");
  const words = context.memory.readWords(times, 2);
  if (words === undefined) return systemCallError("EFAULT");
  return setTimes(context, node, [words[0] ?? 0n, 0n, words[1] ?? 0n, 0n]);
}

/** getcwd(2), the system call: returns the length, with the zero byte. */
export function getcwd(context: SystemCallContext, [buffer, size]: SystemCallArguments): SystemCallResult {
  const path = context.files.pathOf(context.attributes.workingFolder);
  if (path === undefined) return systemCallError("ENOENT");
  const bytes = new TextEncoder().encode(`${path}\0`);
  if (BigInt(bytes.length) > size) return systemCallError("ERANGE");
  return context.memory.write(buffer, bytes) ? BigInt(bytes.length) : systemCallError("EFAULT");
}

function enter(context: SystemCallContext, node: Node | ErrorName): SystemCallResult {
  if (typeof node === "string") return systemCallError(node);
  if (!(node instanceof Folder)) return systemCallError("ENOTDIR");
  context.attributes.workingFolder = node;
  return 0n;
}

/** chdir(2), fchdir(2) */
export function chdir(context: SystemCallContext, [path]: SystemCallArguments): SystemCallResult {
  return enter(context, nodeAt(context, here, path, 0));
}

export function fchdir(context: SystemCallContext, [descriptor]: SystemCallArguments): SystemCallResult {
  return enter(context, context.descriptors.file(asInt(descriptor))?.node ?? "EBADF");
}

/** umask(2) */
export function umask(context: SystemCallContext, [mask]: SystemCallArguments): SystemCallResult {
  const old = context.attributes.creationMask;
  context.attributes.creationMask = asInt(mask) & 0o777;
  return BigInt(old);
}
