import { describe, expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import { createMachine } from "../../../runtime/engine/create-machine.js";
import { bytes, codeAt, dataAt, general, lineAddress, machineWith } from "./program.js";

const readOnly = { read: true, write: false, execute: false };
const readWrite = { read: true, write: true, execute: false };
const all = { read: true, write: true, execute: true };

describe("guest memory", () => {
  it("is mapped in whole pages and cleared when it is mapped again", () => {
    const { memory } = createMachine();
    expect(memory.map(guestAddress(0x500123), 10, readWrite)).toBe(true);
    expect(memory.mappings()).toEqual([{ start: 0x500000n, end: 0x501000n, permissions: readWrite }]);
    expect(memory.write(guestAddress(0x500000), bytes("01020304"))).toBe(4);
    memory.unmap(guestAddress(0x500000), 1);
    expect(memory.permissionsAt(guestAddress(0x500000))).toBeUndefined();
    expect(memory.read(guestAddress(0x500000), 4)).toEqual(new Uint8Array());
    memory.map(guestAddress(0x500000), 4096, readWrite);
    expect(memory.read(guestAddress(0x500000), 4)).toEqual(new Uint8Array(4));
  });

  it("joins neighbours with the same permissions", () => {
    const { memory } = createMachine();
    memory.map(guestAddress(0x500000), 8192, readWrite);
    memory.map(guestAddress(0x502000), 4096, readWrite);
    memory.protect(guestAddress(0x501000), 4096, readOnly);
    expect(memory.mappings()).toEqual([
      { start: 0x500000n, end: 0x501000n, permissions: readWrite },
      { start: 0x501000n, end: 0x502000n, permissions: readOnly },
      { start: 0x502000n, end: 0x503000n, permissions: readWrite },
    ]);
  });

  it("lies between the engine's area and 3 GiB", () => {
    const { memory } = createMachine();
    for (const [address, length] of [
      [0n, 4096],
      [0x3ff000n, 4096],
      [0xbffff000n, 8192],
      [0xc0000000n, 4096],
      [1n << 40n, 4096],
    ] as const) {
      expect(memory.map(guestAddress(address), length, readWrite)).toBe(false);
    }
    expect(memory.map(guestAddress(0x400000), 4096, readWrite)).toBe(true);
    expect(memory.map(guestAddress(0x40000000), 4096, readWrite)).toBe(true);
  });

  it("reads and writes up to the first page that is not mapped", () => {
    const { memory } = createMachine();
    memory.map(guestAddress(0x500000), 4096, readOnly);
    expect(memory.write(guestAddress(0x500ffe), bytes("0102030405"))).toBe(2);
    expect(memory.read(guestAddress(0x500ffe), 100)).toEqual(bytes("0102"));
    expect(memory.readWord(guestAddress(0x500ff8))).toBe(0x0201000000000000n);
    expect(memory.readWord(guestAddress(0x500ffc))).toBeUndefined();
    expect(memory.writeWord(guestAddress(0x500ffc), 1n)).toBe(false);
    expect(memory.writeWord(guestAddress(0x500ff8), -1n)).toBe(true);
    expect(memory.readWord(guestAddress(0x500ff8))).toBe(2n ** 64n - 1n);
  });

  it("is protected only where it is mapped", () => {
    const { memory } = createMachine();
    memory.map(guestAddress(0x500000), 4096, readWrite);
    expect(memory.protect(guestAddress(0x500000), 8192, readOnly)).toBe(false);
    expect(memory.permissionsAt(guestAddress(0x500000))).toEqual(readWrite);
  });

  it("obeys changed permissions at once", () => {
    const machine = machineWith([
      ["c60001", "movb $1, (%rax)"],
      ["ebfb", "jmp back"],
    ]);
    machine.registers.setGeneral("rax", dataAt);
    expect(machine.run(10)).toEqual({ kind: "limit" });
    machine.memory.protect(dataAt, 1, readOnly);
    expect(machine.run(10)).toMatchObject({
      kind: "fault",
      fault: { kind: "pageFault", access: "write", mapped: true },
    });
    machine.memory.protect(dataAt, 1, readWrite);
    expect(machine.run(10)).toEqual({ kind: "limit" });
    machine.memory.protect(codeAt, 4096, readOnly);
    expect(machine.run(10)).toMatchObject({ kind: "fault", fault: { access: "execute", mapped: true } });
  });
});

describe("code that changes", () => {
  /** Overwrites the immediate of the last instruction, which has run already, and runs it again. */
  const lines = [
    ["b801000000", "start: mov $1, %eax"],
    ["c7052ff0ffff07000000", "movl $7, start+1(%rip)"],
    ["ebef", "jmp start"],
  ] as const;

  it("is seen when the program writes it", () => {
    const start = lineAddress(lines, 0);
    const displacement = Number(BigInt.asUintN(32, start + 1n - lineAddress(lines, 2)));
    const patched = [lines[0], [`c705${littleEndian(displacement)}07000000`, ""], lines[2]] as const;
    const machine = machineWith(patched);
    machine.memory.protect(codeAt, 4096, all);
    machine.run(3);
    expect(general(machine, "rax")).toEqual([1n]);
    machine.run(1);
    expect(general(machine, "rax")).toEqual([7n]);
  });

  it("is seen when it is the very next instruction", () => {
    const patched = [
      [`c705${littleEndian(1)}09000000`, "movl $9, 1(%rip): the immediate of the next"],
      ["b801000000", "mov $1, %eax"],
    ] as const;
    const machine = machineWith(patched);
    machine.memory.protect(codeAt, 4096, all);
    machine.run(2);
    expect(general(machine, "rax")).toEqual([9n]);
  });

  it("is seen when the debugger writes it", () => {
    const machine = machineWith([
      ["b801000000", "mov $1, %eax"],
      ["ebf9", "jmp back"],
    ]);
    machine.run(10);
    machine.memory.write(guestAddress(codeAt + 1n), Uint8Array.of(5));
    machine.run(2);
    expect(general(machine, "rax")).toEqual([5n]);
  });

  it("may share a page with data that changes all the time", () => {
    const machine = machineWith([
      ["ff05fa0f0000", "incl 0xffa(%rip): the end of the page"],
      ["ebf8", "jmp back"],
    ]);
    machine.memory.map(guestAddress(codeAt + 4096n), 4096, all);
    machine.memory.protect(codeAt, 4096, all);
    machine.memory.write(guestAddress(codeAt + 4096n), Uint8Array.of(0xc3));
    machine.run(2000);
    expect(machine.memory.readWord(guestAddress(codeAt + 4096n))).toBe(0xc3n + 1000n);
  });

  it("is decoded anew when there is more of it than the cache holds", () => {
    const machine = machineWith([]);
    const size = 0x14000;
    machine.memory.map(guestAddress(0x1000000), size, all);
    machine.memory.write(guestAddress(0x1000000), new Uint8Array(size).fill(0x90));
    machine.memory.write(guestAddress(0x1000000 + size - 5), bytes("e900c0feff"));
    machine.registers.rip = guestAddress(0x1000000);
    const instructions = size - 4;
    expect(machine.run(3 * instructions)).toEqual({ kind: "limit" });
    expect(machine.registers.rip).toBe(0x1000000n);
    expect(machine.instructionCount).toBe(3 * instructions);
  });
});

function littleEndian(value: number): string {
  return [0, 8, 16, 24].map((shift) => ((value >>> shift) & 0xff).toString(16).padStart(2, "0")).join("");
}
