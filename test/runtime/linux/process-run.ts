/** A Linux process that runs to given counts, in slices of a given length, and whose whole state can be compared. */
import { type HostFolder, readExecutable } from "../../../runtime/debuggee.js";
import { createMachine, type EngineMachine, type MachineOptions } from "../../../runtime/engine/create-machine.js";
import type { Machine } from "../../../runtime/engine/machine.js";
import { LinuxProcess } from "../../../runtime/linux/linux-process.js";
import type { Given } from "./static-programs.js";

export type { Given };
export type Mode = NonNullable<MachineOptions["mode"]>;

export class ProcessRun {
  readonly machine: EngineMachine;
  private readonly process: LinuxProcess;
  private output = "";
  /** As text. */
  standardOutput = "";
  ended: string | undefined;

  /** `slice`: the most instructions that the machine is asked for at once. */
  constructor(
    executable: Uint8Array,
    given: Given,
    mode: Mode,
    private readonly slice: number,
    hostFolders: readonly HostFolder[] = [],
  ) {
    const image = readExecutable(executable);
    if (!image.ok) throw new Error(image.error);
    this.machine = createMachine({ mode });
    const decoder = new TextDecoder();
    const process = LinuxProcess.start(this.machine, image.value, {
      arguments: ["./program", ...given.arguments],
      environment: given.environment,
      standardInput: new TextEncoder().encode(given.input),
      hostFolders,
      output: (stream, bytes) => {
        this.output += `${stream}: ${[...bytes].join(",")}\n`;
        if (stream === "stdout") this.standardOutput += decoder.decode(bytes);
      },
      note: () => {},
      describeAddress: String,
    });
    if (!process.ok) throw new Error(process.error);
    this.process = process.value;
  }

  /** Executes until the count is reached, or the program ends. */
  runTo(count: number): void {
    const { machine, process } = this;
    while (this.ended === undefined && machine.instructionCount < count) {
      const untilTimer = process.instructionsUntilTimer;
      if (untilTimer <= 0) {
        this.note(process.timersDue());
        continue;
      }
      const stop = machine.run(Math.min(this.slice, count - machine.instructionCount, untilTimer));
      if (stop.kind === "systemCall") this.note(process.systemCall());
      else if (stop.kind === "fault" && process.deliverFault(stop.fault) !== undefined)
        this.ended = `fault ${stop.fault.kind}`;
    }
  }

  /** Registers and every mapped byte with its permissions, of all processes, and what was written. */
  state(): unknown {
    const { output, ended, process } = this;
    return { machines: process.machines.map(stateOf), output, ended };
  }

  private note(outcome: ReturnType<LinuxProcess["timersDue"]>): void {
    if (outcome?.kind === "exited") this.ended = `status ${outcome.status}`;
  }
}

function stateOf(machine: Machine): unknown {
  const memory = machine.memory.mappings().map(({ start, end, permissions }) => {
    const bytes = machine.memory.read(start, Number(end - start));
    let hash = 0;
    for (const word of new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)) {
      hash = (Math.imul(hash, 0x01000193) ^ word) | 0;
    }
    return { start, end, permissions, hash };
  });
  return { count: machine.instructionCount, registers: machine.registers.snapshot(), memory };
}
