/** Programs that are linked here of several files: assembly sources and objects of a C compiler. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterAll, describe, expect, it } from "vitest";
import { hasTools, output } from "../runtime/object/toolchain.js";
import { connect, filesOf, launch } from "./support/in-process.js";

const sources = fileURLToPath(new URL("../runtime/execution/programs/objects", import.meta.url));

describe("a list of sources", () => {
  const main = ".globl main\nmain: call one\n call two\n ret\n";
  const one = '.include "shared.inc"\n.globl one\none: mov $VALUE, %eax\n ret\n';
  const two = ".globl two\ntwo: inc %eax\n ret\n";

  it("is assembled, each by itself, and has breakpoints in each", async () => {
    const files = {
      "/p/main.s": main,
      "/p/lib/one.s": one,
      "/p/lib/shared.inc": "VALUE = 41\n",
      "/p/two.s": two,
    };
    const client = connect(filesOf(files));
    await launch(client, { program: ["main.s", "lib/one.s", "/p/two.s"], cwd: "/p" }, async (client) => {
      for (const path of ["/p/lib/one.s", "/p/two.s"]) {
        const { breakpoints } = await client.request<DebugProtocol.SetBreakpointsResponse["body"]>("setBreakpoints", {
          source: { path },
          breakpoints: [{ line: 2 }],
        });
        expect(breakpoints.every(({ verified }) => verified)).toBe(true);
      }
    });
    const { threadId = 0 } = await client.stopped();
    expect(await client.stackTrace(threadId)).toMatchObject([
      { name: "one", line: 3, source: { path: "/p/lib/one.s" } },
      { name: "main", line: 2, source: { path: "/p/main.s" } },
      { name: "_start" },
    ]);
    await client.request("continue", { threadId });
    await client.stopped();
    expect(await client.stackTrace(threadId)).toMatchObject([{ name: "two", source: { path: "/p/two.s" } }, {}, {}]);
    await client.request("continue", { threadId });
    expect(await client.event("exited")).toEqual({ exitCode: 42 });
    const { modules } = await client.request<DebugProtocol.ModulesResponse["body"]>("modules", {});
    expect(modules).toMatchObject([{ name: "main.s", symbolStatus: "Lines and symbols" }]);
  });

  it("names the file and the line of a mistake", async () => {
    const files = { "/main.s": main, "/one.s": "one: mov $1, %eax\n ret\n", "/two.s": ".globl two\ntwo: moov %eax\n" };
    const client = connect(filesOf(files));
    await expect(launch(client, { program: ["/main.s", "/one.s", "/two.s"] })).rejects.toThrow(/^two\.s:2:6: .*moov/);
    files["/two.s"] = ".globl two\ntwo: ret\n";
    await expect(client.request("launch", { program: ["/main.s", "/one.s", "/two.s"] })).rejects.toThrow(
      /^main\.s:2:\d+: `one` is defined in another file, but not global there\. Add `\.globl one` to that file\.$/,
    );
  });

  it.each([
    [["/main.s", "/elf"], /"\/elf" is linked already, so nothing can be linked to it\. Give it alone/],
    [["/main.s", "/lib.a"], /"\/lib\.a" is an archive of objects\. Take out those that are needed \(ar x\)/],
    [["/main.s", "/none.o"], /The program "\/none\.o" cannot be read: there is no such file\./],
    [["/main.s", "/text"], /"\/text" is neither assembly source nor an ELF file/],
    [[], /"program" of the launch configuration must be .* or a list of sources and objects.*, not \[\]/],
    [["/main.s", 7], /"program" of the launch configuration must be/],
  ])("is refused: %j", async (program, message) => {
    const files = {
      "/main.s": main,
      "/elf": Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0),
      "/lib.a": "!<arch>\n",
      "/text": Uint8Array.of(1, 0, 2),
    };
    await expect(launch(connect(filesOf(files)), { program })).rejects.toThrow(message);
  });
});

describe.runIf(hasTools("gcc"))("assembly and an object of gcc", () => {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-parts-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const work = join(sources, "work.c");
  const lineOf = (fragment: string) =>
    readFileSync(work, "utf8")
      .split("\n")
      .findIndex((line) => line.includes(fragment)) + 1;

  it.each(["-gdwarf-5", "-gdwarf-4 -gz", "-g -ffunction-sections"])(
    "have breakpoints, stacks and variables of the C source: %s",
    async (options) => {
      const object = join(folder, "work.o");
      output("gcc", ["-c", "-O0", ...options.split(" "), work, "-o", object]);
      const client = connect();
      await launch(client, { program: [join(sources, "main.s"), object] }, async (client) => {
        const set = await client.request<DebugProtocol.SetBreakpointsResponse["body"]>("setBreakpoints", {
          source: { path: work },
          breakpoints: [{ line: lineOf("to.x += by") }],
        });
        expect(set.breakpoints).toMatchObject([{ verified: true, line: lineOf("to.x += by") }]);
      });
      const stop = await client.stopped();
      const threadId = stop.threadId ?? 0;
      const frames = await client.stackTrace(threadId);
      expect(frames.slice(0, 2)).toMatchObject([
        { name: "moved", line: lineOf("to.x += by"), source: { path: work } },
        { name: "work", line: lineOf("at = moved"), source: { path: work } },
      ]);
      const scopes = await client.registers(frames[0]?.id ?? 0);
      expect(scopes.get("Locals")?.map(({ name, value }) => `${name} = ${value}`)).toEqual(
        expect.arrayContaining(["by = 0", 'from = {x: 1, y: 1, label: "here"}', 'to = {x: 1, y: 1, label: "here"}']),
      );
      // Steps go from line to line, and out of the C function into its caller.
      await client.request("next", { threadId });
      await client.stopped();
      expect((await client.stackTrace(threadId))[0]).toMatchObject({ line: lineOf("to.label[299] = ") });
      await client.request("stepOut", { threadId });
      await client.stopped();
      expect((await client.stackTrace(threadId))[0]).toMatchObject({ name: "work", line: lineOf("at = moved") });
      // The thread that waits in the library unwinds to the C function, and the base thread to the assembly.
      await client.request("continue", { threadId });
      const second = await client.stopped();
      expect(second.threadId).not.toBe(threadId);
      const parked = await client.stackTrace(threadId);
      expect(parked.map(({ name }) => name)).toEqual(expect.arrayContaining(["gt_yield", "work"]));
      const base = await client.stackTrace(1);
      expect(base.find(({ name }) => name === "main")?.source?.path).toBe(join(sources, "main.s"));
    },
  );

  it("stops at a function of the object, and shows the sources of both", async () => {
    const object = join(folder, "only.o");
    const source = join(folder, "only.c");
    writeFileSync(
      source,
      "static int twice(int n) {\n  int result = n * 2;\n  return result;\n}\nint main(void) { return twice(21); }\n",
    );
    output("gcc", ["-c", "-g", "-O0", source, "-o", object]);
    const client = connect();
    await launch(client, { program: object, stopAt: "twice" });
    const { threadId = 0 } = await client.stopped();
    expect((await client.stackTrace(threadId)).map(({ name, line }) => `${name}:${line}`)).toEqual(
      expect.arrayContaining(["twice:2", "main:5"]),
    );
    const { sources } = await client.request<DebugProtocol.LoadedSourcesResponse["body"]>("loadedSources");
    expect(sources.map(({ name }) => name)).toEqual(expect.arrayContaining(["only.c", "start.s"]));
    await client.request("continue", { threadId });
    expect(await client.event("exited")).toEqual({ exitCode: 42 });
  });
});
