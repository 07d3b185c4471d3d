/**
 * The run loop: the machine executes, and what it stops for is served, until there is something to tell. It runs in
 * rounds and gives the host's event loop a turn between them.
 */
import { addressPlus, type GuestAddress, guestAddress } from "../base/guest-address.js";
import { explainFault } from "../checks/explain-fault.js";
import type {
  BreakpointContext,
  BreakpointId,
  BreakpointRequest,
  DataBreakpointRequest,
  Debuggee,
  DebuggeeStop,
  RunRequest,
  StopEvent,
  StopEventKind,
} from "../debuggee.js";
import type { Fault, Machine, MachineStop } from "../engine/machine.js";
import { type LinuxProcess, type SystemCallOutcome, statusOfSignal } from "../linux/linux-process.js";
import { systemCallLength } from "../linux/processes/system.js";
import { signalName } from "../linux/signals/signal-numbers.js";
import type { HeldThreads } from "../threads/thread-control.js";
import type { GreenThread, ThreadId } from "../threads/types.js";
import { BreakpointTable } from "./breakpoint-table.js";
import type { DebuggeeParts } from "./debuggee-parts.js";
import { nextTurn } from "./next-turn.js";
import { Stepper } from "./stepper.js";
import { StopEvents } from "./stop-events.js";
import type { ThreadEventRelay } from "./thread-event-relay.js";
import type { UnenteredCalls } from "./unentered-calls.js";
import { WatchedData } from "./watched-data.js";

/**
 * A round ends after that many instructions, or, where the machine stops often (conditions, switches, system calls),
 * at the first stop after that many milliseconds. Only the host sees where rounds end: the program cannot.
 */
const roundLength = 1_000_000;
const roundTime = 20;
/** The clock is read once in so many stops of the machine. */
const stopsBetweenLooks = 32;
const passingFirstBreakpoint = { ignoreFirstBreakpoint: true } as const;

/** INT3 or INT1: rIP stays at it, and continuing goes on behind. */
function isTrapInstruction(fault: Fault): boolean {
  return fault.kind === "breakpointTrap" || (fault.kind === "debugTrap" && !fault.isSingleStep);
}

export class RunLoop {
  state: Debuggee["state"] = "stopped";
  private readonly breakpoints = new BreakpointTable();
  private readonly watchedData: WatchedData;
  private readonly events = new StopEvents();
  /** Where the run is to end, as its request has it. */
  private until: ReadonlySet<number> = new Set();
  private stepper: Stepper | undefined;
  /** The thread that is to run alone, and what keeps the others from running. */
  private alone: ThreadId | undefined;
  private heldThreads: HeldThreads | undefined;
  private pauseRequested = false;
  private exitStatus = 0;
  /** The program is over, and somebody looks at it before the next run says so. */
  private isEnding = false;
  /** Where the last run ended with a fault: the count of instructions, and `rip`. */
  private faultAt: { readonly count: number; readonly rip: GuestAddress } | undefined;
  private limit: number;
  /** Instruction counts at which hooks were called, and at which a stop was reported: both happen once at a place. */
  private hooksServedAt = -1;
  private stopReportedAt = -1;
  /** Where the last run ended with a breakpoint trap. */
  private trapAt: GuestAddress | undefined;
  private readonly context: BreakpointContext;
  private machineBreakpoint: GuestAddress | undefined;
  /** The program waits in a system call, for its host or while other processes run. */
  private isInCall = false;
  /** Where there are hooks or the user's breakpoints: everywhere else nothing is to be done on arrival. */
  private readonly places = new Set<number>();

