/** A recursion of 100,000 calls: its frames are worked out as far as somebody looks. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { LazyList } from "../../runtime/base/lazy-list.js";
import type { Client } from "./support/client.js";
import { launchText } from "./support/in-process.js";

const depth = 100_000;

/** `deep` calls `recurse`, which calls itself; the last one is at `here`. */
const program = `
        .globl main, here
        .type main, @function
main:   mov $2, %edi
        mov $0x400000, %esi
        call gt_init
        lea deep(%rip), %rdi
        call gt_spawn
        call gt_run
        .size main, . - main
        .type deep, @function
deep:   mov $${depth}, %ebx
        call recurse
        ret
        .size deep, . - deep
        .type recurse, @function
recurse:
        sub $8, %rsp
        dec %ebx
        jz here
        call recurse
here:   add $8, %rsp
        ret
        .size recurse, . - recurse
`;

async function stoppedDeep(): Promise<{ client: Client; threadId: number }> {
  const client = await launchText(program, {}, (client) =>
    client.request("setFunctionBreakpoints", { breakpoints: [{ name: "here" }] }),
  );
  return { client, threadId: (await client.stopped()).threadId ?? 0 };
}

type Page = DebugProtocol.StackTraceResponse["body"];

describe("a deep stack", () => {
  it("is shown in pages, of which each says only that there is more", async () => {
    const { client, threadId } = await stoppedDeep();
    const page = (args: object) => client.request<Page>("stackTrace", { threadId, ...args });
    const first = await page({ startFrame: 0, levels: 1 });
    expect([first.stackFrames.length, first.totalFrames]).toEqual([1, 2]);
    const second = await page({ startFrame: 1, levels: 19 });
    expect(second.stackFrames.map(({ name }) => name)).toEqual(Array(19).fill("recurse"));
    expect(second.totalFrames).toBe(21);
    const outer = await page({ startFrame: depth - 1, levels: 20 });
    expect(outer.stackFrames.map(({ name }) => name)).toEqual(["recurse", "deep", "skip", "guard"]);
    expect(outer.totalFrames).toBe(depth + 3);
    expect((await page({ startFrame: 1, levels: 19 })).totalFrames).toBe(depth + 3);
    expect((await page({ startFrame: depth + 3, levels: 20 })).stackFrames).toEqual([]);
  });

  it("has scopes in all frames, and can be stepped out of", async () => {
    const { client, threadId } = await stoppedDeep();
    const { stackFrames } = await client.request<Page>("stackTrace", { threadId, startFrame: depth - 1, levels: 2 });
    const [recurse, deep] = stackFrames;
    const rsp = async (frame: DebugProtocol.StackFrame | undefined) =>
      BigInt((await client.evaluate("$rsp", { frameId: frame?.id })).memoryReference ?? 0);
    // What `recurse` keeps, and its return address.
    expect((await rsp(deep)) - (await rsp(recurse))).toBe(16n);
    await client.request("stepOut", { threadId });
    await client.stopped();
    const [frame] = (await client.request<Page>("stackTrace", { threadId, levels: 1 })).stackFrames;
    expect(frame?.name).toBe("recurse");
  });
});

describe("a lazy list", () => {
  it("makes what somebody looks at, once", () => {
    let made = 0;
    const list = new LazyList(
      (function* () {
        while (made < 10) yield made++;
      })(),
    );
    expect(list.at(2)).toBe(2);
    expect([made, list.length]).toEqual([3, undefined]);
    expect(list.first(2)).toEqual([0, 1]);
    expect(made).toBe(3);
    for (const item of list) if (item === 4) break;
    expect(made).toBe(5);
    expect(list.all()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([list.length, list.at(10), list.at(9)]).toEqual([10, undefined, 9]);
    expect([...list]).toEqual(list.all());
  });
});
