/** Measures the host's memory while programs come and go, in a process of its own; see host-memory.test.ts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createSession } from "../../../debug-adapter/session.js";
import { fail, ok } from "../../../runtime/base/result.js";
import { type Debuggee, loadDebuggee, readExecutable } from "../../../runtime/debuggee.js";
import { buildProgram } from "../../../runtime/execution/build-program.js";

const mebibyte = 1024 * 1024;

/** In MiB, after everything that can be collected was. */
async function used() {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const round = (bytes: number): number => Math.round((bytes / mebibyte) * 10) / 10;
  return { rss: round(rss), heap: round(heapUsed), external: round(external), buffers: round(arrayBuffers) };
}

function debuggeeOf(text: string): Debuggee {
  const image = buildProgram({ path: "program.s", text });
  if (!image.ok) throw new Error(image.error.map(({ message }) => message).join("\n"));
  return loaded(image.value);
}

function loaded(image: Parameters<typeof loadDebuggee>[0]): Debuggee {
  const debuggee = loadDebuggee(image, {
    arguments: [],
    environment: {},
    abi: "systemV",
    observer: { output: () => {}, note: () => {}, threadStarted: () => {}, threadExited: () => {} },
  });
  if (!debuggee.ok) throw new Error(debuggee.error);
  return debuggee.value;
}

const scenarios: Record<string, (rounds: number) => Promise<void>> = {
  async programs(rounds) {
    const path = join(process.env.GREEN_THREADS_ROOT ?? ".", "test/runtime/linux/programs/prebuilt/processes.gz");
    const image = readExecutable(new Uint8Array(gunzipSync(readFileSync(path))));
    if (!image.ok) throw new Error(image.error);
    for (let round = 0; round < rounds; round++) await loaded(image.value).run({ kind: "continue" });
  },

  async sessions(rounds) {
    const text = `
        .globl main
main:   mov $200000, %ecx
1:      add %ecx, %eax
        dec %ecx
        jnz 1b
        call step
        ret
step:   xor %eax, %eax
        ret
`;
    for (let round = 0; round < rounds; round++) {
      const session = createSession({
        files: {
          read: async () => ok(new TextEncoder().encode(text)),
          exists: async () => true,
          folder: async () => fail("none"),
        },
      });
      await new Promise<void>((resolve) => {
        let sequence = 1;
        const send = (command: string, args: object = {}): void =>
          session.handleMessage({ type: "request", seq: sequence++, command, arguments: args } as never);
        session.onDidSendMessage((message) => {
          const { event } = message as { event?: string };
          if (event === "initialized") {
            send("setFunctionBreakpoints", { breakpoints: [{ name: "step" }] });
            send("configurationDone");
          }
          if (event === "stopped") {
            send("threads");
            send("stackTrace", { threadId: 1 });
            send("disconnect");
          }
        });
        session.onDisconnected = resolve;
        send("initialize", { adapterID: "green-threads" });
        send("launch", { program: "/program.s" });
      });
    }
  },

  /** mmap of a mebibyte, a write to each of its pages, mprotect of half of it, munmap. */
  async mappings(rounds) {
    const debuggee = debuggeeOf(`
        .globl main
main:   push %rbx
        mov $${rounds}, %ebx
1:      mov $9, %eax
        xor %edi, %edi
        mov $0x100000, %esi
        mov $3, %edx
        mov $0x22, %r10d
        mov $-1, %r8
        xor %r9, %r9
        syscall
        mov %rax, %r12
        mov $256, %ecx
2:      movb $1, (%rax)
        add $4096, %rax
        dec %ecx
        jnz 2b
        mov $10, %eax
        mov %r12, %rdi
        mov $0x80000, %esi
        mov $1, %edx
        syscall
        mov $11, %eax
        mov %r12, %rdi
        mov $0x100000, %esi
        syscall
        dec %ebx
        jnz 1b
        pop %rbx
        xor %eax, %eax
        ret
`);
    await debuggee.run({ kind: "continue" });
    kept = debuggee;
  },

  /** mmap of a gibibyte, a write to every 64th page, munmap; over and over. */
  async sparse(rounds) {
    const debuggee = debuggeeOf(`
        .globl main
main:   push %rbx
        mov $${rounds}, %ebx
1:      mov $9, %eax
        xor %edi, %edi
        mov $0x40000000, %esi
        mov $3, %edx
        mov $0x22, %r10d
        mov $-1, %r8
        xor %r9, %r9
        syscall
        mov %rax, %r12
        mov $4096, %ecx
2:      movb $1, (%rax)
        add $0x40000, %rax
        dec %ecx
        jnz 2b
        mov $11, %eax
        mov %r12, %rdi
        mov $0x40000000, %esi
        syscall
        dec %ebx
        jnz 1b
        pop %rbx
        xor %eax, %eax
        ret
`);
    await debuggee.run({ kind: "continue" });
    kept = debuggee;
  },

  /** A loop whose code is written anew, and runs long enough to be compiled. */
  async code(rounds) {
    const debuggee = debuggeeOf(`
        .globl main
main:   push %rbx
        mov $9, %eax
        xor %edi, %edi
        mov $0x1000, %esi
        mov $7, %edx
        mov $0x22, %r10d
        mov $-1, %r8
        xor %r9, %r9
        syscall
        mov %rax, %r12
        mov $${rounds}, %ebx
1:      movb $0xb8, (%r12)
        mov %ebx, 1(%r12)
        movl $0xc9ffc201, 5(%r12)
        movw $0xfa75, 9(%r12)
        movb $0xc3, 11(%r12)
        mov $3000, %ecx
        call *%r12
        dec %ebx
        jnz 1b
        pop %rbx
        xor %eax, %eax
        ret
`);
    await debuggee.run({ kind: "continue" });
    kept = debuggee;
  },
};
/** What a scenario has used stays until it was measured. */
let kept: Debuggee | undefined;

const [name = "", few = "1", many = "10"] = process.argv.slice(2);
const scenario = scenarios[name];
if (scenario === undefined) throw new Error(`no scenario ${name}`);
const before = await used();
await scenario(Number(few));
const first = await used();
await scenario(Number(many));
const second = await used();
if (kept !== undefined && kept.state !== "exited") throw new Error("the program did not come to its end");
kept = undefined;
console.log(JSON.stringify({ before, first, second, after: await used() }));
