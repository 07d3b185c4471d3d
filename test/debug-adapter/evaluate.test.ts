import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { stoppedHere, stoppedInCounterTwo } from "./support/stopped.js";

describe("evaluate", () => {
  it.each([
    ["rax,x", "0x1122334455667788"],
    ["$eax", "0x55667788 (1432778632)"],
    ["%ah", "0x77 (119)"],
    ["*word", "0x2a (42)"],
    ["[word]", "0x2a (42)"],
    ["*(int*)word + 1", "0x2b (43)"],
    ["text,s", '"grün"'],
    ["rcx == -1", "true"],
    ["thread.state", "running"],
  ])("%s is %s", async (expression, expected) => {
    const { client, frameId } = await stoppedHere();
    expect((await client.evaluate(expression, { frameId })).result).toBe(expected);
  });

  it("names addresses, and lets memory be opened there", async () => {
    const { client, frameId } = await stoppedHere();
    const main = await client.evaluate("main", { frameId, context: "hover" });
    expect(main).toMatchObject({ result: "0x00401000 <main>", memoryReference: "0x00401000", type: "void *" });
    expect(await client.evaluate("rsp", { frameId })).toMatchObject({
      result: expect.stringMatching(/^0x07ff[0-9a-f]{4} <stack of /),
    });
  });

  it("sees the processor without a frame, and parked threads' registers with theirs", async () => {
    const { client } = await stoppedInCounterTwo();
    const [one] = await client.stackTrace(2);
    expect((await client.evaluate("thread.slot")).result).toBe("2");
    expect((await client.evaluate("thread.slot", { frameId: one?.id })).result).toBe("1");
    const rsp = async (frameId?: number) => BigInt((await client.evaluate("$rsp,x", { frameId })).result);
    expect((await rsp()) - (await rsp(one?.id))).toBeGreaterThan(0x100000n);
  });

  it("assigns in the console, to registers and to memory", async () => {
    const { client, frameId } = await stoppedHere();
    expect((await client.evaluate("$rax = rax + 1", { frameId, context: "repl" })).result).toContain(
      "0x1122334455667789",
    );
    expect((await client.evaluate("al = 'x'", { frameId, context: "repl" })).result).toBe("0x78 (120)");
    expect((await client.evaluate("dword [word] = 7", { frameId, context: "repl" })).result).toBe("7");
    expect(await client.event("memory")).toMatchObject({ offset: 0, count: 4 });
    expect((await client.evaluate("*word", { frameId })).result).toBe("7");
    expect((await client.evaluate("rax == 1", { frameId, context: "repl" })).result).toBe("false");
    await expect(client.evaluate("word = 1", { frameId, context: "repl" })).rejects.toThrow(
      '"word" cannot be written: write a variable, a register such as $rax, or memory such as [rsp+8].',
    );
  });

  it("copies values to the clipboard as they can be typed in again", async () => {
    const { client, frameId } = await stoppedHere();
    for (const expression of ["*word", "main", "rsp", "thread.state", "text,s"]) {
      const { result } = await client.evaluate(expression, { frameId });
      const copied = (await client.evaluate(expression, { frameId, context: "clipboard" })).result;
      expect(copied).toBe(result.split(/ [(<]/)[0]);
    }
    expect((await client.evaluate("main", { frameId, context: "clipboard" })).result).toBe("0x00401000");
  });

  it("sets expressions", async () => {
    const { client, frameId } = await stoppedHere();
    const set = await client.request("setExpression", { expression: "*word", value: "0x2c (44)", frameId });
    expect(set).toMatchObject({ value: "0x2c (44)" });
    expect((await client.evaluate("*word", { frameId })).result).toBe("0x2c (44)");
  });

  it("says what is wrong, and where", async () => {
    const { client, frameId } = await stoppedHere();
    await expect(client.evaluate("rax +", { frameId })).rejects.toThrow(
      'The expression ends where a value is expected (at character 6 of "rax +").',
    );
  });

  it("completes registers, symbols and properties", async () => {
    const { client } = await stoppedHere();
    const complete = async (text: string) => {
      const body = await client.request<DebugProtocol.CompletionsResponse["body"]>("completions", {
        text,
        column: text.length + 1,
      });
      return body.targets.map(({ label, start, length }) => `${label} ${start}+${length}`);
    };
    expect(await complete("1 + $r1")).toEqual(
      ["r10", "r11", "r12", "r13", "r14", "r15"]
        .flatMap((name) => [name, `${name}d`, `${name}w`, `${name}b`])
        .map((name) => `${name} 5+2`),
    );
    expect(await complete("wor")).toEqual(["word 0+3"]);
    expect(await complete("thread.s")).toEqual(["slot 7+1", "state 7+1"]);
    expect(await complete("1 + ")).toEqual([]);
  });
});
