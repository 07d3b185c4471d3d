/** Requests that the client does not want any more, and the order in which the others are answered. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it, vi } from "vitest";
import { errorIds } from "../../debug-adapter/request-error.js";
import { type Client, RequestFailed } from "./support/client.js";
import { launchText } from "./support/in-process.js";
import { stoppedHere } from "./support/stopped.js";

/** The number of the request that was sent last. */
const lastSequence = (client: Client) => client.messages.findLast(({ from }) => from === "client")?.message.seq ?? 0;

async function failureOf(request: Promise<unknown>): Promise<RequestFailed> {
  const failure: unknown = await request.catch((error: unknown) => error);
  if (!(failure instanceof RequestFailed)) throw new Error("the request was not refused");
  return failure;
}

describe("cancel", () => {
  it("overtakes requests that wait, which are answered as cancelled", async () => {
    const { client, frameId } = await stoppedHere();
    const before = client.evaluate("1", { frameId });
    const unwanted = failureOf(client.evaluate("$rax = 7", { frameId, context: "repl" }));
    const cancel = client.request("cancel", { requestId: lastSequence(client) });
    const after = client.evaluate("rax,x", { frameId });
    expect((await before).result).toBe("1");
    const failure = await unwanted;
    expect(failure.short).toBe("cancelled");
    expect(failure.response.body.error).toMatchObject({ id: errorIds.cancelled, showUser: false });
    await cancel;
    // It was not carried out.
    expect((await after).result).toBe("0x1122334455667788");
  });

  it("ends work that is under way", async () => {
    const { client, frameId } = await stoppedHere();
    // Time passes: each look at the clock is one too many for the work to go on without reading messages.
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 1000));
    try {
      const memoryReference = "0x401000";
      const unwanted = failureOf(
        client.request("disassemble", { memoryReference, instructionOffset: -50_000, instructionCount: 20_000 }),
      );
      const requestId = lastSequence(client);
      await new Promise((resolve) => setTimeout(resolve, 0));
      await client.request("cancel", { requestId });
      expect((await unwanted).short).toBe("cancelled");
    } finally {
      clock.mockRestore();
    }
    expect((await client.evaluate("1", { frameId })).result).toBe("1");
  });

  it("is answered, and changes nothing, when there is nothing to cancel", async () => {
    const { client, frameId } = await stoppedHere();
    for (const args of [{}, { requestId: 1 }, { requestId: 99_999 }, { progressId: "none" }]) {
      expect(await client.request("cancel", args)).toBeUndefined();
    }
    await client.request("cancel", { requestId: lastSequence(client) + 1 });
    expect((await client.evaluate("1", { frameId })).result).toBe("1");
  });
});

describe("requests", () => {
  it("are answered in the order in which they came, and their events follow their answers", async () => {
    const { client, frameId } = await stoppedHere();
    client.messages.length = 0;
    await Promise.all([
      client.evaluate("rsp", { frameId, context: "clipboard" }),
      client.evaluate("dword [word] = 7", { frameId, context: "repl" }),
      client.threads(),
    ]);
    const received = client.messages.flatMap(({ from, message }) =>
      from === "client"
        ? []
        : [(message as DebugProtocol.Event).event ?? `answer to ${(message as DebugProtocol.Response).command}`],
    );
    expect(received).toEqual([
      "answer to evaluate",
      "answer to evaluate",
      "memory",
      "invalidated",
      "answer to threads",
    ]);
  });

  it("that must wait for a stop say so in the protocol's own word", async () => {
    const client = await launchText(".globl main\nmain: jmp main\n");
    const failure = await failureOf(client.request("stackTrace", { threadId: 1 }));
    expect(failure.short).toBe("notStopped");
    expect(failure.message).toBe("The program is running: pause it first.");
    expect(failure.response.body.error?.id).toBe(errorIds.notStopped);
  });

  it("before initialize, a second one, and a second configurationDone are refused", async () => {
    const client = await launchText(".globl main\nmain: jmp main\n");
    const again = await failureOf(client.initialize());
    expect(again.message).toBe("This session has been initialized already.");
    const twice = await failureOf(client.request("configurationDone"));
    expect(twice.message).toBe("The program has been started already.");
    await client.request("pause", { threadId: 1 });
    expect((await client.stopped()).reason).toBe("pause");
  });
});
