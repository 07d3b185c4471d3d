import { describe, expect, it } from "vitest";
import { type AssemblySource, assemble } from "../../../runtime/asm/assembler.js";

/** `line:column-endColumn severity: message` of each diagnostic. */
function diagnose(text: string, readInclude?: (target: string) => AssemblySource | undefined): string[] {
  return assemble({ path: "test.s", text }, { readInclude }).diagnostics.map(
    ({ severity, message, span }) => `${span.line}:${span.column}-${span.endColumn} ${severity}: ${message}`,
  );
}

const one: readonly (readonly [string, string, string])[] = [
  ["unknown instruction", " mvo %rax, %rbx", "1:2-5 error: There is no instruction `mvo`. Did you mean `mov`?"],
  [
    "sizes differ",
    " mov %eax, %rbx",
    "1:6-10 error: The operands differ in size: %eax has 32 bits, %rbx has 64. %rax has the size of %rbx.",
  ],
  [
    "suffix and register differ",
    " movl %rax, %rbx",
    "1:7-11 error: `movl` works on 32-bit operands, and %rax has 64 bits. Write `movq`, or %eax.",
  ],
  [
    "memory to memory",
    " mov (%rax), (%rbx)",
    "1:14-20 error: `mov` cannot have two memory operands. Go through a register: load the one, then store it to the other.",
  ],
  [
    "immediate as destination",
    " mov %eax, $5",
    "1:12-14 error: An immediate cannot be the destination of `mov`. In AT&T syntax the source comes first and the destination last.",
  ],
  ["too few operands", " mov %eax", "1:2-10 error: `mov` takes 2 operands, not 1 operand."],
  ["unknown register", " mov %raxx, %rbx", "1:6-11 error: There is no register %raxx. Did you mean %rax?"],
  ["unknown directive", " .globel main", "1:2-9 error: There is no directive `.globel`. Did you mean `.globl`?"],
  [
    "name defined twice",
    "a: nop\na: nop",
    "2:1-2 error: `a` is already defined in line 1. A name can be defined only once.",
  ],
  ["missing numeric label", " jmp 1f", "1:6-8 error: There is no label 1: after this line."],
  ["missing local label", " jmp .Lend", "1:6-11 error: The local label `.Lend` is not defined in this file."],
  [
    "no size",
    " movl $1, (%rax)\n mov $1, (%rax)",
    "2:2-5 warning: No register says how many bytes `mov` works on; 4 are assumed. Write `movl` to say so, or another suffix.",
  ],
  [
    "no size in Intel syntax",
    ".intel_syntax noprefix\n inc [rax]",
    "2:6-11 error: The size of the operation is not clear: no register says how many bytes `inc` works on. Put `byte ptr`, `word ptr`, `dword ptr` or `qword ptr` before the address.",
  ],
  [
    "immediate out of range",
    " add $0x80000000, %rax",
    "1:6-17 error: 0x80000000 does not fit the 32 bits (sign-extended) that `add` takes. Put it in a register first: `movabs` takes 64 bits.",
  ],
  ["byte out of range", " .byte 300", "1:8-11 warning: 0x12c does not fit 1 byte; 0x2c is stored instead."],
  [
    "Intel syntax in an AT&T file",
    " mov eax, [rbx]",
    "1:11-16 error: Square brackets are Intel syntax. In AT&T syntax write 8(%rax,%rcx,4), or put `.intel_syntax noprefix` first.",
  ],
  [
    "AT&T mnemonic in an Intel file",
    ".intel_syntax noprefix\n movl eax, 5",
    "2:2-6 error: `movl` is AT&T syntax, and this is Intel syntax: leave the size suffix away, or put `.att_syntax` first.",
  ],
  [
    "AT&T immediate in an Intel file",
    ".intel_syntax noprefix\n mov eax, $5",
    "2:11-12 error: $ marks an immediate in AT&T syntax; in Intel syntax write the number alone.",
  ],
  ["string without end", ' .ascii "abc', '1:9-13 error: This string has no closing quote (").'],
  ["wrong scale", " mov (%rax,%rbx,3), %eax", "1:17-18 error: The scale of an index must be 1, 2, 4 or 8."],
  ["rsp as index", " mov (%rax,%rsp), %eax", "1:6-17 error: rsp cannot be an index; it can only be a base."],
  [
    "lock without memory",
    " lock add %eax, %ebx",
    "1:2-6 error: `lock` needs an instruction that reads and writes memory, such as `lock incq (%rax)`; `add` with these operands is not one.",
  ],
  [
    "rep without string",
    " rep add %eax, %ebx",
    "1:2-5 error: `rep` needs a string instruction, such as `rep movsb`; `add` is not one.",
  ],
  [
    "high byte with REX",
    " mov %ah, %r9b",
    "1:2-15 error: ah cannot be used here: the other operand or the size needs a REX prefix, with which ah does not exist.",
  ],
  [
    "data in .bss",
    ".bss\n .long 5",
    "2:2-9 error: .bss holds only zeros: reserve room with `.zero` or `.skip`, or put the data into `.data`.",
  ],
  [
    "loop too far",
    "1: .skip 200, 0x90\n loop 1b",
    "2:7-9 error: The target is 202 bytes away; this instruction reaches 127 bytes at most. Jump over a `jmp` instead.",
  ],
  [
    "octal digits",
    " .long 089",
    "1:8-11 error: 089 starts with 0, so it is octal, and octal digits are 0 to 7. Drop the 0 for a decimal number.",
  ],
  ["hexadecimal with h", " .long 0ffh", "1:8-12 error: 0ffh is not a number. Write hexadecimal numbers as 0x0ff."],
  ["alignment", " .align 3", "1:9-10 error: An alignment must be a power of two (1, 2, 4, 8, 16, …), not 3."],
  [
    "missing include",
    ' .include "no.s"',
    '1:11-17 error: The file "no.s" cannot be found. It is looked for beside this file.',
  ],
  ["open conditional", ".if 1\n nop", "1:1-6 error: This conditional has no `.endif`."],
  ["stray .endif", ".endif", "1:1-7 error: There is no `.if` that this `.endif` belongs to."],
  ["open macro", ".macro m\n nop", "1:1-9 error: This `.macro` has no `.endm`."],
  ["circle", "a = b\nb = a\n .quad a", "3:8-9 error: The definition of `b` goes in a circle."],
  [
    "difference across sections",
    "a:\n.data\nb: .long a - c\n.section .rodata\nc:",
    "3:10-15 error: The difference of two places in different sections (`a` is one) is not known when assembling.",
  ],
  ["trailing text", " nop ) 5", '1:6-9 error: A number or symbol is expected here, not ") 5".'],
  ["16-bit code", ".code16", "1:1-8 error: `.code16` is not supported: programs here are 64-bit."],
];

