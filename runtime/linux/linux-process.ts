/**
 * A Linux process as its program sees it: the image in memory, the initial stack, files, signals and the system calls.
 * Nothing reaches the host: output goes to an observer, input is a list of bytes, files are in memory, time is counted,
 * random numbers are seeded.
 */
import { addressPlus, type GuestAddress } from "../base/guest-address.js";
import type { ProgramImage } from "../base/program-image.js";
import { ok, type Result } from "../base/result.js";
import type { Fault, Machine } from "../engine/machine.js";
import { AddressSpace, layout, stackLow } from "./address-space.js";
import { Clock } from "./clock.js";
import { systemCallError } from "./errors.js";
import { DescriptorTable } from "./files/descriptor-table.js";
import type { HostFolder } from "./files/host-folder.js";
import { homeFolder, memoryMapText, standardTree } from "./files/standard-tree.js";
import { InputStream, OutputStream } from "./files/streams.js";
import { layDownProcessImage } from "./process-image.js";
import { SeededRandom } from "./random.js";
import { faultSignal, unmaskedExceptions } from "./signals/fault-signal.js";
import { enterHandler } from "./signals/signal-frame.js";
import { defaultAction, signalBit, signalName, signalNumbers } from "./signals/signal-numbers.js";
import {
  actionFlags,
  defaultSignalAction,
  SIG_DFL,
  SIG_IGN,
  type SignalInfo,
  SignalState,
  signalCodes,
} from "./signals/signal-state.js";
import { systemCallName } from "./system-calls/names.js";
import { processId } from "./system-calls/process.js";
import type { SystemCallArguments, SystemCallContext, Wait } from "./system-calls/system-call.js";
import { systemCalls } from "./system-calls/table.js";
import { type Task, Tasks } from "./tasks.js";
import { Timer, Timers } from "./timers.js";
import { minimum, UserMemory } from "./user-memory.js";

export interface LinuxProcessOptions {
  /** `argv`, the program's name first. */
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly standardInput?: Uint8Array;
  /** Folders of the host that the program may read. */
  readonly hostFolders?: readonly HostFolder[];
  readonly output: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
  /** A sentence about the program for its user. */
  readonly note: (text: string) => void;
  /** An address in words, for notes: `0x00401010 (main+0x10, hello.s line 12)`. */
  readonly describeAddress: (address: GuestAddress) => string;
}

/** The process goes on, or is over. A process that a signal ended has the status 128 plus the signal's number. */
export type SystemCallOutcome = { readonly kind: "continue" } | { readonly kind: "exited"; readonly status: number };

const goOn: SystemCallOutcome = { kind: "continue" };

/** A `syscall` instruction has two bytes. */
export const systemCallLength = 2;

export class LinuxProcess {
  readonly addressSpace: AddressSpace;
  private readonly context: SystemCallContext;
  private readonly notes = new Set<string>();

  /** Lays `image` down in the machine's memory and makes it ready to run; see `layDownProcessImage` for what can fail. */
  static start(machine: Machine, image: ProgramImage, options: LinuxProcessOptions): Result<LinuxProcess, string> {
    const random = new SeededRandom(0n);
    const executablePath = executablePathOf(options.arguments[0] ?? "program");
    const randomBytes = random.bytes(16);
    const laidDown = layDownProcessImage(machine, image, { ...options, executablePath, randomBytes });
    return laidDown.ok ? ok(new LinuxProcess(machine, image, options, random, executablePath)) : laidDown;
  }