  constructor(
    private readonly parts: DebuggeeParts,
    private readonly unentered: UnenteredCalls,
    threadEvents: ThreadEventRelay,
  ) {
    this.context = new Context(parts);
    this.watchedData = new WatchedData({
      machine: parts.machine,
      conditions: this.context,
      currentThread: () => this.currentThread(),
      frameEndsChanged: () => this.updateMachineBreakpoints(),
      ended: (breakpoint) => parts.options.observer.dataBreakpointEnded?.(breakpoint),
    });
    this.limit = parts.options.instructionLimit ?? Number.POSITIVE_INFINITY;
    threadEvents.connect({
      threadStarted: (thread) => parts.options.observer.threadStarted(thread),
      threadExited: (thread) => {
        this.stepper?.threadExited(thread);
        parts.options.observer.threadExited(thread);
      },
      event: (event) => this.events.happened(event),
      note: (text) => parts.options.observer.note(text),
    });
    this.watchThreads();
    this.updateMachineBreakpoints();
  }

  private get instructionCount(): number {
    return this.parts.machine.instructionCount;
  }

  private currentThread(): ThreadId {
    return this.parts.threads.current();
  }

  async run(request: RunRequest): Promise<DebuggeeStop> {
    if (this.state === "running") throw new Error("The debuggee is running already.");
    if (this.isEnding) this.state = "exited";
    if (this.state === "exited") return { kind: "exited", status: this.exitStatus };
    this.state = "running";
    this.pauseRequested = false;
    // What the caller does behind its call comes before what the run tells.
    await Promise.resolve();
    const stop = abandoning(request, await this.runInRounds(request));
    const stepDepth = this.stepper?.inlinedDepth;
    this.stepper = undefined;
    this.endAlone();
    this.events.forget();
    this.updateMachineBreakpoints();
    this.stopReportedAt = this.instructionCount;
    const isTrap = stop.kind === "fault" && isTrapInstruction(stop.explanation.fault);
    const { rip } = this.parts.machine.registers;
    this.trapAt = isTrap ? rip : undefined;
    this.faultAt = stop.kind === "fault" && !isTrap ? { count: this.instructionCount, rip } : undefined;
    this.showInlined(stop, stepDepth);
    if (stop.kind === "exited") {
      this.exitStatus = stop.status;
      this.state = "exited";
    } else {
      this.parts.threads.onStop();
      this.state = "stopped";
    }
    return stop;
  }

  /** No other thread is to run: those that can be held are. */
  private beginAlone(): void {
    this.alone = this.currentThread();
    this.heldThreads = this.parts.threads.hold();
    this.updateMachineBreakpoints();
  }

  private endAlone(): void {
    this.heldThreads?.release();
    this.heldThreads = undefined;
    this.alone = undefined;
  }

  /** What is shown where inlined functions begin. */
  private showInlined(stop: DebuggeeStop, stepDepth: number | undefined): void {
    this.unentered.forget();
    const depth =
      stop.kind === "breakpoint"
        ? this.breakpoints.inlinedDepth(this.parts.machine.registers.rip, stop.breakpoints)
        : stop.kind === "step"
          ? stepDepth
          : stop.kind === "arrived"
            ? 0
            : undefined;
    if (depth !== undefined && stop.kind !== "exited") this.unentered.show(stop.thread, depth);
  }

  requestPause(): void {
    this.pauseRequested = true;
    this.parts.process.hostWait.interrupt();
  }

  setBreakpoints(requests: readonly BreakpointRequest[]): readonly BreakpointId[] {
    const ids = this.breakpoints.replace(requests);
    this.updateMachineBreakpoints();
    return ids;
  }

  setDataBreakpoints(requests: readonly DataBreakpointRequest[]): readonly BreakpointId[] {
    return this.watchedData.replace(requests);
  }

  setEventStops(kinds: ReadonlySet<StopEventKind>, accept: (event: StopEvent) => boolean = () => true): void {
    this.events.choose(kinds, accept);
    this.watchThreads();
    this.updateMachineBreakpoints();
  }

  /** A handler of the program's is about to run. */
  signalHandled(signal: number): void {
    this.events.happened({ kind: "signal", thread: this.currentThread(), signal, isFatal: false });
  }

