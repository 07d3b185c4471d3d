import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { LazyList } from "../base/lazy-list.js";
import type { StepGranularity, StepKind, StepRequest } from "../debuggee.js";
import type { Machine, MachineStop } from "../engine/machine.js";
import type { GreenThreads } from "../threads/green-threads.js";
import type { StackFrame, ThreadId } from "../threads/types.js";
import { LineStep } from "./line-step.js";
import type { ProgramIndex } from "./program-index.js";
import type { UnenteredCalls } from "./unentered-calls.js";

/** What the step waits for, and what happens when it comes. */
type Phase =
  /** Execute one instruction, then look where it led. */
  | { readonly kind: "instruction" }
  /** Run until the stepped thread is at `address`, with `rsp` at `stackPointer` or above (that is, not deeper). */
  | {
      readonly kind: "place";
      readonly address: GuestAddress;
      readonly stackPointer: bigint;
      readonly next: "begin" | "look" | "done";
    }
  /** Run until the stepped thread owns the processor again. */
  | { readonly kind: "turn" }
  /** Run: only the end of the thread or of the program ends this step. */
  | { readonly kind: "end" }
  | { readonly kind: "over" };

const maximumInstructionLength = 15n;

/**
 * One step of one green thread. The run loop asks it how far to run (`singleInstruction`, `breakpoint`), and tells it
 * after every stop of the machine (`settle`). Other threads run as the schedule has it and do not end the step; a
 * function that is stepped over is the stepped thread's own, told from recursion and from other threads by its `rsp`.
 */
export class Stepper {
  readonly thread: ThreadId;
  private readonly kind: StepKind;
  private readonly granularity: StepGranularity;
  private readonly target: GuestAddress | undefined;
  private phase: Phase;
  /** Where it ends within the function; undefined: a single instruction is the step, or the end of the function. */
  private lines: LineStep | undefined;
  /** Where the step is over: how many inlined functions it is in, or all that there are. */
  private depth: number | undefined = 0;
  private previous = { rip: guestAddress(0), rsp: 0n };
  private threadIsOver = false;

  constructor(
    private readonly machine: Machine,
    private readonly threads: GreenThreads,
    private readonly index: ProgramIndex,
    private readonly unentered: UnenteredCalls,
    { thread, step, granularity, target }: StepRequest,
  ) {
    this.thread = thread;
    this.kind = step;
    this.granularity = granularity;
    this.target = target;
    this.phase = threads.current() === thread ? this.begin() : this.waitForTurn();
  }

  /** The machine must stop after the next instruction. */
  get singleInstruction(): boolean {
    return this.phase.kind === "instruction";
  }

  /** The machine must stop there. */
  get breakpoint(): GuestAddress | undefined {
    return this.phase.kind === "place" ? this.phase.address : undefined;
  }

  /** The step is over before an instruction is executed: into an inlined function that begins where the thread stands. */
  get isOverAtOnce(): boolean {
    return this.phase.kind === "over";
  }

  /** To be asked when the step is over: up to how many inlined functions are to be shown; undefined: all there are. */
  get inlinedDepth(): number | undefined {
    return this.depth;
  }

  /** A green thread has come to its end. */
  threadExited(thread: ThreadId): void {
    if (thread === this.thread) this.threadIsOver = true;
  }

  /** The machine is about to run. */
  prepare(): void {
    const { registers } = this.machine;
    if (this.singleInstruction) this.previous = { rip: registers.rip, rsp: registers.general("rsp") };
  }

  /** The machine has stopped, and what it stopped for has been served. True: the step is over. */
  settle(stop: MachineStop): boolean {
    const isCurrent = this.threads.current() === this.thread;
    if (this.threadIsOver) return !isCurrent;
    const { phase } = this;
    switch (phase.kind) {
      case "instruction":
        if (isCurrent) return this.look(stop);
        // Into a stack switch: follow the processor to the other thread. Over it: wait for our own to come back.
        if (this.kind === "into") return true;
        this.phase = { kind: "turn" };
        return false;
      case "turn":
        return isCurrent && this.look(stop);
      case "place":
        return isCurrent && this.isAt(phase) && this.arrived(phase.next, stop);
      case "end":
        return false;
      case "over":
        return true;
    }
  }

  private isAt(phase: { readonly address: GuestAddress; readonly stackPointer: bigint }): boolean {
    const { registers } = this.machine;
    return registers.rip === phase.address && registers.general("rsp") >= phase.stackPointer;
  }

  private arrived(next: "begin" | "look" | "done", stop: MachineStop): boolean {
    switch (next) {
      case "begin":
        this.phase = this.begin();
        return false;
      case "look":
        // The call is over: what it did to `rsp` is no call.
        this.previous = { rip: this.machine.registers.rip, rsp: this.machine.registers.general("rsp") };
        return this.look(stop);
      case "done":
        return true;
    }
  }

