import type { GuestAddress } from "../../base/guest-address.js";
import type { ProgramImage } from "../../base/program-image.js";
import { fail, ok, type Result } from "../../base/result.js";
import type { Machine, RegisterSnapshot } from "../../engine/machine.js";
import { AddressSpace, layout, stackLow } from "../address-space.js";
import type { Clock } from "../clock.js";
import { DescriptorTable } from "../files/descriptor-table.js";
import type { FileSystem } from "../files/file-system.js";
import type { SelfDescription } from "../files/process-files.js";
import { memoryMapText } from "../files/standard-tree.js";
import { layDownProcessImage } from "../process-image.js";
import type { SeededRandom } from "../random.js";
import { SharedMemory } from "../shared-memory.js";
import { signalNumbers } from "../signals/signal-numbers.js";
import { SignalState, signalCodes } from "../signals/signal-state.js";
import { deleteAllTimers } from "../system-calls/posix-timers.js";
import type { PendingCall, ProcessAttributes } from "../system-calls/system-call.js";
import { Tasks } from "../tasks.js";
import { Timer, type Timers } from "../timers.js";
import { UserMemory } from "../user-memory.js";
import { copyMemory, unmapAllButCode, unmapOtherCode } from "./machine-pool.js";
import type { System } from "./system.js";

/** What execve(2) is given. */
export interface ProgramStart {
  readonly image: ProgramImage;
  /** Where it lies in the tree of files. */
  readonly executablePath: string;
  /** `argv`, and the environment as `NAME=value`; without the zero bytes at their ends. */
  readonly arguments: readonly Uint8Array[];
  readonly environment: readonly Uint8Array[];
}

/** For sentences: 64, 2.5 */
function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1).replace(/\.0$/, "");
}

/** How a process ended: with a status, or by a signal. */
export type ProcessEnd =
  | { readonly kind: "exited"; readonly status: number }
  | { readonly kind: "killed"; readonly signal: number };

/**
 * A process: memory of its own on a machine of its own, threads, descriptors, signals. It is what its system calls work
 * on. (After vfork(2) a child runs on its parent's machine, and the parent does not.)
 */
export class Process {
  machine: Machine;
  memory: UserMemory;
  addressSpace: AddressSpace;
  readonly tasks: Tasks;
  readonly attributes: ProcessAttributes;
  /** The one that is told of its end and asks how it ended. Undefined: nobody does. */
  parent: Process | undefined;
  /** Identifiers of its process group and its session. */
  group: number;
  session: number;
  /** Sent to the parent at the end (clone(2)); 0: none. */
  exitSignal: number = signalNumbers.SIGCHLD;
  readonly shared = new SharedMemory(this);
  /** All its threads wait in a system call. */
  isWaiting = false;
  /** The child that runs on this one's machine, and the registers to go on with when it has gone. */
  private lent: { readonly child: Process; readonly registers: RegisterSnapshot } | undefined;
  private lender: Process | undefined;
  end: ProcessEnd | undefined;
  /** Instructions that it executed on machines before this one; what this machine had executed when it got it. */
  private earlierInstructions = 0;
  private machineInstructions: number;
  /** Instructions of ended children, for times(2). */
  childInstructions = 0;
  private program: Omit<ProgramStart, "image">;
  private auxiliaryVector = new Uint8Array();
  /** When it was born, on the clock. */
  private readonly began: bigint;

  /** Lays a program down on a machine in which nothing is mapped; see `layDownProcessImage` for what can fail. */
  static start(system: System, machine: Machine, start: ProgramStart): Result<Process, string> {
    const laidDown = layDownProcessImage(machine, start.image, { ...start, randomBytes: system.random.bytes(16) });
    if (!laidDown.ok) return laidDown;
    const { memoryLimit } = system.options;
    const addressSpace = AddressSpace.of(machine.memory, start.image, memoryLimit);
    if (addressSpace.size > addressSpace.limit) {
      return fail(
        `The program needs ${mebibytes(addressSpace.size)} MiB of memory for itself and its stack, and the limit is ` +
          `${mebibytes(addressSpace.limit)} MiB. Raise the limit.`,
      );
    }
    const attributes = {
      workingFolder: system.files.makeFolders("/home/user"),
      creationMask: 0o022,
      name: commandName(start.executablePath),
    };
    return ok(
      new Process(
        system,
        machine,
        addressSpace,
        start,
        new SignalState(),
        new DescriptorTable(),
        attributes,
        undefined,
      ),
    );
  }

