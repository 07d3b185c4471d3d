/** Accesses to watched ranges, against a machine that is single-stepped and compared byte by byte. */
import { describe, expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import type { EngineMachine } from "../../../runtime/engine/create-machine.js";
import { load, state } from "./loaded-machine.js";
import { bytes, codeAt, dataAt, lineAddress, machineWith } from "./program.js";
import { Random, randomProgram } from "./random-program.js";

const data = Number(dataAt);
const modes = ["interpreter", "tiered", "regions"] as const;

describe.each(modes)("watchpoints in mode %s", (mode) => {
  it("stop behind every instruction that changes the range, and leave everything else as it is", () => {
    const random = new Random(9);
    let hits = 0;
    for (let seed = 400; seed < 403; seed++) {
      const image = randomProgram(seed);
      const [reference, machine] = [load(image, "interpreter"), load(image, mode)];
      reference.run(200);
      machine.run(200);
      const start = Number(machine.registers.general("rbx")) + 8 * random.below(64);
      const range = { start, length: 8, access: "write" } as const;
      const content = (of: EngineMachine) => of.memory.readWord(guestAddress(start));
      for (let round = 0; round < 40; round++) {
        machine.setWatchpoints([range]);
        const before = machine.instructionCount;
        const stop = machine.run(1500);
        if (stop.kind === "watchpoint") {
          hits++;
          expect(stop.hits).toMatchObject([{ range, access: "write" }]);
        }
        // Step by step up to the same count: the watched word must not have changed unseen.
        const unchanged = content(reference);
        while (reference.instructionCount < machine.instructionCount - 1) reference.run(1);
        expect(content(reference)).toBe(unchanged);
        const last = machine.instructionCount > before ? reference.run(1).kind : stop.kind;
        if (stop.kind !== "watchpoint") {
          expect(content(reference)).toBe(unchanged);
          expect(last).toBe(stop.kind);
        }
        machine.setWatchpoints([]);
        expect(state(machine)).toEqual(state(reference));
        if (stop.kind !== "watchpoint" && stop.kind !== "limit") break;
      }
    }
    expect(hits).toBeGreaterThan(3);
  });

  it("tell reads from writes, and note both of one instruction; reading and writing one operand is a write", () => {
    const lines = [
      ["488b03", "mov (%rbx), %rax"],
      ["48894308", "mov %rax, 8(%rbx)"],
      ["480103", "add %rax, (%rbx)"],
      ["48a5", "movsq"],
      ["ebfe", "jmp ."],
    ] as const;
    const machine = machineWith(lines, { mode });
    machine.registers.setGeneral("rbx", dataAt);
    machine.registers.setGeneral("rsi", BigInt(data));
    machine.registers.setGeneral("rdi", BigInt(data + 8));
    const first = { start: data + 2, length: 1, access: "read" } as const;
    const second = { start: data + 8, length: 8, access: "readWrite" } as const;
    machine.setWatchpoints([first, second]);
    const told: unknown[] = [];
    for (let stop = machine.run(100); stop.kind === "watchpoint"; stop = machine.run(100)) {
      const behind = lines.findIndex((_, index) => lineAddress(lines, index) === machine.registers.rip);
      told.push([behind, ...stop.hits.map(({ range, access }) => `${access} ${range === first ? "first" : "second"}`)]);
    }
    expect(told).toEqual([
      [1, "read first"],
      [2, "write second"],
      [4, "read first", "write second"],
    ]);
  });

  it("do not hide a fault, which comes before the access is told", () => {
    const machine = machineWith([["f3a4", "rep movsb"]], { mode });
    machine.registers.setGeneral("rsi", dataAt);
    machine.registers.setGeneral("rdi", BigInt(data + 8192 - 16));
    machine.registers.setGeneral("rcx", 32n);
    machine.setWatchpoints([{ start: data + 8192 - 8, length: 4, access: "write" }]);
    expect(machine.run(10)).toMatchObject({ kind: "fault", fault: { kind: "pageFault", access: "write" } });
    expect(machine.registers.general("rcx")).toBe(16n);
    expect(machine.instructionCount).toBe(0);
  });

  it("see accesses that begin on the page before and reach into the range", () => {
    const machine = machineWith([["48890390", "mov %rax, (%rbx)"]], { mode });
    machine.registers.setGeneral("rbx", BigInt(data + 4096 - 4));
    machine.setWatchpoints([{ start: data + 4096, length: 1, access: "write" }]);
    expect(machine.run(10)).toMatchObject({
      kind: "watchpoint",
      hits: [{ address: data + 4096 - 4, size: 8, access: "write" }],
    });
  });

  it("tell a switch of stacks first", () => {
    const machine = machineWith(
      [
        ["488b23", "mov (%rbx), %rsp"],
        ["90", "nop"],
      ],
      { mode },
    );
    machine.memory.write(dataAt, bytes("0030500000000000"));
    machine.registers.setGeneral("rbx", dataAt);
    machine.setStackWindow(guestAddress(0x7f0000), guestAddress(0x7ff000));
    machine.setWatchpoints([{ start: data, length: 8, access: "read" }]);
    expect(machine.run(10)).toMatchObject({ kind: "stackSwitch", instruction: codeAt });
    expect(machine.run(10)).toMatchObject({ kind: "watchpoint", hits: [{ access: "read" }] });
    expect(machine.instructionCount).toBe(1);
  });
});
