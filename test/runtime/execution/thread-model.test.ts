/** Thread models: those that are known by symbols and layout, and those that are declared in JSON. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadDebuggee, readExecutable } from "../../../runtime/debuggee.js";
import { prebuiltSamples, samplePath } from "../../samples/sample-list.js";
import { build, Session } from "./session.js";

function sampleImage(name: string) {
  const sample = prebuiltSamples.find((one) => one.name === name);
  if (!sample) throw new Error(`there is no sample ${name}`);
  const image = readExecutable(readFileSync(samplePath(sample)));
  if (!image.ok) throw new Error(image.error);
  return image.value;
}

/** Without the crate that a function of Rust's is in. */
function shortName(name: string): string {
  return name.replace(/rust_\w+::/, "");
}

function listed(session: Session) {
  return session.debuggee.threads().map(({ name, state, slot }) => `${shortName(name)}, ${state}, ${slot}`);
}

/** Runs until a function is entered. */
async function runTo(session: Session, name: RegExp) {
  const symbol = session.image.symbols.find((one) => name.test(one.name) && one.kind === "function");
  if (!symbol) throw new Error(`there is no function ${name}`);
  session.breakAt(symbol.address);
  expect((await session.continue()).kind).toBe("breakpoint");
  session.breakAt();
}

describe("known runtimes", () => {
  test("gthreads in C: threads are known before they run, with the bounds of their stacks, and their ends are seen", async () => {
    const session = new Session(sampleImage("gthreads"));
    await runTo(session, /^gtret$/);
    expect(listed(session)).toEqual([
      "thread 0: main, running, 0",
      "thread 1: count_up, new, 1",
      "thread 2: count_down, new, 2",
      "thread 3: count_up, new, 3",
      "thread 4: count_down, new, 4",
    ]);
    for (const { stack } of session.debuggee.threads().slice(1)) {
      expect(stack.size).toBe(0x8000);
      expect(stack.used).toBe(16);
    }
    const second = session.debuggee.threads()[1]?.id;
    expect(second && session.debuggee.stackTrace(second)?.map(({ functionName }) => functionName)).toEqual([
      "count_up",
      "gtstop",
    ]);
    session.debuggee.setEventStops(new Set(["finish"]));
    const ended: string[] = [];
    for (;;) {
      const stop = await session.continue();
      if (stop.kind !== "threadEvent") break;
      ended.push(session.name(stop.event.thread));
    }
    expect(ended).toEqual(["thread 2: count_down", "thread 4: count_down", "thread 1: count_up", "thread 3: count_up"]);
    expect(session.exited).toHaveLength(4);
  });

  test.for([
    ["rust-runtime", ["thread 1: first, new, 1", "thread 2: second, new, 2"]],
    ["rust-closures", ["thread 1: call, new, 1", "thread 2: call, new, 2", "thread 3: call, new, 3"]],
  ] as const)("%s: threads are known before they run", async ([name, threads]) => {
    const session = new Session(sampleImage(name));
    await runTo(session, /Runtime3run17h/);
    expect(listed(session).slice(1)).toEqual(threads);
    session.debuggee.setEventStops(new Set(["yield"]));
    const stop = await session.continue();
    expect(stop.kind).toBe("threadEvent");
    // The base thread yields first.
    expect(stop.kind === "threadEvent" && session.debuggee.threads()[0]?.id).toBe(
      stop.kind === "threadEvent" && stop.event.thread,
    );
    session.debuggee.setEventStops(new Set());
    expect((await session.continue()).kind).toBe("exited");
  });

  test("ucontext: what makecontext has made is known before it runs", async () => {
    const session = new Session(sampleImage("ucontext"));
    await runTo(session, /^swapcontext$/);
    expect(listed(session)).toEqual([
      "thread 0: main, running, 0",
      "thread 1: play, new, 1",
      "thread 2: play, new, 2",
      "thread 3: play, new, 3",
    ]);
    const [, first] = session.debuggee.threads();
    expect(first?.stack.size).toBe(0x8000);
    expect(first?.creator?.calls.map(({ functionName }) => functionName).slice(0, 2)).toEqual(["makecontext", "main"]);
    expect(first && session.debuggee.stackTrace(first.id)?.map(({ functionName }) => functionName)).toEqual([
      "play",
      "start_link",
    ]);
    let switches = 0;
    session.debuggee.setEventStops(new Set(["switch"]), () => ++switches < 0);
    expect(await session.continue()).toEqual({ kind: "exited", status: 0 });
    // To the first one, ten passes, and on by uc_link twice.
    expect(switches).toBe(13);
    expect(session.started).toHaveLength(4);
    expect(session.exited).toEqual([]);
  });

  test("gthreads in C, declared in the words of its source", async () => {
    const thread = "((struct gt *)thread)";
    const threadModel = {
      table: { first: "gttbl", size: 80, count: "MaxThreads" },
      hasBase: true,
      fields: {
        stackPointer: `${thread}->ctx.rsp`,
        state: `${thread}->st`,
        stackLow: `${thread}->stack`,
        stackSize: "StackSize",
        entry: `${thread}->function`,
      },
      states: { available: 0, running: 1, ready: 2 },
      functions: { yield: ["gtyield"], finish: ["gtstop"], bottom: ["gtstop"] },
    };
    const [known, declared] = [{}, { threadModel }].map((options) => new Session(sampleImage("gthreads"), options));
    if (known === undefined || declared === undefined) throw new Error("there are two sessions");
    for (const session of [known, declared]) await runTo(session, /^gtret$/);
    expect(listed(declared)).toEqual(listed(known));
    expect(declared.debuggee.threads().map(({ stack }) => stack)).toEqual(
      known.debuggee.threads().map(({ stack }) => stack),
    );
  });

  test('"none": only what runs is found', async () => {
    const session = new Session(sampleImage("gthreads"), { threadModel: "none" });
    await runTo(session, /^gtret$/);
    expect(listed(session)).toEqual(["base thread: main, running, undefined"]);
  });
});

