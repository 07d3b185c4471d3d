import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { StepGranularity, StepKind, ThreadId } from "../../../runtime/debuggee.js";
import { build, Session } from "./session.js";

/** Writes down what each step showed, and compares it with the transcript in the folder beside this file. */
class Transcript {
  private readonly lines: string[] = [];

  constructor(readonly session: Session) {}

  async continue(): Promise<void> {
    this.lines.push(`continue → ${this.session.describe(await this.session.continue())}`);
    this.tellOutput();
  }

  async step(kind: StepKind, times = 1, granularity: StepGranularity = "line", thread?: ThreadId): Promise<void> {
    for (let time = 0; time < times; time++) {
      const whose = thread === undefined || thread === this.session.thread ? "" : ` of [${this.session.name(thread)}]`;
      const stop = await this.session.step(kind, granularity, thread);
      const unit = granularity === "line" ? "" : " instruction";
      this.lines.push(`${kind}${unit}${whose} → ${this.session.describe(stop)}`);
      this.tellOutput();
    }
  }

  note(text: string): void {
    this.lines.push(`# ${text}`);
  }

  private told = 0;
  private tellOutput(): void {
    const output = this.session.output.slice(this.told);
    this.told = this.session.output.length;
    for (const line of output.split("\n").filter((text) => text !== "")) this.lines.push(`    | ${line}`);
  }

  async matches(name: string): Promise<void> {
    const path = fileURLToPath(new URL(`transcripts/${name}.txt`, import.meta.url));
    await expect(`${this.lines.join("\n")}\n`).toMatchFileSnapshot(path);
  }
}

/** Two threads that count to three. */
const counters = `
        .globl main
        .type main, @function
main:   sub $8, %rsp
        mov $4, %edi
        mov $0x10000, %esi
        call gt_init
        lea one(%rip), %rdi
        call gt_spawn
        lea two(%rip), %rdi
        call gt_spawn
        call gt_run
        .size main, . - main

        .type one, @function
one:    push %rbx
        xor %ebx, %ebx
.Lone:  lea one_text(%rip), %rdi
        call count
        call gt_yield                   # one
        inc %rbx
        cmp $3, %rbx
        jb .Lone
        pop %rbx
        ret                             # of one
        .size one, . - one

        .type two, @function
two:    push %rbx
        xor %ebx, %ebx
.Ltwo:  lea two_text(%rip), %rdi
        call count
        call gt_yield                   # two
        inc %rbx
        cmp $3, %rbx
        jb .Ltwo
        pop %rbx
        ret
        .size two, . - two

        .type count, @function
count:  sub $8, %rsp
        call print_string
        mov %rbx, %rdi
        call print_integer
        call print_newline
        add $8, %rsp
        ret
        .size count, . - count
        .section .rodata
one_text: .string "one "
two_text: .string "two "
`;

