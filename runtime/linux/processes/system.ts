import { addressPlus, type GuestAddress } from "../../base/guest-address.js";
import type { ProgramImage } from "../../base/program-image.js";
import type { Result } from "../../base/result.js";
import type { Machine } from "../../engine/machine.js";
import { Clock } from "../clock.js";
import type { FileSystem } from "../files/file-system.js";
import type { HostFolder } from "../files/host-folder.js";
import type { Node } from "../files/nodes.js";
import { standardTree } from "../files/standard-tree.js";
import type { HostQuestion } from "../host-wait.js";
import { SeededRandom } from "../random.js";
import { Network } from "../sockets/network.js";
import { Timers } from "../timers.js";
import { MachinePool } from "./machine-pool.js";
import type { Outcome } from "./outcome.js";
import type { Process } from "./process.js";

export interface SystemOptions {
  /** Folders of the host that programs may read. */
  readonly hostFolders?: readonly HostFolder[];
  /** How much memory a process can have, in bytes; without it, as much as there are addresses. */
  readonly memoryLimit?: number;
  /** A sentence about the program for its user. */
  readonly note: (text: string) => void;
  /** An address of the first program in words, for notes: `0x00401010 (main+0x10, hello.s line 12)`. */
  readonly describeAddress: (address: GuestAddress) => string;
  /** A handler of the first program's is about to run. */
  readonly signalHandled?: (signal: number) => void;
  /** Reads the bytes of an executable file, for execve(2). Absent: only the first program can be executed. */
  readonly readExecutable?: (bytes: Uint8Array) => Result<ProgramImage, string>;
}

/** With how to go on when the host has answered. */
interface PendingQuestion extends HostQuestion {
  readonly process: Process;
  readonly goOn: () => Outcome;
}

/** The identifier of the first process; those of others, and of threads, follow. */
const firstProcessId = 1000;

/** What processes share: time, chance, files, and knowing of each other. */
export class System {
  readonly machines: MachinePool;
  readonly clock: Clock;
  readonly random = new SeededRandom(0n);
  readonly timers: Timers;
  readonly files: FileSystem;
  readonly network = new Network();
  /** In the order of their birth; ended ones as long as their parents have not asked how they ended. */
  readonly processes = new Set<Process>();
  /** Programs of files whose bytes are not kept. */
  readonly images = new WeakMap<Node, ProgramImage>();
  /** The one that has the processor; see `giveTurn`. */
  current: Process | undefined;
  /** What the host has been asked about a file, while it has not answered or been listened to. */
  hostQuestion: PendingQuestion | undefined;
  private nextId = firstProcessId;
  private readonly notes = new Set<string>();

  constructor(
    machine: Machine,
    readonly options: SystemOptions,
  ) {
    this.machines = new MachinePool(machine);
    this.clock = new Clock(this.machines);
    this.timers = new Timers(this.clock);
    this.files = standardTree({
      clock: this.clock,
      random: this.random,
      uptime: this.clock,
      hostFolders: options.hostFolders ?? [],
      self: () => {
        if (this.current === undefined) throw new Error("somebody looks at /proc/self who is no process");
        return this.current.description;
      },
    });
  }

  /** For a process or a thread: they are numbered together. */
  newId(): number {
    return this.nextId++;
  }

  /** The living processes other than the first one (which `processes` begins with). */
  get areSeveral(): boolean {
    let living = 0;
    for (const { end } of this.processes) if (end === undefined) living++;
    return living > 1;
  }

  /** Gives the processor to a process: it sees what others have written to memory that they share. */
  giveTurn(process: Process): void {
    if (this.current === process) return;
    this.current?.shared.store();
    this.current = process;
    process.shared.load();
  }

  /** The host is asked; `goOn` goes on where `process` cannot before. */
  awaitHost(process: Process, answer: Promise<void>, goOn: () => Outcome): Outcome {
    const question: PendingQuestion = { process, answer, isAnswered: false, goOn };
    this.hostQuestion = question;
    answer.then(() => {
      question.isAnswered = true;
    });
    return { kind: "hostWait" };
  }

  find(id: number): Process | undefined {
    for (const process of this.processes) if (process.id === id) return process;
    return undefined;
  }

  mappedBytes({ machine }: Process): number {
    return Number(machine.memory.mappings().reduce((sum, { start, end }) => sum + end - start, 0n));
  }

  /** Where a process made a system call, or was ended, in words. Names are known of the first program only. */
  describeAddress(process: Process, address: GuestAddress): string {
    const place = this.options.describeAddress(address);
    return process.id === firstProcessId ? place : `${place} of process ${process.id}`;
  }

  /** The place of the `syscall` instruction that `rip` is behind. */
  describeSystemCall(process: Process, rip: GuestAddress): string {
    return this.describeAddress(process, addressPlus(rip, -systemCallLength));
  }

  noteOnce(text: string, key = text): void {
    if (this.notes.has(key)) return;
    this.notes.add(key);
    this.options.note(text);
  }
}

/** A `syscall` instruction has two bytes. */
export const systemCallLength = 2;
