/** Which pages are in memory, and the memory of other processes: mincore(2), process_vm_readv(2). */
import { guestAddress } from "../../base/guest-address.js";
import { pageEnd, pageSize, pageStart } from "../address-space.js";
import { systemCallError } from "../errors.js";
import { type Piece, piecesAt, transferLength } from "./read-write.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

/** mincore(2): all that is mapped is there. */
export function mincore(context: SystemCallContext, [address, length, result]: SystemCallArguments): SystemCallResult {
  if (pageStart(address) !== address) return systemCallError("EINVAL");
  const count = Number(pageEnd(length)) / pageSize;
  const { memory } = context.machine;
  for (let index = 0; index < count; index++) {
    const page = guestAddress(address + BigInt(index * pageSize));
    if (memory.permissionsAt(page) === undefined) return systemCallError("ENOMEM");
  }
  return context.memory.write(result, new Uint8Array(count).fill(1)) ? 0n : systemCallError("EFAULT");
}

/** Copies from the pieces of one process to those of another, as far as both have them. */
function copyPieces(
  from: { readonly process: SystemCallContext; readonly pieces: readonly Piece[] },
  to: { readonly process: SystemCallContext; readonly pieces: readonly Piece[] },
): SystemCallResult {
  let total = 0;
  let [source, target] = [0, 0];
  let [sourceAt, targetAt] = [0, 0];
  for (;;) {
    const [piece, place] = [from.pieces[source], to.pieces[target]];
    if (piece === undefined || place === undefined) return BigInt(total);
    const length = Math.min(transferLength(piece.size) - sourceAt, transferLength(place.size) - targetAt);
    if (length > 0) {
      const bytes = from.process.memory.readPrefix(piece.address + BigInt(sourceAt), length);
      const isWritten = to.process.memory.write(place.address + BigInt(targetAt), bytes);
      if (!isWritten || bytes.length < length) {
        if (isWritten) total += bytes.length;
        return total > 0 ? BigInt(total) : systemCallError("EFAULT");
      }
      total += length;
      sourceAt += length;
      targetAt += length;
    }
    if (sourceAt === transferLength(piece.size)) [source, sourceAt] = [source + 1, 0];
    if (targetAt === transferLength(place.size)) [target, targetAt] = [target + 1, 0];
  }
}

function transferBetween(
  context: SystemCallContext,
  [id, own, ownCount, others, othersCount, flags]: SystemCallArguments,
  direction: "reads" | "writes",
): SystemCallResult {
  if (flags !== 0n) return systemCallError("EINVAL");
  const ownPieces = piecesAt(context, own, ownCount);
  if (typeof ownPieces === "string") return systemCallError(ownPieces);
  const otherPieces = piecesAt(context, others, othersCount);
  if (typeof otherPieces === "string") return systemCallError(otherPieces);
  const process = context.system.find(asInt(id));
  if (process === undefined || process.end !== undefined) return systemCallError("ESRCH");
  const [here, there] = [
    { process: context, pieces: ownPieces },
    { process, pieces: otherPieces },
  ];
  return direction === "reads" ? copyPieces(there, here) : copyPieces(here, there);
}

/** process_vm_readv(2), process_vm_writev(2) */
export function processRead(context: SystemCallContext, args: SystemCallArguments): SystemCallResult {
  return transferBetween(context, args, "reads");
}

export function processWrite(context: SystemCallContext, args: SystemCallArguments): SystemCallResult {
  return transferBetween(context, args, "writes");
}
