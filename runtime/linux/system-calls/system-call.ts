import type { Machine } from "../../engine/machine.js";
import type { AddressSpace } from "../address-space.js";
import type { SeededRandom } from "../random.js";
import type { UserMemory } from "../user-memory.js";

/** What the handlers of system calls work on. */
export interface SystemCallContext {
  readonly machine: Machine;
  /** The program's memory, as the program may use it. */
  readonly memory: UserMemory;
  readonly addressSpace: AddressSpace;
  readonly random: SeededRandom;
  readonly standardInput: InputStream;
  readonly clock: Clock;
  readonly signals: SignalState;
  /** What the program wrote to a standard stream. */
  output(stream: "stdout" | "stderr", bytes: Uint8Array): void;
  /** Something to tell the user about the program, once. */
  noteOnce(text: string): void;
}

/** Bytes that the program reads once, front to back. */
export interface InputStream {
  readonly isAtEnd: boolean;
  /** Takes at most `count` bytes; none at the end. */
  take(count: number): Uint8Array;
}

/** The counted clock: a nanosecond an instruction, and what the program has slept. */
export interface Clock {
  /** Nanoseconds since the process began. */
  readonly elapsed: bigint;
  /** Passes time without instructions. */
  sleep(nanoseconds: bigint): void;
}

/** Signals are never delivered; what a program sets, it can read back. */
export interface SignalState {
  /** `struct sigaction` by signal number. */
  readonly actions: Map<number, Uint8Array>;
  /** The blocked signals, a bit each. */
  mask: bigint;
}

/** The six arguments: rdi, rsi, rdx, r10, r8, r9, unsigned. */
export type SystemCallArguments = readonly [bigint, bigint, bigint, bigint, bigint, bigint];

/** The value for rax (errors negated), or the end of the process. */
export type SystemCallResult = bigint | { readonly exitStatus: number };

export interface SystemCall {
  readonly name: string;
  readonly handle: (context: SystemCallContext, args: SystemCallArguments) => SystemCallResult;
}

/** An `int` argument: the low 32 bits, signed. */
export function asInt(argument: bigint): number {
  return Number(BigInt.asIntN(32, argument));
}
