/** Memory that is mapped, protected and dropped all the time, sparse allocations, and code that is generated anew. */
import { describe, expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import { createMachine } from "../../../runtime/engine/create-machine.js";
import { bytes, codeAt, dataAt, general, machineWith } from "./program.js";
import { Random } from "./random-program.js";

const pageSize = 4096;
const readOnly = { read: true, write: false, execute: false };
const readWrite = { read: true, write: true, execute: false };
const all = { read: true, write: true, execute: true };

describe("memory under stress", () => {
  it("is what a list of pages says it is, behind ten thousand rounds of map, unmap and protect", () => {
    const machine = createMachine();
    const { memory } = machine;
    const random = new Random(11);
    const [first, pages] = [0x10000000, 256];
    /** By page: undefined where nothing is mapped, otherwise whether it can be written and its first byte. */
    const expected: ({ writable: boolean; byte: number } | undefined)[] = Array(pages).fill(undefined);
    for (let round = 0; round < 10_000; round++) {
      const start = random.below(pages);
      const length = 1 + random.below(Math.min(16, pages - start));
      const address = guestAddress(first + start * pageSize);
      const touched = Array.from({ length }, (_, i) => start + i);
      switch (random.below(4)) {
        case 0:
          memory.map(address, length * pageSize, readWrite);
          for (const page of touched) expected[page] = { writable: true, byte: 0 };
          break;
        case 1:
          memory.unmap(address, length * pageSize);
          for (const page of touched) expected[page] = undefined;
          break;
        case 2: {
          const isMapped = touched.every((page) => expected[page] !== undefined);
          expect(memory.protect(address, length * pageSize, readOnly)).toBe(isMapped);
          if (isMapped)
            for (const page of touched) expected[page] = { byte: expected[page]?.byte ?? 0, writable: false };
          break;
        }
        default: {
          const page = expected[start];
          expect(memory.write(address, Uint8Array.of(round & 0xff))).toBe(page ? 1 : 0);
          if (page) expected[start] = { ...page, byte: round & 0xff };
        }
      }
    }
    for (const [index, page] of expected.entries()) {
      const address = guestAddress(first + index * pageSize);
      expect(memory.permissionsAt(address)?.write).toBe(page?.writable);
      expect(memory.read(address, 1)).toEqual(page ? Uint8Array.of(page.byte) : new Uint8Array());
    }
  });

  it("takes an allocation of a gibibyte and its pages one by one", () => {
    // mov %eax, (%rdi); add $0x100000, %rdi; inc %eax; cmp $1024, %eax; jne
    const machine = machineWith([
      ["8907", "mov %eax, (%rdi)"],
      ["4881c700001000", "add $0x100000, %rdi"],
      ["ffc0", "inc %eax"],
      ["3d00040000", "cmp $1024, %eax"],
      ["75ee", "jne back"],
    ]);
    const start = 0x20000000;
    expect(machine.memory.map(guestAddress(start), 2 ** 30, readWrite)).toBe(true);
    machine.registers.setGeneral("rdi", BigInt(start));
    machine.run(5 * 1024);
    expect(general(machine, "rax")).toEqual([1024n]);
    for (const i of [0, 1, 511, 1023]) {
      expect(machine.memory.readNumber(start + i * 0x100000)).toBe(i);
    }
    machine.memory.unmap(guestAddress(start), 2 ** 30);
    expect(machine.memory.permissionsAt(guestAddress(start))).toBeUndefined();
  });

  it("recurses to the guard page and faults there, with the stack as deep as it is", () => {
    const machine = machineWith([["e8fbffffff", "call itself"]]);
    const stop = machine.run(1_000_000);
    const lowest = 0x7ff000 - 4 * pageSize;
    expect(stop).toEqual({
      kind: "fault",
      fault: { kind: "pageFault", address: BigInt(lowest - 8), access: "write", mapped: false },
    });
    expect(machine.instructionCount).toBe((4 * pageSize) / 8);
    expect(general(machine, "rsp")).toEqual([BigInt(lowest)]);
  });

  it.each(["interpreter", "tiered", "regions"] as const)(
    "runs code that is written anew three thousand times, mode %s",
    (mode) => {
      const machine = machineWith([], { mode });
      machine.memory.map(codeAt, pageSize, all);
      const { statistics } = machine.regions ?? {};
      for (let round = 0; round < 3200; round++) {
        // mov $round, %eax; add %eax, %ebx; dec %ecx; jnz back; fld1; fstp %st; ud2
        const code = bytes("b800000000 01c3 ffc9 75f5 d9e8 ddd8 0f0b");
        new DataView(code.buffer).setUint32(1, round, true);
        machine.memory.write(codeAt, code);
        machine.registers.rip = codeAt;
        machine.registers.setGeneral("rbx", 0n);
        machine.registers.setGeneral("rcx", 5n);
        expect(machine.run(100)).toMatchObject({ kind: "fault", fault: { kind: "invalidOpcode" } });
        expect(general(machine, "rbx")).toEqual([BigInt(5 * round)]);
      }
      // In this mode every round's code was compiled.
      if (mode === "regions") {
        expect(statistics?.modules).toBeGreaterThan(3100);
        // No table has seen them all: in V8 up to 12 it would keep them.
        expect(machine.regions?.linkedModules).toBeLessThan(1000);
      }
      expect(machine.memory.read(dataAt, 1)).toEqual(new Uint8Array(1));
    },
  );
});
