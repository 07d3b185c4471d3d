/** Functions that have left by a tail call: shown where gdb shows them, and said to be. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterAll, describe, expect, it } from "vitest";
import { hasTools, output } from "../runtime/object/toolchain.js";
import type { Client } from "./support/client.js";
import { connect, launch } from "./support/in-process.js";

const source = fileURLToPath(new URL("programs/tail-calls.c", import.meta.url));
const mark = " (left by a tail call)";

describe.runIf(hasTools("gcc"))("tail calls", () => {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-tail-calls-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  function build(...flags: string[]): string {
    const program = join(folder, `tail-calls${flags.join("")}`);
    output("gcc", ["-g", "-static", ...flags, source, "-o", program]);
    return program;
  }

  async function launched(program: string): Promise<{ client: Client; threadId: number }> {
    const client = connect();
    await launch(client, { program }, (client) =>
      client.request("setFunctionBreakpoints", { breakpoints: [{ name: "deepest" }] }),
    );
    const { threadId = 0 } = await client.stopped();
    return { client, threadId };
  }

  /** The stack at each stop in `deepest`, from there to `main`. */
  async function stacksOfOurs(program: string): Promise<string[][]> {
    const { client, threadId } = await launched(program);
    const stacks: string[][] = [];
    for (;;) {
      const frames = await client.stackTrace(threadId);
      stacks.push(
        frames
          .slice(0, frames.findIndex(({ name }) => name === "main") + 1)
          .map(({ name, line }) => `${name.replace(mark, "")}:${line}`),
      );
      await client.request("continue", { threadId });
      if ((await client.stopped().catch(() => undefined)) === undefined) return stacks;
    }
  }

  function stacksOfGdb(program: string): string[][] {
    const script = [
      "import gdb",
      "gdb.execute('set pagination off')",
      "gdb.execute('break deepest', to_string=True)",
      "gdb.execute('run > /dev/null', to_string=True)",
      "while gdb.selected_inferior().pid != 0:",
      "    frame = gdb.newest_frame()",
      "    stack = []",
      "    while frame is not None:",
      "        stack.append('%s:%d' % (frame.name(), frame.find_sal().line))",
      "        frame = frame.older()",
      "    print('STACK', ' '.join(stack))",
      "    gdb.execute('continue', to_string=True)",
    ].join("\n");
    const said = output("gdb", ["-nx", "-batch", "-ex", `python exec(${JSON.stringify(script)})`, program]);
    return [...said.matchAll(/^STACK (.*)$/gm)].map(([, stack = ""]) => stack.split(" "));
  }

  it.runIf(hasTools("gdb")).each([["-gdwarf-5"], ["-gdwarf-4"]])("are the frames of gdb: -O2 %s", async (version) => {
    const program = build("-O2", version);
    const [ours, gdb] = [await stacksOfOurs(program), stacksOfGdb(program)];
    expect(ours).toHaveLength(7);
    // Of a jump from a function that was inlined, gdb 13 shows that function and not the one around it.
    expect(ours.map((stack) => stack.filter((frame) => !frame.startsWith("around:")))).toEqual(gdb);
    expect(ours.at(-1)?.map((frame) => frame.replace(/:.*/, ""))).toEqual([
      "deepest",
      "middle",
      "inlined",
      "around",
      "main",
    ]);
    expect(ours[0]?.map((frame) => frame.replace(/:.*/, ""))).toEqual(["deepest", "middle", "outer", "main"]);
  });

  it("are said to be, and have no variables and no registers that could be wrong", async () => {
    const { client, threadId } = await launched(build("-O2"));
    const frames = await client.stackTrace(threadId);
    expect(frames.slice(0, 4)).toMatchObject([
      { name: "deepest" },
      { name: `middle${mark}`, presentationHint: "subtle" },
      { name: `outer${mark}`, presentationHint: "subtle" },
      { name: "main" },
    ]);
    const [, middle, , main] = frames;
    const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId: middle?.id });
    expect(scopes.map(({ name }) => name)).not.toContain("Locals");
    const write = client.request("setExpression", { expression: "$rbx", value: "1", frameId: middle?.id });
    await expect(write).rejects.toThrow("This function has left its frame by a tail call: it has no registers.");
    const rbx = async (frameId: number | undefined) => (await client.evaluate("$rbx", { frameId })).result;
    expect(await rbx(middle?.id)).toBe(await rbx(main?.id));
    await expect(client.evaluate("$rdi", { frameId: middle?.id })).rejects.toThrow(/rdi/);
  });

  it("are not shown where another way leads there, too", async () => {
    const { client, threadId } = await launched(build("-O2"));
    const names = async () => (await client.stackTrace(threadId)).slice(0, 2).map(({ name }) => name);
    const seen: string[][] = [];
    for (let stop = 0; stop < 5; stop++) {
      seen.push(await names());
      await client.request("continue", { threadId });
      await client.stopped();
    }
    // From `either` by `left` or `right`, from `computed` by an address.
    expect(seen.slice(1)).toEqual(new Array(4).fill(["deepest", "main"]));
  });
});