describe("stepping belongs to a green thread", () => {
  it("over lines, calls and yields: the same thread, however many others ran in between", async () => {
    const session = Session.of(counters);
    session.breakAt(session.symbol("one"));
    const transcript = new Transcript(session);
    await transcript.continue();
    await transcript.step("over", 18);
    await transcript.matches("over-yields");
  });

  it("into calls, into gt_switch, and through the switch with the processor", async () => {
    const session = Session.of(counters);
    session.breakAt(session.at("call gt_yield                   # one"));
    const transcript = new Transcript(session);
    await transcript.continue();
    session.breakAt();
    await transcript.step("into", 45);
    await transcript.matches("into-the-switch");
  });

  it("over the instruction that switches: back in the same thread", async () => {
    const session = Session.of(counters);
    session.breakAt(session.at("call gt_yield                   # one"));
    const transcript = new Transcript(session);
    await transcript.continue();
    const switching = session.image.symbols.find(({ name }) => name === "gt_switch");
    session.breakAt({ address: switching?.address ?? session.symbol("main") });
    await transcript.continue();
    session.breakAt();
    await transcript.step("over", 18);
    await transcript.matches("over-the-switch");
  });

  it("out of functions, in the thread that entered them", async () => {
    const session = Session.of(counters);
    session.breakAt(session.symbol("gt_yield"));
    const transcript = new Transcript(session);
    await transcript.continue();
    await transcript.continue();
    session.breakAt();
    await transcript.step("out");
    await transcript.step("into");
    await transcript.step("over", 3);
    await transcript.step("into", 2);
    transcript.note("from count back to one");
    await transcript.step("out");
    transcript.note("from the thread's function: to the thread's end, in the thread that runs then");
    await transcript.step("out");
    await transcript.step("over", 2);
    await transcript.matches("out");
  });

  it("of a parked thread: until it has been scheduled and has advanced", async () => {
    const session = Session.of(counters);
    session.breakAt(session.at("call gt_yield                   # one"));
    const transcript = new Transcript(session);
    await transcript.continue();
    session.breakAt();
    const [base, , two] = session.debuggee.threads().map(({ id }) => id);
    transcript.note("a thread that has not run yet");
    await transcript.step("over", 1, "line", two);
    await transcript.step("over", 4);
    transcript.note("a thread that is parked in gt_switch");
    await transcript.step("over", 1, "line", base);
    await transcript.step("out", 2);
    await transcript.matches("of-a-parked-thread");
  });

  it("to the end of the thread: the step ends in the thread that runs then", async () => {
    const session = Session.of(counters);
    session.breakAt(session.at("ret                             # of one"));
    const transcript = new Transcript(session);
    await transcript.continue();
    session.breakAt();
    await transcript.step("over", 5);
    await transcript.step("out", 3);
    await transcript.matches("to-the-end-of-a-thread");
    // The step out of thread 2's own function was to its end.
    expect(session.exited).toEqual([2, 3]);
  });

  it("by instructions", async () => {
    const session = Session.of(counters);
    session.breakAt(session.symbol("one"));
    const transcript = new Transcript(session);
    await transcript.continue();
    await transcript.step("over", 6, "instruction");
    await transcript.step("into", 3, "instruction");
    await transcript.step("out", 1, "instruction");
    await transcript.matches("by-instructions");
  });
});

