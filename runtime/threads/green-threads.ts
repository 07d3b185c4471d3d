/**
 * The green threads of a running program: found from the switches of stacks that the machine reports, completed by
 * what a model of the program's runtime tells (threads not yet run, names, states), with their call stacks.
 */
import { addressPlus, type GuestAddress, guestAddress } from "../base/guest-address.js";
import { LazyList } from "../base/lazy-list.js";
import type { ProgramImage } from "../base/program-image.js";
import type { Result } from "../base/result.js";
import type { Machine, RegisterSnapshot } from "../engine/machine.js";
import { annotateMemory } from "./annotations.js";
import { CopiedStacks } from "./copied-stacks.js";
import { Descriptions } from "./describe-thread.js";
import { Discovery, isStackMemory, isWithin, type StackMove } from "./discovery.js";
import { EngineSwitches } from "./engine-switches.js";
import { KernelThreads } from "./kernel-threads.js";
import { DeclaredModel, type DeclaredModelParts } from "./models/declared-model.js";
import { GuestRuntimeModel } from "./models/guest-runtime.js";
import type { ModelHook, ThreadModel } from "./models/thread-model.js";
import { UcontextModel } from "./models/ucontext-model.js";
import { Origins } from "./origins.js";
import { Parking } from "./parking.js";
import { type Landing, PathAhead } from "./path-ahead.js";
import { writeRegister } from "./register-writing.js";
import { StackBounds } from "./stack-bounds.js";
import { StackOwners } from "./stack-owners.js";
import { type SwitchSite, SwitchSites } from "./switch-sites.js";
import { endThread, type HeldThreads, holdOthers } from "./thread-control.js";
import { ThreadListing } from "./thread-listing.js";
import type { ThreadRecord } from "./thread-record.js";
import { type LifeObserver, ThreadRegistry } from "./thread-registry.js";
import { slotOf, ThreadStacks } from "./thread-stacks.js";
import {
  type Abi,
  type GreenThread,
  type MemoryAnnotation,
  type StackFrame,
  type ThreadEvent,
  type ThreadEventKind,
  type ThreadId,
  threadEventKinds,
} from "./types.js";
import { calleeSaved } from "./unwind/frame-state.js";
import { FunctionAnalyses } from "./unwind/function-analysis.js";
import { FunctionTable } from "./unwind/function-table.js";
import { InstructionReader, type RegisterNumber } from "./unwind/instruction-facts.js";
import { Unwinder, type UnwoundFrame } from "./unwind/unwinder.js";

/** Is told what happens to green threads, at the moment it happens. */
export interface ThreadsObserver extends LifeObserver {
  event(event: ThreadEvent): void;
  /** A line about the program for people. */
  note(text: string): void;
}

/** What the loader knows of the main stack: `stackHigh` is exclusive. */
export interface MainStack {
  readonly stackHigh: GuestAddress;
  readonly stackLow: GuestAddress;
}

/** What was worked out about the threads, and for which versions of the machine and the registry it holds. */
interface Answers {
  readonly machineVersion: number;
  readonly registryVersion: number;
  list?: readonly GreenThread[];
  readonly frames: Map<ThreadRecord, Unwound>;
}

/** A stack: its frames, alone and with where they keep registers. */
interface Unwound {
  readonly unwound: LazyList<UnwoundFrame>;
  readonly frames: LazyList<StackFrame>;
}

function* framesOf(unwound: Iterable<UnwoundFrame>): Generator<StackFrame, undefined, undefined> {
  for (const { frame } of unwound) yield frame;
}

/** What is declared comes first, then what the program's symbols tell. */
function modelFor(
  declared: DeclaredModelParts | "none" | undefined,
  machine: Machine,
  table: FunctionTable,
  reader: InstructionReader,
): ThreadModel | undefined {
  if (declared === "none") return undefined;
  if (declared) return new DeclaredModel(machine, declared);
  return GuestRuntimeModel.find(machine, table, reader) ?? UcontextModel.find(machine, table);
}

export class GreenThreads {
  #watched: ReadonlySet<ThreadEventKind> = threadEventKinds;
  #hookAddresses: ReadonlySet<GuestAddress> = new Set();
  readonly #table: FunctionTable;
  readonly #analyses: FunctionAnalyses;
  readonly #sites: SwitchSites;
  readonly #model: ThreadModel | undefined;
  readonly #registry: ThreadRegistry;
  readonly #stacks: ThreadStacks;
  readonly #parking: Parking;
  readonly #descriptions: Descriptions;
  /** Which of the threads to show. */
  readonly listing: ThreadListing;
  readonly #origins: Origins;
  readonly #paths: PathAhead;
  readonly #discovery: Discovery;
  /** To be told of the threads of the system that the process has. */
  readonly kernelThreads: KernelThreads;
  readonly #engine: EngineSwitches;
  #reportsSwitches = false;
  /** The model says where threads yield. Otherwise every switch is a yield. */
  readonly #tellsYields: boolean;
  #saidSharing = false;
  /** Undefined where what is known of the threads has changed since. */
  #answers: Answers | undefined;