  private watchThreads(): void {
    this.parts.threads.watch(this.events.ofThreads);
  }

  private async runInRounds(request: RunRequest): Promise<DebuggeeStop> {
    this.passTrap();
    this.until = new Set(request.kind === "continue" ? request.until?.map(Number) : undefined);
    if (this.until.size > 0) this.updateMachineBreakpoints();
    const early = this.leavePlace(request);
    if (early !== undefined) return early;
    this.parts.threads.reportsSwitches = request.kind === "step" || request.isAlone === true;
    if (request.isAlone === true) this.beginAlone();
    if (request.kind === "step") {
      const { machine, threads, index } = this.parts;
      this.stepper = new Stepper(machine, threads, index, this.unentered, request);
      if (this.stepper.isOverAtOnce) return { kind: "step", thread: request.thread };
      this.updateMachineBreakpoints();
    }
    for (;;) {
      const stop = this.round();
      if (stop !== undefined) return stop;
      await this.betweenRounds();
      if (this.pauseRequested) return { kind: "pause", thread: this.currentThread() };
    }
  }

  /** The host's event loop gets its turn; a program that waits for the host has time until there is news. */
  private async betweenRounds(): Promise<void> {
    const { hostWait } = this.parts.process;
    await (hostWait.mustPause ? hostWait.over() : nextTurn());
  }

  /** A breakpoint trap (`int3`) is a stop that a debugger goes on from, behind the instruction. */
  private passTrap(): void {
    const { registers, memory } = this.parts.machine;
    if (registers.rip !== this.trapAt) return;
    const [opcode] = memory.read(registers.rip, 1);
    registers.rip = addressPlus(registers.rip, opcode === 0xcc || opcode === 0xf1 ? 1 : 2);
  }

  /** Where a run has not stopped before, the first instruction is arrived at, too. A step leaves it without stopping. */
  private leavePlace(request: RunRequest): DebuggeeStop | undefined {
    if (this.stopReportedAt === this.instructionCount) return undefined;
    if (request.kind === "continue") return this.arrive();
    this.serveHooks();
    return undefined;
  }

  private round(): DebuggeeStop | undefined {
    const { machine, process } = this.parts;
    let start: number | undefined;
    if (process.hostWait.isOn) {
      this.stepper?.prepare();
      const reported = this.systemCallAnswered(this.systemCall(() => process.resumeWait()));
      if (reported !== undefined) return reported;
    }
    let left = roundLength;
    for (let stops = 1; left > 0 && !process.hostWait.mustPause; stops++) {
      if (stops % stopsBetweenLooks === 0) {
        // From the first look on: Node loads its clock when it is first read, and short programs need none.
        start ??= performance.now();
        if (performance.now() - start >= roundTime) break;
      }
      const untilLimit = this.limit - machine.instructionCount - process.instructionsOfOthers;
      if (untilLimit <= 0) return this.limitReached();
      const untilTimer = process.instructionsUntilTimer;
      if (untilTimer <= 0) {
        const reported = this.timersDue();
        if (reported !== undefined) return reported;
        continue;
      }
      const length = this.stepper?.singleInstruction ? 1 : Math.min(left, untilLimit, untilTimer);
      this.stepper?.prepare();
      const before = machine.instructionCount;
      const stop = machine.run(length, passingFirstBreakpoint);
      left -= machine.instructionCount - before;
      const reported = this.serve(stop);
      if (reported !== undefined) return reported;
    }
    return undefined;
  }

  /** Timers of the program go off here, before the next instruction: perhaps into a handler, perhaps the program ends. */
  private timersDue(): DebuggeeStop | undefined {
    const { process } = this.parts;
    const outcome = this.isInCall ? this.systemCall(() => process.timersDue()) : process.timersDue();
    if (this.isInCall) return outcome && this.systemCallAnswered(outcome);
    if (outcome?.kind === "exited") return this.ended(outcome);
    return outcome?.kind === "continue" ? this.arrive() : undefined;
  }