  private constructor(
    private readonly machine: Machine,
    image: ProgramImage,
    private readonly options: LinuxProcessOptions,
    random: SeededRandom,
    executablePath: string,
  ) {
    this.addressSpace = new AddressSpace(machine.memory, image);
    const clock = new Clock(machine);
    const signals = new SignalState();
    const tasks = new Tasks(machine, signals, processId);
    const files = standardTree({
      clock,
      random,
      hostFolders: options.hostFolders ?? [],
      executablePath,
      commandLine: options.arguments,
      environment: options.environment,
      memoryMap: () => this.memoryMap(executablePath),
    });
    // The executable can be opened and its size asked for; its bytes are not kept.
    files.addFile(executablePath, 0o555, () => new Uint8Array());
    const timerSignal = (signal: number): Timer =>
      new Timer(() => signals.raise({ signal, code: signalCodes.SI_KERNEL, details: [] }));
    this.context = {
      machine,
      memory: new UserMemory(machine.memory),
      addressSpace: this.addressSpace,
      random,
      clock,
      timers: new Timers(clock),
      signals,
      files,
      descriptors: new DescriptorTable(),
      attributes: {
        workingFolder: files.makeFolders(homeFolder),
        creationMask: 0o022,
        name: new TextEncoder().encode(fileName(executablePath)).slice(0, 15),
        intervalTimers: [
          timerSignal(signalNumbers.SIGALRM),
          timerSignal(signalNumbers.SIGVTALRM),
          timerSignal(signalNumbers.SIGPROF),
        ],
      },
      tasks,
      get call() {
        return tasks.current.call;
      },
      noteOnce: (text) => this.noteOnce(text),
    };
    const { descriptors } = this.context;
    descriptors.add(new InputStream(options.standardInput ?? new Uint8Array(), clock), false);
    descriptors.add(new OutputStream("standard output", (bytes) => options.output("stdout", bytes), clock), false);
    descriptors.add(new OutputStream("standard error", (bytes) => options.output("stderr", bytes), clock), false);
  }

  /** Instructions after which `timersDue` must be asked: a timer goes off, or a thread's turn is over. */
  get instructionsUntilTimer(): number {
    const { timers, clock, tasks } = this.context;
    const { next } = timers;
    const untilTimer = next === undefined ? Number.POSITIVE_INFINITY : Math.max(0, Number(next - clock.elapsed));
    return Math.min(untilTimer, tasks.leftOfTurn);
  }

  /**
   * Lets timers go off whose moment has come, delivers what they send, and gives the next thread its turn when the
   * current one's is over. Undefined: nothing happened.
   */
  timersDue(): SystemCallOutcome | undefined {
    const { timers, tasks } = this.context;
    const hasFired = timers.fireDue();
    if (tasks.leftOfTurn === 0) return this.nextTurn();
    return hasFired ? this.deliverPending() : undefined;
  }

  /**
   * Delivers the signal that a fault raises, when the program has a handler for it and does not block it. False: it has
   * not; the fault ends the program.
   */
  deliverFault(fault: Fault): boolean {
    const { signals } = this.context;
    const { memory } = this.machine;
    const isPresent = (address: GuestAddress): boolean => memory.permissionsAt(address)?.read === true;
    const info = faultSignal(fault, this.machine.registers.rip, isPresent, unmaskedExceptions(this.machine.registers));
    const { handler } = signals.action(info.signal);
    const isBlocked = (signals.mask & signalBit(info.signal)) !== 0n;
    if (handler === SIG_DFL || handler === SIG_IGN || isBlocked) return false;
    const { registers } = this.machine;
    const { rip } = registers;
    // A trap is reported behind its instruction.
    if (fault.kind === "breakpointTrap") registers.rip = addressPlus(rip, this.trapLength(rip));
    if (this.enterHandler(info)) return true;
    registers.rip = rip;
    return false;
  }

  /** Answers the system call that the machine has just stopped for (System V ABI, AMD64 supplement, A.2.1). */
  systemCall(): SystemCallOutcome {
    const { registers } = this.machine;
    // The kernel looks at eax as a signed 32-bit number.
    const number = Number(BigInt.asIntN(32, registers.general("rax")));
    const call = systemCalls.get(number);
    if (call === undefined) {
      this.noteUnknown(number);
      registers.setGeneral("rax", BigInt.asUintN(64, systemCallError("ENOSYS")));
      return this.deliverPending();
    }
    const args: SystemCallArguments = [
      registers.general("rdi"),
      registers.general("rsi"),
      registers.general("rdx"),
      registers.general("r10"),
      registers.general("r8"),
      registers.general("r9"),
    ];
    const { tasks } = this.context;
    Object.assign(tasks.current.call, { deadline: undefined, transferred: 0, futex: undefined });
    const result = call.handle(this.context, args);
    if (typeof result === "bigint") return this.answer(result);
    switch (result.kind) {
      case "exit":
        return { kind: "exited", status: result.status };
      case "threadExit":
        if (!tasks.areSeveral) return { kind: "exited", status: result.status };
        return this.nextTurn("currentIsOver");
      case "registersSet":
        return this.deliverPending();
      case "yield": {
        const outcome = this.answer(result.result);
        return outcome.kind === "exited" || !tasks.areSeveral ? outcome : this.nextTurn();
      }
      case "wait":
        tasks.current.blocked = { number, args, wait: result };
        return this.nextTurn();
    }
  }

