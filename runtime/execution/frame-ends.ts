import type { GuestAddress } from "../base/guest-address.js";
import type { WatchedFrame } from "../debuggee.js";
import type { Machine } from "../engine/machine.js";
import type { ThreadId } from "../threads/types.js";

/** The frame is over: its thread has the processor, and its stack has shrunk to what it was before the call. */
export function hasEnded(frame: WatchedFrame, running: ThreadId, { registers }: Machine): boolean {
  return running === frame.thread && registers.general("rsp") >= frame.canonicalFrameAddress;
}

/** Where the ends of these frames can be seen: where their functions return to. */
export function returnAddresses(frames: readonly WatchedFrame[]): Set<GuestAddress> {
  return new Set(frames.map(({ returnAddress }) => returnAddress));
}
