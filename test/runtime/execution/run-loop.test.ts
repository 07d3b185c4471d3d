import { describe, expect, it } from "vitest";
import type { DebuggeeStop, ThreadEventKind } from "../../../runtime/debuggee.js";
import { Session } from "./session.js";

const endless = ".globl main\nmain: xor %eax, %eax\nspin: inc %eax\n jmp spin\n";

describe("an endless loop", () => {
  it("is paused, and goes on", async () => {
    const session = Session.of(endless);
    const stopped = session.continue();
    expect(session.debuggee.state).toBe("running");
    setTimeout(() => session.debuggee.requestPause(), 5);
    expect(await stopped).toMatchObject({ kind: "pause", thread: session.thread });
    expect(session.debuggee.state).toBe("stopped");
    expect(session.where()).toMatch(/^(main|spin): (inc %eax|jmp spin|spin: inc %eax)$/);
    const before = session.debuggee.instructionCount;
    const again = session.continue();
    session.debuggee.requestPause();
    expect(await again).toMatchObject({ kind: "pause" });
    expect(session.debuggee.instructionCount).toBeGreaterThan(before);
  });

  it("that makes system calls is paused", async () => {
    const session = Session.of(".globl main\nmain: mov $39, %eax\n syscall\n jmp main\n");
    const stopped = session.continue();
    setTimeout(() => session.debuggee.requestPause(), 5);
    expect(await stopped).toMatchObject({ kind: "pause" });
  });

  it("that is stepped over is paused", async () => {
    const session = Session.of(".globl main\nmain: call f\n ret\nf: jmp f\n");
    session.breakAt(session.symbol("main"));
    await session.continue();
    const stopped = session.step("over");
    setTimeout(() => session.debuggee.requestPause(), 5);
    expect(await stopped).toMatchObject({ kind: "pause" });
  });

  it("on the line that is stepped over is paused", async () => {
    const session = Session.of(".globl main\nmain: nop\nspin: jmp spin\n");
    session.breakAt(session.symbol("spin"));
    await session.continue();
    session.breakAt();
    const stopped = session.step("over");
    setTimeout(() => session.debuggee.requestPause(), 5);
    expect(await stopped).toMatchObject({ kind: "pause" });
  });

  it("of green threads that yield to each other is paused", async () => {
    const session = Session.of(`
        .globl main
main:   sub $8, %rsp
        mov $2, %edi
        mov $0x1000, %esi
        call gt_init
        lea forever(%rip), %rdi
        call gt_spawn
forever: call gt_yield
        jmp forever
`);
    session.breakAt(session.symbol("forever"));
    await session.continue();
    session.breakAt();
    const stopped = session.continue();
    setTimeout(() => session.debuggee.requestPause(), 5);
    expect(await stopped).toMatchObject({ kind: "pause" });
    expect(session.debuggee.threads()).toHaveLength(2);
  });
});

describe("a run", () => {
  it("tells nothing before its call has returned", async () => {
    const session = Session.of('.globl main\nmain: lea text(%rip), %rdi\n jmp print_string\ntext: .string "x"\n');
    const stopped = session.continue();
    expect(session.output).toBe("");
    await stopped;
    expect(session.output).toBe("x");
  });

  it("is one at a time", async () => {
    const session = Session.of(endless);
    const stopped = session.continue();
    await expect(session.continue()).rejects.toThrow(/running already/);
    session.debuggee.requestPause();
    await stopped;
  });

  it("ends at the instruction limit, exactly, and can be continued as far again", async () => {
    const session = Session.of(endless, { instructionLimit: 2_500_000 });
    expect(await session.continue()).toEqual({
      kind: "limit",
      thread: session.thread,
      description: "The program has executed 2500000 instructions: the limit that was set is reached.",
    });
    expect(session.debuggee.instructionCount).toBe(2_500_000);
    await session.continue();
    expect(session.debuggee.instructionCount).toBe(5_000_000);
  });

  it("is the same every time, however it is cut into runs", async () => {
    const program =
      ".globl main\nmain: mov $3000000, %ecx\n xor %eax, %eax\n1: add %ecx, %eax\n rol $3, %eax\n dec %ecx\n jnz 1b\n movzbl %al, %eax\n ret\n";
    const whole = Session.of(program);
    const pieces = Session.of(program, { instructionLimit: 777_777 });
    const end = await whole.continue();
    let stop: DebuggeeStop = await pieces.continue();
    while (stop.kind === "limit") stop = await pieces.continue();
    expect(stop).toEqual(end);
    expect(pieces.debuggee.instructionCount).toBe(whole.debuggee.instructionCount);
  });
});