describe("stepping in one thread", () => {
  const recursion = `
        .globl main
        .type main, @function
main:   sub $8, %rsp
        mov $3, %edi
        call sum                        # from main
        add $8, %rsp
        ret                             # of main
        .size main, . - main
        .type sum, @function
sum:    test %edi, %edi
        jz .Lzero
        push %rdi
        dec %edi
        call sum                        # from sum
        pop %rdi
        add %edi, %eax
        ret
.Lzero: xor %eax, %eax
        ret
        .size sum, . - sum
`;

  it("over a recursive call stays in the frame that it began in", async () => {
    const session = Session.of(recursion);
    session.breakAt(session.at("call sum                        # from sum"));
    const transcript = new Transcript(session);
    await transcript.continue();
    session.breakAt();
    await transcript.step("over", 6);
    await transcript.step("over");
    await transcript.matches("over-recursion");
    expect(session.debuggee.state).toBe("stopped");
  });

  it("out of a recursive call ends in its caller's frame", async () => {
    const session = Session.of(recursion);
    session.breakAt(session.at(".Lzero: xor"));
    const transcript = new Transcript(session);
    await transcript.continue();
    await transcript.step("out", 5);
    await transcript.matches("out-of-recursion");
  });

  it("a breakpoint within a call ends the step", async () => {
    const session = Session.of(recursion);
    session.breakAt(session.at("call sum                        # from main"), session.at(".Lzero: xor"));
    await session.continue();
    const stop = await session.step("over");
    expect(stop).toMatchObject({ kind: "breakpoint", breakpoints: [2] });
  });

  it("a breakpoint where the step ends wins", async () => {
    const session = Session.of(recursion);
    const ids = session.breakAt(session.at("mov $3, %edi"), session.at("call sum                        # from main"));
    await session.continue();
    expect(await session.step("over")).toMatchObject({ kind: "breakpoint", breakpoints: [ids[1]] });
  });

  it("a breakpoint whose condition does not hold leaves the step alone", async () => {
    const session = Session.of(recursion);
    session.breakAt(session.at("mov $3, %edi"), {
      address: session.at("call sum                        # from main"),
      condition: () => false,
    });
    await session.continue();
    expect(await session.step("over")).toMatchObject({ kind: "step" });
  });

  it("the end of the program ends the step", async () => {
    const session = Session.of(recursion);
    session.breakAt(session.at("ret                             # of main"));
    await session.continue();
    await session.step("over");
    await session.step("over");
    expect(await session.step("over")).toEqual({ kind: "exited", status: 6 });
  });

  it("a fault ends the step", async () => {
    const session = Session.of(".globl main\nmain: mov $1, %eax\n call f\n ret\nf: mov 0, %eax\n ret\n");
    session.breakAt(session.symbol("main"));
    await session.continue();
    await session.step("over");
    expect(await session.step("over")).toMatchObject({ kind: "fault" });
  });

  it("several instructions on a line, and a loop on a line, are one step", async () => {
    const session = Session.of(
      ".globl main\nmain: mov $1, %eax; mov $2, %ebx; mov $3, %ecx\n mov $1000, %edx\n1: dec %edx; jnz 1b\n mov $9, %eax\n ret\n",
    );
    session.breakAt(session.symbol("main"));
    const transcript = new Transcript(session);
    await transcript.continue();
    await transcript.step("over", 4);
    await transcript.matches("lines-with-several-instructions");
  });

  it("a system call is stepped over", async () => {
    const session = Session.of(".globl main\nmain: mov $39, %eax\n syscall\n mov $1, %eax\n ret\n");
    session.breakAt(session.symbol("main"));
    const transcript = new Transcript(session);
    await transcript.continue();
    await transcript.step("over");
    await transcript.step("into");
    await transcript.matches("over-a-system-call");
    expect(session.register(0)).toBe(1000n);
  });

  it("a step from the very first instruction does not stop at a breakpoint there", async () => {
    const session = Session.of(".globl _start\n_start: mov $60, %eax\n xor %edi, %edi\n syscall\n");
    session.breakAt(session.symbol("_start"));
    expect(session.describe(await session.step("over"))).toMatch(/^step .*xor %edi, %edi$/);
  });
});

describe("code without lines", () => {
  /** A program whose function `f` has no line information. */
  function withoutLinesOfF(): Session {
    const image = build(
      ".globl main\n.type main, @function\nmain: sub $8, %rsp\n call f\n add $8, %rsp\n ret\n.size main, . - main\n" +
        ".type f, @function\nf: mov $1, %eax\n mov $2, %ecx\n ret\n.size f, . - f\n",
    );
    const f = image.symbols.find(({ name }) => name === "f");
    const end = (f?.address ?? 0n) + BigInt(f?.size ?? 0);
    const lines = image.lines.map((row) =>
      f !== undefined && row.address >= f.address && row.address < end ? { ...row, source: -1 } : row,
    );
    return new Session({ ...image, lines });
  }

  it("is stepped over by a step into", async () => {
    const session = withoutLinesOfF();
    session.breakAt(session.at("call f"));
    await session.continue();
    expect(session.describe(await session.step("into"))).toMatch(/^step .* main: add \$8, %rsp$/);
  });

  it("is entered by instructions, and left by a line step to the next line", async () => {
    const session = withoutLinesOfF();
    session.breakAt(session.at("call f"));
    await session.continue();
    expect(session.describe(await session.step("into", "instruction"))).toMatch(/^step .* f at 0x/);
    expect(session.describe(await session.step("over"))).toMatch(/^step .* f at 0x/);
    expect(session.describe(await session.step("out"))).toMatch(/^step .* main: add \$8, %rsp$/);
  });
});
