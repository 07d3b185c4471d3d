/** What the user has changed by hand while the program stands still, as events: the client asks again for it. */
import type { GuestAddress } from "../runtime/base/guest-address.js";
import type { Launched } from "./launched.js";
import { memoryReference } from "./memory-reference.js";
import type { Session } from "./session.js";

/** A register has changed; `savedAt` when it is one that lies in memory. */
export function announceRegisterWrite(session: Session, savedAt: bigint | undefined): void {
  if (savedAt !== undefined) announceMemory(session, savedAt, 8);
  invalidate(session, ["stacks", "variables"]);
}

/**
 * Writes memory by `write`, which returns the number of bytes written, and announces it after the response: views of
 * memory and of registers saved there are out of date. Stacks are only when their frames are others now: a client that
 * reads a stack again goes to its top frame and takes the keyboard from where the user is typing.
 */
export function announcingMemoryWrite(
  session: Session,
  launched: Launched,
  address: GuestAddress,
  write: () => number,
): number {
  const framesBefore = framesOfStackAt(launched, address);
  const count = write();
  const areStacksOld = framesOfStackAt(launched, address) !== framesBefore;
  session.afterResponse(() => {
    announceMemory(session, address, count);
    invalidate(session, areStacksOld ? ["stacks", "variables"] : ["variables"]);
  });
  return count;
}

function announceMemory(session: Session, address: bigint, count: number): void {
  if (count > 0 && session.conventions.supportsMemoryEvent) {
    session.emitEvent("memory", { memoryReference: memoryReference(address), offset: 0, count });
  }
}

function invalidate(session: Session, areas: ("stacks" | "variables")[]): void {
  if (session.conventions.supportsInvalidatedEvent) session.emitEvent("invalidated", { areas });
}

/** So many frames are compared: a client shows fewer until somebody asks for more. */
const mostFrames = 1000;

/** Where execution is in the innermost frames of the thread whose stack `address` lies in. */
function framesOfStackAt(launched: Launched, address: GuestAddress): string {
  const { debuggee } = launched;
  const owner = debuggee.stackOwner(address);
  const frames = owner && debuggee.frames(owner.id)?.first(mostFrames);
  return (frames ?? []).map(({ instruction }) => instruction.toString(16)).join(" ");
}
