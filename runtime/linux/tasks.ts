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
  /** The list of locks that it holds (set_robust_list(2)); 0 without. */
  robustList: bigint;
}

/** Is told what becomes of the threads of a process, when it has happened. */
export interface TaskObserver {
  /** A thread that will begin with `registers`. */
  taskStarted(task: Task, registers: RegisterSnapshot): void;
  /** `from` has given the processor to `to`: the registers in the machine are those of `to`. */
  taskSwitched(from: Task, to: Task): void;
  /** The current thread is over; another one will be switched to. */
  taskEnded(task: Task): void;
  /** A signal handler of the current thread begins on the alternate stack, which has these bounds; `from` was `rsp`. */
  alternateStackEntered(from: bigint, low: bigint, high: bigint): void;
  /** The current thread has returned from a signal handler: `rsp` is what it was before. */
  handlerLeft(): void;
  /** The process executes another program, with one thread (execve(2)). */
  programReplaced(): void;
}

export class Tasks {
  observer: TaskObserver | undefined;
  current: Task;
  private list: Task[];
  private turnBegan = 0;

  /** With one thread, whose identifier is that of the process. `owner` has the machine that its threads run on. */
  constructor(
    private readonly owner: { readonly machine: Machine },
    private readonly signals: SignalState,
    readonly processId: number,
  ) {
    this.current = newTask(processId, signals.ofTask);
    this.list = [this.current];
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
    return Math.max(0, this.turnBegan + turnLength - this.owner.machine.instructionCount);
  }

  /** A thread that begins with those registers and the signal mask of the current one. */
  add(id: number, registers: RegisterSnapshot): Task {
    const task = newTask(id, {
      mask: this.signals.mask,
      alternateStack: noAlternateStack,
      savedMask: undefined,
    });
    task.registers = registers;
    this.list.push(task);
    this.observer?.taskStarted(task, registers);
    return task;
  }

  /** The current thread is over; another one must be switched to. */
  removeCurrent(): void {
    this.list.splice(this.list.indexOf(this.current), 1);
    this.observer?.taskEnded(this.current);
  }

  /** The current thread goes on alone, under the identifier of the process (execve(2)). */
  removeOthers(): void {
    this.current = newTask(this.processId, this.current.signals);
    this.list = [this.current];
    this.turnBegan = 0;
    this.observer?.programReplaced();
  }

  /** Gives `task` the processor. */
  switchTo(task: Task): void {
    const { machine } = this.owner;
    this.turnBegan = machine.instructionCount;
    if (task === this.current) return;
    this.current.registers = machine.registers.snapshot();
    if (task.registers !== undefined) machine.registers.restore(task.registers);
    task.registers = undefined;
    const before = this.current;
    this.current = task;
    this.signals.ofTask = task.signals;
    this.observer?.taskSwitched(before, task);
  }
}

function newTask(id: number, signals: TaskSignals): Task {
  const call: PendingCall = { deadline: undefined, transferred: 0, entries: 0, opening: undefined, futex: undefined };
  return { id, registers: undefined, signals, blocked: undefined, call, clearAtExit: 0n, robustList: 0n };
}
