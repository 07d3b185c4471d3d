/**
 * A program as its kernel sees it: a first process, which a debugger follows, and those that it starts. Nothing reaches
 * the host but the standard streams that it hands in and reads of the folders that it grants: files are in memory, time
 * is counted, random numbers are seeded.
 */
import type { ProgramImage } from "../base/program-image.js";
import { fail, ok, type Result } from "../base/result.js";
import type { Fault, Machine } from "../engine/machine.js";
import type { AddressSpace } from "./address-space.js";
import { type HostInput, type HostOutput, inputOf, observedOutput } from "./files/host-streams.js";
import { InputStream, OutputStream } from "./files/standard-streams.js";
import { homeFolder, problemOfHostFolders } from "./files/standard-tree.js";
import { HostWait } from "./host-wait.js";
import { answerSystemCall } from "./processes/answer.js";
import type { Outcome } from "./processes/outcome.js";
import { Process } from "./processes/process.js";
import { Scheduler } from "./processes/scheduler.js";
import { System, type SystemOptions } from "./processes/system.js";
import { deliverFault } from "./signals/delivery.js";
import { signalCodes } from "./signals/signal-state.js";
import type { TaskObserver } from "./tasks.js";

export interface LinuxProcessOptions extends SystemOptions {
  /** `argv`, the program's name first. */
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** All the bytes, or where to ask for them. */
  readonly standardInput?: Uint8Array | HostInput;
  /** Where the standard streams go; to `output` by default. */
  readonly standardOutput?: HostOutput;
  readonly standardError?: HostOutput;
  readonly output: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
}

/**
 * The first process goes on; or it has not the processor, because it waits or others have their turn (`timersDue` is to
 * be called); or all processes wait for the host (see `HostWait`; then `resumeWait` is to be called); or it is over. One
 * that a signal ended has the status 128 plus the signal's number.
 */
export type SystemCallOutcome =
  | { readonly kind: "continue" }
  | { readonly kind: "waiting" }
  | { readonly kind: "hostWait" }
  | {
      readonly kind: "exited";
      readonly status: number;
      /** The signal that ended it. */
      readonly signal?: number;
    };

export class LinuxProcess {
  private readonly scheduler: Scheduler;
  /** The first process waits in a system call. */
  private isInCall = false;
  private hasHostSignal = false;

  /**
   * Lays `image` down in the machine's memory and makes it ready to run. Fails with a sentence for the user; see
   * `layDownProcessImage` and `problemOfHostFolders`.
   */
  static start(machine: Machine, image: ProgramImage, options: LinuxProcessOptions): Result<LinuxProcess, string> {
    const problem = problemOfHostFolders((options.hostFolders ?? []).map(({ path }) => path));
    if (problem !== undefined) return fail(problem);
    const system = new System(machine, options);
    const executablePath = executablePathOf(options.arguments[0] ?? "program");
    const encoder = new TextEncoder();
    // The executable can be opened and executed again.
    system.images.set(
      system.files.addFile(executablePath, 0o555, () => image.file ?? new Uint8Array()),
      image,
    );
    const process = Process.start(system, machine, {
      image,
      executablePath,
      arguments: options.arguments.map((argument) => encoder.encode(argument)),
      environment: Object.entries(options.environment).map(([name, value]) => encoder.encode(`${name}=${value}`)),
    });
    if (!process.ok) return process;
    const { descriptors } = process.value;
    const { clock } = system;
    const standardOutput = options.standardOutput ?? observedOutput((bytes) => options.output("stdout", bytes));
    const standardError = options.standardError ?? observedOutput((bytes) => options.output("stderr", bytes));
    const hostWait = new HostWait([standardOutput, standardError], system);
    descriptors.add(new InputStream(inputOf(options.standardInput), hostWait.inputs, clock), false);
    descriptors.add(new OutputStream("standard output", standardOutput, clock), false);
    descriptors.add(new OutputStream("standard error", standardError, clock), false);
    return ok(new LinuxProcess(system, process.value, hostWait));
  }

