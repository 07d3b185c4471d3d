/** What a process does about the signals on their way to it: nothing, the call of a handler, or its end. */
import { addressPlus, type GuestAddress } from "../../base/guest-address.js";
import type { Fault } from "../../engine/machine.js";
import { InstructionDecoder } from "../../x86/decode.js";
import { goesOn, killed, type Outcome } from "../processes/outcome.js";
import type { Process } from "../processes/process.js";
import { faultSignal, unmaskedExceptions } from "./fault-signal.js";
import { enterHandler } from "./signal-frame.js";
import { defaultAction, signalBit, signalName, signalNumbers } from "./signal-numbers.js";
import {
  actionFlags,
  defaultSignalAction,
  isOnAlternateStack,
  SIG_DFL,
  SIG_IGN,
  type SignalInfo,
} from "./signal-state.js";

const longestInstruction = 15;

/** Delivers the signals on their way that are not blocked: enters their handlers, the last one innermost. */
export function deliverPending(process: Process): Outcome {
  const { signals } = process;
  for (;;) {
    const info = signals.pending === 0n ? undefined : signals.take(~signals.mask);
    if (info === undefined) return goesOn;
    const outcome = deliver(process, info);
    if (outcome !== undefined) return outcome;
  }
}

/** The next unblocked signal that has a handler, taken; those without one are dealt with. */
export function nextToHandle(process: Process): SignalInfo | "terminated" | undefined {
  const { signals } = process;
  for (;;) {
    const info = signals.pending === 0n ? undefined : signals.take(~signals.mask);
    if (info === undefined) return undefined;
    const { handler } = signals.action(info.signal);
    if (handler !== SIG_DFL && handler !== SIG_IGN) return info;
    if (handler === SIG_IGN || defaultAction(info.signal) === "ignore") continue;
    signals.raise(info);
    return "terminated";
  }
}

/** Does about a signal what is to be done. An outcome: the process is over. */
export function deliver(process: Process, info: SignalInfo): Outcome | undefined {
  const { handler } = process.signals.action(info.signal);
  if (handler === SIG_IGN) return undefined;
  if (handler !== SIG_DFL) {
    if (callHandler(process, info)) return undefined;
    return terminated(process, signalNumbers.SIGSEGV, "There is no room on its stack for a signal handler's frame.");
  }
  switch (defaultAction(info.signal)) {
    case "ignore":
      return undefined;
    case "terminate":
      // Who has sent it from the host knows it.
      if (info.isFromHost === true) return killed(info.signal);
      return terminated(process, info.signal);
    case "stop":
      return terminated(process, info.signal, "It stops the program, and there is nobody who could continue it.");
  }
}

/**
 * Delivers the signal that a fault raises, when the program has a handler for it and does not block it. Otherwise
 * returns the signal, which ends the program.
 */
export function deliverFault(process: Process, fault: Fault): number | undefined {
  const { signals, machine } = process;
  const { memory, registers } = machine;
  const isPresent = (address: GuestAddress): boolean => memory.permissionsAt(address)?.read === true;
  const { rip } = registers;
  // A trap is reported behind its instruction.
  const isBehind = fault.kind === "breakpointTrap" || (fault.kind === "debugTrap" && !fault.isSingleStep);
  const reported = isBehind ? addressPlus(rip, lengthAt(process, rip)) : rip;
  const info = faultSignal(fault, reported, isPresent, unmaskedExceptions(registers));
  const { handler } = signals.action(info.signal);
  const isBlocked = (signals.mask & signalBit(info.signal)) !== 0n;
  if (handler === SIG_DFL || handler === SIG_IGN || isBlocked) return info.signal;
  registers.rip = reported;
  if (callHandler(process, info)) return undefined;
  registers.rip = rip;
  return info.signal;
}

/** The end of a process by a signal, with a note: the shells of real systems tell it of the first process, too. */
export function terminated(process: Process, signal: number, reason?: string): Outcome {
  const { system, machine } = process;
  if (process.parent === undefined || faultSignals.has(signal) || reason !== undefined) {
    const place = system.describeAddress(process, machine.registers.rip);
    const because = reason === undefined ? "" : ` ${reason}`;
    system.noteOnce(`The program was ended by ${signalName(signal)} at ${place}.${because}`);
  }
  return killed(signal);
}

const faultSignals: ReadonlySet<number> = new Set([
  signalNumbers.SIGSEGV,
  signalNumbers.SIGBUS,
  signalNumbers.SIGILL,
  signalNumbers.SIGFPE,
  signalNumbers.SIGTRAP,
]);

function callHandler({ signals, memory, machine, system, parent, tasks }: Process, info: SignalInfo): boolean {
  const action = signals.action(info.signal);
  const mask = signals.savedMask ?? signals.mask;
  const state = { mask, alternateStack: signals.alternateStack };
  const from = machine.registers.general("rsp");
  if (!enterHandler(machine.registers, memory, action, info, state)) return false;
  const { base, size } = state.alternateStack;
  const isOn = isOnAlternateStack(state.alternateStack, machine.registers.general("rsp"));
  if (isOn && !isOnAlternateStack(state.alternateStack, from)) {
    tasks.observer?.alternateStackEntered(from, base, base + size);
  }
  signals.savedMask = undefined;
  const own = (action.flags & actionFlags.SA_NODEFER) === 0n ? signalBit(info.signal) : 0n;
  signals.mask |= action.mask | own;
  if ((action.flags & actionFlags.SA_RESETHAND) !== 0n) signals.setAction(info.signal, defaultSignalAction);
  if (parent === undefined) system.options.signalHandled?.(info.signal);
  return true;
}

function lengthAt({ machine }: Process, address: GuestAddress): number {
  const decoder = new InstructionDecoder(machine.memory.read(address, longestInstruction), address);
  return decoder.next()?.length ?? 1;
}