/** Two threads in a list, each with a name; a switch of pushes and pops. Offsets: next 0, rsp 8, name 16, state 24. */
const chained = `
        .globl  main
        .type   main, @function
main:   sub     $8, %rsp
        lea     end_one(%rip), %rdi
        lea     one(%rip), %rdx
        call    prepare
        mov     %rax, first+8(%rip)
        lea     end_two(%rip), %rdi
        lea     two(%rip), %rdx
        call    prepare
        mov     %rax, second+8(%rip)
        lea     first(%rip), %rax
        mov     %rax, head(%rip)
prepared:
        lea     base(%rip), %rdi
        lea     first(%rip), %rsi
        call    change
        xor     %edi, %edi
        call    exit
        .size   main, . - main
        .type   prepare, @function
prepare:
        mov     %rdx, -16(%rdi)
        lea     -40(%rdi), %rax
        ret
        .size   prepare, . - prepare
        .type   one, @function
one:    sub     $8, %rsp
        lea     first(%rip), %rdi
        lea     second(%rip), %rsi
        call    change
        ud2
        .size   one, . - one
        .type   two, @function
two:    sub     $8, %rsp
        lea     second(%rip), %rdi
        lea     base(%rip), %rsi
in_two: call    change
        ud2
        .size   two, . - two
        .type   change, @function
change: push    %rbx
        push    %rbp
        push    %r12
        mov     %rsp, 8(%rdi)
        mov     8(%rsi), %rsp
        pop     %r12
        pop     %rbp
        pop     %rbx
        ret
        .size   change, . - change
        .data
        .balign 8
head:   .quad   0
base:   .quad   0, 0
first:  .quad   second, 0, name_one, 5
second: .quad   0, 0, name_two, 6
name_one: .asciz "Anna"
name_two: .asciz "Otto"
        .bss
        .balign 16
        .zero   512
end_one: .zero   512
end_two: .zero   16
`;

const model = {
  chain: { first: "*(long*)head", next: "*(long*)thread" },
  fields: { stackPointer: "*(long*)(thread + 8)", name: "*(long*)(thread + 16)", state: "*(long*)(thread + 24)" },
  states: { ready: [5, 6] },
} as const;

test("a declared chain: names, states, and threads that have not run", async () => {
  const session = Session.of(chained, { threadModel: model });
  session.breakAt(session.symbol("prepared"));
  await session.continue();
  expect(listed(session)).toEqual(["thread 0: main, running, 0", "thread 1: Anna, new, 1", "thread 2: Otto, new, 2"]);
  session.breakAt(session.symbol("in_two"));
  await session.continue();
  expect(listed(session)).toEqual([
    "thread 0: main, ready, 0",
    "thread 1: Anna, ready, 1",
    "thread 2: Otto, running, 2",
  ]);
  session.breakAt();
  expect(await session.continue()).toEqual({ kind: "exited", status: 0 });
});

test.for([
  [[], 'threadModel must be an object with "table", "chain"'],
  [{ fields: {} }, "threadModel.fields.stackPointer is missing"],
  [{ fields: { stackPointer: "1" } }, 'threadModel needs either "table"'],
  [{ ...model, tables: {} }, 'threadModel.tables is not known: there are "table", "chain"'],
  [{ ...model, fields: { ...model.fields, rsp: "1" } }, "threadModel.fields.rsp is not known"],
  [
    { ...model, fields: { ...model.fields, entry: "*(long*)(thread + nowhere)" } },
    'threadModel.fields.entry: "nowhere" is neither a register, a flag nor a symbol of this program (at character 19 of',
  ],
  [{ ...model, fields: { ...model.fields, name: 7 } }, "threadModel.fields.name must be an expression"],
  [{ ...model, states: undefined }, "threadModel.states is missing"],
  [{ ...model, states: { ready: "5" } }, "threadModel.states.ready must be a number"],
  [{ ...model, states: { asleep: 5 } }, "threadModel.states.asleep is not known"],
  [{ ...model, chain: { first: "*(long*)head" } }, "threadModel.chain.next must be an expression"],
  [{ ...model, chain: undefined, table: { first: "head", size: 0 } }, "threadModel.table.size must be"],
  [{ ...model, chain: undefined, table: { first: "first", size: 32 } }, "threadModel.table.count is missing"],
  [{ ...model, saved: { rbx: "thread +" } }, "threadModel.saved.rbx: "],
  [{ ...model, saved: { ebx: "thread" } }, "threadModel.saved.ebx is not known"],
  [{ ...model, functions: { yield: ["swap"] } }, 'threadModel.functions.yield: the program has no function "swap".'],
  [{ ...model, hasBase: "yes" }, "threadModel.hasBase must be true or false"],
])("what is wrong in a model is said, with its place: %j", ([threadModel, message]) => {
  const loaded = loadDebuggee(build(chained), {
    arguments: [],
    environment: {},
    abi: "systemV",
    threadModel,
    observer: { output: () => {}, note: () => {}, threadStarted: () => {}, threadExited: () => {} },
  });
  expect(loaded.ok ? "loaded" : loaded.error).toContain(message);
});
