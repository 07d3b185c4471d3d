import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { named, stoppedHere, stoppedInCounterTwo } from "./support/stopped.js";

describe("registers", () => {
  it("come in groups", async () => {
    const { client, frameId } = await stoppedHere();
    const groups = await client.registers(frameId);
    expect([...groups.keys()]).toEqual(["General", "Flags", "SSE", "Segment", "Thread"]);
    const general = groups.get("General");
    expect(general).toHaveLength(17);
    expect(named(general, "rax")).toMatchObject({
      value: "0x1122334455667788 (1234605616436508552)",
      evaluateName: "$rax",
    });
    expect(named(general, "rcx")?.value).toBe("0xffffffffffffffff (-1)");
    expect(named(general, "rdx")?.value).toBe("0");
    expect(named(general, "rip")?.value).toMatch(/^0x[0-9a-f]{8} <(here|main\+0x[0-9a-f]+)>$/);
    expect(named(general, "rsp")).toMatchObject({ memoryReference: expect.stringMatching(/^0x07f/) });
    expect(named(general, "rcx")?.memoryReference).toBeUndefined();
    const flags = groups.get("Flags");
    expect(named(flags, "zf")).toMatchObject({ value: "1", type: "zero flag" });
    expect(named(flags, "cf")?.value).toBe("0");
    expect(named(flags, "rflags")?.value).toMatch(/^0x[0-9a-f]+ \[pf zf if\]$/);
    expect(named(groups.get("SSE"), "xmm1")?.value).toBe("0x00000000000000001122334455667788");
    expect(groups.get("Segment")?.map(({ name }) => name)).toEqual(["fs_base", "gs_base"]);
  });

  it("show the lanes of an SSE register", async () => {
    const { client, frameId } = await stoppedHere();
    const xmm1 = named((await client.registers(frameId)).get("SSE"), "xmm1");
    const { variables } = await client.request<DebugProtocol.VariablesResponse["body"]>("variables", {
      variablesReference: xmm1?.variablesReference,
    });
    expect(named(variables, "int32[4]")?.value).toBe("0x55667788, 0x11223344, 0x0, 0x0");
    expect(named(variables, "int64[2]")?.value).toBe("0x1122334455667788, 0x0");
  });

  it("of a parked thread begin with its saved context", async () => {
    const { client } = await stoppedInCounterTwo();
    const [frame] = await client.stackTrace(2);
    const groups = await client.registers(frame?.id ?? 0);
    expect([...groups.keys()][0]).toBe("Saved context");
    const context = groups.get("Saved context");
    expect(context?.map(({ name }) => name)).toEqual(["rsp", "r15", "r14", "r13", "r12", "rbx", "rbp"]);
    // counter_one has counted to 0 and yielded; counter_two has not touched its rbx.
    expect(named(context, "rbx")?.value).toBe("0");
  });

  it("of outer frames are those that unwinding recovers, the others unknown", async () => {
    const { client, threadId } = await stoppedInCounterTwo();
    const frames = await client.stackTrace(threadId);
    const general = (await client.registers(frames[1]?.id ?? 0)).get("General");
    expect(named(general, "rip")?.value).toMatch(/<counter_two\+0x/);
    expect(named(general, "rax")).toMatchObject({
      value: "unknown here",
      presentationHint: { attributes: ["readOnly"] },
    });
    expect((await client.evaluate("rbx", { frameId: frames[1]?.id })).result).toBe("0");
    await expect(client.evaluate("rax", { frameId: frames[1]?.id })).rejects.toThrow(
      "The value of rax is not known in this frame",
    );
  });

  it("keep their references from stop to stop", async () => {
    const { client, frameId, threadId } = await stoppedHere();
    const scopes = () => client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId });
    const before = await scopes();
    await client.request("next", { threadId });
    await client.stopped();
    expect(await scopes()).toEqual(before);
  });

  it("come in pages, and in plain hexadecimal on demand", async () => {
    const { client, frameId } = await stoppedHere();
    const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId });
    const { variables } = await client.request<DebugProtocol.VariablesResponse["body"]>("variables", {
      variablesReference: scopes[0]?.variablesReference,
      start: 3,
      count: 1,
      format: { hex: true },
    });
    expect(variables.map(({ name, value }) => [name, value])).toEqual([["rax", "0x1122334455667788"]]);
  });
});

describe("setting registers", () => {
  async function set(client: Client, frameId: number, scope: string, name: string, value: string) {
    const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId });
    const variablesReference = scopes.find((candidate) => candidate.name === scope)?.variablesReference;
    return client.request<DebugProtocol.SetVariableResponse["body"]>("setVariable", {
      variablesReference,
      name,
      value,
    });
  }

  it.each([
    ["General", "rax", "7", "7"],
    ["General", "rax", "0x2a (42)", "0x2a (42)"],
    ["General", "rcx", "rax & 0xff", "0x88 (136)"],
    ["General", "rdx", "word", "<word>"],
    ["Flags", "cf", "1", "1"],
    ["Flags", "rflags", "0x202", "0x202 [if]"],
    ["SSE", "xmm1", "5", "0x00000000000000000000000000000005"],
    ["Segment", "gs_base", "0x1000", "0x1000 (4096)"],
  ])("%s %s to %s", async (scope, name, value, expected) => {
    const { client, frameId } = await stoppedHere();
    expect((await set(client, frameId, scope, name, value)).value).toContain(expected);
    expect(await client.event("invalidated")).toEqual({ areas: ["stacks", "variables"] });
  });

  it("refuses what is no value", async () => {
    const { client, frameId } = await stoppedHere();
    await expect(set(client, frameId, "General", "rax", "seven")).rejects.toThrow('"seven" is neither a register');
    await expect(set(client, frameId, "Flags", "zf", "2")).rejects.toThrow("A flag is 0 or 1.");
  });

  it("of a parked thread changes its saved context, and the thread goes on with it", async () => {
    const { client, threadId } = await stoppedInCounterTwo();
    const [frame] = await client.stackTrace(2);
    expect((await set(client, frame?.id ?? 0, "Saved context", "rbx", "8")).value).toBe("8");
    expect(await client.event("memory")).toMatchObject({ count: 8 });
    await client.request("setFunctionBreakpoints", { breakpoints: [] });
    await client.request("continue", { threadId });
    await client.event("exited");
    expect(client.output("stdout")).toMatch(
      /thread: 1 counter: 0\n[\s\S]*thread: 1 counter: 9\nthread: 2 counter: 1\nTHREAD 1 FINISHED/,
    );
    expect(client.output("stdout")).not.toContain("thread: 1 counter: 1\n");
  });
});
