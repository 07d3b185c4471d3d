/** Every opcode of the x87 FPU: executed or refused, as a processor does; and images at the end of what is mapped. */
import { describe, expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import { createMachine, type EngineMachine } from "../../../runtime/engine/create-machine.js";
import { bytes, codeAt, dataAt } from "./program.js";

const pageSize = 4096;

function machine(): EngineMachine {
  const made = createMachine();
  made.memory.map(codeAt, pageSize, { read: true, write: false, execute: true });
  made.memory.map(dataAt, pageSize, { read: true, write: true, execute: false });
  return made;
}

/** Runs the one instruction, behind FNINIT, with rax = `address`. */
function execute(made: EngineMachine, code: Uint8Array, address: bigint): ReturnType<EngineMachine["run"]> {
  made.memory.write(codeAt, Uint8Array.of(0xdb, 0xe3, ...code, 0x90, 0x90));
  made.registers.rip = codeAt;
  made.registers.setGeneral("rax", address);
  return made.run(2);
}

/** Recorded on an AMD processor: after the escape byte, the ModR/M bytes (of memory: with rax alone) that raise #UD. */
const refused: Readonly<Record<string, string>> = {
  d9: "08 d1-d7 e2-e3 e6-e7 ef",
  da: "e0-e8 ea-ff",
  db: "20 30 e5-e7 f8-ff",
  dd: "28 f0-ff",
  de: "d8 da-df",
  df: "e1-e7 f8-ff",
};

function numbers(text: string): number[] {
  return text.split(" ").flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map((digits) => Number.parseInt(digits, 16));
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

describe("the x87 FPU", () => {
  it("refuses the opcodes that a processor refuses, and executes all others", () => {
    const made = machine();
    const wrong: string[] = [];
    for (let first = 0xd8; first <= 0xdf; first++) {
      const isRefused = new Set(numbers(refused[first.toString(16)] ?? ""));
      for (let second = 0; second < 0x100; second++) {
        // Of the forms with memory, those whose address is rax.
        if (second < 0xc0 && (second & 0xc7) !== 0) continue;
        const stop = execute(made, Uint8Array.of(first, second), dataAt);
        const wasRefused = stop.kind === "fault" && stop.fault.kind === "invalidOpcode";
        if (wasRefused !== isRefused.has(second) || (stop.kind !== "limit" && !wasRefused)) {
          wrong.push(`${first.toString(16)} ${second.toString(16)}: ${JSON.stringify(stop.kind)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ["fxsave (%rax)", "0fae00", 512, 16, "write"],
    ["fxrstor (%rax)", "0fae08", 512, 16, "read"],
    ["fnsave (%rax)", "dd30", 108, 4, "write"],
    ["frstor (%rax)", "dd20", 108, 4, "read"],
    ["fnstenv (%rax)", "d930", 28, 4, "write"],
    ["fldenv (%rax)", "d920", 28, 4, "read"],
    ["fstpt (%rax)", "db38", 10, 2, "write"],
    ["fldt (%rax)", "db28", 10, 2, "read"],
  ] as const)("%s faults where its memory ends, and changes nothing", (_text, code, size, step, access) => {
    const made = machine();
    const end = dataAt + BigInt(pageSize);
    const inside = end - BigInt(size);
    expect(execute(made, bytes(code), inside)).toEqual({ kind: "limit" });
    const before = made.memory.read(dataAt, pageSize);
    const stop = execute(made, bytes(code), inside + BigInt(step));
    expect(stop).toEqual({ kind: "fault", fault: { kind: "pageFault", address: end, access, mapped: false } });
    expect(made.memory.read(dataAt, pageSize)).toEqual(before);
    made.memory.map(guestAddress(end), pageSize, { read: true, write: true, execute: false });
    expect(execute(made, bytes(code), inside + BigInt(step))).toEqual({ kind: "limit" });
  });
});
