/**
 * What a move of `rsp` means: another thread, a new one, or nothing of the kind. No knowledge of the program's runtime is
 * needed: only where the stacks of the known threads were left, what lies on them, and where the move leads.
 */
import { guestAddress } from "../base/guest-address.js";
import type { GuestMemory, Machine } from "../engine/machine.js";
import type { CopiedStacks } from "./copied-stacks.js";
import type { Landing, PathAhead } from "./path-ahead.js";
import type { SwitchSite } from "./switch-sites.js";
import { isIntact, type Parked, type ThreadRecord, topMatches } from "./thread-record.js";
import type { ThreadRegistry } from "./thread-registry.js";
import type { ThreadStacks } from "./thread-stacks.js";

export type Verdict =
  /** `alloca`, the end of a frame, `longjmp`, an exception: the same thread goes on. */
  | { readonly kind: "sameStack" }
  /** The same thread goes on with a call on another piece of memory, and will come back. */
  | { readonly kind: "segment" }
  /** A thread that was parked, or was announced and has not run yet. */
  | { readonly kind: "resume"; readonly thread: ThreadRecord }
  /** A thread whose stack another one has used since: what was on it has been copied away, and back now. */
  | { readonly kind: "return"; readonly thread: ThreadRecord; readonly instead: ThreadRecord | undefined }
  /** A stack not seen before; `over` names the thread whose stack it used to be. */
  | { readonly kind: "birth"; readonly over?: ThreadRecord; readonly landing?: Landing };

const sameStack: Verdict = { kind: "sameStack" };

export interface StackMove {
  /** The instruction that moved `rsp`; undefined where only the outcome was seen. */
  readonly site: SwitchSite | undefined;
  readonly from: number;
  readonly to: number;
}

/** Bytes by which `rsp` may differ between parking and going on: what the switch routine pushes and pops around it. */
const fewWords = 128;
/** Stacks that lie within others are nested no deeper, and no more neighbours are looked at. */
const mostNeighbours = 8;

/** A thread on whose live stack a place lies: above `pointer`, its own `rsp`. */
interface Owner {
  readonly thread: ThreadRecord;
  readonly pointer: number;
}

export class Discovery {
  constructor(
    readonly machine: Machine,
    readonly registry: ThreadRegistry,
    readonly stacks: ThreadStacks,
    readonly paths: PathAhead,
    readonly copied: CopiedStacks,
  ) {}

  judge(move: StackMove): Verdict {
    const { registry } = this;
    const { current } = registry;
    const { to, from, site } = move;
    if (to === from || site?.relation === "ownFrame") return sameStack;
    if (site?.relation === "framePointer" && isUnwinding(move, current)) return sameStack;
    if (current.comesBackTo(to)) return sameStack;
    const returning = this.copied.findAt(to, this.machine.memory);
    // The usual cases, without a look at all threads.
    const waiting = registry.waitingAt(to);
    if (waiting && (!returning || topMatches(waiting.parked, this.machine.memory))) {
      return { kind: "resume", thread: waiting };
    }
    if (returning) return { kind: "return", thread: returning, instead: waiting };
    registry.synchronise();
    const announced = registry.model && registry.waitingAt(to);
    if (announced) return { kind: "resume", thread: announced };
    if (!isStackMemory(to, this.machine.memory)) return sameStack;
    const landing = this.paths.landing();
    // Arithmetic on the stack pointer: a switch only where a switch routine's end follows.
    if (site?.relation === "adjustment" && (!landing || landing.kind === "call")) return sameStack;
    if (current.detour && isWithin(to, current.detour) && !landing?.isStart) return sameStack;
    const owner = this.#modelOwner(to);
    // A model names its living threads: whatever its runtime does there, it is that thread.
    if (owner) return owner === current ? sameStack : { kind: "resume", thread: owner };
    return this.#judgeLoad(move, landing);
  }

  #judgeLoad(move: StackMove, landing: Landing | undefined): Verdict {
    const { current } = this.registry;
    const { to } = move;
    if (landing?.kind === "call" && move.site?.leavesFrame === false) {
      return this.#isBelow(move) ? sameStack : { kind: "segment" };
    }
    const owner = this.#ownerOf(move);
    if (owner) {
      const { thread } = owner;
      if (this.#goesOnWith(owner, move, landing)) {
        return thread === current ? sameStack : { kind: "resume", thread };
      }
      // In the frame of a function that lives: a stack within a stack. The first stack of a thread of the system is
      // never another thread's.
      const isWithinFrame = thread === current || thread.isRoot;
      return { kind: "birth", landing, ...(isWithinFrame ? {} : { over: thread }) };
    }
    const above = this.registry.places.nextFrom(to);
    if (above?.parked && above !== current && !landing?.isStart) {
      const distance = above.parked.pointer - to;
      if (distance <= fewWords && to >= above.low && isIntact(above.parked, this.machine.memory)) {
        return { kind: "resume", thread: above };
      }
    }
    if (!landing && this.#isBelow(move)) return sameStack;
    const over = this.#overwrittenBy(to, landing);
    return { kind: "birth", landing, ...(over ? { over } : {}) };
  }

