import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { RequestFailed } from "./support/client.js";
import { connect, filesOf, launchText } from "./support/in-process.js";

const path = "/work/program.s";

/** Why a launch is refused. */
async function refusal(file: string | Uint8Array | undefined, args: object = { program: path }) {
  const client = connect(filesOf(file === undefined ? {} : { [path]: file }));
  await client.initialize();
  const failure: unknown = await client.request("launch", args).catch((error: unknown) => error);
  if (!(failure instanceof RequestFailed)) throw new Error("the launch was not refused");
  return { message: failure.message, showUser: failure.showUser, client };
}

/** The first 64 bytes of an ELF file (System V ABI, chapter 4) for a machine of that number. */
function elfHeader(machine: number): Uint8Array {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(58, 64, true);
  return bytes;
}

describe("programs that cannot be launched", () => {
  it.each([
    ["a missing file", undefined, 'The program "/work/program.s" cannot be read: there is no such file.'],
    ["a file that is no text", new Uint8Array([1, 0, 2]), /neither assembly source nor an ELF file/],
    [
      "a syntax error",
      ".globl main\nmain: mov %rax,, %rbx\n ret\n",
      'program.s:2:16: A number or symbol is expected here, not ", %rbx".',
    ],
    [
      "an unknown instruction",
      ".globl main\nmain: movv %rax, %rbx\n",
      /^program\.s:2:7: There is no instruction .movv.\. Did you mean .mov.\?$/,
    ],
    [
      "an undefined symbol",
      ".globl main\nmain: call nowhere\n ret\n",
      /^program\.s:2:12: .nowhere. is used but not defined anywhere\./,
    ],
    ["a program without entry", "f: ret\n", /The program has no start\. Define .main./],
    [
      "an ELF file for another machine",
      elfHeader(183),
      /for another processor: 64-bit ARM \(AArch64\).*build it for x86-64 Linux\.$/,
    ],
  ])("%s", async (_, file, message) => {
    const refused = await refusal(file);
    if (typeof message === "string") expect(refused.message).toBe(message);
    else expect(refused.message).toMatch(message);
    expect(refused.showUser).toBe(true);
  });

  it("tells every error of a source in the console, each with a link to its place", async () => {
    const { message, client } = await refusal(".globl main\nmain: movv %rax, %rbx\n foo\n ret\n");
    expect(message).toMatch(/ \(and 1 more error: see the Debug Console\)$/);
    const outputs = client.messages.flatMap(({ message }) => {
      const event = message as DebugProtocol.OutputEvent;
      return event.event === "output" ? [event.body] : [];
    });
    expect(outputs).toMatchObject([
      { category: "stderr", source: { path }, line: 2, column: 7 },
      { category: "stderr", source: { path }, line: 3, column: 2 },
    ]);
  });

  it("an included file that is not there", async () => {
    const { message } = await refusal('.include "gone.s"\n.globl main\nmain: ret\n');
    expect(message).toMatch(/^program\.s:1:\d+: .*gone\.s/);
  });

  it("lets the client try again after a failure", async () => {
    const files: Record<string, string> = { [path]: "main: foo\n" };
    const client = connect(filesOf(files));
    await client.initialize();
    await expect(client.request("launch", { program: path })).rejects.toThrow("foo");
    files[path] = ".globl main\nmain: xor %eax, %eax\n ret\n";
    await client.request("launch", { program: path });
    await client.request("configurationDone");
    expect(await client.event("exited")).toEqual({ exitCode: 0 });
  });
});

describe("launch configurations", () => {
  const program = path;
  it.each([
    [{}, 'The launch configuration has no "program". Add one:'],
    [{ program: 7 }, 'The attribute "program" of the launch configuration must be the path of an assembly file'],
    [{ program: "" }, 'The attribute "program"'],
    [
      { program, args: "one two" },
      'The attribute "args" of the launch configuration must be a list of strings, such as ["one", "two"], not "one two".',
    ],
    [{ program, args: [1] }, 'The attribute "args"'],
    [
      { program, env: { A: 1 } },
      'The attribute "env" of the launch configuration must be an object of strings, such as { "NAME": "value" }, not {"A":1}.',
    ],
    [{ program, env: [] }, 'The attribute "env"'],
    [{ program, cwd: 1 }, 'The attribute "cwd"'],
    [
      { program, stopOnEntry: "true" },
      'The attribute "stopOnEntry" of the launch configuration must be true or false, without quotes, not "true".',
    ],
    [
      { program, abi: "sysv" },
      'The attribute "abi" of the launch configuration must be "systemV" or "windows", not "sysv".',
    ],
  ])("%j", async (args, message) => {
    const refused = await refusal(".globl main\nmain: ret\n", args);
    expect(refused.message).toContain(message);
    expect(refused.showUser).toBe(true);
  });
});

