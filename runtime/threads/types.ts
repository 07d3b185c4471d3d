/** The words in which `threads/` speaks of green threads; `debuggee.ts` passes them on to its users. */
import type { GuestAddress } from "../base/guest-address.js";
import type { SourcePosition } from "../base/source.js";
import type { RegisterSnapshot } from "../engine/machine.js";

declare const threadIdBrand: unique symbol;
/** Identifies a green thread for the life of the debuggee: from 1, in order of birth, never used again. */
export type ThreadId = number & { readonly [threadIdBrand]: true };

export type Abi = "systemV" | "windows";

/** `running` owns the processor; `ready` waits for its turn; `new` has been spawned and has not run yet. */
export type ThreadState = "running" | "ready" | "new";

/** A place in the code, as people see it. */
export interface CallSite {
  readonly instruction: GuestAddress;
  readonly functionName?: string;
  readonly position?: SourcePosition;
}

export interface GreenThread {
  readonly id: ThreadId;
  /** For people: the entry function, with the runtime's own number where it has one: `thread 2: counter_two`. */
  readonly name: string;
  readonly state: ThreadState;
  /** The thread's number in its own runtime (slot index), where a thread model knows it. 0 is the base thread. */
  readonly slot?: number;
  readonly entry?: GuestAddress;
  /** Symbol of `entry`. */
  readonly entryName?: string;
  /** The stack's bounds as known; `high` is exclusive. */
  readonly stack: {
    readonly low?: GuestAddress;
    readonly high?: GuestAddress;
    readonly pointer: GuestAddress;
    /** Bytes between the stack pointer and `high`. */
    readonly used?: number;
    /** Bytes between `low` and `high`. */
    readonly size?: number;
    /** The most bytes ever seen in use, at switches and stops. */
    readonly highWaterMark?: number;
  };
  /**
   * Who created it, and where: the calls at that moment, innermost first. For a thread that nothing announced, that is
   * who switched to it first. Undefined for the first thread, and for one that was found late.
   */
  readonly creator?: { readonly thread: ThreadId; readonly calls: readonly CallSite[] };
  /** While it does not run: the call with which it gave the processor away, to which it will return. */
  readonly switchedOutAt?: CallSite;
  /** The thread of the system (clone(2)) that it was first seen on; undefined: the first one. */
  readonly kernelThread?: number;
  /** How often it was switched to. */
  readonly runs: number;
  /** Instructions it executed. */
  readonly instructions: number;
}

/** Which threads are wanted: those that have all that is given. Texts may stand anywhere in a name, in any case. */
export interface ThreadFilter {
  readonly id?: ThreadId;
  readonly state?: ThreadState;
  /** In the name of the entry function, or of the function that the thread is in. */
  readonly function?: string;
  /** In the thread's name. */
  readonly name?: string;
  /** In any of these names. */
  readonly text?: string;
}

/** How many threads there are in each state. */
export type ThreadCounts = Readonly<Record<ThreadState, number>>;

export interface StackFrame {
  /** 0 is the innermost. */
  readonly index: number;
  /** Its number among the frames that lie on the stack: one and the functions inlined into it share it. */
  readonly stackIndex: number;
  /** Its number among the functions that the instruction belongs to, the innermost inlined one first. */
  readonly inlineIndex?: number;
  /** Where execution is in this frame: `rip`, or the return address for outer frames. */
  readonly instruction: GuestAddress;
  /** An address in the instruction that is under way: `instruction`, or for outer frames a byte of the call. */
  readonly codeAddress: GuestAddress;
  /** It is a part of the frame below it, whose registers it has. */
  readonly isInlined?: boolean;
  /**
   * The function is not on the stack any more: it left by a tail call to the one below it, in whose place it was. It is
   * inferred, and of its registers only those are known that it had to give back.
   */
  readonly leftByTailCall?: boolean;
  /** Symbol that contains it, and the symbol's address. */
  readonly functionName?: string;
  readonly functionAddress?: GuestAddress;
  /** For outer frames, of the call (the byte before the return address). */
  readonly position?: SourcePosition;
  /** DWARF's CFA: the value of `rsp` before the call that made this frame. */
  readonly canonicalFrameAddress: GuestAddress;
  /** `subtle`: bottom frames such as `guard` and `skip`, which the user did not write. */
  readonly presentation: "normal" | "subtle";
  /** Found by looking for something like a return address, where code without symbols leaves nothing better. */
  readonly isGuessed?: boolean;
  /** Registers as of this frame; undefined where they cannot be known. In `RegisterSnapshot` order. */
  readonly registers: FrameRegisters;
}

/** The registers of a frame. Outer frames know rip, rsp and what unwinding recovered. */
export interface FrameRegisters {
  readonly general: readonly (bigint | undefined)[];
  readonly rip: GuestAddress;
  /** Only for the innermost frame of a thread that has run. */
  readonly full?: RegisterSnapshot;
  /** Where the value of a general register is stored in memory (saved context or stack), by hardware index. */
  readonly savedAt?: readonly (GuestAddress | undefined)[];
}

/** What a word of memory is, where that is known. */
export interface MemoryAnnotation {
  readonly address: GuestAddress;
  /** In bytes. */
  readonly length: number;
  readonly kind:
    | "returnAddress"
    | "savedRegister"
    | "function"
    | "guard"
    | "stackPointer"
    | "threadField"
    | "symbol"
    | "stackEnd";
  /** `return address into counter_one+0x12`, `saved rbx`, `guard`, `entry function counter_two`. */
  readonly text: string;
  readonly thread?: ThreadId;
}

/** Things that happen to green threads, on which a run can be told to stop. */
export type ThreadEventKind = "yield" | "switch" | "spawn" | "finish";

export const threadEventKinds: ReadonlySet<ThreadEventKind> = new Set(["yield", "switch", "spawn", "finish"]);

export interface ThreadEvent {
  readonly kind: ThreadEventKind;
  /** The thread it happened to: who yielded, who was switched to, who was spawned, who finished. */
  readonly thread: ThreadId;
  /** switch: from whom. spawn: the creator. */
  readonly other?: ThreadId;
}
