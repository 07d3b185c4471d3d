/** System calls of a process: answered, waited for, and asked again when something has happened. */
import { addressPlus } from "../../base/guest-address.js";
import { systemCallError } from "../errors.js";
import { AwaitsHost } from "../files/host-folder.js";
import { deliver, deliverPending, nextToHandle } from "../signals/delivery.js";
import { actionFlags } from "../signals/signal-state.js";
import { systemCallName } from "../system-calls/names.js";
import type { SystemCall, SystemCallArguments, SystemCallResult, Wait } from "../system-calls/system-call.js";
import { systemCalls } from "../system-calls/table.js";
import type { BlockedCall, Task } from "../tasks.js";
import { isWaiting, type Outcome } from "./outcome.js";
import type { Process } from "./process.js";
import { systemCallLength } from "./system.js";

/** Answers the system call that the process's machine has just stopped for (System V ABI, AMD64 supplement, A.2.1). */
export function answerSystemCall(process: Process): Outcome {
  const { registers } = process.machine;
  // The kernel looks at eax as a signed 32-bit number.
  const number = Number(BigInt.asIntN(32, registers.general("rax")));
  const call = systemCalls.get(number);
  if (call === undefined) {
    noteUnknown(process, number);
    registers.setGeneral("rax", BigInt.asUintN(64, systemCallError("ENOSYS")));
    return deliverPending(process);
  }
  const args: SystemCallArguments = [
    registers.general("rdi"),
    registers.general("rsi"),
    registers.general("rdx"),
    registers.general("r10"),
    registers.general("r8"),
    registers.general("r9"),
  ];
  if (process.shared.hasAliases) process.shared.store();
  Object.assign(process.call, {
    deadline: undefined,
    transferred: 0,
    entries: 0,
    opening: undefined,
    futex: undefined,
  });
  return answerCall(process, number, call, args);
}

function answerCall(process: Process, number: number, call: SystemCall, args: SystemCallArguments): Outcome {
  const { tasks } = process;
  const result = handle(process, call, args);
  if (result instanceof AwaitsHost) {
    return process.system.awaitHost(process, result.answer, () => answerCall(process, number, call, args));
  }
  if (typeof result === "bigint") return answer(process, result);
  switch (result.kind) {
    case "exit":
      return { kind: "ended", end: { kind: "exited", status: result.status } };
    case "threadExit":
      if (!tasks.areSeveral) return { kind: "ended", end: { kind: "exited", status: result.status } };
      return nextTask(process, "currentIsOver");
    case "registersSet":
      return deliverPending(process);
    case "machineLent":
      return isWaiting;
    case "yield": {
      const outcome = answer(process, result.result);
      return outcome.kind === "ended" || !tasks.areSeveral ? outcome : nextTask(process);
    }
    case "wait":
      tasks.current.blocked = { number, args, wait: result };
      return nextTask(process);
  }
}

/** What the call answers, or that the host must be heard first. */
function handle(process: Process, call: SystemCall, args: SystemCallArguments): SystemCallResult | AwaitsHost {
  try {
    return call.handle(process, args);
  } catch (error) {
    if (error instanceof AwaitsHost) return error;
    throw error;
  }
}

/** A call of the current thread is over. */
function answer(process: Process, result: bigint): Outcome {
  restoreMask(process);
  process.machine.registers.setGeneral("rax", BigInt.asUintN(64, result));
  return deliverPending(process);
}

/** Gives the processor to the next thread of the process that can go on. */
export function nextTask(process: Process, current?: "currentIsOver"): Outcome {
  const { tasks } = process;
  const candidates = tasks.inTurn().filter((task) => task !== tasks.current || current === undefined);
  if (current !== undefined) tasks.removeCurrent();
  return firstToGoOn(process, candidates);
}

function firstToGoOn(process: Process, candidates: readonly Task[]): Outcome {
  for (const [index, task] of candidates.entries()) {
    const outcome = resume(process, task);
    if (outcome instanceof AwaitsHost) {
      return process.system.awaitHost(process, outcome.answer, () => firstToGoOn(process, candidates.slice(index)));
    }
    if (outcome !== undefined) {
      process.isWaiting = false;
      return outcome;
    }
  }
  process.isWaiting = true;
  return isWaiting;
}

/** Lets a thread go on, when what it waits for has come or a signal ends its wait. Undefined: it goes on waiting. */
function resume(process: Process, task: Task): Outcome | AwaitsHost | undefined {
  const { tasks, signals } = process;
  const { blocked } = task;
  if (blocked === undefined) {
    tasks.switchTo(task);
    return deliverPending(process);
  }
  const isInVain = blocked.wait.isReady?.() === false;
  if (isInVain && !signals.hasUnblocked(task.signals)) return undefined;
  tasks.switchTo(task);
  // What it waited for has come, and a signal with it: the call is over, and then the signal is handled.
  const answered = blocked.wait.isReady?.() === true ? askAgain(process, task, blocked) : undefined;
  if (answered !== undefined) return answered;
  const caught = nextToHandle(process);
  if (caught === "terminated") return deliverPending(process);
  if (caught !== undefined) {
    task.blocked = undefined;
    interrupt(process, blocked.wait, blocked.number, signals.action(caught.signal).flags);
    // The handler returns to the mask that held before the call.
    return deliver(process, caught) ?? deliverPending(process);
  }
  return askAgain(process, task, blocked);
}

/** Undefined: the call goes on waiting. */
function askAgain(process: Process, task: Task, blocked: BlockedCall): Outcome | AwaitsHost | undefined {
  const call = systemCalls.get(blocked.number);
  const result = call && handle(process, call, blocked.args);
  if (result instanceof AwaitsHost) return result;
  if (typeof result === "bigint") {
    task.blocked = undefined;
    return answer(process, result);
  }
  if (result?.kind === "wait") blocked.wait = result;
  return undefined;
}

/** The call ends, or begins anew when the handler is over. */
function interrupt({ machine, call }: Process, wait: Wait, number: number, flags: bigint): void {
  const { registers } = machine;
  wait.onInterrupt?.();
  if (wait.isRestartable && (flags & actionFlags.SA_RESTART) !== 0n && call.transferred === 0) {
    registers.rip = addressPlus(registers.rip, -systemCallLength);
    registers.setGeneral("rax", BigInt(number));
    return;
  }
  const result = call.transferred > 0 ? BigInt(call.transferred) : systemCallError("EINTR");
  registers.setGeneral("rax", BigInt.asUintN(64, result));
}

/** A call that waited with a mask of its own is over. */
function restoreMask({ signals }: Process): void {
  if (signals.savedMask === undefined) return;
  signals.mask = signals.savedMask;
  signals.savedMask = undefined;
}

function noteUnknown(process: Process, number: number): void {
  const { system, machine } = process;
  const name = systemCallName(number);
  const place = system.describeSystemCall(process, machine.registers.rip);
  const what = name === undefined ? `system call ${number}` : `system call ${number} (${name})`;
  system.noteOnce(
    `${what} is not known to Green Threads; the program was told ENOSYS (rax = -38). It was made at ${place}.`,
    what,
  );
}
