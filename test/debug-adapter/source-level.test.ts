/** Programs of a C compiler, debugged in their source: steps and stacks as gdb sees them. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterAll, describe, expect, it } from "vitest";
import { hasTools, output } from "../runtime/object/toolchain.js";
import type { Client } from "./support/client.js";
import { connect, launch } from "./support/in-process.js";

const source = fileURLToPath(new URL("programs/steps.c", import.meta.url));
const text = readFileSync(source, "utf8");
const lineOf = (fragment: string) => text.split("\n").findIndex((line) => line.includes(fragment)) + 1;

/** The same path through the program for both debuggers. */
const path = "step next next next next next step next next next next next next finish next step next next finish next";

/** Where each command of the path leads, as gdb has it: `function:line`. */
function stepsOfGdb(program: string): string[] {
  const commands = path.split(" ").flatMap((command) => ["-ex", command, "-ex", "frame"]);
  const said = output("gdb", [
    "-nx",
    "-batch",
    "-ex",
    "break main",
    "-ex",
    "run",
    "-ex",
    "frame",
    ...commands,
    program,
  ]);
  const places = [...said.matchAll(/^#0 +(?:0x[0-9a-f]+ in )?(\w+) .* at .*:(\d+)$/gm)].map(
    ([, name, line]) => `${name}:${line}`,
  );
  // What the breakpoint and `finish` say of themselves is said again by `frame`.
  return places;
}

const requests: Readonly<Record<string, string>> = { next: "next", step: "stepIn", finish: "stepOut" };

async function launchAtMain(program: string): Promise<{ client: Client; threadId: number }> {
  const client = connect();
  await launch(client, { program }, (client) =>
    client.request("setFunctionBreakpoints", { breakpoints: [{ name: "main" }] }),
  );
  const { threadId = 0 } = await client.stopped();
  return { client, threadId };
}

async function stepsOfOurs(program: string): Promise<string[]> {
  const { client, threadId } = await launchAtMain(program);
  const place = async () => {
    const [frame] = await client.stackTrace(threadId);
    return `${frame?.name}:${frame?.line}`;
  };
  const places = [await place()];
  for (const command of path.split(" ")) {
    await client.request(requests[command] ?? command, { threadId });
    await client.stopped();
    places.push(await place());
  }
  return places;
}

describe.runIf(hasTools("gcc"))("a program in C", () => {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-steps-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const compile = (...flags: string[]): string => {
    const program = join(folder, `steps${flags.join("")}`.replaceAll("/", "_").slice(0, 60) + flags.length);
    output("gcc", ["-g", "-static", ...flags, source, "-o", program]);
    return program;
  };

  it.runIf(hasTools("gdb")).each([["-O0"], ["-O0", "-fcf-protection=full"], ["-O0", "-gdwarf-4"]])(
    "steps as in gdb: %s",
    async (...flags) => {
      const program = compile(...flags);
      const [gdb, ours] = [stepsOfGdb(program), await stepsOfOurs(program)];
      expect(ours).toEqual(gdb);
    },
  );

  it("has breakpoints on lines, in each place that a function was inlined into", async () => {
    const client = connect();
    let set: DebugProtocol.Breakpoint[] = [];
    await launch(client, { program: compile("-O0") }, async (client) => {
      const response = await client.request<DebugProtocol.SetBreakpointsResponse["body"]>("setBreakpoints", {
        source: { path: source },
        breakpoints: [{ line: lineOf("int doubled") }, { line: lineOf("/* Calls") }],
      });
      set = response.breakpoints;
    });
    expect(set).toMatchObject([
      { verified: true, line: lineOf("int doubled") },
      { verified: true, line: lineOf("static int square"), message: expect.stringMatching(/no instruction on line 1/) },
    ]);
    const { threadId = 0 } = await client.stopped();
    const stacks: string[] = [];
    for (let stop = 0; stop < 3; stop++) {
      const frames = await client.stackTrace(threadId);
      stacks.push(frames.map(({ name }) => name).join(" < "));
      await client.request("continue", { threadId });
      await client.stopped().catch(() => undefined);
    }
    expect(stacks[0]).toMatch(/^square < sum < main < /);
    expect(stacks[1]).toMatch(/^twice < thrice < sum < main < /);
  });

  it.each(["-O1", "-O2", "-O3"])("steps over calls and out of functions, inlined or not: %s", async (level) => {
    const { client, threadId } = await launchAtMain(compile(level));
    const names = async () => (await client.stackTrace(threadId)).map(({ name }) => name);
    for (let step = 0; step < 12; step++) {
      const before = await names();
      await client.request("next", { threadId });
      if ((await client.stopped().catch(() => undefined)) === undefined) return;
      expect((await names()).length).toBeLessThanOrEqual(before.length);
      if (!(await names()).includes("main")) return;
    }
  });

  it("finds sources elsewhere when it is told where", async () => {
    const client = connect();
    const program = compile("-O0", `-ffile-prefix-map=${fileURLToPath(new URL(".", import.meta.url))}=/elsewhere/`);
    await launch(client, { program, sourceMap: { "/elsewhere": "/here" }, stopAt: "square" });
    const { threadId = 0 } = await client.stopped();
    const [frame] = await client.stackTrace(threadId);
    expect(frame).toMatchObject({ name: "square", source: { name: "steps.c", path: "/here/programs/steps.c" } });
  });
});