  /** The stepped thread stands where the step begins, and owns the processor. */
  private begin(): Phase {
    const { places } = this.index;
    const address = this.machine.registers.instructionPointer;
    const unentered = this.unentered.of(this.thread);
    if (this.kind === "out") {
      this.lines = LineStep.outOfInlined(places, address, unentered);
      return this.lines === undefined ? this.returnToCaller() : { kind: "instruction" };
    }
    if (this.granularity === "instruction" || this.index.lineAt(this.machine.registers.rip) === undefined) {
      this.depth = undefined;
      return { kind: "instruction" };
    }
    if (this.kind === "into" && this.target === undefined && unentered > 0) {
      this.depth = places.framesAt(address).length - unentered;
      return { kind: "over" };
    }
    this.lines = LineStep.from(places, address, unentered, this.kind === "into");
    return { kind: "instruction" };
  }

  /** Out of a function that a thread begins with is the thread's end, unless instructions count: nobody wrote what is below. */
  private returnToCaller(): Phase {
    const frames = this.threads.frames(this.thread);
    const [frame, caller] = [frames?.at(0), frames?.at(1)];
    if (frames === undefined || frame === undefined || caller === undefined) return { kind: "end" };
    if (this.granularity === "line" && frame.presentation === "normal" && isAboveBottom(frames)) return { kind: "end" };
    return {
      kind: "place",
      address: caller.instruction,
      stackPointer: frame.canonicalFrameAddress,
      next: "done",
    };
  }

  /** A parked thread begins its step where it will go on. */
  private waitForTurn(): Phase {
    if (this.kind === "out") return this.returnToCaller();
    const frame = this.threads.frames(this.thread)?.at(0);
    const stackPointer = frame?.registers.general[4];
    if (frame === undefined) return { kind: "end" };
    return { kind: "place", address: frame.instruction, stackPointer: stackPointer ?? 0n, next: "begin" };
  }

  /** The stepped thread has executed something: is the step over, and if not, how does it go on? */
  private look(stop: MachineStop): boolean {
    const { rip } = this.machine.registers;
    this.phase = { kind: "instruction" };
    const returnAddress = stop.kind === "stackSwitch" ? undefined : this.calledFrom();
    if (returnAddress !== undefined) {
      if (this.kind === "into" && this.enters(rip)) return this.runToBody(rip);
      this.phase = { kind: "place", address: returnAddress, stackPointer: this.previous.rsp, next: "look" };
      return false;
    }
    if (this.lines === undefined) return true;
    switch (this.lines.look(Number(rip), this.hasReturned())) {
      case "goesOn":
        return false;
      case "isOver":
        this.depth = this.lines.inlinedDepth;
        return true;
      case "isLost":
        // Code without a source (after a ret or a jump into it): on to the next line that there is.
        this.phase = this.returnToSource() ?? this.phase;
        return false;
    }
  }

  /** Runs to the nearest function on the stack that has lines. */
  private returnToSource(): Phase | undefined {
    let callee: StackFrame | undefined;
    for (const caller of this.threads.frames(this.thread) ?? []) {
      if (this.index.lineAt(caller.codeAddress) !== undefined) {
        if (callee === undefined) return undefined;
        const { instruction: address } = caller;
        return { kind: "place", address, stackPointer: callee.canonicalFrameAddress, next: "done" };
      }
      callee = caller;
    }
    return undefined;
  }

  /** The last instruction took a return address from the stack: the word that it left behind says so. */
  private hasReturned(): boolean {
    const { registers, memory } = this.machine;
    const { rsp } = this.previous;
    return registers.general("rsp") > rsp && memory.readWord(guestAddress(rsp)) === registers.rip;
  }

  /** A step into a function ends behind what sets up its frame. True: it is there. */
  private runToBody(start: GuestAddress): boolean {
    if (this.lines === undefined) return true;
    const body = this.index.places.bodyStart(Number(start));
    if (body === Number(start)) return true;
    this.phase = { kind: "place", address: guestAddress(BigInt(body)), stackPointer: 0n, next: "done" };
    return false;
  }

  /** A step into a call ends in the function, if it is the wanted one; without a target, in one that has lines. */
  private enters(start: GuestAddress): boolean {
    if (this.target !== undefined) return start === this.target;
    return this.lines === undefined || this.index.lineAt(start) !== undefined;
  }

  /** The return address, when the last instruction was a call: it is on the stack, and follows the instruction. */
  private calledFrom(): GuestAddress | undefined {
    const { registers, memory } = this.machine;
    const rsp = registers.general("rsp");
    if (rsp !== this.previous.rsp - 8n) return undefined;
    const word = memory.readWord(guestAddress(rsp));
    if (word === undefined || word === registers.rip) return undefined;
    const isBehind = word > this.previous.rip && word <= this.previous.rip + maximumInstructionLength;
    return isBehind ? guestAddress(word) : undefined;
  }
}

/** All callers are of those that nobody wrote. */
function isAboveBottom(frames: LazyList<StackFrame>): boolean {
  for (const { index, presentation } of frames) if (index > 0 && presentation !== "subtle") return false;
  return true;
}
