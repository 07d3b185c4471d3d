/**
 * What a move of `rsp` away from the running thread's stack means: another thread, a new one, or nothing of the kind.
 * No knowledge of the program's runtime is needed: only where the stacks of the known threads were left.
 */
import { guestAddress } from "../base/guest-address.js";
import type { GuestMemory } from "../engine/machine.js";
import type { Parked, ThreadRecord } from "./thread-record.js";
import type { InstructionFacts } from "./unwind/instruction-facts.js";

export type Verdict =
  /** `alloca`, the end of a frame, `longjmp`: the same thread goes on. */
  | { readonly kind: "sameStack" }
  /** A thread that was parked, or was announced and has not run yet. */
  | { readonly kind: "resume"; readonly thread: ThreadRecord }
  /** A stack not seen before; `over` names the thread whose stack it used to be. */
  | { readonly kind: "birth"; readonly over?: ThreadRecord };

/** How an instruction relates the new `rsp` to what was there. */
export type StackRelation = "adjustment" | "framePointer" | "load";

export interface StackMove {
  /** Of the instruction that moved `rsp`. */
  readonly relation: StackRelation;
  readonly from: number;
  readonly to: number;
}

/** Bytes by which `rsp` may differ between parking and going on: what the switch routine pushes and pops around it. */
const fewWords = 128;
/** Bytes of the parked stack that are kept for comparison. */
export const keptBytes = 256;

/** Decides from the threads' last known places. `current` is among `threads`. */
export function judgeStackMove(
  move: StackMove,
  current: ThreadRecord,
  threads: ReadonlyMap<unknown, ThreadRecord>,
  memory: GuestMemory,
): Verdict {
  if (staysOnStack(move, current)) return { kind: "sameStack" };
  for (const thread of threads.values()) {
    if (thread.parked?.pointer !== move.to || thread === current) continue;
    return goesOn(thread, thread.parked, memory) ? { kind: "resume", thread } : { kind: "birth", over: thread };
  }
  if (!isStackMemory(move.to, memory)) return { kind: "sameStack" };
  const others = [...threads.values()].filter((thread) => thread !== current);
  const owner = others.find((thread) => isWithin(move.to, thread.bounds));
  // A model names its living threads: whatever its runtime does there, it is that thread.
  if (owner) return { kind: "resume", thread: owner };
  const near = others.find((thread) => thread.parked && isNear(move.to, thread.parked, thread, memory));
  if (near) return { kind: "resume", thread: near };
  if (isWithin(move.to, current.bounds) || isUnwinding(move, current)) return { kind: "sameStack" };
  if (!current.bounds && move.to >= current.low && move.to <= current.high) return { kind: "sameStack" };
  const over = others.find(
    (thread) => !thread.bounds && thread.parked && move.to > thread.parked.pointer && move.to <= thread.high,
  );
  return over ? { kind: "birth", over } : { kind: "birth" };
}

/** Arithmetic on `rsp` stays on the stack, however far it goes; so does the end of a frame. */
export function staysOnStack(move: StackMove, current: ThreadRecord): boolean {
  return move.relation === "adjustment" || (move.relation === "framePointer" && isUnwinding(move, current));
}

function isUnwinding(move: StackMove, current: ThreadRecord): boolean {
  return move.to >= move.from && move.to <= (current.bounds?.high ?? current.high);
}

/**
 * Whether the thread goes on when `rsp` is where it was parked. A model says when its threads are over; a return
 * address that changed was overwritten then, not made anew.
 */
export function goesOn(thread: ThreadRecord, parked: Parked, memory: GuestMemory): boolean {
  return thread.bounds !== undefined || isIntact(parked, memory);
}

/** `facts` are undefined for an instruction that cannot be decoded any more. */
export function relationOf(facts: InstructionFacts | undefined): StackRelation {
  const source = facts?.operands[1];
  switch (facts?.operation) {
    case "leave":
      return "framePointer";
    case "enter":
    case "add":
    case "sub":
    case "and":
      return "adjustment";
    case "mov":
      return source?.kind === "register" && source.register === 5 ? "framePointer" : "load";
    case "lea":
      if (source?.kind !== "memory") return "load";
      if (source.base === 5) return "framePointer";
      return source.base === 4 ? "adjustment" : "load";
    default:
      return "load";
  }
}

/** The place to which the parked thread will return is as it was: nobody has made a new stack there. */
function isIntact(parked: Parked, memory: GuestMemory): boolean {
  return memory.readNumber(parked.returnSlot) === parked.returnWord;
}

/** A few words off the parked place, on the parked thread's own stack, whose words are still there. */
function isNear(to: number, parked: Parked, thread: ThreadRecord, memory: GuestMemory): boolean {
  const distance = to - parked.pointer;
  if (distance < 0) return -distance <= fewWords && to >= thread.low && isIntact(parked, memory);
  if (distance > fewWords || to > thread.high || !parked.top) return false;
  const kept = parked.top.subarray(distance);
  const now = memory.read(guestAddress(to), Math.min(kept.length, 64));
  return now.every((byte, index) => byte === kept[index]);
}

export function isWithin(pointer: number, bounds: ThreadRecord["bounds"]): boolean {
  // A stack pointer at the very bottom belongs to the stack below, which is empty: tops are exclusive.
  return bounds !== undefined && pointer > bounds.low && pointer <= bounds.high;
}

/** Something can be pushed or popped there. Anything else is a broken stack pointer, not a stack. */
function isStackMemory(pointer: number, memory: GuestMemory): boolean {
  const isWritable = (address: number) => address >= 0 && memory.permissionsAt(guestAddress(address))?.write === true;
  return isWritable(pointer) || isWritable(pointer - 1);
}
