import { describe, expect, it } from "vitest";
import type { FaultExplanation } from "../../../runtime/debuggee.js";
import { build, Session } from "../execution/session.js";

async function faultOf(text: string): Promise<FaultExplanation & { session: Session }> {
  const session = new Session(build(text));
  const stop = await session.continue();
  expect(stop.kind).toBe("fault");
  if (stop.kind !== "fault") throw new Error("no fault");
  expect(stop.thread).toBe(stop.explanation.thread);
  return { ...stop.explanation, session };
}

/** A program whose main has these instructions. */
const main = (instructions: string, rest = "") => `
        .globl main
        .type main, @function
main:   sub $8, %rsp
        ${instructions}
        add $8, %rsp
        ret
        .size main, . - main
${rest}`;

describe("memory that is not there", () => {
  it("a null pointer, with the register that held it", async () => {
    const { title, description } = await faultOf(main("xor %ebx, %ebx\n mov 16(%rbx), %rax"));
    expect(title).toBe("Page fault: read from 0x00000010");
    expect(description).toMatch(
      /“mov 0x10\(%rbx\), ?%rax” at 0x[0-9a-f]+ \(main\+0x[0-9a-f]+, test\.s line 6\) tried to read/,
    );
    expect(description).toMatch(/16 bytes behind address 0: this is a null pointer/);
    expect(description).toMatch(/made from rbx = 0x00000000/);
  });

  it("a wild pointer", async () => {
    const { title, description } = await faultOf(main("mov $0x55aa0000, %ecx\n mov %rax, (%rcx,%rax,1)"));
    expect(title).toBe("Page fault: write to 0x55aa0000");
    expect(description).toMatch(/Nothing is mapped there\. The address was made from rcx = 0x55aa0000 and rax = 0x/);
  });

  it("read-only memory, with what it may be used for", async () => {
    const { title, description } = await faultOf(
      main("movq $1, constant(%rip)", ".section .rodata\nconstant: .quad 5\n"),
    );
    expect(title).toMatch(/^Page fault: write to 0x0040/);
    expect(description).toMatch(/lies in the program's data, which may only be read\. Data that changes belongs in/);
  });

  it("the program's own code", async () => {
    const { description } = await faultOf(main("movb $1, main(%rip)"));
    expect(description).toMatch(/lies in the program's code, which may only be read and executed\./);
  });
});

describe("execution that leaves the code", () => {
  it("a jump to 0", async () => {
    const { title, description, session } = await faultOf(main("xor %eax, %eax\n jmp *%rax"));
    expect(title).toBe("Page fault: jump to 0x00000000");
    expect(description).toMatch(/never any code at such low addresses/);
    expect(description).toMatch(/reached by a jump through a pointer that is 0, or by a ret that took the 0 at 0x07ff/);
    expect(session.debuggee.state).toBe("stopped");
  });

  it("a call through a null pointer, with the call", async () => {
    const { description } = await faultOf(main("xor %eax, %eax\n call *%rax"));
    expect(description).toMatch(/called by “call \*%rax” at 0x[0-9a-f]+ \(main\+0x6, test\.s line 6\)/);
  });

  it("a call through a table of functions", async () => {
    const { description } = await faultOf(
      main("lea table(%rip), %rbx\n mov $1, %ecx\n call *(%rbx,%rcx,8)", ".data\ntable: .quad main, 0x1234567\n"),
    );
    expect(description).toMatch(/called by “callq? \*\(%rbx, ?%rcx, ?8\)” at/);
  });

  it("a corrupted return address, with the word that held it", async () => {
    const { title, description } = await faultOf(main("call f", "f: movq $0x41414141, (%rsp)\n ret\n"));
    expect(title).toBe("Page fault: jump to 0x41414141");
    expect(description).toMatch(
      /A ret took this address from 0x07ff[0-9a-f]+, in the stack of “.*”, as its return address/,
    );
    expect(description).toMatch(/every push needs its pop/);
  });

  it("a push without its pop", async () => {
    const { description } = await faultOf(main("call f", "f: mov $5, %ebx\n push %rbx\n ret\n"));
    expect(description).toMatch(/A ret took this address/);
  });

  it("data that is not code", async () => {
    const { title, description } = await faultOf(main("lea word(%rip), %rax\n jmp *%rax", ".data\nword: .quad 5\n"));
    expect(title).toMatch(/^Page fault: jump to 0x0040/);
    expect(description).toMatch(/lies in the program's data, which holds no code: it may not be executed/);
  });
});

describe("stacks", () => {
  it("endless recursion on the main stack", async () => {
    const { title, description } = await faultOf(main("call f", "f: call f\n ret\n"));
    expect(title).toMatch(/^Stack overflow: page fault: write to 0x07efe/);
    expect(description).toMatch(
      /8 bytes past the end of this thread's stack: the stack is full\. It has 1048576 bytes/,
    );
    expect(description).toMatch(/calls itself without end/);
  });

  it("a wild stack pointer", async () => {
    const { title, description } = await faultOf(main("mov $0x12345678, %esp\n push %rax"));
    expect(title).toBe("Page fault: write to 0x12345670");
    expect(description).toMatch(/The stack pointer is wild: rsp = 0x12345678 lies in no stack/);
  });

  it("a stack that was popped too often", async () => {
    const { description } = await faultOf(main("1: pop %rax\n jmp 1b"));
    expect(description).toMatch(
      /0 bytes above the top of this thread's stack \(0x07fff000\): more was popped than was pushed/,
    );
  });

  it("a green thread that ran off its stack into its neighbor's", async () => {
    const { title, description, session } = await faultOf(
      main(
        `mov $3, %edi
        mov $0x1000, %esi
        call gt_init
        lea victim(%rip), %rdi
        call gt_spawn
        lea greedy(%rip), %rdi
        call gt_spawn
        call gt_run`,
        `
        .type victim, @function
victim: sub $8, %rsp
        call gt_yield
        add $8, %rsp
        ret
        .size victim, . - victim
        .type greedy, @function
greedy: sub $0x1100, %rsp
        mov %rsp, %rdi
        mov $0x20, %ecx
        mov $0x4242424242, %rax
        rep stosq
        call gt_yield
        add $0x1100, %rsp
        ret
        .size greedy, . - greedy
`,
      ),
    );
    expect(session.name(session.thread)).toBe("thread 1: victim");
    expect(title).toMatch(/^Page fault: jump to 0x4242424242$/);
    expect(description).toMatch(/It happened in “thread 1: victim”\./);
    expect(description).toMatch(
      /“thread 2: greedy” ran \d+ bytes past the end of its stack \(4096 bytes from 0x1000[0-9a-f]+ up to 0x1000[0-9a-f]+\), into the stack of “thread 1: victim”, and overwrote what was there/,
    );
  });
});

describe("endless recursion in a green thread", () => {
  const recursing = (threads: number) =>
    main(
      `mov $${threads}, %edi
        mov $0x40000, %esi
        call gt_init
        ${"lea victim(%rip), %rdi\n call gt_spawn\n".repeat(threads - 2)}
        lea deep(%rip), %rdi
        call gt_spawn
        call gt_run`,
      `
        .type victim, @function
victim: sub $8, %rsp
        call gt_yield
        add $8, %rsp
        ret
        .size victim, . - victim
        .type deep, @function
deep:   call deep
        ret
        .size deep, . - deep
`,
    );

  it("ends below the lowest stack", async () => {
    const { title, description } = await faultOf(recursing(2));
    expect(title).toBe("Stack overflow: page fault: write to 0x0ffffff8");
    expect(description).toMatch(/8 bytes past the end of this thread's stack: the stack is full. It has 262144 bytes/);
    expect(description).toMatch(/It happened in “thread 1: deep”\.$/);
  });

  it("runs through the neighbor's whole stack first", async () => {
    const { title, description } = await faultOf(recursing(3));
    expect(title).toBe("Stack overflow: page fault: write to 0x0ffffff8");
    expect(description).toMatch(/262152 bytes past the end of this thread's stack/);
    expect(description).toMatch(/On its way it overwrote the stack of “thread 1: victim”/);
  });
});

describe("what the processor refuses", () => {
  it.each([
    ["vmovaps %ymm0, 16(%rax)", /is not a multiple of 32$/, /needs its memory operand at a multiple of 32\..* vmovups/],
    ["xsave 16(%rax)", /is not a multiple of 64$/, /needs its memory operand at a multiple of 64\..* \.balign 64\./],
    ["movb $8, 512(%rax)\n xrstor (%rax)", /: xrstor$/, /The header of the area, 512 bytes from its start/],
    ["mov $2, %ecx\n xgetbv", /: xgetbv$/, /It takes 0 or 1 in ecx\./],
  ])("%s", async (code, expectedTitle, expectedDescription) => {
    const { title, description } = await faultOf(
      main(`lea area(%rip), %rax\n ${code}`, ".bss\n.balign 64\narea: .skip 1024\n"),
    );
    expect(title).toMatch(expectedTitle);
    expect(description).toMatch(expectedDescription);
  });

  it("a misaligned operand on the stack: the function was entered misaligned", async () => {
    const { title, description } = await faultOf(
      main(
        "sub $8, %rsp\n call f\n add $8, %rsp",
        ".type f, @function\nf: sub $24, %rsp\n movaps %xmm0, (%rsp)\n add $24, %rsp\n ret\n .size f, . - f\n",
      ),
    );
    expect(title).toMatch(/^General protection fault: 0x07ffe[0-9a-f]+8 is not a multiple of 16$/);
    expect(description).toMatch(
      /“movaps %xmm0, ?\(%rsp\)” at .* needs its memory operand at a multiple of 16\. The operand is at 0x[0-9a-f]+, 8 bytes above one\./,
    );
    expect(description).toMatch(/The ABI wants rsp to be a multiple of 16 at every call/);
    expect(description).toMatch(/But f was entered with rsp = 0x[0-9a-f]+0: 8 bytes off/);
  });

  it("a misaligned operand on the stack: the function itself is wrong", async () => {
    const { description } = await faultOf(
      main(
        "call f",
        ".type f, @function\nf: sub $16, %rsp\n movaps %xmm0, (%rsp)\n add $16, %rsp\n ret\n .size f, . - f\n",
      ),
    );
    expect(description).toMatch(
      /f was entered correctly, with rsp = 0x[0-9a-f]+8, and has moved rsp by 16 bytes since/,
    );
  });

  it("a misaligned operand elsewhere", async () => {
    const { description } = await faultOf(
      main("movaps odd(%rip), %xmm0", ".data\n.balign 16\n.byte 1\nodd: .zero 16\n"),
    );
    expect(description).toMatch(/1 byte above one\. Align the data with \.balign 16/);
  });

  it("a value that is no address", async () => {
    const { title, description } = await faultOf(main("mov $0x4141414141414141, %rbx\n mov (%rbx), %rax"));
    expect(title).toBe("General protection fault: 0x4141414141414141 is no address");
    expect(description).toMatch(/made from rbx = 0x4141414141414141/);
  });

  it("an instruction of the kernel", async () => {
    const { title, description } = await faultOf(main("hlt"));
    expect(title).toBe("General protection fault: hlt");
    expect(description).toMatch(/for the operating system's kernel alone/);
  });

  it("a division by zero", async () => {
    const { title, description } = await faultOf(main("xor %edx, %edx\n xor %ecx, %ecx\n div %rcx"));
    expect(title).toBe("Division by zero");
    expect(description).toMatch(/“div %rcx” at .* divides by its operand, which is 0/);
  });

  it("a quotient that does not fit", async () => {
    const { title, description } = await faultOf(main("mov $5, %edx\n mov $2, %ecx\n div %ecx"));
    expect(title).toBe("Division overflow: the quotient is too large");
    expect(description).toMatch(/divides edx:eax .* does not fit in eax\. Here edx = 0x5\. Before a division set edx/);
  });

  it("a floating-point exception that is not masked", async () => {
    const { title, description } = await faultOf(
      main(
        "push $0x1d80\n ldmxcsr (%rsp)\n mov $1, %eax\n cvtsi2sd %eax, %xmm0\n xorps %xmm1, %xmm1\n divsd %xmm1, %xmm0",
      ),
    );
    expect(title).toBe("Floating-point exception: division by zero");
    expect(description).toMatch(/“divsd %xmm1, ?%xmm0” at .* raised it: a number is divided by 0\. .*mxcsr \(0x1d84\)/);
  });

  it("ud2, which is invalid on purpose", async () => {
    const { title, description } = await faultOf(main("ud2"));
    expect(title).toBe("Invalid instruction: ud2");
    expect(description).toMatch(/should never reach/);
  });

  it("bytes that are no instruction", async () => {
    const { title, description } = await faultOf(main(".byte 0x06, 0x90"));
    expect(title).toMatch(/^Invalid instruction at 0x0040/);
    expect(description).toMatch(/The bytes 06.* are no instruction/);
  });

  it("int3: a stop that continue goes on from", async () => {
    const { title, description, session } = await faultOf(main("int3\n mov $3, %eax"));
    expect(title).toBe("Breakpoint instruction (int3)");
    expect(description).toMatch(/Continue goes on behind it/);
    expect(await session.continue()).toEqual({ kind: "exited", status: 3 });
  });
});

it("a fault can be mended: the instruction is executed again", async () => {
  const { session } = await faultOf(main("xor %ebx, %ebx\n mov (%rbx), %rax", ".data\nseven: .quad 7\n"));
  const written = session.debuggee.writeRegister(session.thread, 0, "rbx", session.symbol("seven"));
  expect(written.ok).toBe(true);
  expect(await session.continue()).toEqual({ kind: "exited", status: 7 });
});
