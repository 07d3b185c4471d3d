import { addressPlus } from "../../base/guest-address.js";
import type { Machine } from "../../engine/machine.js";

/** Each process that has memory of its own has a machine. More than that many are not made. */
const mostMachines = 256;

/** The machines that processes run on. Those of ended processes are used again. */
export class MachinePool {
  private readonly made: Machine[];
  private readonly idle: Machine[] = [];

  constructor(private readonly first: Machine) {
    this.made = [first];
  }

  /** Instructions that all machines have executed together. */
  get instructionCount(): number {
    let sum = 0;
    for (const { instructionCount } of this.made) sum += instructionCount;
    return sum;
  }

  /** A machine with nothing mapped; its registers are whatever they are. Undefined: there are too many. */
  take(): Machine | undefined {
    const idle = this.idle.pop();
    if (idle !== undefined) return idle;
    if (this.made.length === mostMachines) return undefined;
    const machine = this.first.another();
    this.made.push(machine);
    return machine;
  }

  giveBack(machine: Machine): void {
    unmapAll(machine);
    this.idle.push(machine);
  }
}

export function unmapAll({ memory }: Machine): void {
  for (const { start, end } of memory.mappings()) memory.unmap(start, Number(end - start));
}

/** In bytes: what is copied at once, unless it is all zeros. */
const chunkSize = 4096;

/** Gives `target`, in which nothing is mapped, the mappings and the content of `source`. False: the host has no room. */
export function copyMemory(source: Machine, target: Machine): boolean {
  for (const { start, end, permissions } of source.memory.mappings()) {
    const length = Number(end - start);
    if (!target.memory.map(start, length, permissions)) return false;
    const bytes = source.memory.read(start, length);
    const words = new BigUint64Array(bytes.buffer);
    for (let at = 0; at < length; at += chunkSize) {
      const part = words.subarray(at / 8, (at + chunkSize) / 8);
      if (part.some((word) => word !== 0n)) {
        target.memory.write(addressPlus(start, at), bytes.subarray(at, at + chunkSize));
      }
    }
  }
  return true;
}
