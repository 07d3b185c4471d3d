import { expect, test } from "vitest";
import firstSwitch from "../../../samples/first-switch/first-switch.s";
import overflow from "../../../samples/overflow/overflow.s";
import windowsSwitch from "../../../samples/windows-switch/windows-switch.s";
import { Guest } from "./guest.js";

/** A switch routine that keeps registers on the stack, and a way to prepare a stack for it: no known runtime. */
const pushStyle = `
        .type   swap, @function
# swap(rdi: where to keep rsp, rsi: the rsp to go on with)
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

        .type   prepare, @function
# prepare(rdi: end of a stack, rsi: function) -> rax: its rsp
prepare:
        mov     %rsi, -16(%rdi)
        movq    $0, -24(%rdi)
        movq    $0, -32(%rdi)
        movq    $0, -40(%rdi)
        lea     -40(%rdi), %rax
        ret
        .size   prepare, . - prepare
`;

function exitWith(status: number): string {
  return `mov $${status}, %edi\ncall exit\n`;
}

test("longjmp, alloca, large frames and leave are no switches", () => {
  const guest = new Guest(`
        .globl  main
        .type   main, @function
main:   push    %rbp
        mov     %rsp, %rbp
        mov     %rsp, saved(%rip)               # setjmp
        lea     .Lback(%rip), %rax
        mov     %rax, saved+8(%rip)
        call    deep
.Lback: mov     $4096, %eax
        sub     %rax, %rsp                      # alloca
        and     $-64, %rsp
        movq    $1, (%rsp)
        call    large
        leave
        xor     %eax, %eax
        ret
        .size   main, . - main
        .type   deep, @function
deep:   push    %rbp
        mov     %rsp, %rbp
        sub     $256, %rsp
        mov     saved(%rip), %rsp               # longjmp
        mov     saved+8(%rip), %rax
        mov     saved(%rip), %rbp
        jmp     *%rax
        .size   deep, . - deep
        .type   large, @function
large:  push    %rbp
        mov     %rsp, %rbp
        lea     -300000(%rsp), %rsp
        movq    $1, (%rsp)
        mov     %rbp, %rsp
        pop     %rbp
        ret
        .size   large, . - large
        .bss
        .balign 8
saved:  .zero   16
`);
  guest.runToEnd();
  expect(guest.exitStatus).toBe(0);
  expect(guest.log).toEqual(["started 1"]);
});

test("allocations that come to rsp by way of another register are no switches, and asked about once", () => {
  const guest = new Guest(`
        .globl  main
        .type   main, @function
main:   sub     $8, %rsp
        mov     $500, %ebx
1:      mov     %rbx, %rdi
        call    allocating
        dec     %ebx
        jnz     1b
        ${exitWith(0)}
        .size   main, . - main
        .type   allocating, @function
allocating:
        push    %rbp
        mov     %rsp, %rbp
        mov     %rsp, %rax
        sub     %rdi, %rax
        and     $-16, %rax
        mov     %rax, %rsp                      # as LLVM does it
        mov     %rax, %rdi
        call    write_to
        mov     %rbp, %rsp
        pop     %rbp
        ret
        .size   allocating, . - allocating
        .type   write_to, @function
write_to:
        movq    $1, (%rdi)
        ret
        .size   write_to, . - write_to
`);
  guest.runToEnd();
  expect(guest.exitStatus).toBe(0);
  expect(guest.log).toEqual(["started 1"]);
  expect(guest.stackSwitchStops).toBeLessThan(3);
});

