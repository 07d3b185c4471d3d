/**
 * The green threads of a running program: found from the switches of stacks that the machine reports, completed by
 * what a model of the program's runtime tells (threads not yet run, names, states), with their call stacks.
 */
import { addressPlus, type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { ProgramImage } from "../base/program-image.js";
import type { Result } from "../base/result.js";
import type { Machine, RegisterSnapshot } from "../engine/machine.js";
import { annotateMemory } from "./annotations.js";
import { goesOn, judgeStackMove, keptBytes, type StackMove, staysOnStack, type Verdict } from "./discovery.js";
import { GuestRuntimeModel } from "./models/guest-runtime.js";
import type { ModelHook, ModelThread, SlotGlance, ThreadModel } from "./models/thread-model.js";
import { writeRegister } from "./register-writing.js";
import { estimateBounds } from "./stack-bounds.js";
import { StackPlaces } from "./stack-places.js";
import { type SwitchSite, SwitchSites } from "./switch-sites.js";
import { type Birth, type Parked, type Span, ThreadRecord } from "./thread-record.js";
import { slotOf, ThreadStacks } from "./thread-stacks.js";
import {
  type Abi,
  type GreenThread,
  type MemoryAnnotation,
  type StackFrame,
  type ThreadEvent,
  type ThreadEventKind,
  type ThreadId,
  type ThreadState,
  threadEventKinds,
} from "./types.js";
import { calleeSaved } from "./unwind/frame-state.js";
import { FunctionAnalyses } from "./unwind/function-analysis.js";
import { FunctionTable } from "./unwind/function-table.js";
import { InstructionReader, type RegisterNumber } from "./unwind/instruction-facts.js";
import { Unwinder, type UnwoundFrame } from "./unwind/unwinder.js";

/** Is told what happens to green threads, at the moment it happens. */
export interface ThreadsObserver {
  threadStarted(id: ThreadId): void;
  threadExited(id: ThreadId): void;
  event(event: ThreadEvent): void;
}

/** What the loader knows of the main stack: `stackHigh` is exclusive. */
export interface MainStack {
  readonly stackHigh: GuestAddress;
  readonly stackLow: GuestAddress;
}

const stackPointer: RegisterNumber = 4;

/** What was worked out about the threads while nothing changed. */
interface Answers {
  list?: readonly GreenThread[];
  readonly frames: Map<ThreadRecord, readonly UnwoundFrame[]>;
}

export class GreenThreads {
  readonly #records = new Map<ThreadId, ThreadRecord>();
  readonly #bySlot = new Map<number, ThreadRecord>();
  /** Threads that have not run, by the `rsp` that was prepared for them. */
  readonly #prepared = new Map<number, ThreadRecord>();
  readonly #places = new StackPlaces();
  /** Used again at every switch: a routine saves at most each register. */
  readonly #homeAddresses = new Float64Array(16);
  #watched: ReadonlySet<ThreadEventKind> = threadEventKinds;
  #hookAddresses: ReadonlySet<GuestAddress> = new Set();
  readonly #table: FunctionTable;
  readonly #reader = new InstructionReader();
  readonly #analyses: FunctionAnalyses;
  readonly #sites: SwitchSites;
  readonly #stacks: ThreadStacks;
  readonly #model: ThreadModel | undefined;
  #current: ThreadRecord;
  #nextId = 1;
  #answers: Answers = { frames: new Map() };
  /** The machine's version for which `#answers` hold. */
  #answersFor = -1;
  /** Instruction count at which the current thread got the processor. */
  #since: number;

  /**
   * To be made once the program is in the machine's memory, before its first instruction. `abi` says which registers
   * a function preserves.
   */
  constructor(
    readonly machine: Machine,
    readonly image: ProgramImage,
    abi: Abi,
    readonly observer: ThreadsObserver,
    hints: MainStack,
  ) {
    const preserved: readonly RegisterNumber[] = calleeSaved[abi];
    this.#table = new FunctionTable(image, this.#reader);
    this.#analyses = new FunctionAnalyses(this.#table, machine.memory, this.#reader, preserved);
    this.#sites = new SwitchSites(machine, this.#reader, this.#analyses, preserved);
    this.#model = GuestRuntimeModel.find(machine, this.#table, this.#reader);
    this.watch(threadEventKinds);
    const pointer = machine.registers.stackPointer;
    const unwinder = new Unwinder(this.#analyses, machine.memory, preserved);
    const firstFrame = addressPlus(guestAddress(pointer), 8);
    this.#stacks = new ThreadStacks(machine, image, this.#table, unwinder, this.#model, firstFrame);
    this.#current = this.#add({
      isBase: true,
      entry: this.#table.symbol("main")?.address ?? image.entry,
      bounds: { low: Number(hints.stackLow), high: Number(hints.stackHigh) },
      extent: { low: pointer, high: pointer },
      hasRun: true,
    });
    this.#since = machine.instructionCount;
    machine.setStackWindow(hints.stackLow, hints.stackHigh);
    observer.threadStarted(this.#current.id);
  }

  /** Where the run loop must call `atHook` before the instruction there is executed. Empty without a thread model. */
  get hookAddresses(): ReadonlySet<GuestAddress> {
    return this.#hookAddresses;
  }

  /** The events that the observer wants to be told of; at first, all. Fewer need fewer hooks. */
  watch(kinds: ReadonlySet<ThreadEventKind>): void {
    this.#watched = new Set(kinds);
    const isNeeded: Record<ModelHook, boolean> = {
      yield: kinds.has("yield"),
      finished: kinds.has("finish"),
      // A new thread is made known when it is spawned, whoever wants to hear of the event.
      spawned: true,
    };
    const hooks = [...(this.#model?.hooks ?? [])].filter(([, hook]) => isNeeded[hook]);
    this.#hookAddresses = new Set(hooks.map(([address]) => address));
  }

  /** The machine is at a hook address: tells of what is about to happen there. */
  atHook(address: GuestAddress): void {
    const hook = this.#model?.hooks.get(address);
    if (!hook || !this.#model) return;
    const thread = this.#current;
    switch (hook) {
      case "yield":
        // A finished thread hands over for good: that is no yield.
        if (!this.#isFinished(thread)) this.#tell("yield", thread);
        return;
      case "finished":
        this.#tell("finish", thread);
        return;
      case "spawned": {
        const slot = this.#model.spawnedSlot();
        this.#bindBase();
        this.#synchroniseSlot(this.#model, slot);
        const spawned = this.#bySlot.get(slot);
        if (spawned) this.#tell("spawn", spawned, thread);
        return;
      }
    }
  }

  /** The machine stopped because `rsp` left the window: decides what that was, and sets the window anew. */
  onStackSwitch(stop: { readonly instruction: GuestAddress; readonly from: GuestAddress }): void {
    const { registers } = this.machine;
    const site = this.#sites.at(Number(stop.instruction), registers.instructionPointer);
    const move: StackMove = { relation: site.relation, from: Number(stop.from), to: registers.stackPointer };
    const verdict = this.#judge(move);
    if (verdict.kind === "sameStack") {
      widen(this.#current, move.from);
      widen(this.#current, move.to);
    } else {
      const leaving = this.#current;
      this.#park(leaving, site, stop.from);
      leaving.instructions += this.machine.instructionCount - this.#since;
      this.#since = this.machine.instructionCount;
      if (!this.#model) this.#tell("yield", leaving);
      if (verdict.kind === "birth" && verdict.over) this.#remove(verdict.over);
      const next = verdict.kind === "resume" ? verdict.thread : this.#born(move);
      this.#resume(next, site);
      this.#tell("switch", next, leaving);
      if (this.#isFinished(leaving)) this.#remove(leaving);
    }
    this.#setWindow();
    this.#forget();
  }

  #judge(move: StackMove): Verdict {
    if (staysOnStack(move, this.#current)) return { kind: "sameStack" };
    // The usual cases, without a look at all threads.
    const thread = this.#parkedAt(move.to) ?? this.#preparedAt(move.to);
    if (thread) return { kind: "resume", thread };
    this.#synchronise();
    return judgeStackMove(move, this.#current, this.#records, this.machine.memory);
  }

  /** A thread goes on exactly where it was parked, and the model says so, too. */
  #parkedAt(pointer: number): ThreadRecord | undefined {
    const thread = this.#places.parkedAt(pointer);
    if (!thread?.parked || thread === this.#current || !goesOn(thread, thread.parked, this.machine.memory)) {
      return undefined;
    }
    const slot = thread.isBase ? undefined : this.#glance(thread);
    return !slot || (slot.state !== "available" && slot.pointer === pointer) ? thread : undefined;
  }

  /** A spawned thread gets the processor for the first time. */
  #preparedAt(pointer: number): ThreadRecord | undefined {
    const thread = this.#prepared.get(pointer);
    const slot = thread && this.#glance(thread);
    if (!slot || slot.state === "available" || slot.pointer !== pointer) return undefined;
    return slot.entry === Number(thread.entry ?? 0n) ? thread : undefined;
  }

  #glance(record: ThreadRecord): SlotGlance | undefined {
    return record.slot === undefined ? undefined : this.#model?.glance(record.slot);
  }

  #tell(kind: ThreadEventKind, thread: ThreadRecord, other?: ThreadRecord): void {
    if (!this.#watched.has(kind)) return;
    this.observer.event({ kind, thread: thread.id, ...(other ? { other: other.id } : {}) });
  }

  /** To be called at every stop, before threads are asked for: finds spawned and finished threads, notes stack use. */
  onStop(): void {
    this.#synchronise();
    this.#current.lowest = Math.min(this.#current.lowest, this.machine.registers.stackPointer);
    for (const record of this.#records.values()) {
      // The stack is unmapped: nobody will ever go on there.
      const parked = record.parked;
      if (parked && record !== this.#current && this.machine.memory.readNumber(parked.returnSlot) === undefined) {
        this.#remove(record);
      }
    }
    this.#forget();
  }

  /** The thread that owns the processor. */
  current(): ThreadId {
    return this.#current.id;
  }

  /** The living threads in order of birth; the same array until something changes. */
  list(): readonly GreenThread[] {
    const answers = this.#answersNow();
    answers.list ??= [...this.#records.values()].map((record) => this.#describe(record));
    return answers.list;
  }

  /** One of them; undefined for a thread that does not live. */
  thread(id: ThreadId): GreenThread | undefined {
    const record = this.#records.get(id);
    return record && this.#describe(record);
  }

  /** Innermost frame first; undefined for a thread that does not live. */
  stackTrace(id: ThreadId): StackFrame[] | undefined {
    return this.#records.has(id) ? this.#framesOf(id).map(({ frame }) => frame) : undefined;
  }

  /** Kept until something changes; empty for a thread that does not live. */
  #framesOf(id: ThreadId): readonly UnwoundFrame[] {
    const record = this.#records.get(id);
    if (!record) return [];
    const { frames } = this.#answersNow();
    let found = frames.get(record);
    if (!found) {
      found = this.#stacks.unwind(record, record === this.#current);
      frames.set(record, found);
    }
    return found;
  }

  #answersNow(): Answers {
    if (this.#answersFor !== this.machine.version) {
      this.#analyses.beginQuestion();
      this.#answersFor = this.machine.version;
      this.#answers = { frames: new Map() };
    }
    return this.#answers;
  }

  /** What is known of the threads has changed. */
  #forget(): void {
    this.#answersFor = -1;
  }

  /** Live for the current thread, kept for a parked one; undefined for one that has not run. */
  registersOf(id: ThreadId): RegisterSnapshot | undefined {
    const record = this.#records.get(id);
    return record && this.#stacks.startOf(record, record === this.#current).full;
  }

  /** Changes a register of a frame where its value is kept; says why it cannot. */
  writeRegister(id: ThreadId, frame: number, register: string, value: bigint): Result<void, string> {
    const record = this.#records.get(id);
    return writeRegister(
      {
        machine: this.machine,
        frames: this.#framesOf(id),
        isCurrent: record === this.#current,
        hasRun: record?.hasRun ?? false,
      },
      frame,
      register,
      value,
    );
  }

  /** What the words in a range are, where that is known, in address order. */
  annotate(address: GuestAddress, length: number): MemoryAnnotation[] {
    return annotateMemory(address, length, {
      image: this.image,
      table: this.#table,
      model: this.#model,
      threads: this.list(),
      idOfSlot: (slot) => this.#bySlot.get(slot)?.id,
      framesOf: (id) => this.#framesOf(id).map(({ frame }) => frame),
      nextWordOf: (id) => {
        const record = this.#records.get(id);
        return record && !record.hasRun ? slotOf(this.#model, record)?.pointer : undefined;
      },
    });
  }

  // ---- threads come and go -----------------------------------------------------------------------------------------

  #add(birth: Birth): ThreadRecord {
    const record = new ThreadRecord(this.#nextId++ as ThreadId, birth);
    this.#records.set(record.id, record);
    if (record.slot !== undefined) this.#bySlot.set(record.slot, record);
    if (!record.hasRun && record.slot !== undefined) this.#prepared.set(record.low, record);
    this.#forget();
    return record;
  }

  #remove(record: ThreadRecord): void {
    if (!this.#records.delete(record.id)) return;
    if (record.slot !== undefined && this.#bySlot.get(record.slot) === record) this.#bySlot.delete(record.slot);
    this.#places.remove(record);
    this.#noLongerPrepared(record);
    this.#forget();
    this.observer.threadExited(record.id);
  }

  #noLongerPrepared(record: ThreadRecord): void {
    if (this.#prepared.get(record.low) === record) this.#prepared.delete(record.low);
  }

  /** Brings the records in line with the model's slots. */
  #synchronise(): void {
    const model = this.#model;
    const count = model?.count() ?? 0;
    if (!model || count === 0) return;
    // One that holds nonsense: the table is being set up, or is none.
    for (let slot = 0; slot < count; slot++) if (!model.glance(slot)) return;
    this.#bindBase();
    for (let slot = 1; slot < count; slot++) this.#synchroniseSlot(model, slot);
  }

  #synchroniseSlot(model: ThreadModel, slot: number): void {
    const glance = slot === 0 ? undefined : model.glance(slot);
    if (!glance) return;
    const record = this.#bySlot.get(slot);
    if (record) {
      const isOver = glance.state === "available" || (glance.state === "ready" && isReused(record, glance));
      if (record === this.#current || !isOver) return;
      this.#remove(record);
    }
    const made = glance.state === "ready" ? model.thread(slot) : undefined;
    // A slot is filled word by word; it counts once its stack pointer points into its stack.
    if (!made?.stack || made.pointer <= made.stack.low || made.pointer >= made.stack.high) return;
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

  /** The runtime has given its slot away. */
  #isFinished(record: ThreadRecord): boolean {
    return record.slot !== undefined && record.slot !== 0 && this.#glance(record)?.state === "available";
  }

  #born(move: StackMove): ThreadRecord {
    const slot = this.#freeSlotAround(move.to);
    const top = move.to + this.#returnDistanceHere() + 8;
    const entry = this.machine.memory.readWord(guestAddress(top - 8));
    const isCode = entry !== undefined && this.machine.memory.permissionsAt(guestAddress(entry))?.execute === true;
    const record = this.#add({
      isBase: false,
      entry: slot?.entry ?? (isCode ? guestAddress(entry) : undefined),
      ...(slot?.stack ? { slot: slot.slot, bounds: spanOf(slot.stack) } : { estimate: this.#estimate(move.to, top) }),
      extent: { low: move.to, high: top },
      hasRun: false,
    });
    this.observer.threadStarted(record.id);
    return record;
  }

  #estimate(pointer: number, top: number) {
    const used = [...this.#records.values()].map((record) => record.bounds ?? record);
    return estimateBounds(pointer, top, this.image, this.machine.memory, used);
  }

  /** The slot without a thread on whose stack the pointer lies. */
  #freeSlotAround(pointer: number): ModelThread | undefined {
    const count = this.#model?.count() ?? 0;
    for (let number = 1; number < count; number++) {
      const slot = this.#bySlot.has(number) ? undefined : this.#model?.thread(number);
      if (slot?.stack && pointer > slot.stack.low && pointer <= slot.stack.high) return slot;
    }
    return undefined;
  }

  #returnDistanceHere(): number {
    this.#analyses.beginQuestion();
    return this.#sites.returnDistance(this.machine.registers.instructionPointer);
  }

  #resume(record: ThreadRecord, site: SwitchSite): void {
    const { parked } = record;
    if (parked && parked.site.homes.length > 0) {
      this.#takeBack(parked);
      record.resumed = undefined;
    } else {
      record.resumed = this.#stacks.startOf(record, false).general;
    }
    this.#noLongerPrepared(record);
    record.parked = undefined;
    record.hasRun = true;
    record.runs++;
    this.#current = record;
    const pointer = this.machine.registers.stackPointer;
    widen(record, pointer);
    // What the switch routine will have popped when it is done.
    widen(record, pointer + site.returnDistance + 8);
  }

  /** Registers as the switch routine gives them back. Where they are is known from some that are overwritten then. */
  #takeBack({ site, registers }: Parked): void {
    const { homes } = site;
    const addresses = this.#homeAddresses;
    for (let index = 0; index < homes.length; index++) {
      const home = homes[index];
      if (home) addresses[index] = registers.generalNumber(home.holder) + home.offset;
    }
    for (let index = 0; index < homes.length; index++) {
      const register = homes[index]?.register ?? stackPointer;
      if (register !== stackPointer) registers.load(register, addresses[index] ?? 0);
    }
  }

  #park(record: ThreadRecord, site: SwitchSite, from: GuestAddress): void {
    const { registers, memory } = this.machine;
    const pointer = Number(from);
    const kept = registers.keep(record.kept);
    kept.setGeneral(stackPointer, from);
    const returnSlot = pointer + site.returnDistance;
    record.kept = kept;
    record.parked = {
      site,
      registers: kept,
      pointer,
      returnSlot,
      returnWord: memory.readNumber(returnSlot),
      top: record.bounds ? undefined : memory.read(from, keptBytes),
    };
    this.#places.put(record, pointer);
    widen(record, pointer);
    if (pointer < record.lowest) record.lowest = pointer;
  }

  /**
   * The current thread's stack. Where its bounds are not known, only what was seen of it: a wider window could hide a
   * switch to a neighbour.
   */
  #setWindow(): void {
    const record = this.#current;
    if (record.bounds) {
      this.machine.setStackWindow(record.bounds.low, record.bounds.high);
      return;
    }
    const free = this.#places.freeAround(this.machine.registers.stackPointer, record);
    this.machine.setStackWindow(free.low, free.high);
  }

  // ---- what is told of them ----------------------------------------------------------------------------------------

  #describe(record: ThreadRecord): GreenThread {
    const pointer = this.#pointerOf(record);
    const bounds = record.bounds
      ? { low: guestAddress(record.bounds.low), high: guestAddress(record.bounds.high) }
      : record.estimate;
    const entryName = record.entry === undefined ? undefined : this.#table.containing(record.entry)?.name;
    const used = bounds?.high !== undefined && pointer <= bounds.high ? Number(bounds.high - pointer) : undefined;
    const isCurrent = record === this.#current;
    return {
      id: record.id,
      name: nameOf(record, entryName),
      state: stateOf(record, isCurrent),
      slot: record.slot,
      entry: record.entry,
      entryName,
      stack: {
        low: bounds?.low,
        high: bounds?.high,
        pointer,
        used,
        size: bounds?.high !== undefined && bounds.low !== undefined ? Number(bounds.high - bounds.low) : undefined,
        highWaterMark: used === undefined ? undefined : Math.max(used, Number(bounds?.high ?? 0n) - record.lowest),
      },
      runs: record.runs,
      instructions: record.instructions + (isCurrent ? this.machine.instructionCount - this.#since : 0),
    };
  }

  #pointerOf(record: ThreadRecord): GuestAddress {
    if (record === this.#current) return guestAddress(this.machine.registers.general("rsp"));
    if (record.parked) return guestAddress(record.parked.registers.general(stackPointer));
    return guestAddress(this.#glance(record)?.pointer ?? record.low);
  }
}

function widen(record: ThreadRecord, pointer: number): void {
  if (pointer < record.low) record.low = pointer;
  if (pointer > record.high) record.high = pointer;
}

function spanOf(stack: { readonly low: GuestAddress; readonly high: GuestAddress }): Span {
  return { low: Number(stack.low), high: Number(stack.high) };
}

/** The slot was freed and taken again while nobody looked: another stack pointer than the thread was parked with. */
function isReused(record: ThreadRecord, slot: SlotGlance): boolean {
  if (record.parked) return slot.pointer !== record.parked.pointer;
  return slot.entry !== Number(record.entry ?? 0n);
}

function stateOf(record: ThreadRecord, isCurrent: boolean): ThreadState {
  if (isCurrent) return "running";
  return record.hasRun ? "ready" : "new";
}

function nameOf(record: ThreadRecord, entryName: string | undefined): string {
  const what = entryName ?? (record.isBase ? "main" : "green thread");
  if (record.slot !== undefined) return `thread ${record.slot}: ${what}`;
  return record.isBase ? `base thread: ${what}` : what;
}