  private constructor(
    readonly system: System,
    machine: Machine,
    addressSpace: AddressSpace,
    program: Omit<ProgramStart, "image">,
    readonly signals: SignalState,
    readonly descriptors: DescriptorTable,
    attributes: Omit<ProcessAttributes, "intervalTimers" | "posixTimers">,
    parent: Process | undefined,
  ) {
    this.machine = machine;
    this.machineInstructions = machine.instructionCount;
    this.memory = new UserMemory(machine.memory);
    this.addressSpace = addressSpace;
    // Of memory that it only borrows, its parent looks after what is shared.
    if (parent?.addressSpace !== addressSpace) this.watchAddressSpace();
    this.program = program;
    this.began = system.clock.elapsed;
    this.auxiliaryVector = parent?.auxiliaryVector ?? readAuxiliaryVector(this.memory, machine);
    this.parent = parent;
    this.tasks = new Tasks(this, signals, system.newId());
    this.group = parent?.group ?? this.id;
    this.session = parent?.session ?? this.id;
    const timer = (signal: number): Timer =>
      new Timer(() => signals.raise({ signal, code: signalCodes.SI_KERNEL, details: [] }));
    this.attributes = {
      ...attributes,
      posixTimers: new Map(),
      intervalTimers: [timer(signalNumbers.SIGALRM), timer(signalNumbers.SIGVTALRM), timer(signalNumbers.SIGPROF)],
    };
    system.processes.add(this);
  }

  get id(): number {
    return this.tasks.processId;
  }

  /** That it has executed. */
  get instructions(): number {
    return (
      this.earlierInstructions + (this.end === undefined ? this.machine.instructionCount - this.machineInstructions : 0)
    );
  }

  get clock(): Clock {
    return this.system.clock;
  }

  get random(): SeededRandom {
    return this.system.random;
  }

  get timers(): Timers {
    return this.system.timers;
  }

  get files(): FileSystem {
    return this.system.files;
  }

  /** The call that is being answered; kept while it waits, and then asked again. */
  get call(): PendingCall {
    return this.tasks.current.call;
  }

  /** Something to tell the user about the program, once. */
  noteOnce(text: string, key?: string): void {
    this.system.noteOnce(text, key);
  }

  /** Neither ended nor without its machine. */
  get canRun(): boolean {
    return this.end === undefined && this.lent === undefined;
  }

  get description(): SelfDescription {
    const { system, program, attributes, signals, tasks, descriptors, id, group, session } = this;
    return {
      ...program,
      commandLine: program.arguments,
      memoryMap: this.memoryMap(),
      auxiliaryVector: this.auxiliaryVector,
      name: attributes.name,
      workingFolder: attributes.workingFolder,
      creationMask: attributes.creationMask,
      descriptors,
      id,
      parentId: this.parent?.id ?? 1,
      group,
      session,
      threads: tasks.all().length,
      executed: BigInt(this.instructions),
      began: this.began,
      mapped: system.mappedBytes(this),
      signals: { blocked: signals.mask, pending: signals.pending, ...signals.sets },
    };
  }

  /**
   * A child: a copy of this process with its current thread only. It `borrows` the memory until it executes another
   * program or ends (vfork(2)), or gets a copy. Its registers are to be set. Undefined: there is no room.
   */
  fork(memory: "copies" | "borrows"): Process | undefined {
    const machine = memory === "borrows" ? this.machine : this.system.machines.take();
    if (machine === undefined) return undefined;
    const registers = this.machine.registers.snapshot();
    if (memory === "copies") {
      if (!copyMemory(this.machine, machine)) {
        this.system.machines.giveBack(machine);
        return undefined;
      }
      machine.registers.restore(registers);
    }
    const { workingFolder, creationMask, name } = this.attributes;
    const child = new Process(
      this.system,
      machine,
      memory === "borrows" ? this.addressSpace : this.addressSpace.copy(machine.memory),
      this.program,
      this.signals.fork(),
      this.descriptors.fork(),
      { workingFolder, creationMask, name },
      this,
    );
    if (memory === "copies") this.shared.copyTo(child.shared);
    if (memory === "borrows") {
      child.lender = this;
      this.lent = { child, registers };
    }
    return child;
  }

  /** execve(2): another program in new memory, under the same identifier. False: it cannot be laid down. */
  execute(start: ProgramStart): Result<void, string> {
    const machine = this.lender === undefined ? this.machine : this.system.machines.take();
    if (machine === undefined) return fail("There are too many processes.");
    this.earlierInstructions = this.instructions;
    this.shared.clear();
    this.returnMachine();
    this.machine = machine;
    this.machineInstructions = machine.instructionCount;
    unmapAllButCode(machine);
    unmapOtherCode(machine, start.image);
    const { registers } = machine;
    const { general, flags, ...rest } = registers.snapshot();
    registers.restore({ ...rest, general: general.map(() => 0n), flags: 0x202n, fsBase: 0n, gsBase: 0n });
    registers.resetFloatingPoint();
    this.memory = new UserMemory(machine.memory);
    this.tasks.removeOthers();
    this.signals.forgetHandlers();
    deleteAllTimers(this);
    this.descriptors.closeAll("closingOnExec");
    this.attributes.name = commandName(start.executablePath);
    this.program = start;
    const laidDown = layDownProcessImage(machine, start.image, { ...start, randomBytes: this.random.bytes(16) });
    this.addressSpace = AddressSpace.of(machine.memory, start.image, this.system.options.memoryLimit);
    this.watchAddressSpace();
    this.auxiliaryVector = readAuxiliaryVector(this.memory, machine);
    return laidDown;
  }

