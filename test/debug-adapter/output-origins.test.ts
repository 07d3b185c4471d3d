/** Output links to the line of the program that wrote it, and comes when the program writes it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { isToolchainSource } from "../../debug-adapter/toolchain-sources.js";
import type { Client } from "./support/client.js";
import { connect, launch, launchText } from "./support/in-process.js";

const samples = fileURLToPath(new URL("../../samples/", import.meta.url));

function outputs(client: Client, category: string): DebugProtocol.OutputEvent["body"][] {
  return client.messages.flatMap(({ message }) => {
    const event = message as DebugProtocol.OutputEvent;
    return event.event === "output" && event.body.category === category ? [event.body] : [];
  });
}

/** Each line of output with the text of the source line that it links to. */
async function linkedLines(program: string): Promise<(readonly [string, string])[]> {
  const client = connect();
  await launch(client, { program: join(samples, program) });
  await client.event("exited");
  const lines: (readonly [string, string])[] = [];
  let begun = "";
  for (const { output, source, line } of outputs(client, "stdout")) {
    const text = source?.path === undefined ? [] : readFileSync(source.path, "utf8").split("\n");
    // On a busy machine an event may end within a line; the next one goes on with it.
    const written = (begun + output).split("\n");
    begun = written.pop() ?? "";
    for (const one of written) lines.push([one, text[(line ?? 0) - 1]?.trim() ?? "no link"]);
  }
  expect(begun).toBe("");
  return lines;
}

describe("output", () => {
  it("links to the calls in an assembly source, not to the library that writes", async () => {
    const lines = await linkedLines("counters/counters.s");
    expect(lines.length).toBe(29);
    for (const [, source] of lines) expect(source).toMatch(/^call\s+print_string/);
    const [, one] = lines.find(([written]) => written === "THREAD 1 STARTING") ?? [];
    expect(one).toBeDefined();
  });

  it("links to the call of printf in a C source that was optimised", async () => {
    const lines = await linkedLines("gthreads/gthreads");
    expect(lines.length).toBeGreaterThan(10);
    for (const [written, source] of lines) {
      // The format of the call has the first word of what came of it.
      expect(source).toContain(`printf("${written.split(/[ \d]/)[0]}`);
    }
  });

  it("links to the program's own code in Rust", async () => {
    const client = connect();
    await launch(client, { program: join(samples, "rust-runtime/rust-runtime") });
    await client.event("exited");
    const all = outputs(client, "stdout");
    expect(all.length).toBeGreaterThan(0);
    for (const { source } of all) expect(source?.path).toMatch(/samples\/rust-runtime\/(rust-runtime|platform)\.rs$/);
  });

  it("comes before the stop behind the line that writes it, also where the C library keeps lines back in pipes", async () => {
    const path = join(samples, "coroutines/coroutines.c");
    const line =
      readFileSync(path, "utf8")
        .split("\n")
        .findIndex((text) => text.includes("printf(")) + 1;
    expect(line).toBeGreaterThan(0);
    const client = connect();
    await launch(client, { program: join(samples, "coroutines/coroutines") }, (client) =>
      client.request("setBreakpoints", { source: { path }, breakpoints: [{ line }] }),
    );
    const { threadId } = await client.stopped();
    expect(client.output("stdout")).toBe("");
    await client.request("next", { threadId });
    await client.stopped();
    expect(client.output("stdout")).toBe("2\n");
  });

  it("has no link where another process of the program wrote it", async () => {
    const client = await launchText(`
        .globl main
main:   mov $57, %eax         # fork
        syscall
        test %eax, %eax
        jz child
        mov %eax, %edi
        mov $61, %eax         # wait4
        xor %esi, %esi
        xor %edx, %edx
        xor %r10d, %r10d
        syscall
        mov $parent, %esi
        call write
        xor %eax, %eax
        ret
child:  mov $hello, %esi
        call write
        mov $231, %eax        # exit_group
        xor %edi, %edi
        syscall
write:  mov $1, %eax
        mov $1, %edi
        mov $6, %edx
        syscall
        ret
        .data
hello:  .ascii "child\\n"
parent: .ascii "first\\n"
`);
    await client.event("exited");
    expect(outputs(client, "stdout")).toMatchObject([{ output: "child\n" }, { output: "first\n", line: 26 }]);
    expect(outputs(client, "stdout")[0]).not.toHaveProperty("source");
  });

  it("of a program that writes a lot comes in few events, and completely", async () => {
    const client = await launchText(`
        .globl main
main:   mov $20000, %ebx
1:      lea text(%rip), %rdi
        call print_string
        lea text(%rip), %rdi
        call print_string
        dec %ebx
        jnz 1b
        xor %eax, %eax
        ret
        .data
text:   .asciz "hello\\n"
`);
    await client.event("exited");
    expect(client.output("stdout")).toBe("hello\n".repeat(40_000));
    expect(outputs(client, "stdout").length).toBeLessThan(2000);
  });

  it("passes escape sequences on as they are", async () => {
    const red = "\u001b[31mred\u001b[0m\n";
    const client = await launchText(
      `.globl main\nmain: lea text(%rip), %rdi\n call print_string\n xor %eax, %eax\n ret\n.data\ntext: .asciz "\\033[31mred\\033[0m\\n"\n`,
    );
    await client.event("exited");
    expect(client.output("stdout")).toBe(red);
    const capabilities = client.messages.find(
      ({ message }) => (message as DebugProtocol.Response).command === "initialize" && message.type === "response",
    )?.message as DebugProtocol.InitializeResponse;
    expect(capabilities.body?.supportsANSIStyling).toBe(true);
  });

  it("shows escape sequences in values as text", async () => {
    const client = await launchText(
      `.globl main\nmain: lea text(%rip), %rdi\n int3\n ret\n.data\ntext: .asciz "\\033[31mred"\n`,
    );
    await client.stopped();
    expect((await client.evaluate("text,s")).result).not.toContain("\u001b");
  });
});

it.each([
  ["/rustc/1ea1db5e4b1b2e5f0a4cbd9a4f1f7b8c9d0e1f2a/library/std/src/io/stdio.rs", true],
  ["/root/.rustup/toolchains/stable/lib/rustlib/src/rust/library/core/src/fmt/mod.rs", true],
  ["/usr/include/c++/12/bits/basic_string.h", true],
  ["/usr/lib/gcc/x86_64-linux-gnu/12/include/xmmintrin.h", true],
  ["../sysdeps/unix/sysv/linux/write.c", true],
  ["/build/musl-1.2.3/src/stdio/printf.c", true],
  ["/home/me/my-library/src/std.rs", false],
  ["/work/src/stdio/main.c", false],
  ["../src/main.c", false],
  ["/usr/src/app/main.c", false],
])("%s is of a toolchain: %s", (path, expected) => expect(isToolchainSource(path)).toBe(expected));
