import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { connect, launchText } from "./support/in-process.js";

const program = `        .globl main
        .type main, @function
main:
        movq $5, counter(%rip)
        mov counter(%rip), %rax
        incq counter(%rip)
        movq $6, counter(%rip)
        movb $1, beside(%rip)
        lea buffer(%rip), %rdi
        mov $4, %esi
        xor %edx, %edx
        mov $318, %eax                  # getrandom
        syscall
        xor %eax, %eax
        ret
        .size main, . - main
        .data
        .globl counter
        .type counter, @object
        .size counter, 8
counter: .quad 0
beside: .byte 0
buffer: .fill 8, 1, 0x7f
`;

type Info = DebugProtocol.DataBreakpointInfoResponse["body"];
type Set = DebugProtocol.SetDataBreakpointsResponse["body"];

async function stoppedAtMain(): Promise<Client> {
  const client = await launchText(program, {}, (each) =>
    each.request("setFunctionBreakpoints", { breakpoints: [{ name: "main" }] }),
  );
  await client.stopped();
  return client;
}

function info(client: Client, args: Partial<DebugProtocol.DataBreakpointInfoArguments>): Promise<Info> {
  return client.request<Info>("dataBreakpointInfo", args);
}

/** Sets one on `name` and returns the texts of the stops until the program ends. */
async function accesses(
  name: string,
  wish: Partial<DebugProtocol.DataBreakpoint>,
  args: Partial<DebugProtocol.DataBreakpointInfoArguments> = {},
): Promise<(string | undefined)[]> {
  const client = await stoppedAtMain();
  const { dataId } = await info(client, { name, ...args });
  const set = await client.request<Set>("setDataBreakpoints", { breakpoints: [{ dataId: dataId ?? "", ...wish }] });
  expect(set.breakpoints).toMatchObject([{ verified: true }]);
  const texts: (string | undefined)[] = [];
  for (;;) {
    await client.request("continue", { threadId: 1 });
    const stop = await client.stopped().catch(() => undefined);
    if (stop === undefined) return texts;
    expect(stop).toMatchObject({ reason: "data breakpoint", hitBreakpointIds: [set.breakpoints[0]?.id] });
    texts.push(stop.text);
  }
}

