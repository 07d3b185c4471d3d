/** The built adapter as a program, over its standard streams and over a port; also through a client that is not ours. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import type { DebugClient } from "@vscode/debugadapter-testsupport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildProgram, root } from "./support/built-adapter.js";
import { connectStreams, startAdapter } from "./support/child.js";
import { CheckedDebugClient } from "./support/debug-client.js";

const counters = join(root, "samples", "counters", "counters.s");
const library = "green-threads:/green_threads.s";
let program = "";
let remove = () => {};

beforeAll(async () => {
  ({ program, remove } = await buildProgram("debug-adapter"));
}, 60_000);
afterAll(() => remove());

describe("a client that we did not write", () => {
  /** Runs `action` with Microsoft's test client on a fresh adapter. */
  async function withDebugClient(action: (client: DebugClient) => Promise<void>): Promise<void> {
    const client = new CheckedDebugClient(program);
    client.defaultTimeout = 20_000;
    await client.start();
    try {
      await action(client);
    } finally {
      await client.stop();
    }
  }

  it("launches, hits a breakpoint, looks around, steps and ends", () =>
    withDebugClient(async (client) => {
      await client.hitBreakpoint({ program: counters }, { path: counters, line: 41 });
      const { threads } = (await client.threadsRequest()).body;
      expect(threads.map(({ name }) => name)).toEqual([
        "thread 0: main (ready)",
        "thread 1: counter_one (running)",
        "thread 2: counter_two (new)",
      ]);
      const threadId = threads[1]?.id ?? 0;
      await Promise.all([
        client.nextRequest({ threadId }),
        client.assertStoppedLocation("step", { path: counters, line: 42 }),
      ]);
      const { stackFrames } = (await client.stackTraceRequest({ threadId })).body;
      const { scopes } = (await client.scopesRequest({ frameId: stackFrames[0]?.id ?? 0 })).body;
      const { variables } = (await client.variablesRequest({ variablesReference: scopes[0]?.variablesReference ?? 0 }))
        .body;
      expect(variables.find(({ name }) => name === "rbx")?.value).toBe("0");
      await client.setBreakpointsRequest({ source: { path: counters }, breakpoints: [] });
      await Promise.all([
        client.continueRequest({ threadId }),
        client.waitForEvent("exited"),
        client.waitForEvent("terminated"),
      ]);
    }));

  it("stops in the library, whose source it asks the adapter for", () =>
    withDebugClient(async (client) => {
      const stopped = client.waitForEvent("stopped");
      await Promise.all([
        client.waitForEvent("initialized").then(async () => {
          await client.setFunctionBreakpointsRequest({ breakpoints: [{ name: "gt_switch" }] });
          await client.configurationDoneRequest();
        }),
        client.launch({ program: counters }),
      ]);
      const { threadId } = (await stopped).body;
      const { stackFrames } = (await client.stackTraceRequest({ threadId })).body;
      const source = stackFrames[0]?.source;
      expect(source?.path).toBe(library);
      const { content } = (await client.sourceRequest({ source, sourceReference: source?.sourceReference ?? 0 })).body;
      expect(content.split("\n")[(stackFrames[0]?.line ?? 0) - 1]).toContain("mov     %rsp, CONTEXT_RSP(%rdi)");
    }));

  it("receives output and errors", () =>
    withDebugClient(async (client) => {
      await Promise.all([
        client.configurationSequence(),
        client.launch({ program: counters }),
        client.assertOutput("stdout", "THREAD 1 STARTING\n"),
        // Listens from the start: the end may come in the same piece as the output.
        client.waitForEvent("terminated"),
      ]);
      await expect(client.launchRequest({ noDebug: true })).rejects.toThrow(
        "This session has launched its program already.",
      );
    }));
});

describe("the program", () => {
  it("ends with status 0 when the client disconnects, and when it goes away", async () => {
    for (const goodbye of ["disconnect", "close"]) {
      const { client, process: adapter } = startAdapter(program);
      await client.initialize();
      const end = once(adapter, "exit");
      if (goodbye === "disconnect") await client.request("disconnect");
      else adapter.stdin.end();
      expect(await end).toEqual([0, null]);
    }
  });

  it("lives on after bytes that are no message, and says what was wrong", async () => {
    const { client, process: adapter } = startAdapter(program);
    adapter.stdin.write("Content-Length: 9\r\n\r\nnot JSON!");
    adapter.stdin.write("Content-Length: 4\r\n\r\nnull");
    expect((await client.initialize()).supportsConfigurationDoneRequest).toBe(true);
    expect(client.output("important")).toContain("Error handling data");
    adapter.kill();
  });

  it.skipIf(process.platform === "win32")("reads from files and pipes, and writes to pipes", async () => {
    const request = JSON.stringify({ seq: 1, type: "request", command: "initialize", arguments: { adapterID: "a" } });
    const input = `${program}.requests`;
    writeFileSync(input, `Content-Length: ${request.length}\r\n\r\n${request}`);
    const node = `"${process.execPath}" "${program}"`;
    for (const command of [`${node} < "${input}"`, `${node} < "${input}" | cat`, `cat "${input}" | ${node} | cat`]) {
      const shell = spawn("sh", ["-c", command]);
      let output = "";
      shell.stdout.on("data", (bytes) => {
        output += bytes;
      });
      expect(await once(shell, "close")).toEqual([0, null]);
      expect(output).toMatch(/^Content-Length: \d+\r\n\r\n\{.*"request_seq":1,.*"success":true/);
    }
  });

  it("sends whole messages however many bytes a character has", async () => {
    const { client, process: adapter } = startAdapter(program);
    await client.initialize();
    await expect(client.request("launch", { program: "/Größe/日本/🧵.s" })).rejects.toThrow(
      'The program "/Größe/日本/🧵.s" cannot be read: there is no such file.',
    );
    adapter.kill();
  });

  it("serves several sessions over a port", async () => {
    const adapter = spawn(process.execPath, [program, "--port", "0"]);
    const [line] = await once(adapter.stderr, "data");
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(String(line))?.[1]);
    const sessions = [1, 2].map(() => {
      const socket = connectSocket(port, "127.0.0.1");
      return { socket, client: connectStreams(socket, socket) };
    });
    await Promise.all(
      sessions.map(async ({ client, socket }, index) => {
        await client.initialize();
        await client.request("launch", { program: counters, stopOnEntry: index === 0 });
        await client.event("initialized");
        await client.request("configurationDone");
        if (index === 0) await client.request("continue", { threadId: (await client.stopped()).threadId });
        expect(await client.event("exited")).toEqual({ exitCode: 0 });
        const closed = once(socket, "close");
        await client.request("disconnect");
        await closed;
      }),
    );
    adapter.kill();
  });

  it("refuses other words", async () => {
    const adapter = spawn(process.execPath, [program, "--prot", "1"]);
    expect(await once(adapter, "exit")).toEqual([2, null]);
  });
});
