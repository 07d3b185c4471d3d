/**
 * The living green threads, found by id, by their number in the program's runtime, and by where their stacks were left.
 * They are born and removed here, also where only the runtime's own bookkeeping shows that a thread began or ended.
 */
import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { ProgramImage } from "../base/program-image.js";
import type { GuestMemory } from "../engine/machine.js";
import type { CopiedStacks } from "./copied-stacks.js";
import type { ModelThread, SlotGlance, ThreadModel } from "./models/thread-model.js";
import type { Origin } from "./origins.js";
import type { Landing } from "./path-ahead.js";
import { RunOrder } from "./run-order.js";
import { StackPlaces } from "./stack-places.js";
import { type Birth, isIntact, type Span, ThreadRecord } from "./thread-record.js";
import type { ThreadId } from "./types.js";

/** Is told when a green thread begins and ends, at the moment it happens. */
export interface LifeObserver {
  threadStarted(id: ThreadId): void;
  threadExited(id: ThreadId): void;
}

/** So many turns of a thread on a stack that was another's are looked at closely. */
const turnsOfDoubt = 3;
/** How far below each other threads that share a stack may be parked. */
const sharedDepth = 0x1_0000;
/** So many threads are looked at for their end at a stop; with more, the others have their turn at the next stops. */
const mostLookedAt = 4096;

export class ThreadRegistry {
  #current: ThreadRecord;
  /** Instruction count at which it got it. */
  since = 0;
  /** Is told of a thread that is over. */
  onRemoval: (record: ThreadRecord) => void = () => {};
  /** Grows with every birth and removal. */
  version = 0;
  readonly places = new StackPlaces();
  /** Threads on the first stacks of threads of the system. */
  readonly roots = new Set<ThreadRecord>();
  readonly order = new RunOrder();
  readonly #records = new Map<ThreadId, ThreadRecord>();
  readonly #bySlot = new Map<number, ThreadRecord>();
  /** Threads that have not run, by the `rsp` that was prepared for them. */
  readonly #prepared = new Map<number, ThreadRecord>();
  /** Living threads that have not run. */
  #newThreads = 0;
  #nextId = 1;
  /** Goes round the living threads, from stop to stop. */
  #lookedAt: Iterator<ThreadRecord> | undefined;

  /** Begins with the thread that the process started with, of which the observer is not told. */
  constructor(
    readonly memory: GuestMemory,
    readonly image: ProgramImage,
    readonly model: ThreadModel | undefined,
    readonly observer: LifeObserver,
    readonly copied: CopiedStacks,
    base: Birth,
  ) {
    this.#current = this.#add(base);
  }

  /** The thread that owns the processor. */
  get current(): ThreadRecord {
    return this.#current;
  }

  set current(record: ThreadRecord) {
    this.#current = record;
    this.order.ran(record);
  }

  /** How many living threads have not run yet. */
  get newThreads(): number {
    return this.#newThreads;
  }

  /** In order of birth. */
  get records(): ReadonlyMap<ThreadId, ThreadRecord> {
    return this.#records;
  }

  /** The thread with that number in the model; undefined where none is known. */
  inSlot(slot: number): ThreadRecord | undefined {
    return this.#bySlot.get(slot);
  }

  /** What the program's runtime calls the thread with that number. */
  nameIn(slot: number): string | undefined {
    return this.model?.thread(slot)?.name;
  }

  /** What the model says of a thread at this moment; undefined for one that it does not know. */
  glance(record: ThreadRecord): SlotGlance | undefined {
    return record.slot === undefined ? undefined : this.model?.glance(record.slot);
  }

  /** The runtime has given its slot away. */
  isFinished(record: ThreadRecord): boolean {
    return record.slot !== undefined && record.slot !== 0 && this.glance(record)?.state === "available";
  }

  /** The thread that goes on with exactly this `rsp`: parked with it, or prepared for its first turn. */
  waitingAt(pointer: number): ThreadRecord | undefined {
    return this.#parkedAt(pointer) ?? this.#preparedAt(pointer);
  }