describe("programs that go wrong", () => {
  /** Where and why a program stops with a fault. */
  async function fault(text: string) {
    const client = await launchText(text);
    const stop = await client.stopped();
    const info = await client.request<DebugProtocol.ExceptionInfoResponse["body"]>("exceptionInfo", {
      threadId: stop.threadId,
    });
    expect(stop).toMatchObject({ reason: "exception", description: "Paused on fault", text: info.exceptionId });
    expect(info.breakMode).toBe("always");
    expect(info.details?.message).toBe(info.description);
    expect(info.details?.fullTypeName).toMatch(/^\w+, SIG[A-Z]+$/);
    const [innermost] = await client.stackTrace(stop.threadId ?? 0);
    expect(info.details?.stackTrace?.split("\n")[0]).toContain(innermost?.name);
    return { title: info.exceptionId, description: info.description ?? "", client, stop };
  }

  it("a jump to 0", async () => {
    const { title, description, client, stop } = await fault(".globl main\nmain: xor %eax, %eax\n jmp *%rax\n");
    expect(title).toBe("Page fault: jump to 0x00000000");
    expect(description).toMatch(/^Execution went to 0x00000000, where there is no code\./);
    // Who jumped is still on the stack, and what lies at 0 can be looked at without a crash.
    const [frame] = await client.stackTrace(stop.threadId ?? 0);
    expect(frame).toMatchObject({ name: "0x00000000", line: 0 });
    const { instructions } = await client.request<{ instructions: DebugProtocol.DisassembledInstruction[] }>(
      "disassemble",
      { memoryReference: "0x0", instructionOffset: -2, instructionCount: 4 },
    );
    expect(instructions.map(({ presentationHint }) => presentationHint)).toEqual(Array(4).fill("invalid"));
  });

  it("a wild rsp", async () => {
    const { title, description, client, stop } = await fault(
      ".globl main\nmain: mov $0x1234567890, %rsp\n push %rax\n",
    );
    expect(title).toBe("Page fault: write to 0x1234567888");
    expect(description).toContain("The stack pointer is wild: rsp = 0x1234567890 lies in no stack");
    const [frame] = await client.stackTrace(stop.threadId ?? 0);
    expect(frame).toMatchObject({ name: "main", line: 3 });
  });

  it("a stack overflow", async () => {
    const { title, description } = await fault(".globl main\nmain: push %rax\n call main\n");
    expect(title).toMatch(/^Stack overflow: /);
    expect(description).toContain("8 bytes past the end of this thread's stack");
  });

  it("a thread that runs over its neighbour's stack", async () => {
    const sample = fileURLToPath(new URL("../../samples/overflow/overflow.s", import.meta.url));
    const { description } = await fault(readFileSync(sample, "utf8"));
    expect(description).toMatch(/ran \d+ bytes past the end of its stack/);
  });

  it("an unknown system call: said once, and the program goes on", async () => {
    const client = await launchText(
      ".globl main\nmain: mov $2, %ebx\nagain: mov $999, %eax\n syscall\n dec %ebx\n jnz again\n neg %eax\n ret\n",
    );
    expect(await client.event("exited")).toEqual({ exitCode: 38 });
    expect(client.output("console")).toMatch(
      /^system call 999 is not known to Green Threads; the program was told ENOSYS \(rax = -38\)\. It was made at [^\n]*line 4\)\.\nThe program ended with exit status 38\.\n$/,
    );
  });

  it("an endless loop: pause stops it, and requests are answered meanwhile", async () => {
    const client = await launchText(".globl main\nmain: inc %rax\n jmp main\n");
    expect(await client.threads()).toHaveLength(1);
    await expect(client.request("stackTrace", { threadId: 1 })).rejects.toThrow(
      "The program is running: pause it first.",
    );
    await client.request("pause", { threadId: 1 });
    const stop = await client.stopped();
    expect(stop.reason).toBe("pause");
    const [frame] = await client.stackTrace(stop.threadId ?? 0);
    expect(frame?.name).toBe("main");
  });

  it("a fault can be mended by hand and the program goes on", async () => {
    const { client, stop } = await fault(
      ".globl main\nmain: xor %edx, %edx\n xor %ecx, %ecx\n mov $84, %eax\n div %rcx\n ret\n",
    );
    const [frame] = await client.stackTrace(stop.threadId ?? 0);
    await client.evaluate("$rcx = 2", { frameId: frame?.id, context: "repl" });
    await client.request("continue", { threadId: stop.threadId });
    expect(await client.event("exited")).toEqual({ exitCode: 42 });
  });
});