  /**
   * To be made once the program is in the machine's memory, before its first instruction. `abi` says which registers
   * a function preserves. Where nobody will look at threads while the program runs, `watchesSwitches` is false: nothing
   * is noted, and at a stop the threads are as the program's runtime and the stack pointer tell.
   */
  constructor(
    readonly machine: Machine,
    readonly image: ProgramImage,
    abi: Abi,
    readonly observer: ThreadsObserver,
    hints: MainStack,
    readonly watchesSwitches = true,
    declared?: DeclaredModelParts | "none",
  ) {
    const preserved: readonly RegisterNumber[] = calleeSaved[abi];
    const reader = new InstructionReader();
    this.#table = new FunctionTable(image, reader);
    this.#analyses = new FunctionAnalyses(this.#table, machine.memory, reader, preserved);
    this.#paths = new PathAhead(machine, reader, this.#table);
    this.#sites = new SwitchSites(machine, reader, this.#analyses, preserved, this.#paths);
    this.#model = modelFor(declared, machine, this.#table, reader);
    this.#tellsYields = [...(this.#model?.hooks.values() ?? [])].includes("yield");
    const pointer = machine.registers.stackPointer;
    const unwinder = new Unwinder(this.#analyses, machine.memory, preserved);
    const firstFrame = addressPlus(guestAddress(pointer), 8);
    this.#stacks = new ThreadStacks(machine, image, this.#table, unwinder, this.#model, firstFrame);
    const copied = new CopiedStacks();
    this.#registry = new ThreadRegistry(machine.memory, image, this.#model, observer, copied, {
      isBase: true,
      entry: this.#table.symbol("main")?.address ?? image.entry,
      bounds: { low: Number(hints.stackLow), high: Number(hints.stackHigh) },
      extent: { low: pointer, high: pointer },
      hasRun: true,
    });
    const bounds = new StackBounds(machine, image, this.#registry.places);
    this.#origins = new Origins(this.#stacks, this.#table);
    this.#descriptions = new Descriptions(machine, this.#registry, bounds, this.#origins);
    this.#parking = new Parking(machine, this.#stacks, this.#registry.places);
    this.#discovery = new Discovery(machine, this.#registry, this.#stacks, this.#paths, copied);
    this.kernelThreads = new KernelThreads(
      machine,
      () => this.#threads,
      this.#table,
      this.#paths,
      this.#origins,
      (before) => this.#currentChanged(before),
    );
    const threads = () => this.#threads;
    const owners = new StackOwners(threads, () => this.kernelThreads.waiting());
    this.listing = new ThreadListing(
      threads,
      this.#descriptions,
      owners,
      machine,
      (address) => this.#table.containing(address)?.name,
      () => this.#answersNow(),
    );
    this.#registry.since = machine.instructionCount;
    this.#engine = new EngineSwitches(machine, this.#registry, this.#model);
    this.watch(threadEventKinds);
    if (watchesSwitches) {
      machine.setStackWindow(hints.stackLow, hints.stackHigh);
      machine.watchesStackLoads = true;
    }
    observer.threadStarted(this.#registry.current.id);
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
    const all = this.watchesSwitches ? (this.#model?.hooks ?? []) : [];
    const hooks = [...all].filter(([, hook]) => isNeeded[hook]);
    this.#hookAddresses = new Set(hooks.map(([address]) => address));
    this.#allowEngine();
  }

  /** Whether the machine must stop at every switch (`onStackSwitch`), even if no event of it is wanted. */
  set reportsSwitches(value: boolean) {
    this.#reportsSwitches = value;
    this.#allowEngine();
  }

  /** Where nobody is told of switches, the engine may decide them. */
  #allowEngine(): void {
    const isToBeTold = this.#watched.has("switch") || (!this.#tellsYields && this.#watched.has("yield"));
    this.#engine.isAllowed = this.watchesSwitches && !isToBeTold && !this.#reportsSwitches;
  }

  /** The registry as it is now. */
  get #threads(): ThreadRegistry {
    this.#engine.absorb();
    return this.#registry;
  }

