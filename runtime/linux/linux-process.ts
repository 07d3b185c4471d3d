/**
 * A Linux process as its program sees it: the image in memory, the initial stack, and the system calls. Nothing reaches
 * the host: output goes to an observer, input is a list of bytes, time is counted, random numbers are seeded.
 */
import { addressPlus, type GuestAddress } from "../base/guest-address.js";
import type { ProgramImage } from "../base/program-image.js";
import { ok, type Result } from "../base/result.js";
import type { Machine } from "../engine/machine.js";
import { AddressSpace } from "./address-space.js";
import { systemCallError } from "./errors.js";
import { layDownProcessImage } from "./process-image.js";
import { SeededRandom } from "./random.js";
import { systemCallName } from "./system-calls/names.js";
import type { Clock, InputStream, SignalState, SystemCallContext } from "./system-calls/system-call.js";
import { systemCalls } from "./system-calls/table.js";
import { UserMemory } from "./user-memory.js";

export interface LinuxProcessOptions {
  /** `argv`, the program's name first. */
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly standardInput?: Uint8Array;
  readonly output: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
  /** A sentence about the program for its user. */
  readonly note: (text: string) => void;
  /** An address in words, for notes: `0x00401010 (main+0x10, hello.s line 12)`. */
  readonly describeAddress: (address: GuestAddress) => string;
}

/** After a system call the process goes on, or is over. */
export type SystemCallOutcome = { readonly kind: "continue" } | { readonly kind: "exited"; readonly status: number };

/** A `syscall` instruction has two bytes. */
const systemCallLength = 2;

export class LinuxProcess {
  readonly addressSpace: AddressSpace;
  private readonly context: SystemCallContext;
  private readonly notes = new Set<string>();

  /** Lays `image` down in the machine's memory and makes it ready to run; see `layDownProcessImage` for what can fail. */
  static start(machine: Machine, image: ProgramImage, options: LinuxProcessOptions): Result<LinuxProcess, string> {
    const random = new SeededRandom(0n);
    const laidDown = layDownProcessImage(machine, image, { ...options, randomBytes: random.bytes(16) });
    return laidDown.ok ? ok(new LinuxProcess(machine, image, options, random)) : laidDown;
  }

  private constructor(
    private readonly machine: Machine,
    image: ProgramImage,
    private readonly options: LinuxProcessOptions,
    random: SeededRandom,
  ) {
    this.addressSpace = new AddressSpace(machine.memory, image);
    this.context = {
      machine,
      memory: new UserMemory(machine.memory),
      addressSpace: this.addressSpace,
      random,
      standardInput: new BytesInput(options.standardInput ?? new Uint8Array()),
      clock: new CountedClock(machine),
      signals: { actions: new Map(), mask: 0n } satisfies SignalState,
      output: options.output,
      noteOnce: (text) => this.noteOnce(text),
    };
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
      return { kind: "continue" };
    }
    const result = call.handle(this.context, [
      registers.general("rdi"),
      registers.general("rsi"),
      registers.general("rdx"),
      registers.general("r10"),
      registers.general("r8"),
      registers.general("r9"),
    ]);
    if (typeof result === "object") return { kind: "exited", status: result.exitStatus };
    registers.setGeneral("rax", BigInt.asUintN(64, result));
    return { kind: "continue" };
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

class BytesInput implements InputStream {
  private position = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  take(count: number): Uint8Array {
    const taken = this.bytes.slice(this.position, this.position + count);
    this.position += taken.length;
    return taken;
  }
}

/** A nanosecond an instruction: the same in every run. */
class CountedClock implements Clock {
  private slept = 0n;

  constructor(private readonly machine: Machine) {}

  get elapsed(): bigint {
    return BigInt(this.machine.instructionCount) + this.slept;
  }

  sleep(nanoseconds: bigint): void {
    this.slept += nanoseconds;
  }
}
