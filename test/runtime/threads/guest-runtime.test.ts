import { expect, test } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import closures from "../../../samples/closures/closures.s";
import counters from "../../../samples/counters/counters.s";
import { Guest } from "./guest.js";
import { idOf } from "./shadow-stack.js";

const rbx = 3;

test("counters: threads appear when spawned, run, and disappear", () => {
  const guest = new Guest(counters);
  guest.runToEnd();
  const log = guest.log.filter((line) => !line.startsWith("switch") && !line.startsWith("yield"));
  expect(log).toEqual([
    "started 1",
    "started 2",
    "spawn 2 by 1",
    "started 3",
    "spawn 3 by 1",
    "finish 2",
    "exited 2",
    "finish 3",
    "exited 3",
  ]);
  const yields = guest.log.filter((line) => line.startsWith("yield"));
  // 10 and 15 numbers, and the base thread's turns: one a round, and the one that finds nobody ready.
  expect(yields.filter((line) => line === "yield 2")).toHaveLength(10);
  expect(yields.filter((line) => line === "yield 3")).toHaveLength(15);
});

test("a thread that has not run shows where it will start, with skip and guard below", () => {
  const guest = new Guest(counters);
  guest.runTo("gt_run");
  expect(guest.threads.list().map(({ name, state, slot }) => ({ name, state, slot }))).toEqual([
    { name: "thread 0: main", state: "running", slot: 0 },
    { name: "thread 1: counter_one", state: "new", slot: 1 },
    { name: "thread 2: counter_two", state: "new", slot: 2 },
  ]);
  const [entry, skip, guard] = guest.trace(2);
  expect(entry).toMatchObject({
    functionName: "counter_one",
    instruction: guest.addressOf("counter_one"),
    presentation: "normal",
  });
  expect(skip).toMatchObject({ functionName: "skip", instruction: guest.addressOf("skip"), presentation: "subtle" });
  expect(guard).toMatchObject({ functionName: "guard", instruction: guest.addressOf("guard"), presentation: "subtle" });
  expect(guest.threads.registersOf(idOf(2))).toBeUndefined();
  const { high, used, size } = guest.thread(2).stack;
  expect(guard?.canonicalFrameAddress).toBe(high);
  expect({ used, size }).toEqual({ used: 32, size: 0x200000 });
});

test("a closure shows its function above the trampoline", () => {
  const guest = new Guest(closures);
  guest.runTo("gt_spawn_arg");
  guest.runTo("gt_spawn_arg");
  const frames = guest.trace(2);
  expect(frames.map(({ functionName, presentation, index }) => `${index} ${functionName} ${presentation}`)).toEqual([
    "0 worker normal",
    "1 gt_trampoline subtle",
    "2 skip subtle",
    "3 guard subtle",
  ]);
});

test("outer frames are placed at their calls; skip and guard at their own lines", () => {
  const guest = new Guest(counters);
  guest.runTo("counter_one");
  guest.runTo("gt_yield");
  const lines = counters.split("\n");
  const [yielding, counter, skip] = guest.trace(2);
  expect(yielding?.position?.path).toBe("green-threads:/green_threads.s");
  expect(lines[(counter?.position?.line ?? 0) - 1]).toContain("call    gt_yield");
  const library = guest.image.sources.find(({ path }) => path === skip?.position?.path)?.text?.split("\n");
  expect(library?.[(skip?.position?.line ?? 0) - 1]?.trim()).toBe("ret");
});

test("a parked thread's registers are its saved ones, and can be changed there", () => {
  const guest = new Guest(counters);
  guest.runTo("counter_two");
  expect(guest.functions(2)).toEqual(["gt_switch", "gt_yield", "counter_one", "skip", "guard"]);
  const counter = guest.trace(2)[2];
  expect(counter?.registers.general[rbx]).toBe(0n);
  const slot = counter?.registers.savedAt?.[rbx] ?? guestAddress(0);
  expect(guest.threads.annotate(slot, 8)[0]).toMatchObject({
    kind: "threadField",
    text: "thread 1 saved rbx",
    thread: 2,
  });
  expect(guest.threads.writeRegister(idOf(2), 2, "rbx", 8n)).toEqual({ ok: true, value: undefined });
  expect(guest.trace(2)[2]?.registers.general[rbx]).toBe(8n);
  expect(guest.trace(2)[0]?.registers.full?.general[rbx]).toBe(8n);
  expect(guest.threads.writeRegister(idOf(2), 2, "rax", 8n)).toMatchObject({ ok: false });
  expect(guest.threads.writeRegister(idOf(2), 9, "rbx", 8n)).toMatchObject({ ok: false });
  guest.runToEnd();
  expect(guest.output).toContain("thread: 1 counter: 0\n");
  expect(guest.output).not.toContain("thread: 1 counter: 1\n");
  expect(guest.output).toContain("thread: 1 counter: 9\n");
});

