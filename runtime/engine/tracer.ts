/**
 * The trap flag: a debug trap behind every instruction that begins with it set, and behind every round of a repeated one
 * (Intel SDM vol. 3, 18.3.1.4). Behind SYSCALL there is none, as the system returns to the program.
 */
import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import { InstructionDecoder } from "../x86/decode.js";
import { trapFlag } from "../x86/flags.js";
import type { Machine, MachineStop, RunOptions } from "./machine.js";

const longestInstruction = 15;
const zeroFlag = 0x40n;
const low32 = 0xffffffffn;

/** A repeated instruction of which there is more than one round to do. */
interface Repetition {
  readonly count: bigint;
  readonly address: GuestAddress;
  /** It goes on only while ZF is that. */
  readonly zero: boolean | undefined;
}

export class Tracer {
  /** An instruction has been executed, and something else was told of it first. */
  private isPending = false;

  /** `step`: executes one instruction. */
  constructor(
    private readonly machine: Pick<Machine, "registers" | "memory">,
    private readonly step: (options: RunOptions) => MachineStop,
  ) {}

  get isOn(): boolean {
    return this.isPending || (this.machine.registers.otherFlags & trapFlag) !== 0;
  }

  forget(): void {
    this.isPending = false;
  }

  /** Executes an instruction, and stops with the trap behind it unless something else comes first. */
  run(options: RunOptions): MachineStop {
    const { registers } = this.machine;
    const trap: MachineStop = { kind: "fault", fault: { kind: "debugTrap", isSingleStep: true } };
    if (this.isPending) {
      this.isPending = false;
      return trap;
    }
    const repetition = this.repetition();
    if (repetition) registers.setGeneral("rcx", 1n);
    const stop = this.step(options);
    const isDone = stop.kind === "limit" || stop.kind === "stackSwitch" || stop.kind === "watchpoint";
    if (repetition) {
      registers.setGeneral("rcx", isDone ? repetition.count - 1n : repetition.count);
      const isZero = (registers.flags & zeroFlag) !== 0n;
      if (isDone && (repetition.zero === undefined || repetition.zero === isZero)) registers.rip = repetition.address;
    }
    if (stop.kind === "limit") return trap;
    this.isPending = isDone;
    return stop;
  }

  private repetition(): Repetition | undefined {
    const { registers, memory } = this.machine;
    const address = guestAddress(registers.rip);
    const instruction = new InstructionDecoder(memory.read(address, longestInstruction), address).next();
    const prefix = /^(rep|repe|repne) /.exec(instruction?.name ?? "")?.[1];
    if (!instruction || !prefix) return undefined;
    const count = instruction.addressSize32 ? registers.general("rcx") & low32 : registers.general("rcx");
    if (count <= 1n) return undefined;
    return { count, address, zero: prefix === "rep" ? undefined : prefix === "repe" };
  }
}
