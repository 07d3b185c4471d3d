/** Data breakpoints on variables of the source. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasTools, output } from "../runtime/object/toolchain.js";
import type { Client } from "./support/client.js";
import { connect, launch } from "./support/in-process.js";

type Info = DebugProtocol.DataBreakpointInfoResponse["body"];
type Set = DebugProtocol.SetDataBreakpointsResponse["body"];

const source = { path: fileURLToPath(new URL("programs/watched.c", import.meta.url)) };
const lines = readFileSync(source.path, "utf8").split("\n");
const lineOf = (fragment: string) => lines.findIndex((line) => line.includes(fragment)) + 1;

describe.runIf(hasTools("gcc"))("data breakpoints on variables", () => {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-watched-"));
  const program = join(folder, "watched");
  beforeAll(() => {
    output("gcc", ["-g", "-O0", "-static", source.path, "-o", program]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Stopped at a line for the first time, without breakpoints. */
  async function stoppedAt(fragment: string): Promise<{ client: Client; frameId: number }> {
    const client = connect();
    await launch(client, { program }, (client) =>
      client.request("setBreakpoints", { source, breakpoints: [{ line: lineOf(fragment) }] }),
    );
    const { threadId } = await client.stopped();
    await client.request("setBreakpoints", { source, breakpoints: [] });
    return { client, frameId: (await client.stackTrace(threadId ?? 0))[0]?.id ?? 0 };
  }

  async function scopeOf(client: Client, frameId: number, name: string): Promise<number> {
    const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId });
    return scopes.find((scope) => scope.name === name)?.variablesReference ?? 0;
  }

  async function variable(client: Client, variablesReference: number, name: string): Promise<DebugProtocol.Variable> {
    const { variables } = await client.request<DebugProtocol.VariablesResponse["body"]>("variables", {
      variablesReference,
    });
    const found = variables.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no ${name} among ${variables.map((one) => one.name)}`);
    return found;
  }

  const info = (client: Client, args: Partial<DebugProtocol.DataBreakpointInfoArguments>) =>
    client.request<Info>("dataBreakpointInfo", args);

  async function watch(client: Client, { dataId }: Info): Promise<number> {
    const { breakpoints } = await client.request<Set>("setDataBreakpoints", {
      breakpoints: [{ dataId, accessType: "write" }],
    });
    expect(breakpoints).toMatchObject([{ verified: true }]);
    return breakpoints[0]?.id ?? 0;
  }

  /** What the program stops for until its end. */
  async function texts(client: Client): Promise<string[]> {
    const seen: string[] = [];
    for (;;) {
      await client.request("continue", { threadId: 1 });
      const stop = await client.stopped().catch(() => undefined);
      if (stop === undefined) return seen;
      seen.push((stop.text ?? stop.description ?? "").replace(/, written at .*/, ""));
    }
  }

  const changes = (client: Client) =>
    client.messages.flatMap(({ message }) => {
      const { event, body } = message as DebugProtocol.BreakpointEvent;
      return event === "breakpoint" && body.breakpoint.verified === false ? [body.breakpoint] : [];
    });

  it("end with the frame of a local, and say so", async () => {
    const { client, frameId } = await stoppedAt("for (int index");
    const locals = await scopeOf(client, frameId, "Locals");
    const found = await info(client, { variablesReference: locals, name: "total" });
    expect(found).toMatchObject({ description: "total (4 bytes)", accessTypes: ["read", "write", "readWrite"] });
    const id = await watch(client, found);
    // Adding 0 changes nothing; what runs on that stack afterwards is not the variable.
    expect(await texts(client)).toEqual(["total (4 bytes): 0 → 1", "total (4 bytes): 1 → 3", "total (4 bytes): 3 → 6"]);
    expect(changes(client)).toEqual([
      { id, verified: false, reason: "failed", message: expect.stringMatching(/has returned/) },
    ]);
  });

  it("stay what they are for the client after the end of the frame", async () => {
    const { client, frameId } = await stoppedAt("for (int index");
    const found = await info(client, { name: "total", frameId });
    await watch(client, found);
    await client.request("setBreakpoints", { source, breakpoints: [{ line: lineOf("both.second = 6") }] });
    for (let stop = 0; stop < 4; stop++) {
      await client.request("continue", { threadId: 1 });
      await client.stopped();
    }
    const again = await client.request<Set>("setDataBreakpoints", { breakpoints: [{ dataId: found.dataId ?? "" }] });
    expect(again.breakpoints).toMatchObject([{ verified: false, message: expect.stringMatching(/has returned/) }]);
  });

  it("are of one frame of a recursion", async () => {
    const { client, frameId } = await stoppedAt("mine += deep");
    await watch(client, await info(client, { name: "mine", frameId }));
    expect(await texts(client)).toEqual(["mine (4 bytes): 2 → 3"]);
    expect(changes(client)).toHaveLength(1);
  });

  it("end when the frame is left by longjmp", async () => {
    const { client, frameId } = await stoppedAt("here += 1");
    await watch(client, await info(client, { name: "here", frameId }));
    expect(await texts(client)).toEqual(["here (4 bytes): 7 → 8"]);
    expect(changes(client)).toHaveLength(1);
  });

  it("are on globals, members and elements", async () => {
    const { client, frameId } = await stoppedAt("both.second = count(4)");
    const globals = await scopeOf(client, frameId, "Globals");
    const both = await variable(client, globals, "both");
    const second = await info(client, { variablesReference: both.variablesReference, name: "second" });
    expect(second).toMatchObject({ description: "both.second (4 bytes)" });
    const element = await info(client, { name: "values[2]", frameId });
    const { breakpoints } = await client.request<Set>("setDataBreakpoints", {
      breakpoints: [second, element].map(({ dataId }) => ({ dataId: dataId ?? "", accessType: "write" })),
    });
    expect(breakpoints).toMatchObject([{ verified: true }, { verified: true }]);
    // 6 is written twice.
    expect(await texts(client)).toEqual([
      "both.second (4 bytes): 0 → 6",
      "both.second (4 bytes): 6 → 3",
      expect.stringMatching(/^values.*\(4 bytes\): 0 → 3$/),
    ]);
    expect(changes(client)).toEqual([]);
  });
});
