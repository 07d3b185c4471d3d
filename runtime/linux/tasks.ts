/**
 * The threads of the system (clone(2)) that a process has: one processor, which they get in turn. Whose turn it is
 * depends on counted instructions and on what they wait for, never on the host: the same in every run.
 */
import type { Machine, RegisterSnapshot } from "../engine/machine.js";
import type { SignalState, TaskSignals } from "./signals/signal-state.js";
import { noAlternateStack } from "./signals/signal-state.js";
import type { PendingCall, SystemCallArguments, Wait } from "./system-calls/system-call.js";

/** Instructions after which the next thread gets its turn. */
const turnLength = 100_000;

/** A system call that a thread waits in. */
export interface BlockedCall {
  readonly number: number;
  readonly args: SystemCallArguments;
  wait: Wait;
}

export interface Task {
  readonly id: number;
  /** While it has not the processor. */
  registers: RegisterSnapshot | undefined;
  signals: TaskSignals;
  blocked: BlockedCall | undefined;
  readonly call: PendingCall;
  /** Where to write 0, and wake who waits there, when the thread ends. */
  clearAtExit: bigint;
}

export class Tasks {
  current: Task;
  private readonly list: Task[];
  private nextId: number;
  private turnBegan = 0;

  constructor(
    private readonly machine: Machine,
    private readonly signals: SignalState,
    firstId: number,
  ) {
    this.current = newTask(firstId, signals.ofTask);
    this.list = [this.current];
    this.nextId = firstId + 1;
  }

  get areSeveral(): boolean {
    return this.list.length > 1;
  }

  all(): readonly Task[] {
    return this.list;
  }

  /** Those in whose turn it is to follow, the current one last. */
  inTurn(): readonly Task[] {
    const index = this.list.indexOf(this.current);
    return [...this.list.slice(index + 1), ...this.list.slice(0, index + 1)];
  }

  /** Instructions that are left of the current turn; no end with one thread. */
  get leftOfTurn(): number {
    if (!this.areSeveral) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.turnBegan + turnLength - this.machine.instructionCount);
  }

  /** A thread that begins with those registers and the signal mask of the current one. */
  add(registers: RegisterSnapshot): Task {
    const task = newTask(this.nextId++, {
      mask: this.signals.mask,
      alternateStack: noAlternateStack,
      savedMask: undefined,
    });
    task.registers = registers;
    this.list.push(task);
    return task;
  }

  /** The current thread is over; another one must be switched to. */
  removeCurrent(): void {
    this.list.splice(this.list.indexOf(this.current), 1);
  }

  /** Gives `task` the processor. */
  switchTo(task: Task): void {
    this.turnBegan = this.machine.instructionCount;
    if (task === this.current) return;
    this.current.registers = this.machine.registers.snapshot();
    if (task.registers !== undefined) this.machine.registers.restore(task.registers);
    task.registers = undefined;
    this.current = task;
    this.signals.ofTask = task.signals;
  }

  has(id: number): boolean {
    return this.list.some((task) => task.id === id);
  }
}

function newTask(id: number, signals: TaskSignals): Task {
  const call: PendingCall = { deadline: undefined, transferred: 0, futex: undefined };
  return { id, registers: undefined, signals, blocked: undefined, call, clearAtExit: 0n };
}
