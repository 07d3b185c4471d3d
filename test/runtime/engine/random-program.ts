import type { ProgramImage } from "../../../runtime/base/program-image.js";
import { buildProgram } from "../threads/build-program.js";

/** A small deterministic generator of random numbers. */
export class Random {
  constructor(private seed: number) {}

  below(limit: number): number {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.seed / 2 ** 32) * limit);
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)];
    if (found === undefined) throw new Error("nothing to pick from");
    return found;
  }
}

const registers = {
  8: ["rax", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11"],
  4: ["eax", "edx", "esi", "edi", "r8d", "r9d", "r10d", "r11d"],
  2: ["ax", "dx", "si", "di", "r8w", "r9w", "r10w", "r11w"],
  1: ["al", "dl", "sil", "dil", "r8b", "r9b", "ah", "dh"],
} as const;
const widths = [8, 8, 4, 4, 2, 1] as const;
const suffixes = { 8: "q", 4: "l", 2: "w", 1: "b" } as const;
const conditions = ["o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"];

/** Around the edge of the two pages of data, now and then. */
function memory(random: Random): string {
  const edge = random.below(30) === 0 ? 4096 - random.below(9) : 8 * random.below(64) + random.below(3);
  return random.below(3) === 0 ? `${edge & 0x7f8}(%rbx,%r12,8)` : `${edge}(%rbx)`;
}

/** One instruction, or a few that belong together. */
function instruction(random: Random): string {
  const width = random.pick(widths);
  const suffix = suffixes[width];
  // AH to DH cannot stand beside a REX prefix: only without other registers.
  const plain = width === 1 ? registers[1].slice(0, 6) : registers[width];
  const register = () => `%${random.pick(plain)}`;
  const constant = () => `$${random.below(2) === 0 ? random.below(256) - 128 : random.below(8)}`;
  switch (random.below(22)) {
    case 0:
    case 1:
    case 2: {
      const name = random.pick(["add", "sub", "and", "or", "xor", "cmp", "test", "adc", "sbb", "mov"]);
      return `${name}${suffix} ${random.pick([register(), constant()])}, ${register()}`;
    }
    case 3:
      return `${random.pick(["add", "sub", "and", "or", "xor", "cmp", "adc", "sbb", "mov"])}${suffix} ${memory(random)}, ${register()}`;
    case 4:
      return `${random.pick(["add", "sub", "and", "or", "xor", "adc", "mov"])}${suffix} ${random.pick([register(), constant()])}, ${memory(random)}`;
    case 5:
      return `${random.pick(["inc", "dec", "neg", "not"])}${suffix} ${random.pick([register(), memory(random)])}`;
    case 6:
      return `${random.pick(["shl", "shr", "sar", "rol", "ror", "rcl", "rcr"])}${suffix} ${random.pick([`$${random.below(70)}`, "%cl"])}, ${register()}`;
    case 7:
      return `set${random.pick(conditions)} ${random.pick(["%al", "%dh", "%r9b", memory(random)])}`;
    case 8:
      return `cmov${random.pick(conditions)} %${random.pick(registers[8])}, %${random.pick(registers[8])}`;
    case 9:
      return `movz${random.pick(["bl %dl", "wl %si", "bq %dl"])}, %${"eax"}`.replace(/(movzbq.*)%eax/, "$1%rax");
    case 10:
      return `movs${random.pick(["bl %dl, %eax", "wq %si, %r8", "lq %edi, %r9"])}`;
    case 11:
      return `imul${random.pick(["q %rdx, %rax", "l %esi, %edi", "w %ax, %dx", "q $77, %r8, %r9"])}`;
    case 12:
      return `push %${random.pick(registers[8])}\n pop %${random.pick(registers[8])}`;
    case 13:
      return `lea ${memory(random)}, %${random.pick(registers[8])}`;
    case 14:
      return random.pick(["mulq %rsi", "imulq %rdi", "mull %edx", "cqo", "cdqe", "bswap %r8", "xchg %rax, %r10"]);
    case 15:
      return `bt${random.pick(["", "s", "r", "c"])}q $${random.below(64)}, %${random.pick(registers[8])}`;
    case 16:
      return `or $1, %r10\n xor %edx, %edx\n div${random.pick(["q", "l"])} %r10${""}`.replace(
        "divl %r10",
        "divl %r10d",
      );
    case 17:
      return random.pick(["clc", "stc", "cmc", "lahf", "nop", "pushfq\n pop %r11", "cld"]);
    case 18:
      return `xadd${suffix} ${register()}, ${memory(random)}`;
    case 19:
      return `cmpxchg${suffix} ${register()}, ${memory(random)}`;
    case 20:
      return random.pick(["movdqu (%rbx), %xmm1", "paddq %xmm1, %xmm2", "movdqu %xmm2, 64(%rbx)", "pxor %xmm2, %xmm1"]);
    default:
      return `${random.pick(["shld", "shrd"])}q $${random.below(64)}, %${random.pick(registers[8])}, %${random.pick(registers[8])}`;
  }
}

const rooms = 8;

/**
 * Code in which control jumps about for a hundred steps: to fixed places, into loops from the side, and to where a table
 * says.
 */
function maze(random: Random, some: (count: number) => void, lines: string[]): void {
  lines.push("maze: push %rcx", "mov $100, %ecx");
  for (let room = 0; room < rooms; room++) {
    lines.push(`room${room}:`);
    some(random.below(4));
    lines.push("dec %ecx", "jz out");
    const through = (instruction: string, table: string) =>
      `mov %e${random.pick(["ax", "dx", "si"])}, %r11d\n and $${rooms - 1}, %r11d\n lea ${table}(%rip), %r10\n ${instruction} *(%r10,%r11,8)`;
    lines.push(
      random.pick([
        `j${random.pick(conditions)} room${random.below(rooms)}`,
        `j${random.pick(conditions)} room${random.below(rooms)}\n jmp room${random.below(rooms)}`,
        through("jmp", "rooms"),
        through("jmp", "rooms"),
        through("call", "halls"),
      ]),
    );
  }
  lines.push("jmp room0", "out: pop %rcx", "ret");
  for (let hall = 0; hall < rooms; hall++) {
    lines.push(`hall${hall}:`);
    some(1 + random.below(2));
    lines.push("ret");
  }
  for (const name of ["room", "hall"]) {
    lines.push(".data", `${name}s: .quad ${Array.from({ length: rooms }, (_, i) => name + i)}`, ".text");
  }
}

/**
 * A program of nested loops, branches and calls around random instructions. rbx points to data, rcx and rbp count
 * rounds, r12 is a small index, r13 to r15 hold patterns.
 */
export function randomProgram(seed: number): ProgramImage {
  const random = new Random(seed);
  const lines: string[] = [];
  const some = (count: number) => {
    for (let i = 0; i < count; i++) lines.push(instruction(random));
  };
  const branchOver = (label: string) => {
    lines.push(`j${random.pick(conditions)} ${label}`);
    some(1 + random.below(5));
    lines.push(`${label}:`);
  };
  lines.push(".globl _start", "_start:", "lea data(%rip), %rbx", "mov $40, %ebp", "mov $3, %r12d", "outer:");
  some(3);
  lines.push(`mov $${5 + random.below(30)}, %ecx`, "inner:");
  some(2 + random.below(6));
  branchOver("over1");
  lines.push("call f");
  some(random.below(5));
  branchOver("over2");
  lines.push("push %rcx", "call g", "pop %rcx", "dec %ecx", "jnz inner");
  some(random.below(6));
  lines.push("call maze", "call f", "dec %ebp", "jnz outer", "mov $60, %eax", "syscall");
  lines.push("f:");
  some(1 + random.below(5));
  branchOver("over3");
  lines.push("ret", "g: push %rbp", "mov %rsp, %rbp", "sub $32, %rsp", "mov %rax, -8(%rbp)");
  some(random.below(6));
  lines.push(random.pick(["call f", "lea f(%rip), %r11\n call *%r11", "nop"]));
  some(random.below(4));
  lines.push("add -8(%rbp), %rdx", random.pick(["leave", "mov %rbp, %rsp\n pop %rbp"]), "ret");
  maze(random, some, lines);
  lines.push(".bss", ".balign 4096", "data: .skip 12288");
  return buildProgram(`${lines.join("\n")}\n`);
}