  /** A program that waits for its host or for other processes has not arrived anywhere yet. */
  private systemCallAnswered(outcome: SystemCallOutcome): DebuggeeStop | undefined {
    if (outcome.kind === "exited") {
      const reported = this.ended(outcome);
      // What is behind the call will never run, and may be another function.
      const { registers } = this.parts.machine;
      if (this.isEnding) registers.rip = addressPlus(registers.rip, -systemCallLength);
      return reported;
    }
    this.isInCall = outcome.kind !== "continue";
    return this.isInCall ? undefined : this.afterStop({ kind: "systemCall" });
  }

  /** Deals with a stop of the machine; returns what the run ends with, if it ends. */
  private serve(stop: MachineStop): DebuggeeStop | undefined {
    switch (stop.kind) {
      case "fault": {
        const signal = this.parts.process.deliverFault(stop.fault);
        if (signal !== undefined) return this.faulted(stop.fault, signal);
        break;
      }
      case "systemCall":
        return this.systemCallAnswered(this.systemCall((process) => process.systemCall()));
      case "stackSwitch":
        this.parts.threads.onStackSwitch(stop);
        break;
      case "watchpoint":
        this.watchedData.accessed(stop.hits, stop.instruction);
        break;
      case "limit":
      case "breakpoint":
        break;
    }
    return this.afterStop(stop);
  }

  /** The machine has stopped, and what it stopped for has been served. */
  private afterStop(stop: MachineStop): DebuggeeStop | undefined {
    const reported = this.withDataHits(this.arrive());
    const isOver = this.stepper?.settle(stop) === true;
    if (reported !== undefined) return reported;
    const thread = isOver || this.alone !== undefined ? this.currentThread() : undefined;
    if (isOver && thread !== undefined) return { kind: "step", thread };
    if (this.alone !== undefined && thread !== undefined && thread !== this.alone) {
      return { kind: "otherThread", thread, alone: this.alone };
    }
    if (this.stepper === undefined) return undefined;
    if (this.stepper.breakpoint !== this.machineBreakpoint) this.updateMachineBreakpoints();
    return undefined;
  }

  /** `answer` may write to memory that data breakpoints watch. */
  private systemCall<Outcome extends SystemCallOutcome | undefined>(
    answer: (process: LinuxProcess) => Outcome,
  ): Outcome {
    const { process, machine } = this.parts;
    if (this.watchedData.isEmpty) return answer(process);
    const instruction = addressPlus(machine.registers.rip, -systemCallLength);
    return this.watchedData.noting(instruction, () => answer(process));
  }

  /** The program is over; its last state can be looked at first, where that is wished. */
  private ended({ status, signal }: SystemCallOutcome & { readonly kind: "exited" }): DebuggeeStop {
    const thread = this.currentThread();
    const event: StopEvent =
      signal === undefined ? { kind: "exit", thread } : { kind: "signal", thread, signal, isFatal: true };
    this.exitStatus = status;
    if (!this.events.stopsAt(event)) return { kind: "exited", status };
    this.isEnding = true;
    return signal === undefined
      ? { kind: "exiting", thread, status }
      : { kind: "signal", thread, signal, isFatal: true };
  }

  /** A data breakpoint comes before what else there is to tell at the instruction behind the access. */
  private withDataHits(reported: DebuggeeStop | undefined): DebuggeeStop | undefined {
    const hits = this.watchedData.takeHits();
    if (hits.length === 0) return reported;
    const breakpoints = reported?.kind === "breakpoint" ? reported.breakpoints : [];
    return { kind: "dataBreakpoint", thread: this.currentThread(), hits, breakpoints };
  }

