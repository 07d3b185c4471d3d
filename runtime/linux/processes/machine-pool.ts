import { areZeros, equalBytes } from "../../base/bytes.js";
import { addressPlus, type GuestAddress } from "../../base/guest-address.js";
import type { ProgramImage } from "../../base/program-image.js";
import type { Machine, Mapping } from "../../engine/machine.js";
import { pageStart } from "../address-space.js";
import { isInPlace, segmentEnd } from "../process-image.js";

/** Each process that has memory of its own has a machine. More than that many are not made. */
const mostMachines = 256;

/** The machines that processes run on. Those of ended processes are used again. */
export class MachinePool {
  private readonly made: Machine[];
  private readonly idle: Machine[] = [];

  constructor(private readonly first: Machine) {
    this.made = [first];
  }

  get all(): readonly Machine[] {
    return this.made;
  }

  /** Instructions that all machines have executed together. */
  get instructionCount(): number {
    let sum = 0;
    for (const { instructionCount } of this.made) sum += instructionCount;
    return sum;
  }

  /** A machine with at most code mapped that an earlier process had; its registers are whatever they are. Undefined: there are too many. */
  take(): Machine | undefined {
    const idle = this.idle.pop();
    if (idle !== undefined) return idle;
    if (this.made.length === mostMachines) return undefined;
    const machine = this.first.another();
    this.made.push(machine);
    return machine;
  }

  giveBack(machine: Machine): void {
    unmapAllButCode(machine);
    this.idle.push(machine);
  }
}

/** Unmaps everything but code that cannot be written: when the next program is the same, what was made of it is still good. */
export function unmapAllButCode({ memory }: Machine): void {
  for (const { start, end, permissions } of memory.mappings()) {
    if (!permissions.execute || permissions.write) memory.unmap(start, Number(end - start));
  }
}

/** In bytes: what is copied at once, unless it is all zeros. */
const chunkSize = 4096;

/** Gives `target`, in which at most code is mapped, the mappings and the content of `source`. False: the host has no room. */
export function copyMemory(source: Machine, target: Machine): boolean {
  const mappings = source.memory.mappings();
  const kept = new Set<GuestAddress>();
  for (const mapping of target.memory.mappings()) {
    const { start, end } = mapping;
    const twin = mappings.find((candidate) => candidate.start === start && candidate.end === end);
    if (twin !== undefined && isSame(target, mapping, source, twin)) kept.add(start);
    else target.memory.unmap(start, Number(end - start));
  }
  for (const { start, end, permissions } of mappings) {
    if (kept.has(start)) continue;
    const length = Number(end - start);
    if (!target.memory.map(start, length, permissions)) return false;
    const bytes = source.memory.read(start, length);
    for (let at = 0; at < length; at += chunkSize) {
      const part = bytes.subarray(at, at + chunkSize);
      if (!areZeros(part)) target.memory.write(addressPlus(start, at), part);
    }
  }
  return true;
}

function isSame(one: Machine, mapping: Mapping, other: Machine, twin: Mapping): boolean {
  const { start, end, permissions } = mapping;
  const { read, write, execute } = twin.permissions;
  if (permissions.read !== read || permissions.write !== write || permissions.execute !== execute) return false;
  const length = Number(end - start);
  return equalBytes(one.memory.read(start, length), other.memory.read(start, length));
}

/** Unmaps the code that is not that of `image`. Where it is, it can stay. */
export function unmapOtherCode(machine: Machine, image: ProgramImage): void {
  const { memory } = machine;
  for (const { start, end } of memory.mappings()) {
    const stays = image.segments.some((segment) => {
      return pageStart(segment.address) === start && isInPlace(machine, segment) && segmentEnd(segment) === end;
    });
    if (!stays) memory.unmap(start, Number(end - start));
  }
}