test("a running thread's outer frames: changed in the processor, on the stack, or not at all", () => {
  const guest = new Guest(counters);
  guest.runTo("counter_one");
  guest.runTo("print_string");
  const { machine, threads } = guest;
  expect(threads.writeRegister(threads.current(), 0, "rax", 5n)).toMatchObject({ ok: true });
  expect(machine.registers.general("rax")).toBe(5n);
  // print_string has not touched rbx: counter_one's is the processor's.
  expect(threads.writeRegister(threads.current(), 1, "rbx", 77n)).toMatchObject({ ok: true });
  expect(machine.registers.general("rbx")).toBe(77n);
  const refused = threads.writeRegister(threads.current(), 1, "rsp", 0n);
  expect(refused.ok ? "" : refused.error).toContain("rsp");
});

test("the words of a new stack and of the table are named", () => {
  const guest = new Guest(counters);
  guest.runTo("gt_run");
  const high = guest.thread(2).stack.high ?? guestAddress(0);
  const texts = guest.threads.annotate(guestAddress(high - 40n), 40).filter(({ thread }) => thread === 2);
  expect(texts.map(({ address, kind, text }) => `${Number(high - address)} ${kind} ${text}`)).toEqual([
    "32 stackPointer stack pointer of thread 1",
    "32 function entry function counter_one",
    "24 function skip",
    "16 guard guard",
    "8 stackEnd highest word of the stack of thread 1",
  ]);
  const runtime = guest.addressOf("gt_runtime");
  expect(guest.threads.annotate(runtime, 32).map(({ text }) => text)).toEqual(
    expect.arrayContaining(["gt_runtime threads", "gt_runtime count", "gt_runtime current", "gt_runtime stack_size"]),
  );
});

test("a slot that is taken again is a new thread", () => {
  const guest = new Guest(`
        .globl  main
        .type   main, @function
main:   sub     $8, %rsp
        mov     $2, %edi
        mov     $4096, %esi
        call    gt_init
        mov     $3, %ebx
.Lmore: lea     work(%rip), %rdi
        call    gt_spawn
        call    gt_yield
        call    gt_yield
        dec     %ebx
        jnz     .Lmore
        xor     %eax, %eax
        add     $8, %rsp
        ret
        .size   main, . - main
        .type   work, @function
work:   sub     $8, %rsp
        call    gt_yield
        add     $8, %rsp
        ret
        .size   work, . - work
`);
  guest.runToEnd();
  expect(guest.exitStatus).toBe(0);
  expect(guest.log.filter((line) => /^(started|exited)/.test(line))).toEqual([
    "started 1",
    "started 2",
    "exited 2",
    "started 3",
    "exited 3",
    "started 4",
    "exited 4",
  ]);
});

test.for([
  { name: "a table at a wild address", words: [0xffff_ffff_ffff_0000n, 4n, 0n, 4096n] },
  { name: "a table where nothing is mapped", words: [0x7000_0000n, 4n, 0n, 4096n] },
  { name: "an absurd number of threads", words: [0x401000n, 0xffff_ffff_ffffn, 9n, 4096n] },
  { name: "code for a table", words: [0x401000n, 3n, 9n, 4096n] },
])("$name: nonsense in gt_runtime is passed over", ({ words }) => {
  const guest = new Guest(counters);
  guest.runTo("main");
  words.forEach((word, index) => {
    guest.machine.memory.writeWord(guestAddress(guest.addressOf("gt_runtime") + BigInt(8 * index)), word);
  });
  guest.threads.onStop();
  expect(guest.threads.list().map(({ state }) => state)).toEqual(["running"]);
  expect(guest.functions(1)).toEqual(["main", "_start"]);
  expect(guest.threads.annotate(guest.addressOf("gt_runtime"), 64).length).toBeGreaterThan(0);
});
