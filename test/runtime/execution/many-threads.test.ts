import { expect, test } from "vitest";
import { type GuestAddress, guestAddress } from "../../../runtime/base/guest-address.js";
import type { GreenThread } from "../../../runtime/debuggee.js";
import { Session } from "./session.js";

/**
 * 1,100 threads, thread n n % 5 calls deep, each of which yields 12 + n % 5 times and ends. Then 150 more take the
 * slots of those that have ended.
 */
const program = `
        .globl  main
        .type   main, @function
main:   push    %rbx
        mov     $1101, %edi
        mov     $0x800, %esi
        call    gt_init
        mov     $1100, %ebx
        call    spawn_all
        mov     $14, %ebx
wait:   call    gt_yield
        dec     %ebx
        jnz     wait
        mov     $150, %ebx
        call    spawn_all
        call    gt_run
        .size   main, . - main

        .type   spawn_all, @function
spawn_all:
        sub     $8, %rsp
1:      lea     diver(%rip), %rdi
        mov     %rbx, %rsi
        call    gt_spawn_arg
        dec     %ebx
        jnz     1b
        add     $8, %rsp
        ret
        .size   spawn_all, . - spawn_all

        .type   diver, @function
diver:  sub     $8, %rsp
        mov     gt_runtime+0x10(%rip), %rax     # our number
        xor     %edx, %edx
        mov     $5, %ecx
        div     %rcx
        lea     12(%rdx), %rdi
        mov     %rdx, %rsi
        call    dive
        add     $8, %rsp
        ret
        .size   diver, . - diver

        .type   dive, @function
dive:   push    %rbx
        mov     %rdi, %rbx
        test    %rsi, %rsi
        jz      turn
        dec     %rsi
        call    dive
        pop     %rbx
        ret
turn:   call    gt_yield
        dec     %rbx
        jnz     turn
        pop     %rbx
        ret
        .size   dive, . - dive
`;

const slotSize = 0x60;
const [stackOffset, sizeOffset, pointerOffset, stateOffset] = [0x08, 0x10, 0x18, 0x50];

/** What guest memory says of the threads at a stop, read by the design of the runtime's table alone. */
class Truth {
  readonly current: number;

  constructor(readonly session: Session) {
    const rsp = session.register(4) ?? 0n;
    this.current = this.slots().find((slot) => rsp > this.low(slot) && rsp <= this.high(slot)) ?? 0;
  }

  /** Numbers of the threads that are not available; one that has just ended still runs. */
  living(): number[] {
    return this.slots().filter((slot) => slot === 0 || slot === this.current || this.field(slot, stateOffset) !== 0n);
  }

  private slots(): number[] {
    const runtime = this.session.symbol("gt_runtime");
    const count = this.word(runtime) === 0n ? 0 : Number(this.word(runtime + 8n));
    return Array.from({ length: count }, (_, slot) => slot);
  }

  state(slot: number): GreenThread["state"] {
    if (slot === this.current) return "running";
    // Prepared: rsp points to the word with which the thread will be entered, four words below the end.
    return slot !== 0 && this.field(slot, pointerOffset) === this.high(slot) - 32n ? "new" : "ready";
  }

  /** Functions on the stack of a thread that does not run. */
  functions(slot: number): string[] {
    if (slot === 0) return [];
    if (this.state(slot) === "new") return ["diver", "gt_trampoline", "skip", "guard"];
    const dives = Array.from({ length: (slot % 5) + 1 }, () => "dive");
    return ["gt_switch", "gt_yield", ...dives, "diver", "skip", "guard"];
  }

  private low(slot: number): bigint {
    return this.field(slot, stackOffset);
  }

  private high(slot: number): bigint {
    return this.low(slot) + this.field(slot, sizeOffset);
  }

  private field(slot: number, offset: number): bigint {
    return this.word(this.word(this.session.symbol("gt_runtime")) + BigInt(slot * slotSize + offset));
  }

  private word(address: bigint): bigint {
    return this.session.debuggee.memory.readWord(guestAddress(address) as GuestAddress) ?? 0n;
  }
}

/** Compares all threads with what memory says; with `traces`, their stacks too. Returns how many there were. */
function compare(session: Session, traces: boolean): number {
  const truth = new Truth(session);
  const { debuggee } = session;
  const threads = debuggee.threads();
  const told = threads.map(({ slot, state, name }) => `${slot} ${state} ${name}`).sort();
  const living = truth.living();
  if (living.length === 0) return threads.length;
  const expected = living.map(
    (slot) => `${slot} ${truth.state(slot)} thread ${slot}: ${slot === 0 ? "main" : "diver"}`,
  );
  expect(told).toEqual(expected.sort());
  expect(threads.find(({ id }) => id === debuggee.currentThread())?.slot).toBe(truth.current);
  for (const { id, slot = 0, state } of traces ? threads : []) {
    const functions = debuggee.stackTrace(id)?.map((frame) => frame.functionName);
    if (slot === 0) expect(functions?.slice(-2)).toEqual(["main", "_start"]);
    else if (state === "running") expect(functions?.at(-1)).toBe("guard");
    else if (functions?.join() !== truth.functions(slot).join()) expect(functions).toEqual(truth.functions(slot));
  }
  return threads.length;
}

test.for([
  { how: "at instruction counts", limit: 30_011, breakpoint: false },
  { how: "at hits of a breakpoint", limit: undefined, breakpoint: true },
])("more than a thousand threads: names, states and stacks are right $how", { timeout: 180_000 }, async (how) => {
  const session = Session.of(program, { instructionLimit: how.limit });
  if (how.breakpoint) {
    session.breakAt({ address: session.at("turn:"), hitCondition: (hits) => hits % 401 === 0 });
  }
  let most = 0;
  let stops = 0;
  let stop = await session.continue();
  for (; stop.kind !== "exited"; stop = await session.continue()) {
    expect(stop.kind).toBe(how.breakpoint ? "breakpoint" : "limit");
    most = Math.max(most, compare(session, stops++ % 4 === 0));
  }
  expect(stop.status).toBe(0);
  expect(stops).toBeGreaterThan(30);
  expect(most).toBe(1101);
  expect(session.started).toHaveLength(1 + 1100 + 150);
  expect(new Set(session.exited)).toEqual(new Set(session.started.slice(1)));
});
