/** The inline forms of x87 instructions in compiled regions against the definitions, which the interpreter calls. */
import { expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import { buildProgram } from "../threads/build-program.js";
import { load, type Mode } from "./loaded-machine.js";
import { Random } from "./random-program.js";

const pairs = 150;
const slot = 16;
/** What is done with each pair, ST(0) the first and ST(1) the second; what is left on the stack is stored. */
const operations = [
  ["fadd %st(1), %st", "fstpt OUT", "fstp %st(0)"],
  ["fmul %st, %st(1)", "fstp %st(0)", "fstpl OUT"],
  ["fsub %st(1), %st", "fstps OUT", "fstpl OUT"],
  ["fsubr %st(1), %st", "fchs", "fstpt OUT", "fabs", "fstpl OUT"],
  ["fsubp", "fstpt OUT"],
  ["fsubrp", "fstpt OUT"],
  ["faddp", "fstpt OUT"],
  ["fdivp", "fstpt OUT"],
  ["fdivr %st(1), %st", "fstpt OUT", "fdivs (%rsi)", "fstpt OUT"],
  ["fdiv %st, %st(1)", "fstp %st(0)", "fidivrl (%rsi)", "fstpt OUT"],
  ["fmulp", "fstps OUT"],
  ["fcomi %st(1), %st", "pushfq", "popq OUT", "fxch", "fstpt OUT", "fstps OUT"],
  ["fucomip %st(1), %st", "setb OUT", "fstpt OUT"],
  ["fadds (%rsi)", "fmull (%rsi)", "fisubl 4(%rsi)", "fstpt OUT", "fiadds 8(%rsi)", "fstpt OUT"],
  ["flds (%rsi)", "fldl 4(%rsi)", "faddp", "faddp", "fstpt OUT", "fstp %st(0)"],
  [
    "filds (%rsi)",
    "fildl (%rsi)",
    "fildll (%rsi)",
    "fmulp",
    "fmulp",
    "fstpt OUT",
    "fst %st(1)",
    "fstpl OUT",
    "fstpl OUT",
  ],
  ["fld1", "fldz", "fadd %st, %st(2)", "faddp", "fst %st(2)", "fstpt OUT", "fstpt OUT", "fstps OUT"],
  ["fstp %st(3)", "fstp %st(0)", "fldenv 0(%rdx)"],
];

/** Ten bytes: sign and exponent, significand. */
function extended(random: Random, near: number): string {
  const bits = () => BigInt(random.below(2 ** 16));
  const some = (bits() << 48n) | (bits() << 32n) | (bits() << 16n) | bits();
  const few = random.pick([
    0n,
    1n,
    0x3ffn,
    0x400n,
    0x401n,
    0x7ffn,
    0x80_0000_0000n,
    0xff_ffff_ffffn,
    0x7fff_ffff_ffff_ffffn,
  ]);
  const significand = (random.pick([some, few, some & ~0xffff_ffffn]) | (1n << 63n)) & ((1n << 64n) - 1n);
  const sign = 0x8000 * random.below(2);
  switch (random.below(14)) {
    case 0:
      return `.quad ${random.pick([0, 1])}\n .short ${sign}`;
    case 1:
      return `.quad ${random.pick([1n << 63n, significand])}\n .short ${sign | 0x7fff}`;
    case 2:
      return `.quad ${significand}\n .short ${sign | random.pick([1, 0x7ffe, 0x3c01, 0x3f81, 0x43fe, 0x407e])}`;
    default:
      return `.quad ${significand}\n .short ${sign | (near + random.pick([0, 0, 1, 2, random.below(140) - 70]))}`;
  }
}

function program(random: Random): ReturnType<typeof buildProgram> {
  const lines = [
    ".globl _start",
    "_start: lea pairs(%rip), %rsi",
    "lea results(%rip), %rdi",
    "lea environment(%rip), %rdx",
  ];
  lines.push("fnstenv (%rdx)", `mov $${pairs}, %ecx`, "next:");
  for (const operation of operations) {
    lines.push(`fldt ${slot}(%rsi)`, "fldt (%rsi)");
    for (const instruction of operation) {
      lines.push(instruction.replace("OUT", "(%rdi)"));
      if (instruction.includes("OUT")) lines.push("fnstsw 10(%rdi)", `add $${slot}, %rdi`);
    }
    lines.push("fnclex");
  }
  lines.push(`add $${2 * slot}, %rsi`, "dec %ecx", "jnz next", "mov $60, %eax", "syscall", ".data", "pairs:");
  for (let i = 0; i < pairs; i++) {
    const near = 0x3fff + random.below(400) - 200;
    for (let k = 0; k < 2; k++) lines.push(extended(random, near), ".skip 6");
  }
  const stored = operations.flat().filter((instruction) => instruction.includes("OUT")).length;
  lines.push("environment: .skip 32", ".balign 16", `results: .skip ${slot * stored * pairs}`);
  return buildProgram(`${lines.join("\n")}\n`);
}

it("does what the definitions do with pairs of numbers, ordinary and not", () => {
  for (const control of [0x37f, 0xf7f, 0x27f]) {
    const image = program(new Random(control));
    const data = image.segments.find(({ permissions }) => permissions.write);
    if (!data) throw new Error("the program has no data");
    const results = (["interpreter", "regions"] satisfies Mode[]).map((mode) => {
      const machine = load(image, mode);
      machine.registers.x87 = { ...machine.registers.x87, control };
      const stop = machine.run(1_000_000);
      expect(stop.kind).toBe("systemCall");
      return {
        bytes: machine.memory.read(guestAddress(data.address), data.size),
        registers: machine.registers.snapshot(),
      };
    });
    expect(results[1]).toEqual(results[0]);
  }
});
