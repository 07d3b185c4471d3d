import { type ErrorName, systemCallError } from "../errors.js";
import type { Folder } from "../files/nodes.js";
import type { OpenFile } from "../files/open-file.js";
import type { Process } from "../processes/process.js";
import type { Timer } from "../timers.js";
import type { PosixTimer } from "./posix-timers.js";

/** What the handlers of system calls work on. */
export type SystemCallContext = Process;

/** What programs can change about their process. */
export interface ProcessAttributes {
  workingFolder: Folder;
  /** Permission bits that new files do not get. */
  creationMask: number;
  /** comm, as prctl(PR_SET_NAME) sets it: at most 15 bytes. */
  name: Uint8Array;
  /** The timers of setitimer(2) and alarm(2) by `which`. */
  readonly intervalTimers: readonly [Timer, Timer, Timer];
  /** Those of timer_create(2). */
  readonly posixTimers: Map<number, PosixTimer>;
}

export interface PendingCall {
  /** When the call is over although what it waits for has not come, on the clock. Undefined: not asked yet, or never. */
  deadline: bigint | undefined;
  /** Bytes that a write which waits has transferred already. */
  transferred: number;
  /** An end of a pipe with a name that is open when the other one is; how often that had been opened before. */
  opening: { readonly file: OpenFile; readonly others: number; readonly isOpen: boolean } | undefined;
  /** Messages that a call for several of them has dealt with already. */
  entries: number;
  /** The word that the thread sleeps on, until somebody wakes it. */
  futex: { address: bigint; readonly bits: number; isWoken: boolean } | undefined;
}

/** The six arguments: rdi, rsi, rdx, r10, r8, r9, unsigned. */
export type SystemCallArguments = readonly [bigint, bigint, bigint, bigint, bigint, bigint];

/** The call cannot be answered yet: ask again when something has happened. */
export interface Wait {
  readonly kind: "wait";
  /** What for, to complete "The program waits for …". */
  readonly what: string;
  /** The moment on the clock at which to ask again at the latest. */
  readonly deadline?: bigint;
  /**
   * What a signal handler makes of it: the call begins anew (unless the handler was set without SA_RESTART) or ends
   * with EINTR. `onInterrupt` is called before that.
   */
  readonly isRestartable: boolean;
  readonly onInterrupt?: () => void;
  /** False: asking again would be in vain. */
  readonly isReady?: () => boolean;
}

/** The value for rax (errors negated), a wait, the end of the process, or that the call has set all registers. */
export type SystemCallResult =
  | bigint
  | Wait
  | { readonly kind: "exit"; readonly status: number }
  /** The thread ends; the process does, with that status, when it is the last. */
  | { readonly kind: "threadExit"; readonly status: number }
  /** The result, and the next thread gets its turn. */
  | { readonly kind: "yield"; readonly result: bigint }
  | { readonly kind: "registersSet" }
  /** A child runs on the machine now; the process goes on when it has gone. */
  | { readonly kind: "machineLent" };

export interface SystemCall {
  readonly name: string;
  readonly handle: (context: SystemCallContext, args: SystemCallArguments) => SystemCallResult;
}

/** An `int` argument: the low 32 bits, signed. */
export function asInt(argument: bigint): number {
  return Number(BigInt.asIntN(32, argument));
}

/** A signed 64-bit argument as a number; large ones lose their last bits. */
export function asLong(argument: bigint): number {
  return Number(BigInt.asIntN(64, argument));
}

/** 0, or the error. */
export function statusOf(error: ErrorName | undefined): bigint {
  return error === undefined ? 0n : systemCallError(error);
}

/** Sets, once, when a call that waits is over. */
export function waitAtMost(context: SystemCallContext, nanoseconds: bigint): bigint {
  context.call.deadline ??= context.clock.elapsed + nanoseconds;
  return context.call.deadline;
}
