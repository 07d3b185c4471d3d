/**
 * The living green threads, found by id, by their number in the program's runtime, and by where their stacks were left.
 * They are born and removed here, also where only the runtime's own bookkeeping shows that a thread began or ended.
 */
import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { ProgramImage } from "../base/program-image.js";
import type { GuestMemory } from "../engine/machine.js";
import { goesOn } from "./discovery.js";
import type { ModelThread, SlotGlance, ThreadModel } from "./models/thread-model.js";
import { estimateBounds } from "./stack-bounds.js";
import { StackPlaces } from "./stack-places.js";
import { type Birth, type Span, ThreadRecord } from "./thread-record.js";
import type { ThreadId } from "./types.js";

/** Is told when a green thread begins and ends, at the moment it happens. */
export interface LifeObserver {
  threadStarted(id: ThreadId): void;
  threadExited(id: ThreadId): void;
}

export class ThreadRegistry {
  /** The thread that owns the processor. */
  current: ThreadRecord;
  /** Instruction count at which it got it. */
  since = 0;
  /** Is told of a thread that is over. */
  onRemoval: (record: ThreadRecord) => void = () => {};
  /** Grows with every birth and removal. */
  version = 0;
  readonly places = new StackPlaces();
  readonly #records = new Map<ThreadId, ThreadRecord>();
  readonly #bySlot = new Map<number, ThreadRecord>();
  /** Threads that have not run, by the `rsp` that was prepared for them. */
  readonly #prepared = new Map<number, ThreadRecord>();
  #nextId = 1;

  /** Begins with the thread that the process started with, of which the observer is not told. */
  constructor(
    readonly memory: GuestMemory,
    readonly image: ProgramImage,
    readonly model: ThreadModel | undefined,
    readonly observer: LifeObserver,
    base: Birth,
  ) {
    this.current = this.#add(base);
  }

  /** In order of birth. */
  get records(): ReadonlyMap<ThreadId, ThreadRecord> {
    return this.#records;
  }

  /** The thread with that number in the model; undefined where none is known. */
  inSlot(slot: number): ThreadRecord | undefined {
    return this.#bySlot.get(slot);
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
    if (!thread?.parked || thread === this.current || !goesOn(thread, thread.parked, this.memory)) return undefined;
    const slot = thread.isBase ? undefined : this.glance(thread);
    return !slot || (slot.state !== "available" && slot.pointer === pointer) ? thread : undefined;
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
    record.hasRun = true;
    record.runs++;
    this.current = record;
  }

  /** A thread that nobody announced runs for the first time: `rsp` is `pointer`, and its stack begins below `top`. */
  bear(pointer: number, top: number): ThreadRecord {
    const slot = this.#freeSlotAround(pointer);
    const entry = this.memory.readWord(guestAddress(top - 8));
    const isCode = entry !== undefined && this.memory.permissionsAt(guestAddress(entry))?.execute === true;
    const record = this.#add({
      isBase: false,
      entry: slot?.entry ?? (isCode ? guestAddress(entry) : undefined),
      ...(slot?.stack ? { slot: slot.slot, bounds: spanOf(slot.stack) } : { estimate: this.#estimate(pointer, top) }),
      extent: { low: pointer, high: top },
      hasRun: false,
    });
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

  #estimate(pointer: number, top: number) {
    const used = [...this.#records.values()].map((record) => record.bounds ?? record);
    return estimateBounds(pointer, top, this.image, this.memory, used);
  }

  #add(birth: Birth): ThreadRecord {
    const record = new ThreadRecord(this.#nextId++ as ThreadId, birth);
    this.#records.set(record.id, record);
    if (record.slot !== undefined) this.#bySlot.set(record.slot, record);
    if (!record.hasRun && record.slot !== undefined) this.#prepared.set(record.low, record);
    this.version++;
    return record;
  }

  /** The thread is over; nothing happens when it is not among the living. */
  remove(record: ThreadRecord): void {
    if (!this.#records.delete(record.id)) return;
    if (record.slot !== undefined && this.#bySlot.get(record.slot) === record) this.#bySlot.delete(record.slot);
    this.places.remove(record);
    this.onRemoval(record);
    this.#noLongerPrepared(record);
    this.version++;
    this.observer.threadExited(record.id);
  }

  #noLongerPrepared(record: ThreadRecord): void {
    if (this.#prepared.get(record.low) === record) this.#prepared.delete(record.low);
  }

  /** Removes parked threads whose stack is unmapped: nobody will ever go on there. */
  removeUnmapped(): void {
    for (const record of this.#records.values()) {
      const { parked } = record;
      if (parked && record !== this.current && this.memory.readNumber(parked.returnSlot) === undefined) {
        this.remove(record);
      }
    }
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
  synchroniseSlot(slot: number): ThreadRecord | undefined {
    this.#bindBase();
    if (this.model) this.#synchroniseSlot(this.model, slot);
    return this.#bySlot.get(slot);
  }

  #synchroniseSlot(model: ThreadModel, slot: number): void {
    const glance = slot === 0 ? undefined : model.glance(slot);
    if (!glance) return;
    const record = this.#bySlot.get(slot);
    if (record) {
      const isOver = glance.state === "available" || (glance.state === "ready" && isReused(record, glance));
      if (record === this.current || !isOver) return;
      this.remove(record);
    }
    const made = glance.state === "ready" ? model.thread(slot) : undefined;
    // A slot is filled word by word; it counts once its stack pointer points into its stack.
    if (!made?.stack || !isOnStack(made.pointer, spanOf(made.stack))) return;
    const { id } = this.#add({
      isBase: false,
      slot,
      entry: made.entry,
      bounds: spanOf(made.stack),
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
  if (record.parked) return slot.pointer !== record.parked.pointer;
  return slot.entry !== Number(record.entry ?? 0n);
}
