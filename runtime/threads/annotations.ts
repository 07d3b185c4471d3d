import { addressPlus, type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { LazyList } from "../base/lazy-list.js";
import type { ProgramImage } from "../base/program-image.js";
import { generalRegisterNames } from "../engine/machine.js";
import type { ThreadModel } from "./models/thread-model.js";
import type { GreenThread, MemoryAnnotation, StackFrame, ThreadId } from "./types.js";
import type { FunctionTable } from "./unwind/function-table.js";

export interface AnnotationContext {
  readonly image: ProgramImage;
  readonly table: FunctionTable;
  readonly model: ThreadModel | undefined;
  readonly threads: readonly GreenThread[];
  idOfSlot(slot: number): ThreadId | undefined;
  framesOf(thread: ThreadId): LazyList<StackFrame> | undefined;
  /** For a thread that has not run: the word with which it will be entered. */
  nextWordOf(thread: ThreadId): GuestAddress | undefined;
}

/** Says what is known of the words in a range: saved registers, return addresses, bookkeeping, symbols. */
export function annotateMemory(address: GuestAddress, length: number, context: AnnotationContext): MemoryAnnotation[] {
  const end = address + BigInt(Math.max(0, length));
  const found: MemoryAnnotation[] = [];
  const add = (annotation: MemoryAnnotation) => {
    if (annotation.address < end && annotation.address + BigInt(annotation.length) > address) found.push(annotation);
  };
  for (const thread of context.threads) {
    if (isStackNear(thread, address, end)) annotateStack(thread, end, context, add);
  }
  for (const field of context.model?.fields(address, length) ?? []) {
    const thread = field.slot === undefined ? undefined : context.idOfSlot(field.slot);
    add({ address: field.address, length: field.length, kind: "threadField", text: field.text, thread });
  }
  for (const symbol of context.image.symbols) {
    if (symbol.kind === "absolute" || symbol.address >= end || symbol.address < address) continue;
    add({ address: symbol.address, length: symbol.size > 0 ? symbol.size : 1, kind: "symbol", text: symbol.name });
  }
  return found.sort((one, two) => (one.address < two.address ? -1 : one.address > two.address ? 1 : 0));
}

function isStackNear(thread: GreenThread, start: bigint, end: bigint): boolean {
  const { low, high, pointer } = thread.stack;
  const bottom = low !== undefined && low < pointer ? low : pointer;
  // A stack whose end is not known is taken to reach far.
  const top = high !== undefined && high > pointer ? high : pointer + 0x10_0000n;
  return bottom <= end && top >= start;
}

/** So many frames are looked at in any case: a signal's handler may have another stack, which lies elsewhere. */
const framesInAnyOrder = 500;

function annotateStack(
  thread: GreenThread,
  end: bigint,
  context: AnnotationContext,
  add: (one: MemoryAnnotation) => void,
): void {
  const id = thread.id;
  const who = thread.slot === undefined ? `thread ${thread.name}` : `thread ${thread.slot}`;
  add({ address: thread.stack.pointer, length: 8, kind: "stackPointer", text: `stack pointer of ${who}`, thread: id });
  if (thread.stack.low !== undefined) {
    add({
      address: thread.stack.low,
      length: 8,
      kind: "stackEnd",
      text: `lowest word of the stack of ${who}`,
      thread: id,
    });
  }
  if (thread.stack.high !== undefined) {
    add({
      address: addressPlus(thread.stack.high, -8),
      length: 8,
      kind: "stackEnd",
      text: `highest word of the stack of ${who}`,
      thread: id,
    });
  }
  const frames = context.framesOf(id);
  const nextWord = context.nextWordOf(id);
  if (frames === undefined) return;
  if (nextWord !== undefined && frames.at(0))
    add(codeWord(nextWord, frames.at(frames.at(1) && isTrampoline(frames) ? 1 : 0), context, id));
  const savedSeen = new Set<GuestAddress>();
  for (const frame of frames) {
    const { index } = frame;
    frame.registers.savedAt?.forEach((slot, number) => {
      if (slot === undefined || savedSeen.has(slot)) return;
      savedSeen.add(slot);
      const isOnStack = slot >= thread.stack.pointer && slot < frame.canonicalFrameAddress;
      if (!isOnStack) return;
      add({
        address: slot,
        length: 8,
        kind: "savedRegister",
        text: `saved ${generalRegisterNames[number]}`,
        thread: id,
      });
    });
    if (index > framesInAnyOrder && frame.canonicalFrameAddress - 8n >= end) return;
    const caller = frames.at(index + 1);
    if (!caller || frame.canonicalFrameAddress === caller.canonicalFrameAddress) continue;
    add(codeWord(addressPlus(frame.canonicalFrameAddress, -8), caller, context, id));
  }
}

function isTrampoline(frames: LazyList<StackFrame>): boolean {
  return frames.at(0)?.canonicalFrameAddress === frames.at(1)?.canonicalFrameAddress;
}

/** A word on a stack that holds the address at which `frame` goes on or starts. */
function codeWord(
  address: GuestAddress,
  frame: StackFrame | undefined,
  context: AnnotationContext,
  thread: ThreadId,
): MemoryAnnotation {
  const target = frame?.instruction ?? guestAddress(0);
  const name = frame?.functionName;
  if (!frame || name === undefined) {
    return { address, length: 8, kind: "returnAddress", text: `return address 0x${target.toString(16)}`, thread };
  }
  if (frame.functionAddress !== target) {
    const offset = frame.functionAddress === undefined ? 0n : target - frame.functionAddress;
    return {
      address,
      length: 8,
      kind: "returnAddress",
      text: `return address into ${name}+0x${offset.toString(16)}`,
      thread,
    };
  }
  if (context.model?.rootFunctions.has(Number(target)))
    return { address, length: 8, kind: "guard", text: name, thread };
  const isSubtle = frame.presentation === "subtle";
  return { address, length: 8, kind: "function", text: isSubtle ? name : `entry function ${name}`, thread };
}
