import { expect, test } from "vitest";
import { Guest } from "./guest.js";
import { ShadowStack } from "./shadow-stack.js";

/** A program whose main calls `shape` with 0, 1 and 5 in rdi, with telling values in the callee-saved registers. */
function program(shape: string): string {
  return `
        .text
        .globl  main
        .type   main, @function
main:
        push    %rbx
        push    %rbp
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        sub     $8, %rsp
        mov     $0x1b, %ebx
        mov     $0x1c, %r12d
        mov     $0x1d, %r13d
        mov     $0x1e, %r14d
        mov     $0x1f, %r15d
        mov     $0x15, %ebp
        xor     %edi, %edi
        call    shape
        mov     $1, %edi
        call    shape
        mov     $5, %edi
        call    shape
        add     $8, %rsp
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        xor     %eax, %eax
        ret
        .size   main, . - main

        .type   leaf, @function
leaf:
        mov     %rdi, -8(%rsp)                  # the red zone
        mov     -8(%rsp), %rax
        ret
        .size   leaf, . - leaf

        .type   shape, @function
shape:
${shape}
        .size   shape, . - shape
`;
}

test.for([
  {
    name: "a frame pointer",
    code: "push %rbp; mov %rsp, %rbp; sub $32, %rsp; mov %rdi, -8(%rbp); call leaf; leave; ret",
  },
  {
    name: "enter and leave",
    code: "enter $48, $0; mov %rbx, -8(%rbp); xor %ebx, %ebx; call leaf; mov -8(%rbp), %rbx; leave; ret",
  },
  {
    name: "an early return",
    code: "test %rdi, %rdi; jne 1f; ret\n1: push %rbx; mov %rdi, %rbx; call leaf; pop %rbx; ret",
  },
  {
    name: "different pushes in two branches",
    code: `test %rdi, %rdi; je 1f; push %rbx; xor %ebx, %ebx; call leaf; pop %rbx; ret
1: push %r12; push %r13; sub $8, %rsp; mov %rdi, %r12; call leaf; add $8, %rsp; pop %r13; pop %r12; ret`,
  },
  {
    name: "a push in one branch, undone before the ways meet",
    code: "sub $8, %rsp; test %rdi, %rdi; je 1f; push %rbx; push %rbx; mov $7, %ebx; call leaf; pop %rbx; pop %rbx\n1: add $8, %rsp; ret",
  },
  { name: "a tail call", code: "sub $24, %rsp; mov %rbx, 8(%rsp); call leaf; add $24, %rsp; jmp leaf" },
  { name: "a conditional tail call", code: "test %rdi, %rdi; je leaf; push %rbx; call leaf; pop %rbx; ret" },
  {
    name: "registers saved with mov",
    code: `sub $40, %rsp; mov %rbx, 32(%rsp); mov %r12, 24(%rsp); mov %rbp, 16(%rsp); mov %rdi, %rbx; mov %rsp, %rbp; xor %r12d, %r12d
call leaf; mov 24(%rsp), %r12; mov 32(%rsp), %rbx; mov 16(%rsp), %rbp; add $40, %rsp; ret`,
  },
  {
    name: "a frame of a size known only when it runs",
    code: `push %rbp; mov %rsp, %rbp; push %rbx; sub $8, %rsp; shl $4, %rdi; sub %rdi, %rsp; mov %rsp, %rbx; call leaf
lea -8(%rbp), %rsp; pop %rbx; pop %rbp; ret`,
  },
  {
    name: "a stack aligned behind a frame pointer",
    code: "push %rbp; mov %rsp, %rbp; push %r12; push %rbx; sub $8, %rsp; and $-64, %rsp; mov %rdi, %rbx; mov %rdi, (%rsp); call leaf; lea -16(%rbp), %rsp; pop %rbx; pop %r12; pop %rbp; ret",
  },
  {
    name: "a stack realigned through r10, as compilers do it",
    code: `lea 8(%rsp), %r10; and $-32, %rsp; push -8(%r10); push %rbp; mov %rsp, %rbp; push %r10; sub $40, %rsp; call leaf
mov -8(%rbp), %r10; leave; lea -8(%r10), %rsp; ret`,
  },
  {
    name: "recursion",
    code: "push %rbx; mov %rdi, %rbx; test %rdi, %rdi; je 1f; dec %rdi; call shape; imul %rbx, %rax; pop %rbx; ret\n1: mov $1, %eax; pop %rbx; ret",
  },
  { name: "flags pushed", code: "pushfq; push %r14; call leaf; pop %r14; popfq; ret" },
  {
    name: "rip read by a call of the next instruction",
    code: "push %rbx; call 1f\n1: pop %rbx; call leaf; pop %rbx; ret",
  },
  {
    name: "a register saved in another",
    code: "mov %rbx, %rcx; xor %ebx, %ebx; xchg %rcx, %rdx; mov $4, %ebx; mov %rdx, %rbx; ret",
  },
  {
    name: "a table of jumps",
    code: `push %rbx; cmp $1, %rdi; ja 3f; jmp *table(,%rdi,8)
.Lzero: push %r12; call leaf; pop %r12; jmp 3f
.Lone: xor %ebx, %ebx; call leaf
3: pop %rbx; ret
.section .rodata
table: .quad .Lzero, .Lone
.text`,
  },
])("$name: stack and callee-saved registers at every instruction", { timeout: 120_000 }, ({ code }) => {
  const shadow = new ShadowStack(new Guest(program(code.replaceAll("; ", "\n"))));
  while (!shadow.guest.isOver) {
    expect(shadow.differences()).toEqual([]);
    shadow.step();
  }
  expect(shadow.guest.fault).toBeUndefined();
  expect(shadow.guest.exitStatus).toBe(0);
  expect(shadow.deepest).toBeGreaterThanOrEqual(3);
});

test("labels without type and size are functions when something calls them", () => {
  const guest = new Guest(`
        .globl  main
main:   push    %rbx
        call    helper
        pop     %rbx
        xor     %eax, %eax
        ret
helper: push    %r12
        mov     $2, %ecx
again:  dec     %ecx
        jnz     again
here:   pop     %r12
        ret
`);
  guest.runTo("here");
  expect(guest.functions(1)).toEqual(["helper", "main", "_start"]);
});

test("code that is changed is analysed anew", () => {
  const guest = new Guest(program("sub $24, %rsp\nnop\nret"));
  guest.runTo("shape");
  guest.step();
  expect(guest.trace(1)[0]?.canonicalFrameAddress).toBe(guest.machine.registers.general("rsp") + 32n);
  // sub $24 becomes sub $40, and rsp follows.
  guest.machine.memory.write((guest.addressOf("shape") + 3n) as never, new Uint8Array([40]));
  guest.machine.registers.setGeneral("rsp", guest.machine.registers.general("rsp") - 16n);
  expect(guest.trace(1)[0]?.canonicalFrameAddress).toBe(guest.machine.registers.general("rsp") + 48n);
  expect(guest.functions(1)).toEqual(["shape", "main", "_start"]);
});
