import { guestAddress } from "../../base/guest-address.js";
import type { Permissions } from "../../base/program-image.js";
import { layout, pageEnd, pageSize, pageStart } from "../address-space.js";
import { systemCallError } from "../errors.js";
import { RegularFile } from "../files/nodes.js";
import { OpenDevice, OpenRegularFile } from "../files/open-file.js";
import { minimum } from "../user-memory.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

/** Protections and flags of mmap(2) (asm-generic/mman-common.h). */
const protection = { PROT_READ: 1n, PROT_WRITE: 2n, PROT_EXEC: 4n } as const;
const mapFlags = { MAP_SHARED: 1n, MAP_PRIVATE: 2n, MAP_FIXED: 0x10n, MAP_ANONYMOUS: 0x20n } as const;
const MAP_FIXED_NOREPLACE = 0x100000n;

/** On x86-64 a page that can be written or executed can be read, too. */
function permissionsOf(bits: bigint): Permissions {
  const write = (bits & protection.PROT_WRITE) !== 0n;
  const execute = (bits & protection.PROT_EXEC) !== 0n;
  return { read: write || execute || (bits & protection.PROT_READ) !== 0n, write, execute };
}

/** brk(2), the system call: returns the end of the heap, moved or not. */
export function brk(context: SystemCallContext, [end]: SystemCallArguments): SystemCallResult {
  return context.addressSpace.setHeapEnd(guestAddress(end));
}

/** mmap(2). The pages of a file are copied when it is mapped: later changes of it show only where they are shared. */
export function mmap(context: SystemCallContext, args: SystemCallArguments): SystemCallResult {
  const [, length, bits, flags, descriptor, offset] = args;
  const sharing = flags & (mapFlags.MAP_SHARED | mapFlags.MAP_PRIVATE);
  if (length === 0n || sharing === 0n) return systemCallError("EINVAL");
  const isShared = sharing !== mapFlags.MAP_PRIVATE;
  if ((flags & mapFlags.MAP_ANONYMOUS) !== 0n) return isShared ? mapShared(context, args) : mapZeros(context, args);
  if (pageStart(offset) !== offset) return systemCallError("EINVAL");
  const file = context.descriptors.file(asInt(descriptor));
  if (file === undefined) return systemCallError("EBADF");
  if (!file.canRead) return systemCallError("EACCES");
  const isZeros = file instanceof OpenDevice && file.node.device[1] === 5;
  if (isZeros) return mapZeros(context, args);
  if (!(file instanceof OpenRegularFile)) return systemCallError("ENODEV");
  if (isShared && (bits & protection.PROT_WRITE) !== 0n && !file.canWrite) return systemCallError("EACCES");
  const content = file.node.read(Number(offset), Number(length));
  if (typeof content === "string") return systemCallError(content);
  const start = mapZeros(context, args);
  if (start < 0n) return start;
  context.machine.memory.write(guestAddress(start), content);
  if (isShared && !file.node.isReadOnly) {
    context.shared.add(Number(start), Number(pageEnd(length)), file.node, Number(offset));
  }
  return start;
}

/** Zeros that a process shares with its children. */
function mapShared(context: SystemCallContext, args: SystemCallArguments): bigint {
  const start = mapZeros(context, args);
  if (start < 0n) return start;
  const size = Number(pageEnd(args[1]));
  const file = new RegularFile(0o600, context.clock);
  if (file.truncate(size) === undefined) context.shared.add(Number(start), size, file, 0);
  else {
    context.noteOnce(
      `The program mapped ${size} bytes to share them with child processes. That is too much for Green Threads: each ` +
        "process has a copy of its own.",
    );
  }
  return start;
}

function mapZeros(context: SystemCallContext, [address, length, bits, flags]: SystemCallArguments): bigint {
  const size = pageEnd(length);
  if (size < length || size > layout.mmapEnd) return systemCallError("ENOMEM");
  const permissions = permissionsOf(bits);
  const noReplace = (flags & MAP_FIXED_NOREPLACE) !== 0n;
  if ((flags & mapFlags.MAP_FIXED) !== 0n || noReplace) {
    if (pageStart(address) !== address) return systemCallError("EINVAL");
    if (address < layout.lowest || address + size > layout.mmapEnd) return systemCallError("ENOMEM");
    if (noReplace && !context.addressSpace.isFree(address, size)) return systemCallError("EEXIST");
    const mapped = context.addressSpace.map(address, size, permissions);
    return mapped ? address : systemCallError("ENOMEM");
  }
  return context.addressSpace.mapAnywhere(pageStart(address), size, permissions) ?? systemCallError("ENOMEM");
}

/** munmap(2) */
export function munmap(context: SystemCallContext, [address, length]: SystemCallArguments): SystemCallResult {
  if (pageStart(address) !== address || length === 0n) return systemCallError("EINVAL");
  const size = pageEnd(length);
  if (size < length || address + size > layout.mmapEnd) return systemCallError("EINVAL");
  context.addressSpace.unmap(address, size);
  return 0n;
}