test("tiny stacks side by side in .bss are told apart, and so is alloca on them", () => {
  const guest = new Guest(`
        .globl  main
        .type   main, @function
main:   sub     $8, %rsp
        lea     end_one(%rip), %rdi
        lea     one(%rip), %rsi
        call    prepare
        mov     %rax, rsp_one(%rip)
        lea     end_two(%rip), %rdi
        lea     two(%rip), %rsi
        call    prepare
        mov     %rax, rsp_two(%rip)
        mov     $3, %ebx
.Lmore: lea     rsp_base(%rip), %rdi
        mov     rsp_one(%rip), %rsi
        call    swap
        dec     %ebx
        jnz     .Lmore
checkpoint:
        ${exitWith(0)}
        .size   main, . - main
        .type   one, @function
one:    push    %rbp
        mov     %rsp, %rbp
.Lone:  mov     $16, %eax
        sub     %rax, %rsp
        lea     rsp_one(%rip), %rdi
        mov     rsp_two(%rip), %rsi
        call    swap
        mov     %rbp, %rsp
        jmp     .Lone
        .size   one, . - one
        .type   two, @function
two:    lea     rsp_two(%rip), %rdi
        mov     rsp_base(%rip), %rsi
        call    swap
        jmp     two
        .size   two, . - two
        ${pushStyle}
        .bss
        .balign 16
        .zero   96
end_one:
        .zero   64
end_two:
rsp_base: .zero 8
rsp_one:  .zero 8
rsp_two:  .zero 8
`);
  expect(guest.runTo("checkpoint")).toBe(true);
  const switches = guest.log.filter((line) => line.startsWith("switch"));
  const round = ["switch 2 from 1", "switch 3 from 2", "switch 1 from 3"];
  expect(switches).toEqual([...round, ...round, ...round]);
  expect(guest.threads.list().map(({ id, name, state, runs }) => ({ id, name, state, runs }))).toEqual([
    { id: 1, name: "base thread: main", state: "running", runs: 3 },
    { id: 2, name: "one", state: "ready", runs: 3 },
    { id: 3, name: "two", state: "ready", runs: 3 },
  ]);
  expect(guest.functions(2)).toEqual(["swap", "one"]);
  expect(guest.functions(3)).toEqual(["swap", "two"]);
  expect(guest.thread(3).stack.high).toBe(guest.addressOf("end_two"));
});

test("a finished thread's stack that is prepared anew is another thread", () => {
  const guest = new Guest(`
        .globl  main
        .type   main, @function
main:   sub     $8, %rsp
        call    start
        call    start
        ${exitWith(0)}
        .size   main, . - main
        .type   start, @function
start:  sub     $8, %rsp
        lea     end_one(%rip), %rdi
        lea     work(%rip), %rsi
        call    prepare
        lea     rsp_base(%rip), %rdi
        mov     %rax, %rsi
        call    swap
        add     $8, %rsp
        ret
        .size   start, . - start
        .type   work, @function
work:   sub     $24, %rsp
        lea     rsp_dead(%rip), %rdi
        mov     rsp_base(%rip), %rsi
        call    swap
        ud2
        .size   work, . - work
        ${pushStyle}
        .bss
        .balign 16
        .zero   256
end_one:
rsp_base: .zero 8
rsp_dead: .zero 8
`);
  guest.runToEnd();
  expect(guest.exitStatus).toBe(0);
  expect(guest.log.filter((line) => !line.startsWith("yield"))).toEqual([
    "started 1",
    "started 2",
    "switch 2 from 1",
    "switch 1 from 2",
    "exited 2",
    "started 3",
    "switch 3 from 1",
    "switch 1 from 3",
  ]);
});

test.for([
  ["add", "mov (%rsi), %rax; sub %rsp, %rax; add %rax, %rsp"],
  ["lea", "mov (%rsi), %rax; sub %rsp, %rax; lea (%rsp,%rax), %rsp"],
  ["xchg", "mov (%rsi), %rax; xchg %rax, %rsp"],
  ["pop", "push (%rsi); pop %rsp"],
  ["leave", "mov (%rsi), %rbp; sub $8, %rbp; leave"],
])("a switch to a known thread by %s is seen", ([, load]) => {
  const guest = new Guest(`
        .globl  main
        .type   main, @function
main:   sub     $8, %rsp
        lea     end_one(%rip), %rdi
        lea     work(%rip), %rsi
        call    prepare
        mov     %rax, rsp_one(%rip)
        lea     rsp_base(%rip), %rdi
        mov     rsp_one(%rip), %rsi
        call    swap
        mov     $2, %ebx
1:      lea     rsp_base(%rip), %rdi
        lea     rsp_one(%rip), %rsi
        call    exchange
        dec     %ebx
        jnz     1b
        ${exitWith(0)}
        .size   main, . - main
        .type   work, @function
work:   sub     $8, %rsp
        lea     rsp_one(%rip), %rdi
        mov     rsp_base(%rip), %rsi
        call    swap
1:      lea     rsp_one(%rip), %rdi
        lea     rsp_base(%rip), %rsi
        call    exchange
        jmp     1b
        .size   work, . - work
        .type   exchange, @function
exchange:
        push    %rbx
        push    %rbp
        push    %r12
        mov     %rsp, (%rdi)
        ${load?.replaceAll("; ", "\n        ")}
        pop     %r12
        pop     %rbp
        pop     %rbx
        ret
        .size   exchange, . - exchange
        ${pushStyle}
        .bss
        .balign 16
        .zero   512
end_one:
rsp_base: .zero 8
rsp_one:  .zero 8
`);
  guest.runToEnd();
  expect(guest.exitStatus).toBe(0);
  const switches = guest.log.filter((line) => line.startsWith("switch"));
  const round = ["switch 2 from 1", "switch 1 from 2"];
  expect(switches).toEqual([...round, ...round, ...round]);
});

