/**
 * The face of the runtime: what a debug adapter or a command line needs to load a program, run it, and look at its
 * green threads. It speaks neither DAP nor VS Code, and does no input or output of its own.
 */
import type { GuestAddress } from "./base/guest-address.js";
import type { LazyList } from "./base/lazy-list.js";
import type { ProgramImage } from "./base/program-image.js";
import type { Result } from "./base/result.js";
import type { FaultExplanation } from "./checks/explanation.js";
import type { MachineOptions } from "./engine/create-machine.js";
import type { GuestMemory, Machine } from "./engine/machine.js";
import type { WatchedRange, WatchHit } from "./engine/watchpoints.js";
import type { ExpressionScope, Names } from "./expressions/scope.js";
import type { HostFolder } from "./linux/files/host-folder.js";
import type { HostInput, HostOutput } from "./linux/files/host-streams.js";
import type {
  Abi,
  GreenThread,
  MemoryAnnotation,
  StackFrame,
  ThreadCounts,
  ThreadEvent,
  ThreadEventKind,
  ThreadFilter,
  ThreadId,
} from "./threads/types.js";
import type { FrameVariable } from "./values/frame-variables.js";
import type { SourceValue } from "./values/source-value.js";

export type { FaultExplanation } from "./checks/explanation.js";
export type { BuildOptions } from "./execution/build-program.js";
export { loadDebuggee } from "./execution/load-debuggee.js";
export type { ThreadModelDeclaration } from "./execution/thread-model.js";
export type { HostEntry, HostFile, HostFolder, HostFolderEntry } from "./linux/files/host-folder.js";
export type { HostInput, HostOutput, HostStream, HostTerminal } from "./linux/files/host-streams.js";
export { fileInput } from "./linux/files/host-streams.js";
export { statusOfSignal } from "./linux/linux-process.js";
export { dumpsCore, signalName } from "./linux/signals/signal-numbers.js";
export { readExecutable } from "./object/read-executable.js";
export { type DebugFileReference, debugFileReference, isDebugFileOf } from "./object/separate-debug-file.js";
export type {
  Abi,
  CallSite,
  FrameRegisters,
  GreenThread,
  MemoryAnnotation,
  StackFrame,
  ThreadCounts,
  ThreadEvent,
  ThreadEventKind,
  ThreadFilter,
  ThreadId,
  ThreadState,
} from "./threads/types.js";
export type { Child } from "./values/children.js";
export type { FrameVariable } from "./values/frame-variables.js";
export { type Parts, partsOf } from "./values/parts.js";
export type { SourceValue, ValueSource } from "./values/source-value.js";
export { summary } from "./values/summary.js";
export { type NumberType, valueType } from "./values/value-type.js";

/** What makes programs of assembly sources. It is loaded when it is first asked for: executables do without. */
export const assembler = () => import("./execution/build-program.js");

/** Why a run ended. Where a thread is named, it is the one that the stop is about. */
export type DebuggeeStop = StopReason & {
  /** The step of this thread was under way, and is abandoned: something happened in another thread. */
  readonly abandonedStepOf?: ThreadId;
};

type StopReason =
  | { readonly kind: "breakpoint"; readonly thread: ThreadId; readonly breakpoints: readonly BreakpointId[] }
  | {
      readonly kind: "dataBreakpoint";
      readonly thread: ThreadId;
      readonly hits: readonly DataBreakpointHit[];
      /** Those on the instruction that execution has arrived at. */
      readonly breakpoints: readonly BreakpointId[];
    }
  | { readonly kind: "step"; readonly thread: ThreadId }
  | { readonly kind: "pause"; readonly thread: ThreadId }
  | { readonly kind: "entry"; readonly thread: ThreadId }
  | { readonly kind: "threadEvent"; readonly thread: ThreadId; readonly event: ThreadEvent }
  | {
      readonly kind: "fault";
      readonly thread: ThreadId;
      readonly explanation: FaultExplanation;
      readonly signal: number;
    }
  /** A signal's handler is about to run; or, when nobody handles it, the next run ends the program. */
  | { readonly kind: "signal"; readonly thread: ThreadId; readonly signal: number; readonly isFatal: boolean }
  /** The program has asked to end: the next run ends it. */
  | { readonly kind: "exiting"; readonly thread: ThreadId; readonly status: number }
  /** Execution has come to where the request asked it to. */
  | { readonly kind: "arrived"; readonly thread: ThreadId }
  /** Only `alone` was to run, and another thread has been given the processor. */
  | { readonly kind: "otherThread"; readonly thread: ThreadId; readonly alone: ThreadId }
  | { readonly kind: "limit"; readonly thread: ThreadId; readonly description: string }
  | { readonly kind: "exited"; readonly status: number };

declare const breakpointIdBrand: unique symbol;
export type BreakpointId = number & { readonly [breakpointIdBrand]: true };

/** What a breakpoint's condition, hit condition or log message sees when it is evaluated. */
export interface BreakpointContext {
  readonly thread: GreenThread;
  readonly machine: Machine;
}

