/** What is told of each thread: who created it and where, where it gave the processor away, what it has used. */
import { expect, test } from "vitest";
import counters from "../../../samples/counters/counters.s";
import { Guest } from "./guest.js";

const fibers = `
        .globl  main
        .type   main, @function
main:   sub     $8, %rsp
        call    create_all
        mov     $3, %ebx
1:      lea     rsp_base(%rip), %rdi
        mov     rsp_one(%rip), %rsi
        call    swap
checkpoint:
        dec     %ebx
        jnz     1b
        xor     %edi, %edi
        call    exit
        .size   main, . - main
        .type   create_all, @function
create_all:
        push    %rbp
        mov     %rsp, %rbp
        lea     end_one(%rip), %rdi
        lea     one(%rip), %rax
        mov     %rax, -16(%rdi)
        lea     -40(%rdi), %rax
        mov     %rax, rsp_one(%rip)
        call    first_turn
        pop     %rbp
        ret
        .size   create_all, . - create_all
        .type   first_turn, @function
first_turn:
        sub     $8, %rsp
        lea     rsp_base(%rip), %rdi
        mov     rsp_one(%rip), %rsi
        call    swap
        add     $8, %rsp
        ret
        .size   first_turn, . - first_turn
        .type   one, @function
one:    push    %rax
        lea     rsp_one(%rip), %rdi
        mov     rsp_base(%rip), %rsi
        call    swap
        pop     %rax
        jmp     one
        .size   one, . - one
        .type   swap, @function
swap:   push    %rbx
        push    %rbp
        push    %r12
        mov     %rsp, (%rdi)
        mov     %rsi, %rsp
        pop     %r12
        pop     %rbp
        pop     %rbx
        ret
        .size   swap, . - swap
        .bss
        .balign 4096
stack_one: .zero 4096
end_one:
rsp_base: .zero 8
rsp_one:  .zero 8
`;

test("a thread that nothing announced was created by the one that first switched to it, in those calls", () => {
  const guest = new Guest(fibers);
  expect(guest.runTo("checkpoint")).toBe(true);
  const thread = guest.thread(2);
  expect(thread.entryName).toBe("one");
  expect(thread.creator?.thread).toBe(1);
  expect(thread.creator?.calls.map(({ functionName }) => functionName)).toEqual([
    "swap",
    "first_turn",
    "create_all",
    "main",
    "_start",
  ]);
  expect(thread.switchedOutAt?.functionName).toBe("one");
  expect(thread.stack.low).toBe(guest.addressOf("stack_one"));
  expect(thread.stack.high).toBe(guest.addressOf("end_one"));
  expect(guest.thread(1)).not.toHaveProperty("creator");
  expect(guest.thread(1)).not.toHaveProperty("switchedOutAt");
});

test("a thread that its runtime announces was created where it was spawned", () => {
  const guest = new Guest(counters);
  guest.runTo("counter_one");
  const thread = guest.thread(2);
  expect(thread.creator?.thread).toBe(1);
  expect(thread.creator?.calls.map(({ functionName }) => functionName)).toEqual(["gt_spawn", "main", "_start"]);
});

test.for(["told", "quiet"])("instructions are counted exactly: all of them belong to some thread, %s", (kind) => {
  const guest = new Guest(fibers, "systemV", kind === "told" ? {} : { events: new Set() });
  const total = () => guest.threads.list().reduce((sum, { instructions }) => sum + instructions, 0);
  while (!guest.isOver) {
    guest.runFor(7);
    expect(total()).toBe(guest.machine.instructionCount);
  }
  expect(guest.thread(2).runs).toBe(4);
});
