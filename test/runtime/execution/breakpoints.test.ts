import { describe, expect, it } from "vitest";
import type { DebuggeeStop } from "../../../runtime/debuggee.js";
import { Session } from "./session.js";

/** Counts rbx from 0 to 9. */
const loop = `
        .globl main
main:   push %rbx
        xor %ebx, %ebx
again:  inc %ebx
        cmp $10, %ebx
        jb again
        mov %ebx, %eax
        pop %rbx
        ret
`;

async function stops(session: Session): Promise<DebuggeeStop[]> {
  const all: DebuggeeStop[] = [];
  for (;;) {
    const stop = await session.continue();
    all.push(stop);
    if (stop.kind === "exited" || all.length > 100) return all;
  }
}

describe("a breakpoint", () => {
  it("stops before its instruction, every time, and not twice at one", async () => {
    const session = Session.of(loop);
    session.breakAt(session.symbol("again"));
    const seen: (bigint | undefined)[] = [];
    while ((await session.continue()).kind === "breakpoint") seen.push(session.register(3));
    expect(seen).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
  });

  it("on the program's first instruction stops there", async () => {
    const session = Session.of(".globl _start\n_start: mov $60, %eax\n xor %edi, %edi\n syscall\n");
    session.breakAt(session.symbol("_start"));
    expect(await session.continue()).toMatchObject({ kind: "breakpoint" });
    expect(session.debuggee.instructionCount).toBe(0);
    expect(await session.continue()).toEqual({ kind: "exited", status: 0 });
  });

  it("on an instruction that jumps to itself stops each time round", async () => {
    const session = Session.of(".globl _start\n_start: jmp _start\n");
    session.breakAt(session.symbol("_start"));
    for (let count = 0; count < 3; count++) {
      expect(await session.continue()).toMatchObject({ kind: "breakpoint" });
      expect(session.debuggee.instructionCount).toBe(count);
    }
  });

  it("behind a system call stops", async () => {
    const session = Session.of(".globl main\nmain: mov $39, %eax\n syscall\nbehind: mov $1, %eax\n ret\n");
    session.breakAt(session.symbol("behind"));
    expect(await session.continue()).toMatchObject({ kind: "breakpoint" });
    expect(session.register(0)).toBe(1000n);
  });

  it("that was taken away does not stop", async () => {
    const session = Session.of(loop);
    session.breakAt(session.symbol("again"));
    await session.continue();
    session.breakAt();
    expect(await session.continue()).toEqual({ kind: "exited", status: 10 });
  });

  it("set while the program runs stops it", async () => {
    const session = Session.of(".globl main\nmain: mov $1, %eax\nspin: jmp spin\n");
    const stopped = session.continue();
    setTimeout(() => session.breakAt(session.symbol("spin")), 5);
    expect(await stopped).toMatchObject({ kind: "breakpoint" });
  });
});

describe("conditions", () => {
  it("are asked before a stop, with thread and machine", async () => {
    const session = Session.of(loop);
    const asked: string[] = [];
    session.breakAt({
      address: session.symbol("again"),
      condition: ({ thread, machine }) => {
        asked.push(thread.name);
        return machine.registers.general("rbx") === 7n;
      },
    });
    expect(await stops(session)).toMatchObject([{ kind: "breakpoint" }, { kind: "exited" }]);
    expect(asked).toHaveLength(10);
    expect(new Set(asked)).toEqual(new Set(["base thread: main"]));
  });

  it("on hits count only those whose condition holds", async () => {
    const session = Session.of(loop);
    const hits: number[] = [];
    session.breakAt({
      address: session.symbol("again"),
      condition: ({ machine }) => machine.registers.general("rbx") % 2n === 1n,
      hitCondition: (count) => {
        hits.push(count);
        return count === 3;
      },
    });
    expect(await session.continue()).toMatchObject({ kind: "breakpoint" });
    expect(session.register(3)).toBe(5n);
    await session.continue();
    expect(hits).toEqual([1, 2, 3, 4, 5]);
  });

  it("a hundred thousand that do not hold", async () => {
    const session = Session.of(`
        .globl main
main:   mov $100000, %ecx
again:  dec %ecx
        jnz again
        mov %ecx, %eax
        ret
`);
    let asked = 0;
    session.breakAt({ address: session.symbol("again"), condition: () => ++asked < 0 });
    expect(await session.continue()).toEqual({ kind: "exited", status: 0 });
    expect(asked).toBe(100_000);
  });
});

describe("log points", () => {
  it("speak instead of stopping", async () => {
    const session = Session.of(loop);
    const said: bigint[] = [];
    session.breakAt({
      address: session.symbol("again"),
      hitCondition: (hits) => hits > 7,
      log: ({ machine }) => said.push(machine.registers.general("rbx")),
    });
    expect(await session.continue()).toEqual({ kind: "exited", status: 10 });
    expect(said).toEqual([7n, 8n, 9n]);
  });
});

describe("several breakpoints at an address", () => {
  it("stop together, each by its own conditions", async () => {
    const session = Session.of(loop);
    const address = session.symbol("again");
    const [every, third] = session.breakAt(address, { address, hitCondition: (hits) => hits % 3 === 0 });
    const breakpoints: unknown[] = [];
    for (let count = 0; count < 3; count++) {
      const stop = await session.continue();
      if (stop.kind === "breakpoint") breakpoints.push(stop.breakpoints);
    }
    expect(breakpoints).toEqual([[every], [every], [every, third]]);
  });

  it("keep their ids and hit counts when all are set anew", async () => {
    const session = Session.of(loop);
    const address = session.symbol("again");
    const hits: number[] = [];
    const request = { address, hitCondition: (count: number) => hits.push(count) > 0 };
    const [id] = session.breakAt(request);
    await session.continue();
    await session.continue();
    const [other, same] = session.breakAt(session.symbol("main"), request);
    expect(same).toBe(id);
    expect(other).not.toBe(id);
    await session.continue();
    expect(hits).toEqual([1, 2, 3]);
  });
});
