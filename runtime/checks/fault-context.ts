import { formatAddress, type GuestAddress } from "../base/guest-address.js";
import type { Machine } from "../engine/machine.js";
import type { AddressSpace } from "../linux/address-space.js";
import type { GreenThread, StackFrame, ThreadId } from "../threads/types.js";

/** The living green threads. There may be very many: an explanation asks for those that may have to do with it. */
export interface ThreadsAtFault {
  readonly count: number;
  thread(id: ThreadId): GreenThread | undefined;
  /** The thread on whose stack the address lies. */
  stackOwner(address: GuestAddress): GreenThread | undefined;
  /** The threads whose stacks may have a part in a range, in order of birth. */
  near(address: GuestAddress, length: number): readonly GreenThread[];
  /** The threads that have been past the low end of their stacks, in order of birth. */
  pastEnd(): readonly GreenThread[];
}

/** What an explanation can look at: the machine as the fault left it, and what is known of the program. */
export interface FaultContext {
  readonly machine: Machine;
  readonly threads: ThreadsAtFault;
  readonly current: ThreadId;
  /** The innermost frame of the current thread. */
  readonly innermost: StackFrame | undefined;
  readonly addressSpace: AddressSpace;
  /** `0x00401010 (main+0x10, hello.s line 12)`. */
  readonly describe: (address: GuestAddress) => string;
  /** The address lies in the program's code. */
  readonly isCode: (address: GuestAddress) => boolean;
}

export function currentThread(context: FaultContext): GreenThread | undefined {
  return context.threads.thread(context.current);
}

/** `1 byte`, `24 bytes`. */
export function byteCount(count: bigint | number): string {
  return `${count} ${BigInt(count) === 1n ? "byte" : "bytes"}`;
}

/** `rsp = 0x07ffe000` */
export function registerText(name: string, value: bigint): string {
  return `${name} = ${formatAddress(value)}`;
}

/** The sentences that there are, one behind the other. */
export function sentences(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(" ");
}
