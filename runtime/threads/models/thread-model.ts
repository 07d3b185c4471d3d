import type { GuestAddress } from "../../base/guest-address.js";
import type { RegisterNumber } from "../unwind/instruction-facts.js";

/** What a runtime's own bookkeeping says of one of its threads, right now. */
export interface ModelThread {
  /** Its number in the runtime. */
  readonly slot: number;
  /** `available`: no thread at all, room for one. */
  readonly state: "available" | "running" | "ready";
  /** Undefined for the base thread, which runs on the process's stack. `high` is exclusive. */
  readonly stack?: { readonly low: GuestAddress; readonly high: GuestAddress };
  /** The saved stack pointer: meaningful while it does not run. */
  readonly pointer: GuestAddress;
  /** Where its registers are saved while it does not run. */
  readonly context: ReadonlyMap<RegisterNumber, GuestAddress>;
  readonly entry?: GuestAddress;
  /** It begins at its entry function with that stack pointer, not by the return of a switch routine. */
  readonly startsAtEntry?: boolean;
  /** What the runtime calls it. */
  readonly name?: string;
}

/** The words of a slot that change, as numbers (exact below 2⁵³). */
export interface SlotGlance {
  readonly state: ModelThread["state"];
  readonly pointer: number;
  /** 0: none. */
  readonly entry: number;
}

/** Something that happens when the instruction at an address is about to be executed. */
export type ModelHook = "yield" | "spawned" | "finished";

/** Changes in a runtime's bookkeeping that make it schedule otherwise. */
export interface ThreadControl {
  /** The runtime is in the middle of changing what would be changed: nothing may be done. */
  isBusy(rip: GuestAddress): boolean;
  /** Makes a thread that waits for its turn one that is over. False: it does not wait. */
  finish(slot: number): boolean;
  /** Keeps all threads but this one from being chosen, until `release`. */
  hold(slot: number): void;
  release(): void;
  /** Where a thread is about to leave for good: the others must be released before, or nobody is left to run. */
  readonly lastMoments: ReadonlySet<GuestAddress>;
}

/** A word of a runtime's bookkeeping. */
export interface ModelField {
  readonly address: GuestAddress;
  readonly length: number;
  /** `thread 2 rsp`. */
  readonly text: string;
  readonly slot?: number;
}

/**
 * Knowledge of one kind of green-thread runtime: what cannot be discovered from switches. It reads guest memory, which
 * may hold anything at any time; it never throws, and says nothing where it finds nonsense.
 */
export interface ThreadModel {
  /** False: `pointer` of a thread that has run says nothing. */
  readonly tracksPointers?: boolean;
  readonly hooks: ReadonlyMap<GuestAddress, ModelHook>;
  /** How many slots there are; 0 while the runtime is not set up. */
  count(): number;
  /** One slot, read afresh. */
  thread(slot: number): ModelThread | undefined;
  /** The little of it that must be known at every switch; undefined where `thread` would be. */
  glance(slot: number): SlotGlance | undefined;
  /** Words of the bookkeeping that stay as they are as long as slots stay where they are; at most two. */
  anchors(): readonly { readonly address: number; readonly value: number }[];
  /**
   * Address of the saved stack pointer of a slot; and of its state, where that is a word which is 1 or 2 while a thread
   * lives in it.
   */
  wordsOf(slot: number): { readonly pointerAt: number; readonly stateAt: number | undefined } | undefined;
  /** Slot of the thread that a `spawned` hook is about; −1: nobody can tell. */
  spawnedSlot(): number;
  /** Starts of functions at the bottom of every stack, which the user did not write. */
  readonly subtleFunctions: ReadonlySet<number>;
  /** Starts of functions that have no caller. */
  readonly rootFunctions: ReadonlySet<number>;
  /** Starts of functions that only jump on to a thread's entry function. */
  readonly trampolines: ReadonlySet<number>;
  /** How to interfere with the schedule, where that is known. */
  readonly control?: ThreadControl;
  /** The words of the bookkeeping within a range. */
  fields(address: GuestAddress, length: number): ModelField[];
}
