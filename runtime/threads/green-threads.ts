import type { GuestAddress } from "../base/guest-address.js";
import type { ProgramImage } from "../base/program-image.js";
import { fail, type Result } from "../base/result.js";
import type { Machine, RegisterSnapshot } from "../engine/machine.js";
import type { Abi, GreenThread, MemoryAnnotation, StackFrame, ThreadEvent, ThreadId } from "./types.js";

/** Is told what happens to green threads, at the moment it happens. */
export interface ThreadsObserver {
  threadStarted(id: ThreadId): void;
  threadExited(id: ThreadId): void;
  event(event: ThreadEvent): void;
}

/** What the loader knows of the main stack: `high` is exclusive. */
export interface MainStack {
  readonly stackHigh: GuestAddress;
  readonly stackLow: GuestAddress;
}

export class GreenThreads {
  readonly hookAddresses: ReadonlySet<GuestAddress> = new Set();

  constructor(
    readonly machine: Machine,
    readonly image: ProgramImage,
    readonly abi: Abi,
    readonly observer: ThreadsObserver,
    readonly hints: MainStack,
  ) {}

  atHook(_address: GuestAddress): void {}
  onStackSwitch(_stop: { readonly instruction: GuestAddress; readonly from: GuestAddress }): void {}
  onStop(): void {}
  current(): ThreadId {
    return 1 as ThreadId;
  }
  list(): GreenThread[] {
    return [];
  }
  stackTrace(_id: ThreadId): StackFrame[] | undefined {
    return undefined;
  }
  registersOf(_id: ThreadId): RegisterSnapshot | undefined {
    return undefined;
  }
  writeRegister(_id: ThreadId, _frame: number, _register: string, _value: bigint): Result<void, string> {
    return fail("not known");
  }
  annotate(_address: GuestAddress, _length: number): MemoryAnnotation[] {
    return [];
  }
}