export interface BreakpointRequest {
  readonly address: GuestAddress;
  /**
   * The place is in that many inlined functions: others that begin there are shown as not entered. Without it, whatever
   * is at the address is shown.
   */
  readonly inlinedDepth?: number;
  /** Stop only when this says so; called in-process at each hit. Throws nothing: an error is a stop with a message. */
  readonly condition?: (context: BreakpointContext) => boolean;
  /** Given the number of hits so far, this one included. */
  readonly hitCondition?: (hits: number) => boolean;
  /** Instead of stopping: say this. */
  readonly log?: (context: BreakpointContext) => void;
}

/** A range of memory, and the accesses of the program to it that end a run. */
export interface DataBreakpointRequest extends Pick<BreakpointRequest, "condition" | "hitCondition"> {
  readonly range: WatchedRange;
  /** A write of the value that was there before is none. */
  readonly onlyChanges?: boolean;
  /** The range is a part of this frame: the breakpoint is gone when that ends, and the observer is told. */
  readonly frame?: WatchedFrame;
}

/** A frame on a stack: what it will return to, and `rsp` before the call that made it. */
export interface WatchedFrame {
  readonly thread: ThreadId;
  readonly canonicalFrameAddress: GuestAddress;
  readonly returnAddress: GuestAddress;
}

/** An access has been made. */
export interface DataBreakpointHit extends WatchHit {
  readonly breakpoint: BreakpointId;
  /** The instruction that made it: a `syscall` where the system wrote for the program. */
  readonly instruction: GuestAddress;
}

export type StepKind = "over" | "into" | "out";
export type StepGranularity = "line" | "instruction";

/**
 * What ends a run without a breakpoint, when it is asked for: what happens to green threads; a fault of the processor
 * that the program does not handle; a signal that a handler is called for, or that ends the program; the program's own
 * end.
 */
export type StopEventKind = ThreadEventKind | "fault" | "signal" | "exit";

export interface StopEvent extends Omit<ThreadEvent, "kind"> {
  readonly kind: StopEventKind;
  /** Of a signal: its number (signal(7)), and whether it ends the program. */
  readonly signal?: number;
  readonly isFatal?: boolean;
}

interface AnyRun {
  /**
   * The running thread alone is to run. The others are held, where the thread model knows how to keep them from being
   * chosen; the run ends as soon as one of them gets the processor all the same.
   */
  readonly isAlone?: boolean;
}

export interface ContinueRequest extends AnyRun {
  readonly kind: "continue";
  /** Addresses at which the run ends, whichever thread comes there. */
  readonly until?: readonly GuestAddress[];
}

/**
 * Steps one green thread; others run as the schedule has it, and do not end the step. Two exceptions: a step into the
 * very instruction that switches stacks follows the processor to the other thread, and when the stepped thread finishes,
 * the step ends in the thread that runs then. A line step from code without lines is an instruction step.
 */
export interface StepRequest extends AnyRun {
  readonly kind: "step";
  readonly thread: ThreadId;
  readonly step: StepKind;
  readonly granularity: StepGranularity;
  /** Into this function alone: other calls on the way are stepped over. */
  readonly target?: GuestAddress;
}

export type RunRequest = ContinueRequest | StepRequest;

/** What the debuggee tells while it runs. */
export interface DebuggeeObserver {
  /** What the program wrote to a standard stream. */
  output(stream: "stdout" | "stderr", bytes: Uint8Array): void;
  /** A line about the program from the runtime itself (an unknown system call, named once). */
  note(text: string): void;
  threadStarted(thread: ThreadId): void;
  threadExited(thread: ThreadId): void;
  /** The frame that a data breakpoint belonged to has ended, and the breakpoint with it. */
  dataBreakpointEnded?(breakpoint: BreakpointId): void;
}

export interface LoadOptions {
  /** Arguments behind the program's name. */
  readonly arguments: readonly string[];
  /** The first word of `argv`; by default the file name of the program's source. */
  readonly programName?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly abi: Abi;
  readonly observer: DebuggeeObserver;
  /** What the program reads from standard input: all of it, or where to ask for it. Nothing by default. */
  readonly standardInput?: Uint8Array | HostInput;
  /** Where the standard streams go; to `observer.output` by default. */
  readonly standardOutput?: HostOutput;
  readonly standardError?: HostOutput;
  /** Folders of the host that the program may read, read-only; none by default. Its other files are in memory. */
  readonly hostFolders?: readonly HostFolder[];
  /**
   * False: nobody looks at green threads while the program runs, and switches are not watched. A fault is explained as
   * well as the program's own runtime tells.
   */
  readonly watchesThreads?: boolean;
  /**
   * How to walk the threads of the program's runtime: a declaration (`ThreadModelDeclaration`), which is checked, or
   * "none". By default, a model that fits the program, where one is known.
   */
  readonly threadModel?: unknown;
  /** Stop with `limit` after that many instructions; none by default. */
  readonly instructionLimit?: number;
  /** How much memory a process of the program can have, in bytes: beyond, the system says ENOMEM. No limit by default. */
  readonly memoryLimit?: number;
  /** How code is executed, with the same results; `tiered` by default. */
  readonly mode?: MachineOptions["mode"];
}