  /** A thread goes on exactly where it was parked, and the model says so, too. */
  #parkedAt(pointer: number): ThreadRecord | undefined {
    const thread = this.places.parkedAt(pointer);
    if (!thread?.parked || thread === this.current) return undefined;
    // A model says when its threads are over; a return address that changed was overwritten then, not made anew.
    if (!thread.bounds && !isIntact(thread.parked, this.memory)) return undefined;
    const slot = thread.isBase ? undefined : this.glance(thread);
    const isThere = this.model?.tracksPointers === false || slot?.pointer === pointer;
    return !slot || (slot.state !== "available" && isThere) ? thread : undefined;
  }

  /** A spawned thread gets the processor for the first time. */
  #preparedAt(pointer: number): ThreadRecord | undefined {
    const thread = this.#prepared.get(pointer);
    const slot = thread && this.glance(thread);
    if (!slot || slot.state === "available" || slot.pointer !== pointer) return undefined;
    return slot.entry === Number(thread.entry ?? 0n) ? thread : undefined;
  }

  /** The thread is from now on the one that runs. To be called before its extent grows. */
  giveProcessor(record: ThreadRecord): void {
    this.#noLongerPrepared(record);
    if (!record.hasRun) this.#newThreads--;
    record.hasRun = true;
    record.runs++;
    if (record.doubts > 0) record.doubts--;
    this.current = record;
  }

  /**
   * A thread that nobody announced runs for the first time, with `pointer` in `rsp`. `landing`: where it leads.
   * `over`: the thread whose stack it was.
   */
  bear(pointer: number, landing: Landing | undefined, over: ThreadRecord | undefined, origin?: Origin): ThreadRecord {
    const slot = this.#freeSlotAround(pointer);
    const top = Math.max(landing?.pointer ?? 0, pointer + 8);
    const entry = slot?.entry ?? (landing && guestAddress(landing.entry));
    const record = this.#add({
      isBase: false,
      entry,
      origin,
      ...(slot?.stack ? { slot: slot.slot, bounds: spanOf(slot.stack) } : {}),
      extent: { low: pointer, high: top },
      hasRun: false,
    });
    if (over) {
      record.doubts = turnsOfDoubt;
      record.sharesStack = over.sharesStack;
    }
    this.observer.threadStarted(record.id);
    return record;
  }

  /** A thread of the system begins, with `pointer` in `rsp`. */
  bearRoot(kernelThread: number, pointer: number, entry: GuestAddress | undefined, origin: Origin): ThreadRecord {
    const extent = { low: pointer, high: pointer };
    const record = this.#add({ isBase: false, kernelThread, entry, origin, extent, hasRun: true });
    this.observer.threadStarted(record.id);
    return record;
  }

  /** The slot without a thread on whose stack the pointer lies. */
  #freeSlotAround(pointer: number): ModelThread | undefined {
    const count = this.model?.count() ?? 0;
    for (let number = 1; number < count; number++) {
      const slot = this.#bySlot.has(number) ? undefined : this.model?.thread(number);
      if (slot?.stack && pointer > slot.stack.low && pointer <= slot.stack.high) return slot;
    }
    return undefined;
  }

  #add(birth: Birth): ThreadRecord {
    const record = new ThreadRecord(this.#nextId++ as ThreadId, birth);
    this.#records.set(record.id, record);
    if (record.isRoot) this.roots.add(record);
    if (record.slot !== undefined) this.#bySlot.set(record.slot, record);
    if (!record.hasRun && record.slot !== undefined) this.#prepared.set(record.low, record);
    if (record.hasRun) this.order.ran(record);
    else this.order.appeared(record);
    if (!record.hasRun) this.#newThreads++;
    this.version++;
    return record;
  }

  /** The thread is over; nothing happens when it is not among the living. */
  remove(record: ThreadRecord): void {
    if (!this.#records.delete(record.id)) return;
    this.order.remove(record);
    if (!record.hasRun) this.#newThreads--;
    if (record.slot !== undefined && this.#bySlot.get(record.slot) === record) this.#bySlot.delete(record.slot);
    this.roots.delete(record);
    this.copied.forget(record);
    this.#forgetPlace(record);
    this.version++;
    this.observer.threadExited(record.id);
  }

  #forgetPlace(record: ThreadRecord): void {
    this.places.remove(record);
    this.onRemoval(record);
    this.#noLongerPrepared(record);
  }

  /** Another thread runs on its stack. It is over, unless what was on the stack has been copied away. */
  loseStack(record: ThreadRecord): void {
    if (record.sharesStack) {
      record.isCopiedAway = true;
      this.#forgetPlace(record);
      this.version++;
    } else {
      this.remove(record);
    }
    this.copied.remember(record);
  }

  /** What was on the stack of the thread is there again, where that of `instead` was, if that was the same stack. */
  returnStack(record: ThreadRecord, instead: ThreadRecord | undefined): void {
    this.copied.forget(record);
    record.isCopiedAway = false;
    const wasOver = !this.#records.has(record.id);
    if (wasOver) {
      this.#records.set(record.id, record);
      this.order.ran(record);
    }
    const other = instead ?? this.#onSameStack(record);
    if (other) {
      record.sharesStack = true;
      other.sharesStack = true;
      this.loseStack(other);
    }
    this.version++;
    if (wasOver) this.observer.threadStarted(record.id);
  }

  /** The parked thread whose stack ends where that of `record` does. */
  #onSameStack(record: ThreadRecord): ThreadRecord | undefined {
    const low = record.parked?.pointer ?? record.low;
    for (const other of this.places.between(low - sharedDepth, record.high)) {
      if (other !== record && other !== this.current && other.parked && Math.abs(other.high - record.high) <= 64) {
        return other;
      }
    }
    return undefined;
  }

  #noLongerPrepared(record: ThreadRecord): void {
    if (this.#prepared.get(record.low) === record) this.#prepared.delete(record.low);
  }

  /** Removes parked threads whose stack is unmapped or overwritten: nobody will ever go on there. */
  removeGone(): void {
    for (let looks = Math.min(this.#records.size, mostLookedAt); looks > 0; looks--) {
      let next = this.#lookedAt?.next();
      if (next === undefined || next.done === true) {
        this.#lookedAt = this.#records.values();
        next = this.#lookedAt.next();
      }
      if (next.done === true) return;
      this.removeIfGone(next.value);
    }
  }

  /** Removes the thread if its stack is unmapped or overwritten; says whether it was. */
  removeIfGone(record: ThreadRecord): boolean {
    const { parked } = record;
    if (!parked || record === this.current || record.isCopiedAway) return false;
    const word = this.memory.readNumber(parked.returnSlot);
    const isGone = word === undefined || (!record.bounds && !record.isRoot && word !== parked.returnWord);
    if (isGone) this.remove(record);
    return isGone;
  }

  /** Brings the records in line with the model's slots. */
  synchronise(): void {
    const model = this.model;
    const count = model?.count() ?? 0;
    if (!model || count === 0) return;
    // One that holds nonsense: the table is being set up, or is none.
    for (let slot = 0; slot < count; slot++) if (!model.glance(slot)) return;
    this.#bindBase();
    for (let slot = 1; slot < count; slot++) this.#synchroniseSlot(model, slot);
  }

  /** Brings the record of one slot in line with the model, and answers the thread that is there now. */
  synchroniseSlot(slot: number, origin: Origin): ThreadRecord | undefined {
    this.#bindBase();
    if (this.model) this.#synchroniseSlot(this.model, slot, origin);
    return this.#bySlot.get(slot);
  }

  #synchroniseSlot(model: ThreadModel, slot: number, origin?: Origin): void {
    const glance = slot === 0 ? undefined : model.glance(slot);
    if (!glance) return;
    const record = this.#bySlot.get(slot);
    if (record) {
      const isOver =
        glance.state === "available" ||
        (glance.state === "ready" && model.tracksPointers !== false && isReused(record, glance));
      if (record === this.current || !isOver) return;
      this.remove(record);
    }
    const made = glance.state === "ready" ? model.thread(slot) : undefined;
    // A slot is filled word by word; it counts once its stack pointer points into its stack.
    const isComplete = made && (made.stack ? isOnStack(made.pointer, spanOf(made.stack)) : made.pointer > 0n);
    if (!isComplete) return;
    const { id } = this.#add({
      isBase: false,
      slot,
      origin,
      entry: made.entry,
      ...(made.stack ? { bounds: spanOf(made.stack) } : {}),
      extent: { low: glance.pointer, high: glance.pointer },
      hasRun: false,
    });
    this.observer.threadStarted(id);
  }

  #bindBase(): void {
    if (this.#bySlot.has(0)) return;
    for (const record of this.#records.values()) {
      if (!record.isBase) continue;
      record.slot = 0;
      this.#bySlot.set(0, record);
    }
  }
}

/** Also past its end, as far again: that thread ran off its stack before anybody heard of it. */
function isOnStack(pointer: bigint, { low, high }: Span): boolean {
  return pointer > 0n && pointer > low - (high - low) && pointer < high;
}

function spanOf(stack: { readonly low: GuestAddress; readonly high: GuestAddress }): Span {
  return { low: Number(stack.low), high: Number(stack.high) };
}

/** The slot was freed and taken again while nobody looked: another stack pointer than the thread was parked with. */
function isReused(record: ThreadRecord, slot: SlotGlance): boolean {
  if (record.parked) return slot.pointer !== record.place;
  return slot.entry !== Number(record.entry ?? 0n);
}