describe("data breakpoints", () => {
  it("stop behind each write that changes the value, and tell what changed and where", async () => {
    expect(await accesses("counter", { accessType: "write" })).toEqual([
      "counter (8 bytes): 0 → 5, written at main",
      "counter (8 bytes): 5 → 6, written at main+0x12",
    ]);
  });

  it("stop at writes of the same value, too, in a mode of their own", async () => {
    const { breakpointModes } = await connect().initialize();
    expect(breakpointModes).toMatchObject([{ mode: "everyWrite", appliesTo: ["data"] }]);
    expect(await accesses("counter", { accessType: "write" }, { mode: "everyWrite" })).toEqual([
      "counter (8 bytes): 0 → 5, written at main",
      "counter (8 bytes): 5 → 6, written at main+0x12",
      "counter (8 bytes): 6 → 6, written at main+0x19",
    ]);
    const client = await stoppedAtMain();
    expect(await info(client, { name: "counter", mode: "never" })).toMatchObject({ dataId: null });
  });

  it("are for where a register points", async () => {
    const client = await stoppedAtMain();
    const source = { path: "/work/program.s" };
    const line = program.split("\n").findIndex((text) => text.includes("mov $4, %esi")) + 1;
    await client.request("setBreakpoints", { source, breakpoints: [{ line }] });
    await client.request("continue", { threadId: 1 });
    await client.stopped();
    const byAddress = await info(client, { name: "$rdi", asAddress: true, bytes: 4 });
    expect(byAddress).toMatchObject({ description: "buffer (4 bytes)" });
    expect(await info(client, { name: "*(int*)$rdi" })).toEqual(byAddress);
    await client.request("setDataBreakpoints", { breakpoints: [{ dataId: byAddress.dataId, accessType: "write" }] });
    await client.request("continue", { threadId: 1 });
    expect((await client.stopped()).text).toMatch(/^buffer \(4 bytes\): 0x7f7f7f7f \(\d+\) → /);
  });

  it("stop at reads, or at both", async () => {
    expect(await accesses("counter", { accessType: "read" })).toEqual(["counter (8 bytes) was read at main+0xb"]);
    expect(await accesses("*(char*)counter", { accessType: "readWrite" })).toHaveLength(4);
  });

  it("obey conditions and hit counts", async () => {
    expect(await accesses("counter", { accessType: "write", condition: "*(long*)counter == 6" })).toHaveLength(1);
    expect(await accesses("counter", { accessType: "write", hitCondition: "2" })).toEqual([
      "counter (8 bytes): 5 → 6, written at main+0x12",
    ]);
  });

  it("see what a system call writes for the program", async () => {
    const client = await stoppedAtMain();
    const { dataId } = await info(client, { name: "buffer", bytes: 2 });
    await client.request("setDataBreakpoints", { breakpoints: [{ dataId, accessType: "write" }] });
    await client.request("continue", { threadId: 1 });
    const { text, reason } = await client.stopped();
    expect(reason).toBe("data breakpoint");
    expect(text).toMatch(/^buffer \(2 bytes\): 0x7f7f \(32639\) → 0x[0-9a-f]+ \(-?\d+\), written at main\+0x/);
  });

  it("are for an address and a number of bytes, too", async () => {
    const client = await stoppedAtMain();
    const address = (await client.evaluate("&*(char*)beside")).result.split(" ")[0] ?? "";
    const found = await info(client, { name: address, asAddress: true, bytes: 1 });
    expect(found).toEqual({
      dataId: expect.stringMatching(/^0x[0-9a-f]+,1$/),
      description: "beside (1 byte)",
      accessTypes: ["read", "write", "readWrite"],
      canPersist: false,
    });
    await client.request("setDataBreakpoints", { breakpoints: [{ dataId: found.dataId }] });
    await client.request("continue", { threadId: 1 });
    expect((await client.stopped()).text).toBe("beside (1 byte): 0 → 1, written at main+0x24");
  });

  it("name a breakpoint that is where the access has led", async () => {
    const client = await stoppedAtMain();
    const source = { path: "/work/program.s" };
    const lines = await client.request<Set>("setBreakpoints", { source, breakpoints: [{ line: 5 }] });
    const { dataId } = await info(client, { name: "counter" });
    const data = await client.request<Set>("setDataBreakpoints", { breakpoints: [{ dataId, accessType: "write" }] });
    await client.request("continue", { threadId: 1 });
    expect((await client.stopped()).hitBreakpointIds).toEqual([data.breakpoints[0]?.id, lines.breakpoints[0]?.id]);
  });

  it("are refused with the reason where there is no memory to watch", async () => {
    const client = await stoppedAtMain();
    const because = async (args: Partial<DebugProtocol.DataBreakpointInfoArguments>) => {
      const { dataId, description } = await info(client, args);
      expect(dataId).toBeNull();
      return description;
    };
    expect(await because({ name: "rax + 1" })).toBe('"rax + 1" is not in memory, so no access to it can be seen.');
    expect(await because({ name: "0x10", asAddress: true })).toBe("Nothing is mapped at 0x00000010.");
    expect(await because({ name: "counter", bytes: 0 })).toContain("1 to 1048576 bytes");
    const frame = (await client.stackTrace(1))[0];
    const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId: frame?.id });
    expect(await because({ name: "rsp", variablesReference: scopes[0]?.variablesReference })).toContain("register");
    const set = await client.request<Set>("setDataBreakpoints", { breakpoints: [{ dataId: "counter" }] });
    expect(set.breakpoints).toMatchObject([{ verified: false, message: '"counter" does not name data.' }]);
  });
});
