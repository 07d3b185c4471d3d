import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { AnnotateMemoryResponse, GreenThreadsListResponse } from "../../debug-adapter/protocol.js";
import { stoppedHere, stoppedInCounterTwo } from "./support/stopped.js";

describe("memory", () => {
  type Read = DebugProtocol.ReadMemoryResponse["body"];

  it("is read, with an offset", async () => {
    const { client } = await stoppedHere();
    const { memoryReference } = await client.evaluate("word");
    const read = await client.request<Read>("readMemory", { memoryReference, offset: 8, count: 5 });
    expect(Buffer.from(read?.data ?? "", "base64").toString()).toBe("grün");
    expect(read).toMatchObject({ address: `0x${(BigInt(memoryReference ?? 0) + 8n).toString(16).padStart(8, "0")}` });
    expect(read).not.toHaveProperty("unreadableBytes");
  });

  it("tells how much cannot be read", async () => {
    const { client } = await stoppedHere();
    const none = await client.request<Read>("readMemory", { memoryReference: "0x0", count: 64 });
    expect(none).toEqual({ address: "0x00000000", data: "", unreadableBytes: 64 });
    const before = await client.request<Read>("readMemory", { memoryReference: "0x400ff0", count: 0x20 });
    expect(before).toMatchObject({ data: "", unreadableBytes: 0x10 });
    const end = await client.request<Read>("readMemory", { memoryReference: "0x7ffeff8", count: 0x10 });
    expect(Buffer.from(end?.data ?? "", "base64")).toHaveLength(8);
    expect(end?.unreadableBytes).toBe(8);
  });

  it("is written, and told", async () => {
    const { client } = await stoppedHere();
    const { memoryReference } = await client.evaluate("word");
    const data = Buffer.from([1, 2]).toString("base64");
    expect(await client.request("writeMemory", { memoryReference, offset: 1, data })).toEqual({ bytesWritten: 2 });
    expect(await client.event("memory")).toMatchObject({ offset: 0, count: 2 });
    // No frame is another now: a client told to read stacks again would go to the top frame and steal the focus.
    expect(await client.event("invalidated")).toEqual({ areas: ["variables"] });
    expect((await client.evaluate("*word,x")).result).toBe("0x2012a");
  });

  it("is written where a return address lies: stacks are out of date too", async () => {
    const { client, threadId } = await stoppedInCounterTwo();
    const [frame] = await client.stackTrace(threadId);
    const { memoryReference } = await client.evaluate("$rsp", { frameId: frame?.id });
    const data = Buffer.alloc(8).toString("base64");
    await client.request("writeMemory", { memoryReference, data });
    expect(await client.event("invalidated")).toEqual({ areas: ["stacks", "variables"] });
  });

  it("is written in part only when the client allows it", async () => {
    const { client } = await stoppedHere();
    const request = { memoryReference: "0x7ffeffc", data: Buffer.alloc(8, 1).toString("base64") };
    await expect(client.request("writeMemory", request)).rejects.toThrow(
      "Only 4 of the 8 bytes at 0x07ffeffc are mapped: nothing was written.",
    );
    expect(await client.request("writeMemory", { ...request, allowPartial: true })).toEqual({
      offset: 0,
      bytesWritten: 4,
    });
    await expect(client.request("writeMemory", { memoryReference: "0x7ffe000", data: "?" })).rejects.toThrow(
      "The data to write is not in base64.",
    );
  });

  it("is annotated with what its words are", async () => {
    const { client } = await stoppedInCounterTwo();
    const { threads } = await client.request<GreenThreadsListResponse>("greenThreads/list", {});
    const { annotations } = await client.request<AnnotateMemoryResponse>("greenThreads/annotateMemory", {
      memoryReference: threads[2]?.stackHighReference,
      offset: -32,
      count: 32,
    });
    expect(annotations.map(({ text }) => text).join("\n")).toMatch(/skip\n.*guard/);
  });
});
