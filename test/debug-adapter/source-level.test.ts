/** Programs of a C compiler, debugged in their source: steps and stacks as gdb sees them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterAll, describe, expect, it } from "vitest";
import { hasTools, output } from "../runtime/object/toolchain.js";
import type { Client } from "./support/client.js";
import { connect, launch } from "./support/in-process.js";

const source = fileURLToPath(new URL("programs/steps.c", import.meta.url));
const text = readFileSync(source, "utf8");
const lineOf = (fragment: string) => text.split("\n").findIndex((line) => line.includes(fragment)) + 1;

type Command = "next" | "step" | "finish";

/** A path through a program: one command throughout, or a mixture that the number decides. */
function pathOf(kind: "next" | "step" | number, length: number): Command[] {
  if (typeof kind === "string") return new Array(length).fill(kind);
  const mixture = ["step", "step", "next", "next", "next", "finish"] as const;
  let state = kind;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return mixture[(state >>> 8) % mixture.length] ?? "next";
  });
}

/** Where each command of the path leads, as gdb has it: `function:line`, up to the end of `main`. */
function stepsOfGdb(program: string, path: readonly Command[]): string[] {
  const commands = path.flatMap((command) => ["-ex", command, "-ex", "frame"]);
  const start = ["-nx", "-batch", "-ex", "break main", "-ex", "run", "-ex", "frame"];
  // gdb ends with the status of its last command, which the program may not have lived to see.
  const { stdout } = spawnSync("gdb", [...start, ...commands, program], { encoding: "utf8" });
  const places: string[] = [];
  // What the breakpoint and `finish` say of themselves is not at the beginning of a line, or is said again by `frame`.
  for (const line of stdout.split("\n").filter((line) => line.startsWith("#0"))) {
    const [, name, number] = /^#0 +(?:0x[0-9a-f]+ in )?(\S+) .* at .*:(\d+)$/.exec(line) ?? [];
    if (name === undefined) break;
    places.push(`${name}:${number}`);
  }
  return places;
}

const requests = { next: "next", step: "stepIn", finish: "stepOut" } as const;

async function launchAtMain(program: string): Promise<{ client: Client; threadId: number }> {
  const client = connect();
  await launch(client, { program }, (client) =>
    client.request("setFunctionBreakpoints", { breakpoints: [{ name: "main" }] }),
  );
  const { threadId = 0 } = await client.stopped();
  return { client, threadId };
}

async function stepsOfOurs(program: string, path: readonly Command[]): Promise<string[]> {
  const { client, threadId } = await launchAtMain(program);
  const place = async () => {
    const [frame] = await client.stackTrace(threadId);
    return frame?.source === undefined ? undefined : `${frame.name}:${frame.line}`;
  };
  const places: string[] = [];
  let now = await place();
  for (const command of path) {
    if (now === undefined) return places;
    places.push(now);
    // gdb takes main for the outermost frame, which nothing leaves.
    if (command === "finish" && now.startsWith("main:")) continue;
    await client.request(requests[command], { threadId });
    if ((await client.stopped().catch(() => undefined)) === undefined) return places;
    now = await place();
  }
  return now === undefined ? places : [...places, now];
}

describe.runIf(hasTools("gcc"))("a program in C", () => {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-steps-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const compileFile = (file: string, ...flags: string[]): string => {
    const program = join(folder, `${basename(file)}${flags.join("")}`.replaceAll("/", "_").slice(0, 60) + flags.length);
    output("gcc", ["-g", "-static", ...flags, file, "-o", program]);
    return program;
  };
  const compile = (...flags: string[]) => compileFile(source, ...flags);

  describe.runIf(hasTools("gdb"))("beside gdb", () => {
    it.each([
      ["steps.c", "-O0"],
      ["steps.c", "-O0", "-fcf-protection=full"],
      ["steps.c", "-O1", "-gdwarf-4"],
      ["steps.c", "-O2"],
      ["steps.c", "-O3"],
      ["inlined.c", "-O0", "-gdwarf-4"],
      ["inlined.c", "-O1"],
      ["inlined.c", "-O2"],
      ["inlined.c", "-O3", "-gdwarf-4"],
    ])("steps, inlined functions included: %s %s %s", async (name, ...flags) => {
      const program = compileFile(fileURLToPath(new URL(`programs/${name}`, import.meta.url)), ...flags);
      for (const kind of ["step", "next", 1, 2] as const) {
        const path = pathOf(kind, 80);
        const gdb = stepsOfGdb(program, path);
        expect(gdb.length).toBeGreaterThan(4);
        expect({ kind, steps: await stepsOfOurs(program, path) }).toEqual({ kind, steps: gdb });
      }
    });
  });

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