/** A thread that yields once and returns. */
const oneThread = `
        .globl main
        .type main, @function
main:   sub $8, %rsp
        mov $2, %edi
        mov $0x1000, %esi
        call gt_init
        lea worker(%rip), %rdi
        call gt_spawn
        call gt_run
        .size main, . - main
        .type worker, @function
worker: sub $8, %rsp
        call gt_yield
        add $8, %rsp
        ret
        .size worker, . - worker
`;

async function eventStops(
  kinds: readonly ThreadEventKind[],
  accept?: (session: Session) => boolean,
): Promise<string[]> {
  const session = Session.of(oneThread);
  session.debuggee.setEventStops(new Set(kinds), accept && (() => accept(session)));
  const lines: string[] = [];
  for (;;) {
    const stop = await session.continue();
    lines.push(session.describe(stop));
    if (stop.kind === "exited") return lines;
  }
}

describe("events of green threads end a run", () => {
  it("spawn", async () => {
    expect(await eventStops(["spawn"])).toEqual([
      "spawn of [thread 1: worker], at [thread 0: main] gt_spawn: ret",
      "exited with status 0",
    ]);
  });

  it("yield", async () => {
    const atYield = "gt_yield: mov gt_runtime+RUNTIME_THREADS(%rip), %r8";
    expect(await eventStops(["yield"])).toEqual([
      `yield of [thread 0: main], at [thread 0: main] ${atYield}`,
      `yield of [thread 1: worker], at [thread 1: worker] ${atYield}`,
      `yield of [thread 0: main], at [thread 0: main] ${atYield}`,
      `yield of [thread 0: main], at [thread 0: main] ${atYield}`,
      "exited with status 0",
    ]);
  });

  it("switch", async () => {
    const behind = "gt_switch: mov CONTEXT_R15(%rsi), %r15";
    expect(await eventStops(["switch"])).toEqual([
      `switch of [thread 1: worker], at [thread 1: worker] ${behind}`,
      `switch of [thread 0: main], at [thread 0: main] ${behind}`,
      `switch of [thread 1: worker], at [thread 1: worker] ${behind}`,
      `switch of [thread 0: main], at [thread 0: main] ${behind}`,
      "exited with status 0",
    ]);
  });

  it("finish", async () => {
    expect(await eventStops(["finish"])).toEqual([
      "finish of [thread 1: worker], at [thread 1: worker] gt_return: sub $8, %rsp",
      "exited with status 0",
    ]);
  });

  it("only where the filter accepts them", async () => {
    expect(await eventStops(["yield", "switch"], () => false)).toEqual(["exited with status 0"]);
    let count = 0;
    expect(await eventStops(["yield", "switch"], () => ++count === 3)).toHaveLength(2);
  });

  it("not when a breakpoint is at the same place: that is the reason then", async () => {
    const session = Session.of(oneThread);
    session.debuggee.setEventStops(new Set(["yield"]));
    session.breakAt(session.symbol("gt_yield"));
    expect(await session.continue()).toMatchObject({ kind: "breakpoint" });
    session.breakAt();
    expect(await session.continue()).toMatchObject({ kind: "threadEvent", thread: 2 });
  });

  it("within a step, too", async () => {
    const session = Session.of(oneThread);
    session.debuggee.setEventStops(new Set(["spawn"]));
    session.breakAt(session.at("call gt_spawn"));
    await session.continue();
    expect(await session.step("over")).toMatchObject({
      kind: "threadEvent",
      event: { kind: "spawn", thread: 2, other: 1 },
    });
    expect(await session.step("out")).toMatchObject({ kind: "step" });
    expect(session.where()).toBe("main: call gt_run");
  });
});

it("threads are told when they start and when they are over", async () => {
  const session = Session.of(oneThread);
  expect(session.started).toEqual([1]);
  session.breakAt(session.symbol("worker"));
  await session.continue();
  expect(session.started).toEqual([1, 2]);
  await session.continue();
  expect(session.exited).toEqual([2]);
});
