/**
 * The green threads of a running program: found from the switches of stacks that the machine reports, completed by
 * what a model of the program's runtime tells (threads not yet run, names, states), with their call stacks.
 */
import { addressPlus, type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { ProgramImage } from "../base/program-image.js";
import type { Result } from "../base/result.js";
import type { Machine, RegisterSnapshot } from "../engine/machine.js";
import { annotateMemory } from "./annotations.js";
import { judgeStackMove, keptBytes, type StackMove, type Verdict } from "./discovery.js";
import { GuestRuntimeModel } from "./models/guest-runtime.js";
import type { ModelThread, ThreadModel } from "./models/thread-model.js";
import { writeRegister } from "./register-writing.js";
import { estimateBounds } from "./stack-bounds.js";
import type { Parked, ThreadRecord } from "./thread-record.js";
import { slotOf, ThreadStacks } from "./thread-stacks.js";
import type { Abi, GreenThread, MemoryAnnotation, StackFrame, ThreadEvent, ThreadId, ThreadState } from "./types.js";
import { calleeSaved, canonicalFrame } from "./unwind/frame-state.js";
import { FunctionAnalyses } from "./unwind/function-analysis.js";
import { FunctionTable } from "./unwind/function-table.js";
import { InstructionReader, type RegisterNumber } from "./unwind/instruction-facts.js";
import { Unwinder } from "./unwind/unwinder.js";

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

export class GreenThreads {
  /** Where the run loop must call `atHook` before the instruction there is executed. Empty without a thread model. */
  readonly hookAddresses: ReadonlySet<GuestAddress>;
  readonly #records = new Map<ThreadId, ThreadRecord>();
  readonly #bySlot = new Map<number, ThreadRecord>();
  readonly #table: FunctionTable;
  readonly #reader = new InstructionReader();
  readonly #analyses: FunctionAnalyses;
  readonly #stacks: ThreadStacks;
  readonly #model: ThreadModel | undefined;
  readonly #preserved: readonly RegisterNumber[];
  #current: ThreadRecord;
  #nextId = 1;
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
    this.#preserved = calleeSaved[abi];
    this.#table = new FunctionTable(image, this.#reader);
    this.#analyses = new FunctionAnalyses(this.#table, machine.memory, this.#reader, this.#preserved);
    this.#model = GuestRuntimeModel.find(machine, this.#table, this.#reader);
    this.hookAddresses = new Set(this.#model?.hooks.keys());
    const pointer = machine.registers.general("rsp");
    const unwinder = new Unwinder(this.#analyses, machine.memory, this.#preserved);
    const firstFrame = addressPlus(guestAddress(pointer), 8);
    this.#stacks = new ThreadStacks(machine, image, this.#table, unwinder, this.#model, firstFrame);
    this.#current = this.#add({
      isBase: true,
      entry: this.#table.symbol("main")?.address ?? image.entry,
      bounds: { low: hints.stackLow, high: hints.stackHigh },
      extent: { low: pointer, high: pointer },
      hasRun: true,
    });
    this.#since = machine.instructionCount;
    machine.setStackWindow(hints.stackLow, hints.stackHigh);
    observer.threadStarted(this.#current.id);
  }

  /** The machine is at a hook address: tells of what is about to happen there. */
  atHook(address: GuestAddress): void {
    const hook = this.#model?.hooks.get(address);
    if (!hook || !this.#model) return;
    const thread = this.#current;
    switch (hook) {
      case "yield":
        // A finished thread hands over for good: that is no yield.
        if (!this.#isFinished(thread)) this.observer.event({ kind: "yield", thread: thread.id });
        return;
      case "finished":
        this.observer.event({ kind: "finish", thread: thread.id });
        return;
      case "spawned": {
        this.#synchronise();
        const spawned = this.#bySlot.get(this.#model.spawnedSlot());
        if (spawned) this.observer.event({ kind: "spawn", thread: spawned.id, other: thread.id });
        return;
      }
    }
  }

  /** The machine stopped because `rsp` left the window: decides what that was, and sets the window anew. */
  onStackSwitch(stop: { readonly instruction: GuestAddress; readonly from: GuestAddress }): void {
    this.#analyses.beginQuestion();
    const move: StackMove = {
      facts: this.#reader.read(this.machine.memory.read(stop.instruction, 15), Number(stop.instruction), 1)[0],
      from: stop.from,
      to: this.machine.registers.general("rsp"),
    };
    const verdict = this.#judge(move);
    if (verdict.kind === "sameStack") {
      widen(this.#current, move.from);
      widen(this.#current, move.to);
    } else {
      const leaving = this.#current;
      leaving.parked = this.#park(stop);
      widen(leaving, stop.from);
      this.#noteUse(leaving, stop.from);
      leaving.instructions += this.machine.instructionCount - this.#since;
      this.#since = this.machine.instructionCount;
      if (!this.#model) this.observer.event({ kind: "yield", thread: leaving.id });
      if (verdict.kind === "birth" && verdict.over) this.#remove(verdict.over);
      const next = verdict.kind === "resume" ? verdict.thread : this.#born(move);
      this.#resume(next);
      this.observer.event({ kind: "switch", thread: next.id, other: leaving.id });
      if (this.#isFinished(leaving)) this.#remove(leaving);
    }
    this.#setWindow();
  }

  #judge(move: StackMove): Verdict {
    const { memory } = this.machine;
    // The usual case, without a look at all slots: a thread goes on that the model, too, has as it was parked.
    const early = judgeStackMove(move, this.#current, this.#records, memory);
    if (early.kind === "resume" && early.thread.parked?.pointer === move.to) {
      const slot = slotOf(this.#model, early.thread);
      if (!slot || early.thread.isBase || (slot.state !== "available" && slot.pointer === move.to)) return early;
    }
    this.#synchronise();
    return judgeStackMove(move, this.#current, this.#records, memory);
  }

  /** To be called at every stop, before threads are asked for: finds spawned and finished threads, notes stack use. */
  onStop(): void {
    this.#synchronise();
    this.#noteUse(this.#current, this.machine.registers.general("rsp"));
    for (const record of [...this.#records.values()]) {
      // The stack is unmapped: nobody will ever go on there.
      const parked = record.parked;
      if (parked && record !== this.#current && this.machine.memory.readWord(parked.returnSlot) === undefined) {
        this.#remove(record);
      }
    }
  }

  /** The thread that owns the processor. */
  current(): ThreadId {
    return this.#current.id;
  }

  /** The living threads in order of birth. */
  list(): GreenThread[] {
    return [...this.#records.values()].map((record) => this.#describe(record));
  }

  /** Innermost frame first; undefined for a thread that does not live. */
  stackTrace(id: ThreadId): StackFrame[] | undefined {
    this.#analyses.beginQuestion();
    const record = this.#records.get(id);
    return record && this.#stacks.unwind(record, record === this.#current).map(({ frame }) => frame);
  }

  /** Live for the current thread, kept for a parked one; undefined for one that has not run. */
  registersOf(id: ThreadId): RegisterSnapshot | undefined {
    const record = this.#records.get(id);
    return record && this.#stacks.startOf(record, record === this.#current).full;
  }

  /** Changes a register of a frame where its value is kept; says why it cannot. */
  writeRegister(id: ThreadId, frame: number, register: string, value: bigint): Result<void, string> {
    this.#analyses.beginQuestion();
    const record = this.#records.get(id);
    return writeRegister(
      {
        machine: this.machine,
        frames: record ? this.#stacks.unwind(record, record === this.#current) : [],
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
    this.#analyses.beginQuestion();
    return annotateMemory(address, length, {
      image: this.image,
      table: this.#table,
      model: this.#model,
      threads: this.list(),
      idOfSlot: (slot) => this.#bySlot.get(slot)?.id,
      framesOf: (id) => {
        const record = this.#records.get(id);
        return record ? this.#stacks.unwind(record, record === this.#current).map(({ frame }) => frame) : [];
      },
      nextWordOf: (id) => {
        const record = this.#records.get(id);
        return record && !record.hasRun ? slotOf(this.#model, record)?.pointer : undefined;
      },
    });
  }

  // ---- threads come and go -----------------------------------------------------------------------------------------

  #add(what: Pick<ThreadRecord, "isBase" | "entry" | "bounds" | "estimate" | "extent" | "hasRun" | "slot">) {
    const record: ThreadRecord = {
      ...what,
      id: this.#nextId++ as ThreadId,
      runs: 0,
      instructions: 0,
      highWaterMark: 0,
    };
    this.#records.set(record.id, record);
    if (record.slot !== undefined) this.#bySlot.set(record.slot, record);
    return record;
  }

  #remove(record: ThreadRecord): void {
    if (!this.#records.delete(record.id)) return;
    if (record.slot !== undefined && this.#bySlot.get(record.slot) === record) this.#bySlot.delete(record.slot);
    this.observer.threadExited(record.id);
  }

  /** Brings the records in line with the model's slots. */
  #synchronise(): void {
    const slots = this.#model?.threads();
    if (!slots) return;
    for (const slot of slots) this.#synchroniseSlot(slot);
  }

  #synchroniseSlot(slot: ModelThread): void {
    if (slot.slot === 0) {
      this.#bindBase();
      return;
    }
    const record = this.#bySlot.get(slot.slot);
    if (record && record !== this.#current) {
      const isOver = slot.state === "available" || (slot.state === "ready" && isReused(record, slot));
      if (!isOver) return;
      this.#remove(record);
    }
    if (slot.state !== "ready" || this.#bySlot.has(slot.slot) || !slot.stack) return;
    // A slot is filled word by word; it counts once its stack pointer points into its stack.
    if (slot.pointer <= slot.stack.low || slot.pointer >= slot.stack.high) return;
    const made = this.#add({
      isBase: false,
      slot: slot.slot,
      entry: slot.entry,
      bounds: slot.stack,
      extent: { low: slot.pointer, high: slot.pointer },
      hasRun: false,
    });
    this.observer.threadStarted(made.id);
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
    return record.slot !== undefined && record.slot !== 0 && slotOf(this.#model, record)?.state === "available";
  }

  #born(move: StackMove): ThreadRecord {
    const slot = this.#model
      ?.threads()
      ?.find(
        ({ stack, slot: number }) => stack && move.to > stack.low && move.to <= stack.high && !this.#bySlot.has(number),
      );
    const returnSlot = this.#returnSlotAt(this.machine.registers.rip, move.to);
    const top = returnSlot + 8n;
    const entry = this.machine.memory.readWord(guestAddress(returnSlot));
    const isCode = entry !== undefined && this.machine.memory.permissionsAt(guestAddress(entry))?.execute === true;
    const used = [...this.#records.values()].map((record) => record.bounds ?? record.extent);
    const record = this.#add({
      isBase: false,
      entry: slot?.entry ?? (isCode ? guestAddress(entry) : undefined),
      ...(slot?.stack
        ? { slot: slot.slot, bounds: slot.stack }
        : { estimate: estimateBounds(move.to, top, this.image, this.machine.memory, used) }),
      extent: { low: move.to, high: top },
      hasRun: false,
    });
    this.observer.threadStarted(record.id);
    return record;
  }

  #resume(record: ThreadRecord): void {
    record.resumed = this.#stacks.startOf(record, record === this.#current).general;
    record.parked = undefined;
    record.hasRun = true;
    record.runs++;
    this.#current = record;
    const pointer = this.machine.registers.general("rsp");
    widen(record, pointer);
    // What the switch routine will have popped when it is done.
    widen(record, this.#returnSlotAt(this.machine.registers.rip, pointer) + 8n);
  }

  #park(stop: { readonly instruction: GuestAddress; readonly from: GuestAddress }): Parked {
    const live = this.machine.registers.snapshot();
    const general = [...live.general];
    general[stackPointer] = stop.from;
    const returnSlot = guestAddress(this.#returnSlotAt(live.rip, stop.from));
    return {
      snapshot: { ...live, general },
      pointer: stop.from,
      homes: this.#contextAt(stop.instruction, live.general),
      returnSlot,
      returnWord: this.machine.memory.readWord(returnSlot),
      top: this.machine.memory.read(stop.from, keptBytes),
    };
  }

  /** Where the return address lies for a frame whose next instruction is `rip`, `pointer` being its `rsp`. */
  #returnSlotAt(rip: GuestAddress, pointer: bigint): bigint {
    const value = this.#analyses.reaching(rip)?.before.get(Number(rip))?.register(stackPointer);
    return value?.base === canonicalFrame ? pointer - BigInt(value.offset) - 8n : pointer;
  }

  /** Where the routine that contains `instruction` has saved registers, going by their arguments. */
  #contextAt(instruction: GuestAddress, general: readonly bigint[]): Map<RegisterNumber, GuestAddress> {
    const homes = new Map<RegisterNumber, GuestAddress>();
    const state = this.#analyses.reaching(instruction)?.before.get(Number(instruction));
    for (const { register, base, offset } of state?.contexts ?? []) {
      const holder = state?.registers.findIndex((value) => value?.base === base && value.offset === 0) ?? -1;
      const value = general[holder];
      if (value !== undefined && this.#preserved.includes(register))
        homes.set(register, addressPlus(guestAddress(value), offset));
    }
    return homes;
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
    const pointer = this.machine.registers.general("rsp");
    let { low, high } = record.extent;
    for (const other of this.#records.values()) {
      const place = other === record ? undefined : other.parked?.pointer;
      if (place === undefined || place < low || place > high) continue;
      if (place < pointer) low = place + 1n;
      else if (place > pointer) high = place - 1n;
    }
    this.machine.setStackWindow(guestAddress(low), guestAddress(high));
  }

  // ---- what is told of them ----------------------------------------------------------------------------------------

  #describe(record: ThreadRecord): GreenThread {
    const pointer = this.#pointerOf(record);
    const bounds = record.bounds ?? record.estimate;
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
        highWaterMark: used === undefined ? undefined : Math.max(record.highWaterMark, used),
      },
      runs: record.runs,
      instructions: record.instructions + (isCurrent ? this.machine.instructionCount - this.#since : 0),
    };
  }

  #noteUse(record: ThreadRecord, pointer: bigint): void {
    const high = record.bounds?.high ?? record.estimate?.high;
    if (high !== undefined && pointer <= high) {
      record.highWaterMark = Math.max(record.highWaterMark, Number(high - pointer));
    }
  }

  #pointerOf(record: ThreadRecord): GuestAddress {
    if (record === this.#current) return guestAddress(this.machine.registers.general("rsp"));
    return record.parked?.pointer ?? slotOf(this.#model, record)?.pointer ?? guestAddress(record.extent.low);
  }
}

function widen(record: ThreadRecord, pointer: bigint): void {
  if (pointer < record.extent.low) record.extent.low = pointer;
  if (pointer > record.extent.high) record.extent.high = pointer;
}

/** The slot was freed and taken again while nobody looked: another stack pointer than the thread was parked with. */
function isReused(record: ThreadRecord, slot: ModelThread): boolean {
  if (record.parked) return slot.pointer !== record.parked.pointer;
  return record.entry !== slot.entry;
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