  /** Execution has come to an instruction: hooks, breakpoints and events there. */
  private arrive(): DebuggeeStop | undefined {
    const { registers } = this.parts.machine;
    if (this.places.has(registers.instructionPointer)) {
      this.watchedData.returnedTo(registers.rip);
      if (this.heldThreads?.lastMoments.has(registers.rip)) this.heldThreads.release();
      this.serveHooks();
      const breakpoints = this.breakpoints.arrive(registers.rip, this.context);
      if (breakpoints.length > 0) return { kind: "breakpoint", thread: this.currentThread(), breakpoints };
    }
    if (this.until.has(registers.instructionPointer)) return { kind: "arrived", thread: this.currentThread() };
    return this.events.next(() => this.currentThread());
  }

  private serveHooks(): void {
    const { machine, threads } = this.parts;
    if (this.hooksServedAt === machine.instructionCount) return;
    this.hooksServedAt = machine.instructionCount;
    const { rip } = machine.registers;
    if (threads.hookAddresses.has(rip)) threads.atHook(rip);
  }

  /** A fault that the program does not handle. A trap is its author's wish to stop. */
  private faulted(fault: Fault, signal: number): DebuggeeStop {
    const { machine, threads, index, process, options } = this.parts;
    const { rip } = machine.registers;
    const isAgain = this.faultAt?.count === machine.instructionCount && this.faultAt.rip === rip;
    const isTrap = isTrapInstruction(fault);
    if (
      isAgain ||
      (!isTrap && !this.events.stopsAt({ kind: "fault", thread: threads.current(), signal, isFatal: true }))
    ) {
      options.observer.note(`The program was ended by ${signalName(signal)} at ${index.describe(rip)}.`);
      return { kind: "exited", status: statusOfSignal(signal) };
    }
    threads.onStop();
    const explanation = explainFault(fault, {
      machine,
      threads: threads.listing,
      current: threads.current(),
      innermost: threads.frames(threads.current())?.at(0),
      addressSpace: process.addressSpace,
      describe: (address) => index.describe(address),
      isCode: (address) => index.isCode(address),
    });
    return { kind: "fault", thread: explanation.thread, explanation, signal };
  }

  private limitReached(): DebuggeeStop {
    const limit = this.parts.options.instructionLimit ?? 0;
    // The next run may go as far again.
    this.limit = this.instructionCount + limit;
    const description = `The program has executed ${this.instructionCount} instructions: the limit that was set is reached.`;
    return { kind: "limit", thread: this.currentThread(), description };
  }

  private updateMachineBreakpoints(): void {
    const { machine, threads } = this.parts;
    const addresses = new Set<GuestAddress>(threads.hookAddresses);
    for (const address of this.breakpoints.addresses()) addresses.add(address);
    for (const address of this.watchedData.frameEnds) addresses.add(address);
    for (const address of this.heldThreads?.lastMoments ?? []) addresses.add(address);
    for (const address of this.until) addresses.add(guestAddress(BigInt(address)));
    this.places.clear();
    for (const address of addresses) this.places.add(Number(address));
    this.machineBreakpoint = this.stepper?.breakpoint;
    if (this.machineBreakpoint !== undefined) addresses.add(this.machineBreakpoint);
    machine.setBreakpoints(addresses);
  }
}

/** A stop that is about another thread than the one that was to be stepped says so. */
function abandoning(request: RunRequest, stop: DebuggeeStop): DebuggeeStop {
  if (request.kind !== "step" || stop.kind === "exited" || stop.kind === "step") return stop;
  return stop.thread === request.thread ? stop : { ...stop, abandonedStepOf: request.thread };
}

/** What a breakpoint's condition sees. Most conditions do not ask for the thread: it is looked up when they do. */
class Context implements BreakpointContext {
  constructor(private readonly parts: DebuggeeParts) {}

  get machine(): Machine {
    return this.parts.machine;
  }

  get thread(): GreenThread {
    const { threads } = this.parts;
    const thread = threads.thread(threads.current());
    if (thread === undefined) throw new Error("The running thread is not in the list of threads.");
    return thread;
  }
}
