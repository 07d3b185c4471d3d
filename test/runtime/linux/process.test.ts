import { describe, expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import { loadDebuggee } from "../../../runtime/debuggee.js";
import { canRunNatively, runNatively } from "../execution/native.js";
import { build, run, Session } from "../execution/session.js";

/** Prints its arguments and environment, a line each, from the stack that the process begins with. */
const showArguments = `
        .globl main
main:   push %rbx
        mov %rsi, %rbx
        call show
        add $8, %rbx
        call show
        xor %eax, %eax
        pop %rbx
        ret
show:   sub $8, %rsp
1:      mov (%rbx), %rdi
        test %rdi, %rdi
        jz 2f
        call print_string
        call print_newline
        add $8, %rbx
        jmp 1b
2:      add $8, %rsp
        ret
`;

describe("a process begins", () => {
  it("with arguments and environment on its stack", async () => {
    const { output } = await run(showArguments, {
      programName: "show",
      arguments: ["one", "two words", "drei – äöü"],
      environment: { HOME: "/home/ada", EMPTY: "" },
    });
    expect(output).toBe("show\none\ntwo words\ndrei – äöü\nHOME=/home/ada\nEMPTY=\n");
  });

  it("with its file's name as the first argument", async () => {
    const session = new Session(build(showArguments, "C:\\samples\\show.s"));
    await session.continue();
    expect(session.output).toBe("show.s\n");
  });

  it("with rsp a multiple of 16, rip at the entry, and an auxiliary vector", () => {
    const session = Session.of(".globl _start\n_start: nop\n", { arguments: ["x"] });
    const rsp = session.register(4) ?? 1n;
    expect(rsp % 16n).toBe(0n);
    expect(session.top().instruction).toBe(session.symbol("_start"));
    expect(session.word(rsp)).toBe(2n);
    expect(session.word(rsp + 24n)).toBe(0n); // behind argv
    expect(session.word(rsp + 32n)).toBe(0n); // behind an empty environment
    const auxiliary = new Map<bigint, bigint>();
    for (let at = rsp + 40n; session.word(at) !== 0n; at += 16n) auxiliary.set(session.word(at), session.word(at + 8n));
    expect(auxiliary.get(6n)).toBe(4096n); // AT_PAGESZ
    expect(auxiliary.get(9n)).toBe(session.symbol("_start")); // AT_ENTRY
    const random = auxiliary.get(25n) ?? 0n; // AT_RANDOM
    expect(session.debuggee.memory.read(guestAddress(random), 16)).toHaveLength(16);
  });

  it("not, with more arguments than its stack holds", () => {
    const image = build(".globl _start\n_start: nop\n");
    const loaded = loadDebuggee(image, {
      arguments: ["x".repeat(600_000)],
      environment: {},
      abi: "systemV",
      observer: { output() {}, note() {}, threadStarted() {}, threadExited() {} },
    });
    expect(loaded).toMatchObject({
      ok: false,
      error: expect.stringMatching(/arguments and environment take more than half/),
    });
  });
});

describe("a process ends", () => {
  it.each([
    [0, 0],
    [7, 7],
    [256 + 3, 3],
    [-1, 255],
  ])("with exit(%i) as status %i", async (argument, status) => {
    const { stop } = await run(`.globl _start\n_start: mov $60, %eax\n mov $${argument}, %edi\n syscall\n`);
    expect(stop).toEqual({ kind: "exited", status });
  });

  it("with the result of main", async () => {
    const { stop } = await run(".globl main\nmain: mov $42, %eax\n ret\n");
    expect(stop).toEqual({ kind: "exited", status: 42 });
  });

  it("and stays so", async () => {
    const { session } = await run(".globl main\nmain: mov $42, %eax\n ret\n");
    expect(session.debuggee.state).toBe("exited");
    expect(await session.continue()).toEqual({ kind: "exited", status: 42 });
  });
});

describe("the heap", () => {
  const growing = `
        .globl main
main:   xor %edi, %edi
        mov $12, %eax
        syscall                         # where the heap ends
        mov %rax, %r12
        lea 10000(%rax), %rdi
        mov $12, %eax
        syscall                         # grow it
        sub %r12, %rax
        mov %rax, %r13
        movb $1, 9999(%r12)             # use it
        movabs $0x7fffffff0000, %rdi
        mov $12, %eax
        syscall                         # too much: unchanged
        sub %r12, %rax
        add %rax, %r13
        mov %r12, %rdi
        mov $12, %eax
        syscall                         # give it back
        sub %r12, %rax
        lea (%r13,%rax), %rdi
        sub $8, %rsp
        call print_integer
        xor %eax, %eax
        add $8, %rsp
        ret
`;
  it("grows, refuses, and shrinks", async () => {
    expect((await run(growing)).output).toBe("20000");
  });

  it.runIf(canRunNatively)("as on this machine's kernel", () => {
    expect(runNatively(growing).output).toBe("20000");
  });
});

describe("time and chance are the same in every run", () => {
  const program = `
        .globl main
main:   push %rbx
        mov $318, %eax
        mov $buffer, %edi
        mov $8, %esi
        xor %edx, %edx
        syscall
        mov buffer(%rip), %rdi
        call print_integer
        call print_newline
        mov $201, %eax
        xor %edi, %edi
        syscall
        mov %rax, %rdi
        call print_integer
        xor %eax, %eax
        pop %rbx
        ret
        .bss
buffer: .zero 8
`;
  it("two runs print the same", async () => {
    const [one, two] = [await run(program), await run(program)];
    expect(one.output).toBe(two.output);
    expect(one.output).toMatch(/^-?\d{6,}\n1735689600$/);
  });

  it("the clock counts instructions, and sleep passes at once", async () => {
    const { output } = await run(`
        .globl main
main:   push %rbx
        mov $228, %eax
        mov $1, %edi
        mov $time, %esi
        syscall                         # 1 instruction here …
        mov time+8(%rip), %rbx
        mov $35, %eax
        mov $second, %edi
        xor %esi, %esi
        syscall
        mov $228, %eax
        mov $1, %edi
        mov $time, %esi
        syscall                         # … and 9 later, and 2 seconds
        mov time(%rip), %rdi
        call print_integer
        call print_newline
        mov time+8(%rip), %rdi
        sub %rbx, %rdi
        call print_integer
        xor %eax, %eax
        pop %rbx
        ret
        .data
second: .quad 2, 0
        .bss
time:   .zero 16
`);
    expect(output).toBe("2\n9");
  });
});

describe("what Green Threads does not know", () => {
  it("an unknown system call gets ENOSYS, and the user is told once, with the place", async () => {
    const { stop, notes } = await run(`
        .globl main
main:   mov $3, %ecx
        push %rbx
        mov $2, %ebx
1:      mov $999, %eax
        syscall
        dec %ebx
        jnz 1b
        mov $321, %eax
        syscall
        neg %eax
        pop %rbx
        ret
`);
    expect(stop).toEqual({ kind: "exited", status: 38 });
    expect(notes).toHaveLength(2);
    expect(notes[0]).toMatch(
      /^system call 999 is not known to Green Threads; the program was told ENOSYS \(rax = -38\)\. It was made at 0x[0-9a-f]+ \(main\+0x[0-9a-f]+, test\.s line 7\)\.$/,
    );
    expect(notes[1]).toMatch(/^system call 321 \(bpf\) is not known/);
  });
});

describe("what can never happen is not waited for", () => {
  it("a read from a pipe that nobody writes to is reported as a deadlock, with the place", async () => {
    const { stop, notes } = await run(`
        .globl main
main:   push %rbx
        mov $22, %eax
        mov $ends, %edi
        syscall
        xor %eax, %eax
        mov ends(%rip), %edi
        mov $ends, %esi
        mov $1, %edx
        syscall                         # for ever
        pop %rbx
        ret
        .bss
ends:   .zero 8
`);
    expect(stop).toEqual({ kind: "exited", status: 128 + 9 });
    expect(notes).toEqual([
      expect.stringMatching(
        /waits for something to read from a pipe, in read at 0x[0-9a-f]+ \(main\+0x[0-9a-f]+.*deadlock/,
      ),
    ]);
  });
});

describe("signals", () => {
  const faulting = (handler: string): string => `
        .globl main
main:   mov $13, %eax
        mov $11, %edi
        mov $action, %esi
        xor %edx, %edx
        mov $8, %r10d
        syscall
        mov 0x10, %rax
        ret
caught: mov $60, %eax
        mov $9, %edi
        syscall
        .data
action: .quad ${handler}, 0x4000000, caught, 0
`;
  it("a fault goes to the program's handler", async () => {
    expect((await run(faulting("caught"))).stop).toEqual({ kind: "exited", status: 9 });
  });

  it.each(["0", "1"])("and to the user where there is none (%s: default, ignore)", async (handler) => {
    expect((await run(faulting(handler))).stop).toMatchObject({ kind: "fault" });
  });

  it("one that ends the program is named", async () => {
    const { stop, notes } = await run(`
        .globl main
main:   mov $62, %eax
        mov $0, %edi
        mov $6, %esi
        syscall
        ret
`);
    expect(stop).toEqual({ kind: "exited", status: 128 + 6 });
    expect(notes).toEqual([expect.stringMatching(/^The program was ended by SIGABRT at 0x[0-9a-f]+ \(main/)]);
  });
});