test("hundreds of threads in one block of memory", () => {
  const guest = new Guest(`
        .set    COUNT, 300
        .globl  main
        .type   main, @function
main:   sub     $8, %rsp
        xor     %ebx, %ebx
.Lprepare:
        lea     1(%rbx), %rax
        shl     $8, %rax
        lea     stacks(%rip), %rdi
        add     %rax, %rdi
        lea     work(%rip), %rsi
        call    prepare
        lea     pointers(%rip), %rcx
        mov     %rax, (%rcx,%rbx,8)
        inc     %rbx
        cmp     $COUNT, %rbx
        jb      .Lprepare
        mov     $3, %ebp
.Lround:
        xor     %ebx, %ebx
.Lnext: mov     %rbx, current(%rip)
        lea     pointers(%rip), %rcx
        mov     (%rcx,%rbx,8), %rsi
        lea     rsp_base(%rip), %rdi
        call    swap
        inc     %rbx
        cmp     $COUNT, %rbx
        jb      .Lnext
        dec     %ebp
        jnz     .Lround
checkpoint:
        ${exitWith(0)}
        .size   main, . - main
        .type   work, @function
work:   sub     $8, %rsp
        mov     current(%rip), %rax
        lea     pointers(%rip), %rdi
        lea     (%rdi,%rax,8), %rdi
        mov     rsp_base(%rip), %rsi
        call    swap
        add     $8, %rsp
        jmp     work
        .size   work, . - work
        ${pushStyle}
        .bss
        .balign 16
stacks: .zero   COUNT * 256
pointers: .zero COUNT * 8
current: .zero  8
rsp_base: .zero 8
`);
  expect(guest.runTo("checkpoint")).toBe(true);
  const threads = guest.threads.list();
  expect(threads).toHaveLength(301);
  expect(new Set(threads.slice(1).map(({ runs }) => runs))).toEqual(new Set([3]));
  expect(guest.functions(150)).toEqual(["swap", "work"]);
  expect(guest.log.filter((line) => line.startsWith("exited"))).toEqual([]);
});

test("a broken stack pointer is no thread", () => {
  const guest = new Guest(`
        .globl  main
        .type   main, @function
main:   mov     $0x12345678, %rsp
        push    %rax
        .size   main, . - main
`);
  guest.runToEnd();
  expect(guest.fault).toBe("pageFault");
  expect(guest.log).toEqual(["started 1"]);
  expect(guest.functions(1)[0]).toBe("main");
});

test("first-switch: the 48-byte stack is a thread, with its bounds", () => {
  const guest = new Guest(firstSwitch);
  guest.runTo("hello");
  const thread = guest.thread(2);
  expect(thread).toMatchObject({ name: "hello", state: "running", entryName: "hello" });
  expect(thread.stack.low).toBe(guest.addressOf("new_stack"));
  expect(thread.stack.size).toBe(48);
  expect(guest.functions(2)).toEqual(["hello"]);
  expect(guest.functions(1)).toEqual(["switch_to", "main", "_start"]);
  guest.runToEnd();
  expect(guest.exitStatus).toBe(0);
});

test("windows-switch: parked threads show the registers that only Windows preserves", () => {
  const guest = new Guest(windowsSwitch, "windows");
  guest.runTo("say");
  guest.runTo("thread_two");
  expect(guest.functions(2)).toEqual(["win_switch", "thread_one"]);
  const outer = guest.trace(2)[1];
  // rsi of thread_one, kept in its context.
  expect(outer?.registers.general[6]).toBe(guest.addressOf("one"));
  expect(outer?.registers.savedAt?.[6]).toBe(guest.addressOf("context_one") + 0xe0n);
  guest.runToEnd();
  expect(guest.exitStatus).toBe(0);
  expect(guest.threads.list()).toHaveLength(3);
});

test("overflow: a thread that runs into its neighbour stays itself, and so does the neighbour", () => {
  const guest = new Guest(overflow);
  guest.runToEnd();
  expect(guest.fault).toBe("pageFault");
  expect(guest.threads.current()).toBe(2);
  expect(guest.thread(2)).toMatchObject({ name: "thread 1: victim", state: "running" });
  const digger = guest.functions(3);
  expect(digger.filter((name) => name === "dig")).toHaveLength(17);
  expect(digger.slice(-3)).toEqual(["digger", "skip", "guard"]);
  const { low, pointer } = guest.thread(3).stack;
  expect(low !== undefined && pointer < low).toBe(true);
});
