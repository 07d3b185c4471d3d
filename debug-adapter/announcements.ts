/** What the user has changed by hand while the program stands still, as events: the client asks again for it. */
import { memoryReference } from "./memory-reference.js";
import type { Session } from "./session.js";

/** A register has changed; `savedAt` when it is one that lies in memory. */
export function announceRegisterWrite(session: Session, savedAt: bigint | undefined): void {
  if (savedAt !== undefined) announceMemoryWrite(session, savedAt, 8);
  else invalidate(session);
}

/** Memory has changed: views of it, of registers saved there and of stacks are out of date. */
export function announceMemoryWrite(session: Session, address: bigint, count: number): void {
  if (count > 0 && session.conventions.supportsMemoryEvent) {
    session.emitEvent("memory", { memoryReference: memoryReference(address), offset: 0, count });
  }
  invalidate(session);
}

function invalidate(session: Session): void {
  if (session.conventions.supportsInvalidatedEvent) {
    session.emitEvent("invalidated", { areas: ["stacks", "variables"] });
  }
}
