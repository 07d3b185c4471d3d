/** Breakpoints in C: where functions were inlined, and on one of several statements of a line. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterAll, describe, expect, it } from "vitest";
import { hasTools, output } from "../runtime/object/toolchain.js";
import type { Client } from "./support/client.js";
import { connect, launch } from "./support/in-process.js";

const source = { path: fileURLToPath(new URL("programs/inlined.c", import.meta.url)) };
const text = readFileSync(source.path, "utf8").split("\n");
const lineOf = (fragment: string) => text.findIndex((line) => line.includes(fragment)) + 1;

type Breakpoints = DebugProtocol.SetBreakpointsResponse["body"]["breakpoints"];

describe.runIf(hasTools("gcc"))("breakpoints in a program in C", () => {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-inlined-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Stopped at the first breakpoint that `request` sets. */
  async function launched(level: string, command: string, args: object) {
    const program = join(folder, `inlined${level}`);
    output("gcc", ["-g", level, "-static", source.path, "-o", program]);
    const client = connect();
    let set: Breakpoints = [];
    await launch(client, { program }, async () => {
      set = (await client.request<{ breakpoints: Breakpoints }>(command, args)).breakpoints;
    });
    return { client, set };
  }

  /** The innermost frames at each stop, `function:line`, until the program ends. */
  async function stops(client: Client, depth: number): Promise<string[]> {
    const seen: string[] = [];
    for (;;) {
      const stop = await client.stopped().catch(() => undefined);
      if (stop === undefined) return seen;
      const frames = await client.stackTrace(stop.threadId ?? 0);
      seen.push(
        frames
          .slice(0, depth)
          .map(({ name, line }) => `${name}:${line}`)
          .join(" < "),
      );
      await client.request("continue", { threadId: stop.threadId });
    }
  }

  it("stop before a call that was inlined and is all there is on the line", async () => {
    const [line, caller] = [lineOf("  nested(total);"), lineOf("  int total = work")];
    const { client, set } = await launched("-O0", "setBreakpoints", { source, breakpoints: [{ line }] });
    expect(set).toMatchObject([{ verified: true, line }]);
    expect(set[0]?.message).toBeUndefined();
    const seen = await stops(client, 2);
    expect(seen).toEqual([`work:${line} < main:${caller}`, `work:${line} < last:${lineOf("return work")}`]);
  });

  it.each(["-O0", "-O2"])("on a function stop in each of its copies, inside: %s", async (level) => {
    const { client, set } = await launched(level, "setFunctionBreakpoints", { breakpoints: [{ name: "increment" }] });
    expect(set).toMatchObject([{ verified: true, line: expect.any(Number) }]);
    const seen = await stops(client, 3);
    const [inLoop, behind] = [lineOf("total += nested"), lineOf("  nested(total);")];
    const stack = (line: number) => `increment:6 < nested:14 < work:${line}`;
    // work(3), then work(1).
    expect(seen).toEqual([inLoop, inLoop, inLoop, behind, inLoop, behind].map(stack));
  });

  it("on a function that no symbol is left of have a place", async () => {
    const { set } = await launched("-O2", "setFunctionBreakpoints", {
      breakpoints: [{ name: "nested" }, { name: "nothing" }, { name: "sink" }],
    });
    expect(set).toMatchObject([
      { verified: true, message: expect.stringMatching(/^In 2 places/) },
      { verified: false, message: 'The program has no function named "nothing".' },
      { verified: false, message: '"sink" is not a function.' },
    ]);
  });

  it("are for one of several statements of a line", async () => {
    const line = lineOf("sink = total");
    const column = (text[line - 1] ?? "").indexOf("sink = total") + 1;
    const { client, set } = await launched("-O0", "setBreakpoints", {
      source,
      breakpoints: [{ line, column }, { line }],
    });
    expect(set).toMatchObject([
      { verified: true, line, column: expect.any(Number) },
      { verified: true, line },
    ]);
    const { breakpoints } = await client.request<DebugProtocol.BreakpointLocationsResponse["body"]>(
      "breakpointLocations",
      { source, line },
    );
    const columns = breakpoints.map((location) => location.column ?? 0);
    expect(columns.length).toBeGreaterThan(1);
    expect(columns).toContain(set[0]?.column);
    expect(set[0]?.column).toBeGreaterThanOrEqual(column);
    const behind = await client.request<DebugProtocol.BreakpointLocationsResponse["body"]>("breakpointLocations", {
      source,
      line,
      column,
      endLine: line,
      endColumn: 1000,
    });
    expect(behind.breakpoints.map((location) => location.column)).toEqual(columns.filter((one) => one >= column));
    // The one on the line stops before the other does, at each turn of the loop.
    const hits: (readonly number[])[] = [];
    for (let stop = 0; stop < 4; stop++) {
      const { hitBreakpointIds = [], threadId } = await client.stopped();
      hits.push(hitBreakpointIds);
      await client.request("continue", { threadId });
    }
    const [inner, whole] = set.map(({ id }) => id ?? 0);
    expect(hits).toEqual([[whole], [inner], [whole], [inner]]);
  });
});
