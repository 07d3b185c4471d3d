/** What is typed in the Debug Console, as the program's standard input. */
import { describe, expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { launchText } from "./support/in-process.js";

/** Copies standard input to standard output, read by read with a `|` behind each, until its end. */
const copy = `
        .globl main
main:   xor %eax, %eax
        xor %edi, %edi
        mov $buffer, %esi
        mov $16, %edx
        syscall
        test %eax, %eax
        jle 1f
        movb $'|', buffer(%rax)
        lea 1(%rax), %edx
        mov $1, %eax
        mov $1, %edi
        syscall
        jmp main
1:      mov $5, %eax
        ret
        .bss
buffer: .zero 17
`;

const note = /^The program waits for input: type it in the Debug Console\. \^D ends it; .*\n$/;
const type = (client: Client, expression: string) => client.evaluate(expression, { context: "repl" });
const waiting = (client: Client) => client.event("output", ({ output }) => note.test(output));

describe("the Debug Console", () => {
  it("gives its lines to a program that waits for input, until ^D ends it", async () => {
    const client = await launchText(copy);
    await waiting(client);
    expect(await type(client, "hello")).toEqual({ result: "", variablesReference: 0 });
    await client.event("output", ({ output }) => output === "hello\n|");
    await type(client, "rax");
    await client.event("output", ({ output }) => output === "rax\n|");
    await type(client, "grüezi\nmitenand\n^D");
    expect(await client.event("exited")).toEqual({ exitCode: 5 });
    expect(client.output("stdout")).toBe("hello\n|rax\n|grüezi\n|mitenand\n|");
    // It says only once that the program waits.
    expect(client.output("console")).toMatch(new RegExp(`${note.source.slice(1, -1)}The program ended`));
  });

  it("gives a read no more than it asks for", async () => {
    const client = await launchText(copy);
    await waiting(client);
    await type(client, "0123456789012345678");
    await type(client, "\u0004");
    await client.event("exited");
    expect(client.output("stdout")).toBe("0123456789012345|678\n|");
  });

  it("takes lines with > before the program asks, and evaluates all others while it stands still", async () => {
    const client = await launchText(copy, { stopOnEntry: true });
    const { threadId } = await client.stopped();
    for (const line of ["> one", ">two", ">", "> ^D"]) await type(client, line);
    expect((await type(client, "1 + 1")).result).toBe("2");
    await client.request("continue", { threadId });
    await client.event("exited");
    expect(client.output("stdout")).toBe("one\n|two\n|\n|");
    await expect(type(client, "> more")).rejects.toThrow("The program has ended: it reads no input any more.");
  });

  it("evaluates again when a program that waits is paused, and gives it lines when it goes on", async () => {
    const client = await launchText(copy);
    await waiting(client);
    await client.request("pause", { threadId: 1 });
    const { threadId } = await client.stopped();
    expect((await type(client, "2 * 3")).result).toBe("6");
    await client.request("continue", { threadId });
    await type(client, "> a");
    await client.event("output", ({ output }) => output === "a\n|");
    await type(client, "^D");
    await client.event("exited");
  });

  it("keeps to expressions while the program runs and asks for nothing", async () => {
    const client = await launchText(".globl main\nmain: jmp main\n");
    await expect(type(client, "hello")).rejects.toThrow("The program is running: pause it first.");
    expect(await type(client, "> hello")).toEqual({ result: "", variablesReference: 0 });
  });

  it("watches and hovers are never taken for input", async () => {
    const client = await launchText(copy);
    await waiting(client);
    await expect(client.evaluate("rax", { context: "watch" })).rejects.toThrow("The program is running");
    await expect(client.evaluate("> rax", { context: "hover" })).rejects.toThrow("The program is running");
    await type(client, "^D");
    await client.event("exited");
    expect(client.output("stdout")).toBe("");
  });

  it("gives nothing to a program whose launch configuration has its input", async () => {
    const client = await launchText(copy, { stdin: "given", stopOnEntry: true });
    const { threadId } = await client.stopped();
    await expect(type(client, "> more")).rejects.toThrow('The program reads what "stdin" of the launch configuration');
    await client.request("continue", { threadId });
    await client.event("exited");
    expect(client.output("stdout")).toBe("given|");
  });

  it("begins anew at a restart", async () => {
    const client = await launchText(copy, { stopOnEntry: true });
    await client.stopped();
    await type(client, "> gone");
    await client.request("restart", {});
    const { threadId } = await client.stopped();
    await type(client, "> here");
    await type(client, "> ^D");
    await client.request("continue", { threadId });
    await client.event("exited");
    expect(client.output("stdout")).toBe("here\n|");
  });
});
