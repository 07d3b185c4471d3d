import { existsSync } from "node:fs";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { root } from "./support/built-adapter.js";
import type { Client } from "./support/client.js";
import { connect, launch, launchText } from "./support/in-process.js";
import { stoppedHere, stoppedInCounterTwo } from "./support/stopped.js";

describe("disassembly", () => {
  type Instructions = DebugProtocol.DisassembledInstruction[];
  const disassemble = async (client: Client, args: object): Promise<Instructions> =>
    (await client.request<{ instructions: Instructions }>("disassemble", { resolveSymbols: true, ...args }))
      .instructions;

  it("is in the syntax of the source, with symbols and lines", async () => {
    const { client } = await stoppedHere();
    const instructions = await disassemble(client, { memoryReference: "0x401000", instructionCount: 8 });
    expect(instructions.map(({ instruction }) => instruction.replace(/\s+/g, " "))).toEqual([
      "movabs $0x1122334455667788, %rax",
      "mov $0xffffffffffffffff, %rcx",
      "xor %edx, %edx",
      "movq %rax, %xmm1",
      "nop",
      expect.stringMatching(/^mov 0x[0-9a-f]+\(%rip\), %eax <word>$/),
      "ret",
      expect.any(String),
    ]);
    expect(instructions[0]).toMatchObject({
      address: "0x00401000",
      instructionBytes: "48 b8 88 77 66 55 44 33 22 11",
      symbol: "main",
      line: 3,
      location: { path: "/work/program.s" },
    });
    expect(instructions[1]).toMatchObject({ symbol: "main+0xa", line: 4 });
    expect(instructions[1]).not.toHaveProperty("location");
  });

  it("follows Intel syntax", async () => {
    const client = await launchText(
      ".intel_syntax noprefix\n.globl main\nmain: mov rax, qword ptr [rsp+8]\n call main\n ret\n",
      { stopOnEntry: true },
    );
    const [mov, call] = await disassemble(client, { memoryReference: "0x401000", instructionCount: 2 });
    expect(mov?.instruction.replace(/\s+/g, " ")).toBe("mov rax, [rsp+8]");
    expect(call?.instruction.replace(/\s+/g, " ")).toBe("call 0x401000 <main>");
  });

  it("before an address agrees with disassembly from there on, wherever it begins", async () => {
    const { client } = await stoppedInCounterTwo();
    const whole = await disassemble(client, { memoryReference: "0x401000", instructionCount: 120 });
    expect(whole.every(({ presentationHint }) => presentationHint === undefined)).toBe(true);
    for (const index of [1, 5, 17, 60, 119]) {
      const around = await disassemble(client, {
        memoryReference: whole[index]?.address,
        instructionOffset: -index,
        instructionCount: 120,
      });
      expect(around.map(({ address }) => address)).toEqual(whole.map(({ address }) => address));
    }
  });

  it("returns exactly as many as were asked for, marking what is no code", async () => {
    const { client } = await stoppedHere();
    const around = await disassemble(client, {
      memoryReference: "0x401000",
      instructionOffset: -3,
      instructionCount: 5,
    });
    expect(around.map(({ presentationHint }) => presentationHint)).toEqual([
      "invalid",
      "invalid",
      "invalid",
      undefined,
      undefined,
    ]);
    expect(around.map(({ address }) => address).slice(0, 4)).toEqual([
      "0x00400ffd",
      "0x00400ffe",
      "0x00400fff",
      "0x00401000",
    ]);
    const skipped = await disassemble(client, {
      memoryReference: "0x401000",
      offset: 10,
      instructionOffset: 1,
      instructionCount: 1,
    });
    expect(skipped.map(({ line }) => line)).toEqual([5]);
    const stack = await disassemble(client, { memoryReference: "0x7ffe000", instructionCount: 2 });
    expect(stack.map(({ instruction }) => instruction)).toEqual(["(not code)", "(not code)"]);
    const before = await disassemble(client, {
      memoryReference: "0x401000",
      instructionOffset: -40,
      instructionCount: 10,
    });
    expect(before).toHaveLength(10);
  });
});

describe("sources that are not here", () => {
  const program = `${root}/samples/rust-runtime/rust-runtime`;

  it("are no rows of a disassembly, which shows the lines of those that are", async () => {
    const client = connect();
    await launch(client, { program, stopOnEntry: true });
    await client.event("stopped");
    const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>(
      "setFunctionBreakpoints",
      { breakpoints: [{ name: "rust_runtime::Runtime::spawn" }] },
    );
    const { instructions } = await client.request<{ instructions: DebugProtocol.DisassembledInstruction[] }>(
      "disassemble",
      { memoryReference: breakpoints[0]?.instructionReference, instructionCount: 40, resolveSymbols: true },
    );
    const sources = instructions.flatMap(({ location }) => location?.path ?? []);
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter((path) => !existsSync(path))).toEqual([]);
    // A row of the standard library's: its instruction stays.
    expect(instructions.filter(({ line }) => line === undefined).length).toBeGreaterThan(0);
  });
});