  /** The machine is at a hook address: tells of what is about to happen there. */
  atHook(address: GuestAddress): void {
    const hook = this.#model?.hooks.get(address);
    if (!hook || !this.#model) return;
    const thread = this.#threads.current;
    switch (hook) {
      case "yield":
        // A finished thread hands over for good: that is no yield.
        if (!this.#threads.isFinished(thread)) this.#tell("yield", thread);
        return;
      case "finished":
        this.#tell("finish", thread);
        return;
      case "spawned": {
        const spawned = this.#threads.synchroniseSlot(this.#model.spawnedSlot(), this.#origins.of(thread, true));
        if (spawned) this.#tell("spawn", spawned, thread);
        return;
      }
    }
  }

  /** The machine stopped because `rsp` was loaded or left the window: decides what that was, and sets the window anew. */
  onStackSwitch(stop: { readonly instruction: GuestAddress; readonly from: GuestAddress }): void {
    const { registers } = this.machine;
    const leaving = this.#threads.current;
    this.#analyses.beginQuestion();
    const site = this.#sites.at(Number(stop.instruction), registers.instructionPointer);
    const move: StackMove = { site, from: Number(stop.from), to: registers.stackPointer };
    const verdict = this.#discovery.judge(move);
    switch (verdict.kind) {
      case "sameStack":
        this.#stay(leaving, move);
        break;
      case "segment":
        leaving.widen(move.from);
        leaving.detour = { kind: "segment", low: move.to, high: move.to, from: move.from, outer: leaving.detour };
        break;
      case "resume":
        if (verdict.thread.parked && verdict.thread.place !== move.to) this.#parking.noteResumption(verdict.thread);
        this.#switch(leaving, site, stop.from, () => verdict.thread);
        break;
      case "return":
        this.#switch(leaving, site, stop.from, () => this.#returned(verdict.thread, verdict.instead));
        break;
      case "birth":
        this.#switch(leaving, site, stop.from, () => this.#bear(leaving, move.to, verdict.landing, verdict.over));
        break;
    }
    this.#currentChanged(leaving);
  }

  /** The thread goes on, on its stack. */
  #stay(thread: ThreadRecord, { from, to, site }: StackMove): void {
    const { detour } = thread;
    thread.leaveDetours(to);
    if (detour === thread.detour) thread.widen(from);
    thread.widen(to);
    // On its way out of a segment by the function that called it there.
    if (site?.relation === "ownFrame" && to === detour?.from) thread.detour = detour.outer;
  }

  #switch(leaving: ThreadRecord, site: SwitchSite, from: GuestAddress, choose: () => ThreadRecord): void {
    this.#parking.park(leaving, site, from);
    leaving.instructions += this.machine.instructionCount - this.#registry.since;
    this.#registry.since = this.machine.instructionCount;
    if (!this.#tellsYields) this.#tell("yield", leaving);
    const next = choose();
    this.#threads.giveProcessor(next);
    this.#parking.resume(next, site);
    this.#analyses.learnSwitch(site.instruction, site.resumeOffset);
    this.#tell("switch", next, leaving);
    if (this.#threads.isFinished(leaving)) this.#threads.remove(leaving);
  }

  /** Another thread, or the same one on another stack, has the processor. */
  #currentChanged(before: ThreadRecord): void {
    const { current } = this.#registry;
    if (this.watchesSwitches) this.#parking.setWindow(current);
    this.#engine.changed(before, current);
    this.#answers = undefined;
  }

  /** The thread of a stack not seen before. */
  #bear(
    leaving: ThreadRecord | undefined,
    pointer: number,
    landing: Landing | undefined,
    over?: ThreadRecord,
  ): ThreadRecord {
    if (over) this.#threads.loseStack(over);
    return this.#threads.bear(pointer, landing, over, leaving && this.#origins.of(leaving, false));
  }