  /** A call of the current thread is over. */
  private answer(result: bigint): SystemCallOutcome {
    this.restoreMask();
    this.machine.registers.setGeneral("rax", BigInt.asUintN(64, result));
    return this.deliverPending();
  }

  /** Gives the processor to the next thread that can go on. Time passes when all wait. */
  private nextTurn(current?: "currentIsOver"): SystemCallOutcome {
    const { tasks, timers, clock } = this.context;
    const candidates = tasks.inTurn().filter((task) => task !== tasks.current || current === undefined);
    if (current !== undefined) tasks.removeCurrent();
    for (;;) {
      for (const task of candidates) {
        const outcome = this.resume(task);
        if (outcome !== undefined) return outcome;
      }
      const moments = [timers.next, ...candidates.map(({ blocked }) => blocked?.wait.deadline)];
      const next = moments.filter((moment) => moment !== undefined);
      if (next.length === 0) return this.deadlock(candidates);
      clock.sleepUntil(next.reduce((one, other) => minimum(one, other)));
      timers.fireDue();
    }
  }

  /** Lets a thread go on, when what it waits for has come or a signal ends its wait. Undefined: it goes on waiting. */
  private resume(task: Task): SystemCallOutcome | undefined {
    const { tasks, signals } = this.context;
    const { blocked } = task;
    if (blocked === undefined) {
      tasks.switchTo(task);
      return this.deliverPending();
    }
    const isInVain = blocked.wait.isReady?.() === false;
    if (isInVain && !signals.hasUnblocked(task.signals)) return undefined;
    tasks.switchTo(task);
    const caught = this.nextToHandle();
    if (caught === "terminated") return this.deliverPending();
    if (caught !== undefined) {
      task.blocked = undefined;
      this.interrupt(blocked.wait, blocked.number, signals.action(caught.signal).flags);
      // The handler returns to the mask that held before the call.
      return this.deliver(caught) ?? this.deliverPending();
    }
    const result = systemCalls.get(blocked.number)?.handle(this.context, blocked.args);
    if (typeof result === "bigint") {
      task.blocked = undefined;
      return this.answer(result);
    }
    if (result?.kind === "wait") blocked.wait = result;
    return undefined;
  }

  /** The call ends, or begins anew when the handler is over. */
  private interrupt(wait: Wait, number: number, flags: bigint): void {
    const { registers } = this.machine;
    wait.onInterrupt?.();
    if (wait.isRestartable && (flags & actionFlags.SA_RESTART) !== 0n && this.context.call.transferred === 0) {
      registers.rip = addressPlus(registers.rip, -systemCallLength);
      registers.setGeneral("rax", BigInt(number));
      return;
    }
    const { transferred } = this.context.call;
    const result = transferred > 0 ? BigInt(transferred) : systemCallError("EINTR");
    registers.setGeneral("rax", BigInt.asUintN(64, result));
  }

  private deadlock(waiting: readonly Task[]): SystemCallOutcome {
    const places = waiting.map(({ blocked, registers }) => {
      const behind = registers?.rip ?? this.machine.registers.rip;
      const place = this.options.describeAddress(addressPlus(behind, -systemCallLength));
      const { number, wait } = blocked ?? { number: 0, wait: undefined };
      return `for ${wait?.what ?? "nothing"}, in ${systemCallName(number) ?? number} at ${place}`;
    });
    this.noteOnce(
      `The program waits ${places.join("; and ")}. Nothing can happen any more that would end the wait: a deadlock. ` +
        "The program was ended.",
    );
    return { kind: "exited", status: 128 + signalNumbers.SIGKILL };
  }

