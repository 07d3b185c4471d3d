/** Programs in a machine without an operating system, and what is compared of them. */
import { guestAddress } from "../../../runtime/base/guest-address.js";
import type { ProgramImage } from "../../../runtime/base/program-image.js";
import { createMachine, type EngineMachine, type MachineOptions } from "../../../runtime/engine/create-machine.js";

export type Mode = NonNullable<MachineOptions["mode"]>;
const stackTop = 0x7ff000;
export const pageSize = 4096;

/** A machine with the segments of the image and four pages of stack. */
export function load(image: ProgramImage, mode: Mode): EngineMachine {
  const machine = createMachine({ mode });
  for (const { address, bytes, size, permissions } of image.segments) {
    machine.memory.map(address, size, permissions);
    machine.memory.write(address, bytes);
  }
  machine.memory.map(guestAddress(stackTop - 4 * pageSize), 4 * pageSize, { read: true, write: true, execute: false });
  machine.registers.rip = image.entry;
  machine.registers.setGeneral("rsp", BigInt(stackTop - 64));
  for (const [index, name] of (["r8", "r9", "r10", "r11", "r13", "r14", "r15"] as const).entries()) {
    machine.registers.setGeneral(name, BigInt.asUintN(64, 0x9e3779b97f4a7c15n * BigInt(index + 1)));
  }
  return machine;
}

/** Registers, count, and a hash of the memory that the programs write to. */
export function state(machine: EngineMachine): unknown {
  let hash = 0;
  for (const [start, length] of [
    [0x400000, 8 * pageSize],
    [stackTop - pageSize, pageSize],
  ] as const) {
    const bytes = machine.memory.read(guestAddress(start), length);
    const words = new Uint32Array(bytes.buffer, 0, bytes.length >> 2);
    for (const word of words) hash = (Math.imul(hash, 31) + word) | 0;
  }
  return { registers: machine.registers.snapshot(), count: machine.instructionCount, memory: hash };
}
