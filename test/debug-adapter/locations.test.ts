/** Where values lead to in the sources, and what frames are called: in the C sample, which is optimised. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { connect, launch } from "./support/in-process.js";
import { stoppedInCounterTwo } from "./support/stopped.js";

const folder = fileURLToPath(new URL("../../samples/gthreads/", import.meta.url));
const path = join(folder, "gthreads.c");
const text = readFileSync(path, "utf8").split("\n");
const lineOf = (fragment: string) => text.findIndex((line) => line.includes(fragment)) + 1;

async function stoppedOn(fragment: string): Promise<{ client: Client; threadId: number; frameId: number }> {
  const client = connect();
  await launch(client, { program: join(folder, "gthreads") }, (client) =>
    client.request("setBreakpoints", { source: { path }, breakpoints: [{ line: lineOf(fragment) }] }),
  );
  const { threadId = 0 } = await client.stopped();
  const [frame] = await client.stackTrace(threadId);
  return { client, threadId, frameId: frame?.id ?? 0 };
}

/** The text of the line that a reference leads to. */
async function lineAt(client: Client, locationReference: number | undefined): Promise<string> {
  const location = await client.request<NonNullable<DebugProtocol.LocationsResponse["body"]>>("locations", {
    locationReference,
  });
  expect(location.source.path).toBe(path);
  return text[location.line - 1] ?? "";
}

describe("locations", () => {
  it("lead from a pointer to a function to the function, and from a variable to its declaration", async () => {
    const { client, frameId } = await stoppedOn("p->function = f;");
    const locals = (await client.registers(frameId)).get("Locals");
    const f = locals?.find(({ name }) => name === "f");
    expect(await lineAt(client, f?.valueLocationReference)).toContain("static void count_up(void) {");
    expect(await lineAt(client, f?.declarationLocationReference)).toContain("int gtgo(void (*f)(void)) {");
    const p = locals?.find(({ name }) => name === "p");
    expect(await lineAt(client, p?.declarationLocationReference)).toContain("struct gt *p = &gttbl[0];");
    // It points to data.
    expect(p).not.toHaveProperty("valueLocationReference");
  });

  it("lead there from what is evaluated, and from registers", async () => {
    const { client, frameId, threadId } = await stoppedOn("p->function = f;");
    const evaluated = await client.evaluate("f", { frameId });
    expect(await lineAt(client, evaluated.valueLocationReference)).toContain("count_up");
    const rip = (await client.registers(frameId)).get("General")?.find(({ name }) => name === "rip");
    const [frame] = await client.stackTrace(threadId);
    expect(await lineAt(client, rip?.valueLocationReference)).toBe(text[(frame?.line ?? 0) - 1]);
    expect(await client.evaluate("1 + 1", { frameId })).not.toHaveProperty("valueLocationReference");
  });

  it("lead into sources of the adapter's own", async () => {
    const { client } = await stoppedInCounterTwo();
    const { valueLocationReference } = await client.evaluate("gt_yield");
    const location = await client.request<NonNullable<DebugProtocol.LocationsResponse["body"]>>("locations", {
      locationReference: valueLocationReference,
    });
    expect(location.source).toMatchObject({ name: "green_threads.s", sourceReference: expect.any(Number) });
    const { content } = await client.request<DebugProtocol.SourceResponse["body"]>("source", {
      source: location.source,
      sourceReference: location.source.sourceReference,
    });
    expect(
      content
        .split("\n")
        .slice(location.line - 2, location.line)
        .join("\n"),
    ).toContain("gt_yield:");
  });

  it("are refused where there are none", async () => {
    const { client } = await stoppedInCounterTwo();
    for (const locationReference of [0, -1, 99_999]) {
      await expect(client.request("locations", { locationReference })).rejects.toThrow("There is no such location.");
    }
  });
});

describe("the names of frames", () => {
  const names = async (client: Client, threadId: number, format: DebugProtocol.StackFrameFormat) => {
    const { stackFrames } = await client.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", {
      threadId,
      format,
    });
    return stackFrames.map(({ name }) => name);
  };

  it("have what the client asks for", async () => {
    const { client, threadId } = await stoppedOn("p->function = f;");
    const line = lineOf("p->function = f;");
    const first = async (format: DebugProtocol.StackFrameFormat) => (await names(client, threadId, format))[0];
    expect(await first({})).toBe("gtgo");
    expect(await first({ line: true })).toBe(`gtgo line ${line}`);
    expect(await first({ module: true })).toBe(`gtgo ${join(folder, "gthreads")}`);
    expect(await first({ parameters: true })).toBe("gtgo(f)");
    expect(await first({ parameters: true, parameterTypes: true, parameterNames: true })).toMatch(
      /^gtgo\(void \(\*\)\(void\) f\)$/,
    );
    expect(await first({ parameters: true, parameterNames: true, parameterValues: true })).toMatch(
      /^gtgo\(f = 0x[0-9a-f]+ <count_up>\)$/,
    );
    expect(await first({ parameterNames: true })).toBe("gtgo");
    // A function without parameters, and one of which nothing is known.
    const all = await names(client, threadId, { parameters: true });
    expect(all.find((name) => name.startsWith("main"))).toMatch(/^main(\(\))?$/);
  });
});

describe("hexadecimal values", () => {
  it("are shown where the client asks for them", async () => {
    const { client, threadId, frameId } = await stoppedOn('printf("up %d: %d\\n", id, i);');
    const [scope] = (await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId })).scopes;
    const variables = async (hex: boolean) => {
      const { variables } = await client.request<DebugProtocol.VariablesResponse["body"]>("variables", {
        variablesReference: scope?.variablesReference,
        format: { hex },
      });
      return variables.find(({ name }) => name === "id")?.value;
    };
    expect(await variables(false)).toBe("1");
    expect(await variables(true)).toBe("0x1");
    expect((await client.evaluate("id + 41", { frameId, format: { hex: true } })).result).toBe("0x2a");
    expect((await client.evaluate("id + 41", { frameId })).result).toBe("42");
    const set = await client.request("setVariable", {
      variablesReference: scope?.variablesReference,
      name: "id",
      value: "18",
      format: { hex: true },
    });
    expect(set).toMatchObject({ value: "0x12" });
    expect(threadId).toBeGreaterThan(0);
  });
});
