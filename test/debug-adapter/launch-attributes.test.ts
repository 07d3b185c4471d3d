/** The attributes of a launch configuration: what is described, what is checked, and what limits do. */

import type { DebugProtocol } from "@vscode/debugprotocol";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { checkAttributes } from "../../client/debug/launch-configuration.js";
import { checkLaunchAttributes } from "../../debug-adapter/launch-attributes.js";
import packageJson from "../../package.json" with { type: "json" };
import { connect, filesOf, launch } from "./support/in-process.js";

const schema = packageJson.contributes.debuggers[0]?.configurationAttributes.launch;
if (schema === undefined) throw new Error("package.json contributes no debugger");
const names = Object.keys(schema.properties);

/** Why the adapter refuses the attributes; undefined when it takes them. */
function refusal(attributes: object): string | undefined {
  try {
    checkLaunchAttributes(attributes);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

describe("every attribute", () => {
  it.each(Object.entries(schema.properties))("is described: %s", (_name, property) => {
    expect(property.markdownDescription).toMatch(/^[A-Z].{20,}[.…]$/);
  });

  it.each(names)("is checked by client and adapter, who name it and what it must be: %s", (name) => {
    const wrong = { program: "a.s", [name]: [[]] };
    expect(checkAttributes(wrong)).toMatch(new RegExp(`"${name}" .* must be .*; it is \\[\\[\\]\\]\\.`));
    expect(refusal(wrong)).toMatch(new RegExp(`"${name}" .* must be .*, not \\[\\[\\]\\]\\.`));
  });

  it("is judged alike by the schema, the client and the adapter", () => {
    const accepts = new Ajv({ strict: false }).compile(schema);
    const values: unknown[] = [
      ...["", " ", "a.s", "none", "systemV", true, 0, 1, 2.5, -1],
      ...[[], ["a.s", "b.o"], ["a.s", 7], {}, { a: "b" }, { a: 7 }, { file: "a" }, { file: "a", b: "c" }],
      ...[{ instructions: 5 }, { instructions: 0 }, { instructions: 1.5 }, { memory: 0.5 }, { memory: 0 }],
      ...[{ instructions: 9, memory: 64 }, { memory: "64" }, { memory: 64, other: 1 }],
    ];
    const differing = names.flatMap((name) =>
      values.flatMap((value) => {
        // Of a declared model only the outline is looked at here; paths of blanks only are too rare for a schema.
        if (name === "threadModel" && typeof value === "object") return [];
        if ((name === "program" || name === "stopAt") && typeof value === "string" && value.trim() === "") return [];
        if (name === "folders" && typeof value === "object") return [];
        const attributes = { program: "a.s", [name]: value };
        const verdicts = [
          accepts(attributes),
          checkAttributes(attributes) === undefined,
          refusal(attributes) === undefined,
        ];
        return new Set(verdicts).size === 1 ? [] : [`${name}: ${JSON.stringify(value)}: ${verdicts}`];
      }),
    );
    expect(differing).toEqual([]);
  });
});

const endless = ".globl main\nmain: xor %eax, %eax\n1: inc %rax\n jmp 1b\n";

describe("limits", () => {
  it("stop after so many instructions, and can be continued for as many again", async () => {
    const client = connect(filesOf({ "/endless.s": endless }));
    await launch(client, { program: "/endless.s", limits: { instructions: 3_000_000 } });
    for (const count of [3_000_000, 6_000_000]) {
      const stop = await client.stopped();
      expect(stop).toMatchObject({
        reason: "pause",
        description: "Paused at the instruction limit",
        text: `The program has executed ${count} instructions: the limit that was set is reached. Continue to let it execute as many again.`,
      });
      const { result } = await client.evaluate("$rax");
      // Everything but what comes before the loop is two instructions a round.
      expect(Math.abs(Number.parseInt(result, 16) - count / 2)).toBeLessThan(20);
      await client.request("continue", { threadId: stop.threadId });
    }
  });

  it("end a program that runs without debugging", async () => {
    const client = connect(filesOf({ "/endless.s": endless }));
    await launch(client, { program: "/endless.s", noDebug: true, limits: { instructions: 1000 } });
    expect(await client.event("exited")).toEqual({ exitCode: 128 + 24 });
    expect(client.output("console")).toMatch(/has executed 1000 instructions: the limit that was set is reached/);
  });

  // Asks for a mebibyte again and again, in the way that `rdi` chooses; the status is how often it got one.
  const greedy = `
        .globl main
main:   mov %edi, %ebp
        xor %ebx, %ebx
1:      cmp $2, %ebp
        je 2f
        mov $9, %eax              # mmap
        xor %edi, %edi
        mov $0x100000, %esi
        mov $3, %edx
        mov $0x22, %r10d
        mov $-1, %r8
        xor %r9d, %r9d
        syscall
        cmp $-12, %rax            # ENOMEM
        je 3f
        movb $1, (%rax)
        inc %ebx
        jmp 1b
2:      xor %edi, %edi
        mov $12, %eax             # brk
        syscall
        lea 0x100000(%rax), %rdi
        mov $12, %eax
        syscall
        cmp %rdi, %rax
        jne 3f
        inc %ebx
        jmp 2b
3:      mov %ebx, %eax
        ret
`;

  it.each([
    ["mmap", []],
    ["brk", ["by brk"]],
  ])("of memory: %s fails beyond, and a note says why", async (_call, args) => {
    const client = connect(filesOf({ "/greedy.s": greedy }));
    await launch(client, { program: "/greedy.s", args, limits: { memory: 12.5 } });
    // The stack has a mebibyte, too, and the program a few pages.
    expect(await client.event("exited")).toEqual({ exitCode: 11 });
    expect(client.output("console")).toMatch(/asked for more memory than its limit of 12\.5 MiB allows.*\(ENOMEM\)/);
  });

  it("are too low for the program itself", async () => {
    const client = connect(filesOf({ "/greedy.s": greedy }));
    await expect(launch(client, { program: "/greedy.s", limits: { memory: 1 } })).rejects.toThrow(
      /needs 1(\.\d)? MiB of memory for itself and its stack, and the limit is 1 MiB\. Raise the limit\./,
    );
  });

  it("are told to a program that asks for them", async () => {
    const program = `
        .globl main
main:   mov $97, %eax             # getrlimit
        mov $9, %edi              # RLIMIT_AS
        lea words(%rip), %rsi
        syscall
        mov words(%rip), %rax
        shr $20, %rax
        ret
        .bss
words:  .skip 16
`;
    const client = connect(filesOf({ "/limit.s": program }));
    await launch(client, { program: "/limit.s", limits: { memory: 77 } });
    expect(await client.event<DebugProtocol.ExitedEvent>("exited")).toEqual({ exitCode: 77 });
  });
});