/** mprotect(2) */
export function mprotect(context: SystemCallContext, [address, length, bits]: SystemCallArguments): SystemCallResult {
  if (pageStart(address) !== address) return systemCallError("EINVAL");
  if (length === 0n) return 0n;
  const size = pageEnd(length);
  if (size < length || address + size > layout.mmapEnd) return systemCallError("ENOMEM");
  const changed = context.machine.memory.protect(guestAddress(address), Number(size), permissionsOf(bits));
  return changed ? 0n : systemCallError("ENOMEM");
}

const remapFlags = { MREMAP_MAYMOVE: 1, MREMAP_FIXED: 2 } as const;

/** mremap(2): in place where there is room behind, elsewhere where the program allows it. */
export function mremap(
  context: SystemCallContext,
  [address, oldLength, newLength, flagBits, target]: SystemCallArguments,
): SystemCallResult {
  const flags = asInt(flagBits);
  const [oldSize, newSize] = [pageEnd(oldLength), pageEnd(newLength)];
  const isFixed = (flags & remapFlags.MREMAP_FIXED) !== 0;
  if (pageStart(address) !== address || newSize === 0n || oldSize === 0n) return systemCallError("EINVAL");
  if (isFixed && (pageStart(target) !== target || (flags & remapFlags.MREMAP_MAYMOVE) === 0)) {
    return systemCallError("EINVAL");
  }
  if (newSize > layout.mmapEnd) return systemCallError("ENOMEM");
  const { memory } = context.machine;
  const permissions = memory.permissionsAt(guestAddress(address));
  if (permissions === undefined) return systemCallError("EFAULT");
  if (!isFixed && newSize <= oldSize) {
    if (newSize < oldSize) context.addressSpace.unmap(address + newSize, oldSize - newSize);
    return address;
  }
  const shared = context.shared.placeOf(Number(address));
  const share = (start: bigint): bigint => {
    if (shared === undefined) return start;
    const { file, offset } = shared;
    context.shared.remove(Number(start), Number(start + newSize));
    memory.write(guestAddress(start), file.peek(offset, Number(newSize)));
    context.shared.add(Number(start), Number(newSize), file, offset);
    return start;
  };
  const end = address + oldSize;
  const hasRoom = address + newSize <= layout.mmapEnd && context.addressSpace.isFree(end, newSize - oldSize);
  if (!isFixed && hasRoom && context.addressSpace.map(end, newSize - oldSize, permissions)) {
    return share(address);
  }
  if ((flags & remapFlags.MREMAP_MAYMOVE) === 0) return systemCallError("ENOMEM");
  const start = isFixed
    ? mapZeros(context, [target, newSize, 0n, mapFlags.MAP_FIXED, 0n, 0n])
    : (context.addressSpace.mapAnywhere(guestAddress(0), newSize, permissions) ?? systemCallError("ENOMEM"));
  if (start < 0n) return start;
  memory.protect(guestAddress(start), Number(newSize), permissions);
  const kept = minimum(oldSize, newSize);
  memory.write(guestAddress(start), memory.read(guestAddress(address), Number(kept)));
  context.addressSpace.unmap(address, oldSize);
  return share(start);
}

const MADV_DONTNEED = 4;

/** madvise(2): pages that are not needed any more are zero afterwards; other advice changes nothing that shows. */
export function madvise(context: SystemCallContext, [address, length, advice]: SystemCallArguments): SystemCallResult {
  if (pageStart(address) !== address) return systemCallError("EINVAL");
  const size = pageEnd(length);
  if (size === 0n) return 0n;
  if (size < length || address + size > layout.mmapEnd) return systemCallError("ENOMEM");
  const { memory } = context.machine;
  let isWhole = true;
  for (let page = address; page < address + size; page += BigInt(pageSize)) {
    const permissions = memory.permissionsAt(guestAddress(page));
    if (permissions === undefined) isWhole = false;
    else if (asInt(advice) === MADV_DONTNEED) memory.map(guestAddress(page), pageSize, permissions);
  }
  return isWhole ? 0n : systemCallError("ENOMEM");
}

/** msync(2) */
export function msync(context: SystemCallContext, args: SystemCallArguments): SystemCallResult {
  if (pageStart(args[0]) !== args[0]) return systemCallError("EINVAL");
  context.shared.store();
  return nothingToMemory(context, args);
}

/** What asks for something that holds already, of mapped memory: mlock(2), munlock(2). */
export function nothingToMemory(context: SystemCallContext, [address, length]: SystemCallArguments): SystemCallResult {
  const start = pageStart(address);
  const size = pageEnd(address + length) - start;
  if (size <= 0n) return 0n;
  if (address + length > layout.mmapEnd) return systemCallError("ENOMEM");
  const { memory } = context.machine;
  for (let page = start; page < start + size; page = guestAddress(page + BigInt(pageSize))) {
    if (memory.permissionsAt(page) === undefined) return systemCallError("ENOMEM");
  }
  return 0n;
}