  /** It has its turn. */
  get isCurrent(): boolean {
    return this.system.current === this;
  }

  private watchAddressSpace(): void {
    this.addressSpace.beforeChange = (start, end) => this.shared.remove(start, end);
    this.addressSpace.atLimit = () =>
      this.noteOnce(
        `The program asked for more memory than its limit of ${mebibytes(this.addressSpace.limit)} MiB allows, and did ` +
          "not get it (ENOMEM).",
      );
  }

  /** The process is over: what it had is closed, and its parent is told. */
  finish(end: ProcessEnd): void {
    this.shared.clear();
    this.earlierInstructions = this.instructions;
    this.end = end;
    this.descriptors.closeAll("all");
    for (const timer of this.attributes.intervalTimers) this.timers.set(timer, 0n, 0n);
    deleteAllTimers(this);
    if (this.lender === undefined) this.system.machines.giveBack(this.machine);
    else this.returnMachine();
    for (const child of this.system.processes) {
      if (child.parent !== this) continue;
      child.parent = undefined;
      if (child.end !== undefined) this.system.processes.delete(child);
    }
    if (this.parent === undefined || !this.parent.isToldOf(this, end)) this.system.processes.delete(this);
  }

  /** False: this process does not want to know how its children end. */
  private isToldOf(child: Process, end: ProcessEnd): boolean {
    if (child.exitSignal !== 0) this.signals.raise(endSignal(child, end));
    return child.exitSignal !== signalNumbers.SIGCHLD || this.signals.keepsChildren;
  }

  /** The lender goes on where it lent its memory. */
  private returnMachine(): void {
    const { lender } = this;
    if (lender?.lent === undefined) return;
    lender.machine.registers.restore(lender.lent.registers);
    lender.machine.registers.setGeneral("rax", BigInt(this.id));
    lender.machineInstructions += this.earlierInstructions;
    lender.lent = undefined;
    this.lender = undefined;
  }

  private memoryMap(): string {
    const { heapStart, heapEnd } = this.addressSpace;
    // The heap may lie right behind the program's data.
    const mappings = this.machine.memory.mappings().flatMap((mapping) => {
      const { start, end } = mapping;
      if (start >= heapStart || end <= heapStart) return [mapping];
      return [
        { ...mapping, end: heapStart },
        { ...mapping, start: heapStart },
      ];
    });
    return memoryMapText(mappings, (start: GuestAddress | bigint) => {
      if (start >= stackLow && start < layout.stackHigh) return "[stack]";
      if (start >= heapStart && start < heapEnd) return "[heap]";
      return start < heapStart ? this.program.executablePath : "";
    });
  }
}

const userId = 1000n;

/** The signal that tells a parent of the end of its child: identifier, user, status (sigaction(2), SIGCHLD). */
function endSignal(child: Process, end: ProcessEnd) {
  const [code, status] =
    end.kind === "exited" ? [signalCodes.CLD_EXITED, end.status] : [signalCodes.CLD_KILLED, end.signal];
  return { signal: child.exitSignal, code, details: [BigInt(child.id) | (userId << 32n), BigInt(status)] };
}

/** comm: the first 15 bytes of the file's name. */
function commandName(path: string): Uint8Array {
  return new TextEncoder().encode(path.slice(path.lastIndexOf("/") + 1)).slice(0, 15);
}

/** The auxiliary vector of a program that has not begun: behind its arguments and its environment on the stack. */
function readAuxiliaryVector(memory: UserMemory, { registers }: Machine): Uint8Array<ArrayBuffer> {
  const start = registers.general("rsp");
  let at = start + 8n * (2n + (memory.readWords(start, 1)?.[0] ?? 0n));
  while ((memory.readWords(at, 1)?.[0] ?? 0n) !== 0n) at += 8n;
  at += 8n;
  let end = at;
  while ((memory.readWords(end, 1)?.[0] ?? 0n) !== 0n) end += 16n;
  return new Uint8Array(memory.readPrefix(at, Number(end + 16n - at)));
}