  /** Down on its own stack: where allocations on the stack go. */
  #isBelow({ from, to }: StackMove): boolean {
    const { current } = this.registry;
    return to < from && to >= (current.bounds?.low ?? current.low);
  }

  /** The thread of a model on whose stack the place lies. */
  #modelOwner(to: number): ThreadRecord | undefined {
    if (!this.registry.model) return undefined;
    for (const thread of this.registry.records.values()) {
      if (!thread.isRoot && isWithin(to, thread.bounds)) return thread;
    }
    return undefined;
  }

  /** The thread whose live stack the place is on, the innermost one where stacks lie within stacks. */
  #ownerOf({ from, to }: StackMove): Owner | undefined {
    const { current, places, roots } = this.registry;
    let found: Owner | undefined;
    const consider = (thread: ThreadRecord, pointer: number | undefined) => {
      if (pointer === undefined || to < pointer || to > (thread.bounds?.high ?? thread.high)) return;
      if (!found || pointer > found.pointer) found = { thread, pointer };
    };
    consider(current, current.detour?.from ?? from);
    let looked = 0;
    for (const thread of places.downFrom(to)) {
      if (thread !== current) consider(thread, thread.parked?.pointer);
      if (++looked === mostNeighbours) break;
    }
    for (const thread of roots) if (thread !== current) consider(thread, thread.parked?.pointer);
    return found;
  }

  /** Whether the thread itself goes on where the move leads: in one of its frames, as after `longjmp`. */
  #goesOnWith({ thread, pointer }: Owner, move: StackMove, landing: Landing | undefined): boolean {
    if (landing?.isStart) return false;
    // Out of a signal handler or a segment, by `longjmp` or an exception.
    if (thread.detour && thread === this.registry.current) return true;
    const { parked } = thread;
    if (thread !== this.registry.current && parked && isNear(move.to, parked, this.machine.memory)) return true;
    if (!landing) return thread === this.registry.current || thread.isRoot;
    const isCurrent = thread === this.registry.current;
    const start = isCurrent ? this.stacks.startBefore(move) : this.stacks.startOf(thread, false);
    const lands = this.stacks.landsOn(
      thread,
      start,
      isCurrent ? Number(start.general[4] ?? pointer) : pointer,
      move.to,
      landing,
    );
    return lands ?? (isCurrent || thread.isRoot);
  }

  /** The thread that was parked where the new one's first words lie now. */
  #overwrittenBy(to: number, landing: Landing | undefined): ThreadRecord | undefined {
    const { places, current } = this.registry;
    for (const thread of places.between(to, (landing?.pointer ?? to) + fewWords)) {
      const { parked } = thread;
      if (thread === current || thread.isRoot || !parked) continue;
      if (!isIntact(parked, this.machine.memory) || !topMatches(parked, this.machine.memory)) return thread;
    }
    return undefined;
  }
}

function isUnwinding({ from, to }: StackMove, current: ThreadRecord): boolean {
  return to >= from && to <= (current.detour?.high ?? current.bounds?.high ?? current.high);
}

/** A few words above the parked place, and the words there are as they were. */
function isNear(to: number, parked: Parked, memory: GuestMemory): boolean {
  const distance = to - parked.pointer;
  if (distance < 0 || distance > fewWords || !parked.top) return false;
  const kept = parked.top.subarray(distance);
  const now = memory.read(guestAddress(to), Math.min(kept.length, 64));
  return now.every((byte, index) => byte === kept[index]);
}

/** A stack pointer at the very bottom belongs to the stack below, which is empty: tops are exclusive. */
export function isWithin(pointer: number, bounds: ThreadRecord["bounds"]): boolean {
  return bounds !== undefined && pointer > bounds.low && pointer <= bounds.high;
}

/** Something can be pushed or popped there. Anything else is a broken stack pointer, not a stack. */
export function isStackMemory(pointer: number, memory: GuestMemory): boolean {
  const isWritable = (address: number) => address >= 0 && memory.permissionsAt(guestAddress(address))?.write === true;
  return isWritable(pointer) || isWritable(pointer - 1);
}
