/** Ways in which a program is ended by its client: asked, asked again, and left. */
import { describe, expect, it } from "vitest";
import { launchText } from "./support/in-process.js";

/** Handles SIGTERM: says so and ends with status 3, or goes on when `patient`. Then it runs for ever. */
const handling = (patient: boolean) => `
        .globl main
main:   mov $13, %eax         # rt_sigaction
        mov $15, %edi         # SIGTERM
        mov $action, %esi
        xor %edx, %edx
        mov $8, %r10d
        syscall
forever: nop
        jmp forever
handle: mov $1, %eax
        mov $1, %edi
        mov $text, %esi
        mov $4, %edx
        syscall
        ${patient ? "ret" : "mov $231, %eax\n mov $3, %edi\n syscall"}
restore: mov $15, %eax        # rt_sigreturn
        syscall
        .data
action: .quad handle, 0x04000000, restore, 0
text:   .ascii "bye\\n"
`;

describe("terminate", () => {
  it("lets a running program end as it likes to", async () => {
    const client = await launchText(handling(false));
    await client.request("pause", { threadId: 1 });
    const { threadId } = await client.stopped();
    await client.request("continue", { threadId });
    await client.request("terminate");
    expect(await client.event("exited")).toEqual({ exitCode: 3 });
    await client.event("terminated");
    expect(client.output("stdout")).toBe("bye\n");
  });

  it("does so where it stands at a breakpoint, and stops nowhere on its way", async () => {
    const client = await launchText(handling(false), {}, async (client) => {
      await client.request("setFunctionBreakpoints", { breakpoints: [{ name: "forever" }, { name: "handle" }] });
      await client.request("setExceptionBreakpoints", { filters: ["signal", "exit", "fault"] });
    });
    await client.stopped();
    await client.request("terminate");
    expect(await client.event("exited")).toEqual({ exitCode: 3 });
    await client.event("terminated");
    expect(client.output("stdout")).toBe("bye\n");
  });

  it("ends a program that does not handle it, as a system does", async () => {
    const client = await launchText(".globl main\nmain: jmp main\n");
    await client.request("terminate");
    expect(await client.event("exited")).toEqual({ exitCode: 128 + 15 });
    await client.event("terminated");
  });

  it("ends one that waits for input", async () => {
    const client = await launchText(
      ".globl main\nmain: xor %eax, %eax\n xor %edi, %edi\n mov $buffer, %esi\n mov $1, %edx\n syscall\n jmp main\n.bss\nbuffer: .zero 1\n",
    );
    await client.event("output", ({ output }) => output.includes("waits for input"));
    await client.request("terminate");
    expect(await client.event("exited")).toEqual({ exitCode: 128 + 15 });
  });

  it("is carried out when it is asked for again", async () => {
    const client = await launchText(handling(true));
    await client.request("pause", { threadId: 1 });
    await client.stopped();
    await client.request("terminate");
    await client.event("output", ({ output }) => output === "bye\n");
    await client.request("terminate");
    await client.event("terminated");
    await expect(client.request("continue", { threadId: 1 })).rejects.toThrow("The program has ended.");
  });

  it("ends a session whose program has not begun, which does not begin then", async () => {
    const launched = launchText(".globl main\nmain: ret\n", {}, async (client) => {
      await client.request("terminate");
      await client.event("terminated");
    });
    await expect(launched).rejects.toThrow("The program has ended.");
  });
});
