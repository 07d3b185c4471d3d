import { type GuestAddress, guestAddress } from "../../../runtime/base/guest-address.js";
import { createMachine, type EngineMachine, type MachineOptions } from "../../../runtime/engine/create-machine.js";
import type { GeneralRegister, Machine } from "../../../runtime/engine/machine.js";

export const codeAt = guestAddress(0x401000);
export const dataAt = guestAddress(0x500000);
export const stackTop = guestAddress(0x7ff000);

const readWrite = { read: true, write: true, execute: false };

/** Bytes written as hexadecimal digits, with spaces where they help. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/\s/g, "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/**
 * A machine with one page of code, two of data and four of stack. The lines are instructions in hexadecimal, each with a
 * comment that says what it is.
 */
export function machineWith(
  lines: readonly (readonly [string, string])[],
  options: MachineOptions = {},
): EngineMachine {
  const machine = createMachine(options);
  machine.memory.map(codeAt, 4096, { read: true, write: false, execute: true });
  machine.memory.map(dataAt, 8192, readWrite);
  machine.memory.map(guestAddress(stackTop - 16384n), 16384, readWrite);
  machine.memory.write(codeAt, bytes(lines.map(([code]) => code).join("")));
  machine.registers.rip = codeAt;
  machine.registers.setGeneral("rsp", stackTop);
  return machine;
}

/** The address of the line with that index. */
export function lineAddress(lines: readonly (readonly [string, string])[], index: number): GuestAddress {
  const before = lines.slice(0, index).map(([code]) => bytes(code).length);
  return guestAddress(codeAt + BigInt(before.reduce((sum, length) => sum + length, 0)));
}

export function general(machine: Machine, ...names: GeneralRegister[]): bigint[] {
  return names.map((name) => machine.registers.general(name));
}
