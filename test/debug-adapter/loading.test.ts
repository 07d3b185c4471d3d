/** Loading programs: what the client sees when it takes long, how it is ended, and what a restart need not do again. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterEach, describe, expect, it } from "vitest";
import type { HostFiles } from "../../debug-adapter/host-files.js";
import { createSession, type Session } from "../../debug-adapter/session.js";
import { ok } from "../../runtime/base/result.js";
import { Client, type Message, RequestFailed } from "./support/client.js";
import { connect, filesOf, launch } from "./support/in-process.js";

const path = "/work/program.s";
const program = (status: number) => `.globl main\nmain: mov $${status}, %eax\n ret\n`;
const bytes = (text: string) => new TextEncoder().encode(text);
const supportsProgressReporting = true;

/** Files that come when `release` is called. */
function slowFiles(): { readonly files: HostFiles; readonly release: () => void } {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const files: HostFiles = {
    ...filesOf({}),
    async read() {
      await released;
      return ok(bytes(program(5)));
    },
  };
  return { files, release };
}

describe("a program that takes long to load", () => {
  it("is told of, until it is there", async () => {
    const { files, release } = slowFiles();
    const client = connect(files);
    await client.initialize({ supportsProgressReporting });
    const launched = client.request("launch", { program: path });
    const start = await client.event<DebugProtocol.ProgressStartEvent>("progressStart");
    expect(start).toMatchObject({ title: "Loading program.s", message: "Reading the program", cancellable: true });
    release();
    const update = await client.event<DebugProtocol.ProgressUpdateEvent>("progressUpdate");
    expect(update.progressId).toBe(start.progressId);
    expect(await client.event("progressEnd")).toEqual({ progressId: start.progressId });
    await launched;
  });

  it.each(["progressId", "requestId"] as const)("is not loaded when it is cancelled by %s", async (name) => {
    const { files, release } = slowFiles();
    const client = connect(files);
    await client.initialize({ supportsProgressReporting });
    const launched = client.request("launch", { program: path }).catch((error: unknown) => error);
    const start = await client.event<DebugProtocol.ProgressStartEvent>("progressStart");
    await client.request("cancel", { [name]: start[name] });
    release();
    const failure = await launched;
    expect(failure).toBeInstanceOf(RequestFailed);
    expect((failure as RequestFailed).short).toBe("cancelled");
    expect(await client.event("progressEnd")).toEqual({ progressId: start.progressId });
    // Another try is not the one that was cancelled.
    await client.request("launch", { program: path });
    await client.request("configurationDone");
    expect(await client.event("exited")).toEqual({ exitCode: 5 });
  });

  it("does not keep a client from leaving", async () => {
    const { files, release } = slowFiles();
    const client = connect(files);
    await client.initialize();
    const launched = client.request("launch", { program: path }).catch((error: unknown) => error);
    await client.request("disconnect");
    release();
    expect(((await launched) as RequestFailed).short).toBe("cancelled");
  });
});

it("a program that loads at once says nothing of it", async () => {
  const client = connect(filesOf({ [path]: program(0) }));
  await client.initialize({ supportsProgressReporting });
  await client.request("launch", { program: path });
  await client.request("configurationDone");
  await client.event("exited");
  const events = client.messages.map(({ message }) => (message as DebugProtocol.Event).event);
  expect(events.filter((event) => event?.startsWith("progress"))).toEqual([]);
});

describe("a restart", () => {
  let session: Session | undefined;
  afterEach(() => session?.dispose());

  /** A program with an included file, stopped on entry, and what to ask it. */
  async function stopped(files: Record<string, string>) {
    const made = createSession({ files: filesOf(files) });
    session = made;
    const client = new Client((message) => made.handleMessage(message));
    made.onDidSendMessage((message) => client.receive(message as Message));
    await launch(client, { program: path, stopOnEntry: true });
    await client.stopped();
    return { client, programNow: () => made.launched?.program };
  }
  const files = () => ({
    [path]: '.include "status.s"\n.globl main\nmain: mov $STATUS, %eax\n ret\n',
    "/work/status.s": ".set STATUS, 3\n",
  });

  async function statusAfterRestart(client: Client): Promise<number> {
    await client.request("restart", {});
    const { threadId } = await client.stopped();
    await client.request("continue", { threadId });
    const { exitCode } = await client.event<DebugProtocol.ExitedEvent>("exited");
    await client.event("terminated");
    return exitCode;
  }

  it("makes nothing anew of files that have not changed", async () => {
    const { client, programNow } = await stopped(files());
    const before = programNow();
    expect(await statusAfterRestart(client)).toBe(3);
    expect(programNow()).toBe(before);
  });

  it("reads what has changed, included files too", async () => {
    const changing: Record<string, string> = files();
    const { client, programNow } = await stopped(changing);
    const before = programNow();
    changing["/work/status.s"] = ".set STATUS, 4\n";
    expect(await statusAfterRestart(client)).toBe(4);
    expect(programNow()).not.toBe(before);
  });

  it("starts with memory as the program has it, not as it was left", async () => {
    const { client } = await stopped({
      [path]: ".globl main\nmain: incl count(%rip)\n mov count(%rip), %eax\n ret\n.data\ncount: .long 6\n",
    });
    expect(await statusAfterRestart(client)).toBe(7);
    expect(await statusAfterRestart(client)).toBe(7);
  });

  it("goes by the launch configuration that the client has now", async () => {
    const { client } = await stopped({ [path]: program(1), "/work/other.s": program(2) });
    await client.request("restart", { arguments: { program: "/work/other.s" } });
    expect(await client.event("exited")).toEqual({ exitCode: 2 });
  });
});