  /** What was on the thread's stack has been copied away, and is back. */
  #returned(thread: ThreadRecord, instead: ThreadRecord | undefined): ThreadRecord {
    this.#threads.returnStack(thread, instead);
    if (thread.sharesStack && !this.#saidSharing) {
      this.#saidSharing = true;
      this.observer.note(
        "The program's green threads share a stack: what is on it is copied away while another one runs, and back. " +
          "The call stack of a thread can be shown while its stack is in place.",
      );
    }
    return thread;
  }

  #tell(kind: ThreadEventKind, thread: ThreadRecord, other?: ThreadRecord): void {
    if (!this.#watched.has(kind)) return;
    this.observer.event({ kind, thread: thread.id, ...(other ? { other: other.id } : {}) });
  }

  /** To be called at every stop, before threads are asked for: finds spawned and finished threads, notes stack use. */
  onStop(): void {
    this.#threads.synchronise();
    if (!this.watchesSwitches) this.#findCurrent();
    const { current } = this.#threads;
    current.lowest = Math.min(current.lowest, this.machine.registers.stackPointer);
    this.#threads.removeGone();
    this.#answers = undefined;
  }

  /** Ends a thread that waits for its turn, where the model knows how; says why it cannot. */
  terminate(id: ThreadId): Result<void, string> {
    const { current, records } = this.#threads;
    const ended = endThread(records.get(id), { current, model: this.#model, rip: this.machine.registers.rip });
    if (ended.ok) this.onStop();
    return ended;
  }

  /**
   * Keeps the schedule from choosing any thread but the running one, where the model knows how. Undefined where it does
   * not, and where nobody but the base thread is left to end the program.
   */
  hold(): HeldThreads | undefined {
    const { current } = this.#threads;
    return holdOthers({ current, model: this.#model, rip: this.machine.registers.rip });
  }

  /** Where no switch was watched: whose stack is in `rsp` now. */
  #findCurrent(): void {
    const { stackPointer } = this.machine.registers;
    const { current, records } = this.#threads;
    if (isWithin(stackPointer, current.bounds)) return;
    if (!isStackMemory(stackPointer, this.machine.memory)) return;
    const owner = [...records.values()].find(
      ({ bounds, low, high }) => isWithin(stackPointer, bounds) || (stackPointer >= low && stackPointer <= high),
    );
    if (owner === current) return;
    this.#threads.giveProcessor(owner ?? this.#bear(undefined, stackPointer, undefined));
  }

  /** The thread that owns the processor. */
  current(): ThreadId {
    return this.#threads.current.id;
  }

  /** The living threads in order of birth; the same array until something changes. */
  list(): readonly GreenThread[] {
    const answers = this.#answersNow();
    answers.list ??= [...this.#threads.records.values()].map((record) => this.#descriptions.of(record));
    return answers.list;
  }

  /** One of them; undefined for a thread that does not live. */
  thread(id: ThreadId): GreenThread | undefined {
    return this.listing.thread(id);
  }

  /** Innermost frame first; undefined for a thread that does not live. The same array until something changes. */
  stackTrace(id: ThreadId): readonly StackFrame[] | undefined {
    return this.frames(id)?.all();
  }

  /** The same, worked out as far as somebody looks; only until something changes. */
  frames(id: ThreadId): LazyList<StackFrame> | undefined {
    return this.#unwind(id)?.frames;
  }

  /** Of the thread that owns the processor, at most `most`; nothing is kept: for questions in the middle of a run. */
  innermostFrames(most: number): StackFrame[] {
    return [...framesOf(this.#stacks.unwind(this.#threads.current, true, most))];
  }

  /** Kept until something changes; undefined for a thread that does not live. */
  #unwind(id: ThreadId): Unwound | undefined {
    const record = this.#threads.records.get(id);
    if (!record) return undefined;
    const { frames } = this.#answersNow();
    let found = frames.get(record);
    if (!found) {
      const unwound = new LazyList(this.#stacks.unwind(record, record === this.#threads.current));
      found = { unwound, frames: new LazyList(framesOf(unwound)) };
      frames.set(record, found);
    }
    return found;
  }

  #answersNow(): Answers {
    const machineVersion = this.machine.version;
    const registryVersion = this.#threads.version;
    const known = this.#answers;
    if (known?.machineVersion === machineVersion && known.registryVersion === registryVersion) return known;
    this.#analyses.beginQuestion();
    this.#answers = { machineVersion, registryVersion, frames: new Map() };
    return this.#answers;
  }

  /** Live for the current thread, kept for a parked one; undefined for one that has not run. */
  registersOf(id: ThreadId): RegisterSnapshot | undefined {
    const record = this.#threads.records.get(id);
    return record && this.#stacks.startOf(record, record === this.#threads.current).full;
  }

  /** Changes a register of a frame where its value is kept; says why it cannot. */
  writeRegister(id: ThreadId, frame: number, register: string, value: bigint): Result<void, string> {
    const record = this.#threads.records.get(id);
    return writeRegister(
      {
        machine: this.machine,
        frameAt: (index) => this.#unwind(id)?.unwound.at(index),
        isCurrent: record === this.#threads.current,
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
      threads: this.listing.near(address, length),
      idOfSlot: (slot) => this.#threads.inSlot(slot)?.id,
      framesOf: (id) => this.frames(id),
      nextWordOf: (id) => {
        const record = this.#threads.records.get(id);
        return record && !record.hasRun ? slotOf(this.#model, record)?.pointer : undefined;
      },
    });
  }
}