describe("messages", () => {
  it.each(one)("%s", (_, text, expected) => {
    expect(diagnose(text)).toEqual([expected]);
  });

  it("names every mistake of a file in one pass, in order", () => {
    const text = ' mvo %rax, %rbx\n nop\n mov %eax, %rbx ; jpm x\n .byte "x"\nx: jmp 3b\n';
    expect(diagnose(text).map((line) => line.split(" ")[0])).toEqual([
      "1:2-5",
      "3:6-10",
      "3:19-22",
      "4:8-11",
      "5:8-10",
    ]);
  });

  it("places mistakes of a macro at its call, and of a repetition at its line", () => {
    const text = ".macro m x\n mov %eax, \\x\n.endm\n m %rbx\n.rept 1\n mov %eax, %rcx\n.endr\n";
    expect(diagnose(text).map((line) => line.split(" ")[0])).toEqual(["4:2-8", "6:6-10"]);
  });

  it("places mistakes of an include in its file", () => {
    const included = { path: "lib/inc.s", text: "\n mvo %rax, %rbx\n" };
    const { diagnostics } = assemble(
      { path: "main.s", text: '.include "inc.s"\n' },
      { readInclude: (target, from) => (target === "inc.s" && from === "main.s" ? included : undefined) },
    );
    expect(diagnostics.map(({ span }) => `${span.path}:${span.line}`)).toEqual(["lib/inc.s:2"]);
  });

  it("ends runaway macros and includes", () => {
    expect(diagnose(".macro m\n m\n.endm\n m\n")[0]).toContain("nested more than 200 deep");
    const self = { path: "self.s", text: '.include "self.s"\n' };
    expect(diagnose(self.text, () => self)[0]).toContain("nested more than 200 deep");
    expect(diagnose(" .skip 1 << 40\n")[0]).toContain("too many");
    expect(diagnose(".rept 100000000\n.rept 100000000\n.endr\n.endr\n")[0]).toContain("5 million lines");
  });
});