  private constructor(
    private readonly system: System,
    private readonly first: Process,
    readonly hostWait: HostWait,
  ) {
    system.current = first;
    this.scheduler = new Scheduler(system, first, hostWait);
  }

  /** Who is told of the threads of the first process. */
  observeTasks(observer: TaskObserver): void {
    this.first.tasks.observer = observer;
  }

  /** It is the first process that executes now, or makes a system call. */
  get hasProcessor(): boolean {
    return this.system.current === this.first;
  }

  get addressSpace(): AddressSpace {
    return this.first.addressSpace;
  }

  /** The first process's, and those that others have run on. */
  get machines(): readonly Machine[] {
    return this.system.machines.all;
  }

  /** Instructions that other processes than the first have executed. */
  get instructionsOfOthers(): number {
    return this.system.machines.instructionCount - this.first.machine.instructionCount;
  }

  /**
   * Instructions after which `timersDue` must be asked: a timer goes off, a turn is over, or the host has sent a signal.
   * 0 while the first process has not the processor.
   */
  get instructionsUntilTimer(): number {
    if (this.hasHostSignal) return 0;
    return Math.min(this.scheduler.leftOfTurn, this.scheduler.untilTimer);
  }

  /**
   * Lets timers go off whose moment has come, delivers what they send, and lets others have their turns when the current
   * one is over. Undefined: nothing happened to the first process.
   */
  timersDue(): SystemCallOutcome | undefined {
    const { rip } = this.first.machine.registers;
    const { isInCall } = this;
    this.hasHostSignal = false;
    this.system.timers.fireDue();
    // Signals are delivered at the beginning of a turn.
    const outcome = this.outcomeOf(this.scheduler.next());
    if (outcome.kind !== "continue") return outcome;
    return isInCall || this.first.machine.registers.rip !== rip ? outcome : undefined;
  }

  /** Goes on after a wait for the host. */
  resumeWait(): SystemCallOutcome {
    return this.outcomeOf(this.scheduler.resumeHostWait());
  }

  /** A signal that the host sends, such as the one of Ctrl-C, to the program's group: delivered as soon as may be. */
  signalFromHost(signal: number): void {
    for (const process of this.system.processes) {
      if (process.group !== this.first.group) continue;
      process.signals.raise({ signal, code: signalCodes.SI_KERNEL, details: [], isFromHost: true });
    }
    this.hasHostSignal = true;
    this.hostWait.interrupt();
  }

  /**
   * Delivers the signal that a fault raises, when the program has a handler for it and does not block it. Otherwise
   * returns the signal, which ends the program.
   */
  deliverFault(fault: Fault): number | undefined {
    return deliverFault(this.first, fault);
  }

  /** Answers the system call that the machine has just stopped for. */
  systemCall(): SystemCallOutcome {
    const outcome = answerSystemCall(this.first);
    this.isInCall = true;
    const isAlone = !this.system.areSeveral;
    return this.outcomeOf(outcome.kind === "waiting" && isAlone ? this.scheduler.next() : outcome);
  }

  private outcomeOf(outcome: Outcome): SystemCallOutcome {
    if (outcome.kind === "continue") this.isInCall = false;
    if (outcome.kind !== "ended") return outcome;
    const { end } = outcome;
    this.finish();
    return end.kind === "exited" ? end : { kind: "exited", status: statusOfSignal(end.signal), signal: end.signal };
  }

  /** The program is over with its first process. */
  private finish(): void {
    const left = [...this.system.processes].filter((process) => process !== this.first && process.end === undefined);
    if (left.length === 0) return;
    const which = left.length === 1 ? "a process" : `${left.length} processes`;
    this.system.noteOnce(`The program ended while ${which} that it had started still ran. They were ended with it.`);
  }
}

/** What shells make of an end by a signal (sh(1)). */
export function statusOfSignal(signal: number): number {
  return 128 + signal;
}

function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

/** Where the program finds its own executable: its folders on the host are not told. */
function executablePathOf(program: string): string {
  return `${homeFolder}/${fileName(program) || "program"}`;
}
