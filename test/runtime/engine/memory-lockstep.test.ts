/**
 * Memory checks of compiled regions, which cover several accesses at once and blocks that follow: beside the interpreter,
 * while pages become read-only, inaccessible, watched or shared with a checkpoint, and accesses straddle them.
 */
import { describe, expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import type { EngineMachine } from "../../../runtime/engine/create-machine.js";
import { buildProgram } from "../threads/build-program.js";
import { load, pageSize, state } from "./loaded-machine.js";
import { Random } from "./random-program.js";

const pages = 6;
const bases = ["rbx", "rsi", "rdi", "rbp", "r12"] as const;
const values = ["rax", "rdx", "r8", "r9"] as const;
const parts = { rax: "eax", rdx: "edx", r8: "r8d", r9: "r9d" } as const;

/** Loops over blocks that access memory through a few registers, which move, are copied and come out of memory. */
function memoryProgram(random: Random): ReturnType<typeof buildProgram> {
  const lines = [".globl _start", "_start: lea data(%rip), %r15", "mov $4000, %r14d", "loop:"];
  const offset = () => random.pick([0, 8, 16, -8, 24, 4, -120, 250, 4080, 4120]);
  const base = () => `%${random.pick(bases)}`;
  const place = () =>
    random.pick([
      `${offset()}(${base()})`,
      `${offset()}(${base()})`,
      `${offset()}(${base()})`,
      `${offset()}(${base()},%rcx,${random.pick([1, 2, 4, 8])})`,
      `data+${random.below(pages * pageSize - 8)}(%rip)`,
      "8(%rsp)",
    ]);
  const some = (count: number) => {
    for (let i = 0; i < count; i++) {
      const value = random.pick(values);
      lines.push(
        random.pick([
          () => `mov ${place()}, %${value}`,
          () => `mov ${place()}, %${parts[value]}`,
          () => `movzbl ${place()}, %${parts[value]}`,
          () => `mov %${value}, ${place()}`,
          () => `addl $3, ${place()}`,
          () => `xor %${value}, ${place()}`,
          () => `incb ${place()}`,
          () => `push %${value}\n mov ${place()}, %${value}\n pop %${value}`,
          () => `add $${random.pick([8, 16, -8, 64])}, ${base()}`,
          () => `lea ${random.pick([8, -8, 24])}(${base()}), ${base()}`,
          () => `mov ${base()}, ${base()}`,
          () => `call function${random.below(2)}`,
        ])(),
      );
    }
  };
  const again = () => {
    // The registers stay in the data, most often near the edge of a page.
    for (const register of bases) {
      if (random.below(4) === 0) continue;
      const start = pageSize * (1 + random.below(pages - 2)) + random.pick([0, 64, -8, -16, -4, 2000]);
      lines.push(`lea ${start}(%r15), %${register}`);
    }
    lines.push("mov %r14d, %ecx", `and $${random.pick([7, 63])}, %ecx`);
  };
  for (const register of bases) lines.push(`lea ${pageSize + 64}(%r15), %${register}`);
  for (let block = 0; block < 5; block++) {
    again();
    some(2 + random.below(5));
    lines.push(`test $${1 << random.below(4)}, %r14b`, `jz skip${block}`);
    some(1 + random.below(4));
    lines.push(`skip${block}:`);
    if (random.below(2) === 0) {
      lines.push("push %rcx", `mov $${2 + random.below(6)}, %ecx`, `inner${block}:`);
      some(1 + random.below(4));
      lines.push("dec %ecx", `jnz inner${block}`, "pop %rcx");
    }
  }
  lines.push("dec %r14d", "jnz loop", "mov $60, %eax", "syscall");
  for (let index = 0; index < 2; index++) {
    lines.push(`function${index}: push %rbp`, "mov %rsp, %rbp", "sub $48, %rsp", "mov %rax, -8(%rbp)");
    some(random.below(3));
    lines.push("mov %rdx, (%rsp)", "add -8(%rbp), %rax", "leave", "ret");
  }
  lines.push(".bss", ".balign 4096", `data: .skip ${pages * pageSize}`);
  return buildProgram(`${lines.join("\n")}\n`);
}

/** Does the same to both machines. */
function disturb(machines: readonly EngineMachine[], random: Random): void {
  const page = random.below(pages);
  const what = random.below(10);
  const access = random.pick(["read", "write", "readWrite"] as const);
  for (const machine of machines) {
    const start = Number(machine.registers.general("r15"));
    if (start === 0) continue;
    const at = guestAddress(start + page * pageSize);
    switch (what) {
      case 0:
        machine.memory.protect(at, pageSize, { read: true, write: false, execute: false });
        break;
      case 1:
        machine.memory.protect(at, pageSize, { read: false, write: false, execute: false });
        break;
      case 2:
      case 4:
        machine.setWatchpoints([{ start: start + page * pageSize + 64, length: 24, access }]);
        break;
      case 3:
        machine.checkpoint();
        break;
      default:
        machine.setWatchpoints([]);
        for (let other = 0; other < pages; other++) {
          const all = guestAddress(start + other * pageSize);
          machine.memory.protect(all, pageSize, { read: true, write: true, execute: false });
        }
    }
  }
}

describe.each(["regions", "tiered"] as const)("mode %s", (mode) => {
  it("agrees with the interpreter whatever becomes of the pages", () => {
    const random = new Random(77);
    let [compared, faults, watched] = [0, 0, 0];
    for (let seed = 1; seed <= 10; seed++) {
      const image = memoryProgram(new Random(seed));
      const machines = [load(image, "interpreter"), load(image, mode)] as const;
      const [reference, other] = machines;
      for (let round = 0; round < 80; round++) {
        const steps = 1 + random.below(random.pick([30, 3000, 20_000]));
        const expected = reference.run(steps);
        expect(other.run(steps)).toEqual(expected);
        expect(state(other)).toEqual(state(reference));
        compared++;
        if (expected.kind === "systemCall") break;
        if (expected.kind === "fault") faults++;
        if (expected.kind === "watchpoint") watched++;
        disturb(machines, random);
      }
    }
    expect(compared).toBeGreaterThan(250);
    expect(faults).toBeGreaterThan(50);
    expect(watched).toBeGreaterThan(4);
  });
});
