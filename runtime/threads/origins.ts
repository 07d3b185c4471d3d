/** Where threads were created: the call stack of the thread that created them, at that moment. */
import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { ThreadRecord } from "./thread-record.js";
import type { ThreadStacks } from "./thread-stacks.js";
import type { CallSite, ThreadId } from "./types.js";
import type { FunctionTable } from "./unwind/function-table.js";

/** More frames of a creator are not kept. */
const mostFrames = 16;

/** Kept for each thread; many share one. Functions and lines are looked up when somebody asks. */
export interface Origin {
  readonly thread: ThreadId;
  readonly addresses: readonly GuestAddress[];
}

export class Origins {
  readonly #calls = new WeakMap<Origin, readonly CallSite[]>();
  /** Thousands of threads are at few places. */
  readonly #sites = new Map<number, CallSite>();
  #last: { readonly key: string; readonly origin: Origin } | undefined;

  constructor(
    readonly stacks: ThreadStacks,
    readonly table: FunctionTable,
  ) {}

  /** Of a thread that `creator` creates now. Where it stands just as at the last creation, its callers are the same. */
  of(creator: ThreadRecord, isCurrent: boolean): Origin {
    const start = this.stacks.startOf(creator, isCurrent);
    const pointer = start.general[4];
    const word = creator.parked && !isCurrent ? creator.parked.returnWord : this.stacks.wordAt(pointer);
    const key = [creator.id, start.rip, pointer, word, start.general[5]].join();
    if (this.#last?.key === key) return this.#last.origin;
    const frames = [...this.stacks.unwind(creator, isCurrent, mostFrames)];
    const origin = { thread: creator.id, addresses: frames.map(({ frame }) => frame.instruction) };
    this.#last = { key, origin };
    return origin;
  }

  /** For people: the calls, innermost first. */
  callsOf(origin: Origin): readonly CallSite[] {
    const known = this.#calls.get(origin);
    if (known) return known;
    const calls = origin.addresses.map((address, index) => this.callAt(address, index > 0));
    this.#calls.set(origin, calls);
    return calls;
  }

  /** `isReturn`: the address is that behind a call, which is meant. */
  callAt(instruction: GuestAddress, isReturn: boolean): CallSite {
    const key = 2 * Number(instruction) + (isReturn ? 1 : 0);
    const known = this.#sites.get(key);
    if (known) return known;
    const made = this.#callAt(instruction, isReturn);
    this.#sites.set(key, made);
    return made;
  }

  #callAt(instruction: GuestAddress, isReturn: boolean): CallSite {
    const meant = guestAddress(isReturn ? instruction - 1n : instruction);
    return {
      instruction,
      functionName: (isReturn ? this.table.inlinedNameAt(meant) : undefined) ?? this.table.containing(meant)?.name,
      position: this.table.positionOf(meant),
    };
  }
}