export interface Debuggee {
  readonly image: ProgramImage;
  readonly memory: GuestMemory;
  readonly state: "stopped" | "running" | "exited";
  readonly instructionCount: number;
  /** Runs until something stops it; answers `requestPause` between rounds. Only one run at a time. */
  run(request: RunRequest): Promise<DebuggeeStop>;
  /** Ends the current run with `pause`, within a round of at most a million instructions. */
  requestPause(): void;
  /** Sends a signal to the program, as a terminal does at Ctrl-C. */
  sendSignal(signal: number): void;
  /** The living green threads in order of birth. For what happens at every stop, see `recentThreads`. */
  threads(): readonly GreenThread[];
  readonly threadCount: number;
  /**
   * At most `most` of them, the one that has the processor first: then `first`, the threads of the system, which are
   * always among them, and those that had the processor last.
   */
  recentThreads(most: number, first: Iterable<ThreadId>): readonly GreenThread[];
  /** How many threads are in each state, of those that pass the filter apart from its state. */
  threadCounts(filter: ThreadFilter): ThreadCounts;
  /** `count` of the threads that pass the filter, in order of birth, from the `start`-th on (0 is the first). */
  threadsPage(filter: ThreadFilter, start: number, count: number): readonly GreenThread[];
  /** The thread on whose stack the address lies; of several, the one whose stack begins nearest below it. */
  stackOwner(address: GuestAddress): GreenThread | undefined;
  /** One of them; undefined for one that does not live. */
  thread(thread: ThreadId): GreenThread | undefined;
  /** The one that owns the processor. */
  currentThread(): ThreadId;
  /** Innermost first. Undefined for a thread that does not live. */
  stackTrace(thread: ThreadId): readonly StackFrame[] | undefined;
  /** The same, worked out as far as somebody looks. To be asked for again when the program has run or memory changed. */
  frames(thread: ThreadId): LazyList<StackFrame> | undefined;
  /**
   * The innermost frames, at most `most`, of the thread that makes the system call at hand: for observers, who ask what
   * an output is about. Empty while it is another process's.
   */
  systemCallStack(most: number): readonly StackFrame[];
  /**
   * The parameters and local variables that the source has in a frame, the innermost block's first; empty where the
   * program's debug information tells of none.
   */
  locals(thread: ThreadId, frame: number): readonly FrameVariable[];
  /** The variables of the frame's source that lie at fixed places. */
  globals(thread: ThreadId, frame: number): readonly FrameVariable[];
  /** What expressions see in a frame; undefined where there is no such frame. */
  scopeOf(thread: ThreadId, frame: number): ExpressionScope | undefined;
  /** What conditions see: the innermost frame of the running thread, at any moment. */
  readonly processorScope: ExpressionScope;
  /**
   * What names mean in expressions that are evaluated when execution arrives at `address`; in the function that is
   * `inlinedDepth` functions deep, or in the innermost one.
   */
  namesAt(address: GuestAddress, inlinedDepth?: number): Names;
  /** A type as the language writes it in which the code at `codeAddress` was written. */
  typeName(type: SourceValue["type"], codeAddress: GuestAddress): string;
  /** Changes a register of a frame (in the processor, in a saved context, or where a frame saved it); says why it cannot. */
  writeRegister(thread: ThreadId, frame: number, register: string, value: bigint): Result<void, string>;
  /**
   * Winds the running thread back to where a frame's function was entered: `rsp`, `rip` and the callee-saved registers
   * as they were, arguments as the parameters are now. Says what has not been undone, or why it cannot.
   */
  restartFrame(thread: ThreadId, frame: number): Result<string, string>;
  /** Ends a thread that waits for its turn, where the program's runtime is known that far; says why it cannot. */
  terminateThread(thread: ThreadId): Result<void, string>;
  /** Replaces all breakpoints. Returns an id for each request, in order; a request equal in address keeps its hit count. */
  setBreakpoints(requests: readonly BreakpointRequest[]): readonly BreakpointId[];
  /**
   * Replaces all data breakpoints; they stop behind the instruction that made the access. Ids as with `setBreakpoints`,
   * whose ids they do not share. Returns an id for each request, in order.
   */
  setDataBreakpoints(requests: readonly DataBreakpointRequest[]): readonly BreakpointId[];
  /**
   * The events that end a run, by default faults alone; with `accept`, only those for which it says so (the run goes on
   * undisturbed otherwise). A fault that ends no run ends the program. So does one that a run begins with again, because
   * nobody has mended its cause.
   */
  setEventStops(kinds: ReadonlySet<StopEventKind>, accept?: (event: StopEvent) => boolean): void;
  /** What the words in a range are, where that is known, in address order. */
  annotate(address: GuestAddress, length: number): readonly MemoryAnnotation[];
}
