/** Sessions that stand where there is something to look at. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Client } from "./client.js";
import { connect, filesOf, launch, launchText } from "./in-process.js";

export const path = "/samples/counters.s";
export const counters = readFileSync(
  fileURLToPath(new URL("../../../samples/counters/counters.s", import.meta.url)),
  "utf8",
);

/** Stopped in gt_yield, called by counter_two: thread 1 is parked. */
export async function stoppedInCounterTwo(): Promise<{ client: Client; threadId: number }> {
  const client = connect(filesOf({ [path]: counters }));
  await launch(client, { program: path }, (client) =>
    client.request("setFunctionBreakpoints", { breakpoints: [{ name: "gt_yield", condition: "thread.slot == 2" }] }),
  );
  const { threadId = 0 } = await client.stopped();
  return { client, threadId };
}

/** Stopped at `here` of a program that has just put numbers into registers and memory. */
export async function stoppedHere(text = ""): Promise<{ client: Client; frameId: number; threadId: number }> {
  const client = await launchText(
    `.globl main, here
        .type main, @function
main:   mov $0x1122334455667788, %rax
        mov $-1, %rcx
        xor %edx, %edx
        movq %rax, %xmm1
here:   nop
        mov word(%rip), %eax
        ret
        .size main, . - main
        ${text}
        .data
        .type word, @object
word:   .quad 42
        .size word, 8
text:   .asciz "gr\\303\\274n"
`,
    {},
    (client) => client.request("setFunctionBreakpoints", { breakpoints: [{ name: "here" }] }),
  );
  const { threadId = 0 } = await client.stopped();
  const [frame] = await client.stackTrace(threadId);
  return { client, frameId: frame?.id ?? 0, threadId };
}

export const named = (variables: DebugProtocol.Variable[] | undefined, name: string) =>
  variables?.find((variable) => variable.name === name);
