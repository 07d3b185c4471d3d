import { guestAddress } from "../../base/guest-address.js";
import type { Permissions } from "../../base/program-image.js";
import { layout, pageEnd, pageStart } from "../address-space.js";
import { systemCallError } from "../errors.js";
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

/** mmap(2) of anonymous memory. There are no files to map. */
export function mmap(
  context: SystemCallContext,
  [address, length, bits, flags, descriptor]: SystemCallArguments,
): SystemCallResult {
  const sharing = flags & (mapFlags.MAP_SHARED | mapFlags.MAP_PRIVATE);
  if (length === 0n || sharing === 0n) return systemCallError("EINVAL");
  if ((flags & mapFlags.MAP_ANONYMOUS) === 0n) {
    context.noteOnce(
      `The program tried to map file descriptor ${asInt(descriptor)} with mmap. There are no files here.`,
    );
    return systemCallError("EBADF");
  }
  const size = pageEnd(length);
  if (size < length || size > layout.mmapEnd) return systemCallError("ENOMEM");
  const permissions = permissionsOf(bits);
  const noReplace = (flags & MAP_FIXED_NOREPLACE) !== 0n;
  if ((flags & mapFlags.MAP_FIXED) !== 0n || noReplace) {
    if (pageStart(address) !== address) return systemCallError("EINVAL");
    if (address < layout.lowest || address + size > layout.mmapEnd) return systemCallError("ENOMEM");
    if (noReplace && !context.addressSpace.isFree(address, size)) return systemCallError("EEXIST");
    const mapped = context.machine.memory.map(guestAddress(address), Number(size), permissions);
    return mapped ? address : systemCallError("ENOMEM");
  }
  return context.addressSpace.mapAnywhere(pageStart(address), size, permissions) ?? systemCallError("ENOMEM");
}

/** munmap(2) */
export function munmap(context: SystemCallContext, [address, length]: SystemCallArguments): SystemCallResult {
  if (pageStart(address) !== address || length === 0n) return systemCallError("EINVAL");
  const size = pageEnd(length);
  if (size < length || address + size > layout.mmapEnd) return systemCallError("EINVAL");
  context.machine.memory.unmap(guestAddress(address), Number(size));
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