  /** Delivers the signals on their way that are not blocked: enters their handlers, the last one innermost. */
  private deliverPending(): SystemCallOutcome {
    const { signals } = this.context;
    for (;;) {
      const info = signals.pending === 0n ? undefined : signals.take(~signals.mask);
      if (info === undefined) break;
      const outcome = this.deliver(info);
      if (outcome !== undefined) return outcome;
    }
    return goOn;
  }

  /** A call that waited with a mask of its own is over. */
  private restoreMask(): void {
    const { signals } = this.context;
    if (signals.savedMask === undefined) return;
    signals.mask = signals.savedMask;
    signals.savedMask = undefined;
  }

  /** The next unblocked signal that has a handler, taken; those without one are dealt with. */
  private nextToHandle(): SignalInfo | "terminated" | undefined {
    const { signals } = this.context;
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
  private deliver(info: SignalInfo): SystemCallOutcome | undefined {
    const { signals } = this.context;
    const { handler } = signals.action(info.signal);
    if (handler === SIG_IGN) return undefined;
    if (handler !== SIG_DFL) {
      if (this.enterHandler(info)) return undefined;
      return this.terminated(signalNumbers.SIGSEGV, "There is no room on its stack for a signal handler's frame.");
    }
    switch (defaultAction(info.signal)) {
      case "ignore":
        return undefined;
      case "terminate":
        return this.terminated(info.signal);
      case "stop":
        return this.terminated(info.signal, "It stops the program, and there is nobody who could continue it.");
    }
  }

  private terminated(signal: number, reason?: string): SystemCallOutcome {
    const place = this.options.describeAddress(this.machine.registers.rip);
    const because = reason === undefined ? "" : ` ${reason}`;
    this.noteOnce(`The program was ended by ${signalName(signal)} at ${place}.${because}`);
    return { kind: "exited", status: 128 + signal };
  }

  private enterHandler(info: SignalInfo): boolean {
    const { signals, memory } = this.context;
    const action = signals.action(info.signal);
    const mask = signals.savedMask ?? signals.mask;
    const state = { mask, alternateStack: signals.alternateStack };
    if (!enterHandler(this.machine.registers, memory, action, info, state)) return false;
    signals.savedMask = undefined;
    const own = (action.flags & actionFlags.SA_NODEFER) === 0n ? signalBit(info.signal) : 0n;
    signals.mask |= action.mask | own;
    if ((action.flags & actionFlags.SA_RESETHAND) !== 0n) signals.setAction(info.signal, defaultSignalAction);
    return true;
  }

  /** `int3` has one byte, `int $3` two. */
  private trapLength(address: GuestAddress): number {
    const [opcode] = this.machine.memory.read(address, 1);
    return opcode === 0xcc ? 1 : 2;
  }

  private memoryMap(executablePath: string): string {
    const { heapStart, heapEnd } = this.addressSpace;
    return memoryMapText(this.machine.memory.mappings(), (start) => {
      if (start >= stackLow && start < layout.stackHigh) return "[stack]";
      if (start >= heapStart && start < heapEnd) return "[heap]";
      return start < heapStart ? executablePath : "";
    });
  }

  private noteUnknown(number: number): void {
    const name = systemCallName(number);
    const place = this.options.describeAddress(addressPlus(this.machine.registers.rip, -systemCallLength));
    const what = name === undefined ? `system call ${number}` : `system call ${number} (${name})`;
    this.noteOnce(
      `${what} is not known to Green Threads; the program was told ENOSYS (rax = -38). It was made at ${place}.`,
      what,
    );
  }

  private noteOnce(text: string, key = text): void {
    if (this.notes.has(key)) return;
    this.notes.add(key);
    this.options.note(text);
  }
}

function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

/** Where the program finds its own executable: its folders on the host are not told. */
function executablePathOf(program: string): string {
  return `${homeFolder}/${fileName(program) || "program"}`;
}
