/** How a range of memory to be watched travels in the protocol: `0x404010,8`, with what else belongs to it. */
import { formatAddress, type GuestAddress, guestAddress } from "../runtime/base/guest-address.js";
import type { StackFrame, ThreadId, WatchedFrame } from "../runtime/debuggee.js";

export interface DataId {
  readonly address: GuestAddress;
  readonly bytes: number;
  /** Writes of the value that was there before stop, too. */
  readonly everyWrite: boolean;
  /** The frame that the range belongs to: it is watched until that ends. */
  readonly frame?: WatchedFrame;
  /** What the user calls it. */
  readonly name?: string;
}

const form =
  /^(0x[0-9a-f]{1,16}),([0-9]{1,7})(,everyWrite)?(?:,thread ([0-9]+) frame (0x[0-9a-f]+) return (0x[0-9a-f]+))?(?:;(.*))?$/s;

export function dataIdText({ address, bytes, everyWrite, frame, name }: DataId): string {
  return [
    `${formatAddress(address)},${bytes}`,
    everyWrite ? ",everyWrite" : "",
    frame === undefined
      ? ""
      : `,thread ${frame.thread} frame ${formatAddress(frame.canonicalFrameAddress)} return ${formatAddress(frame.returnAddress)}`,
    name === undefined ? "" : `;${name}`,
  ].join("");
}

export function parseDataId(text: string): DataId | undefined {
  const [, start, length, everyWrite, thread, frame, returnAddress, name] = form.exec(text) ?? [];
  if (start === undefined || length === undefined) return undefined;
  const address = (digits: string) => guestAddress(BigInt(digits));
  return {
    address: address(start),
    bytes: Number(length),
    everyWrite: everyWrite !== undefined,
    ...(thread !== undefined &&
      frame !== undefined &&
      returnAddress !== undefined && {
        frame: {
          thread: Number(thread) as ThreadId,
          canonicalFrameAddress: address(frame),
          returnAddress: address(returnAddress),
        },
      }),
    ...(name !== undefined && { name }),
  };
}

/** Below `rsp` a function may use that much of its stack (System V ABI, 3.2.2). */
const redZone = 128n;

/** The frame of a thread whose part of the stack holds the address; undefined where none does, or nobody called it. */
export function frameHolding(
  thread: ThreadId,
  frames: readonly StackFrame[],
  address: GuestAddress,
): WatchedFrame | undefined {
  const onStack = frames.filter(({ isInlined, leftByTailCall }) => !isInlined && !leftByTailCall);
  let low = (onStack[0]?.registers.general[4] ?? 0n) - redZone;
  for (const [index, { canonicalFrameAddress: high }] of onStack.entries()) {
    const caller = onStack[index + 1];
    if (address >= low && address < high) {
      return caller && { thread, canonicalFrameAddress: high, returnAddress: caller.instruction };
    }
    low = high;
  }
  return undefined;
}
