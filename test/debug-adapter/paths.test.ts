import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { toClientPath } from "../../debug-adapter/source-names.js";
import { pathKey } from "../../runtime/base/source-path.js";
import { connect, filesOf } from "./support/in-process.js";

const program = '.globl main\nmain:\n .include "more.s"\n xor %eax, %eax\n ret\n';
const more = " nop\n";

describe("programs on every host", () => {
  it.each([
    ["a POSIX path", "/home/zoë/a b/p.s", "/home/zoë/a b/more.s", "/home/zoë/a b/p.s"],
    ["a Windows path", "C:\\Users\\Zoë\\a b\\p.s", "C:\\Users\\Zoë\\a b\\more.s", "c:\\users\\zoë\\A B\\p.s"],
    ["a Windows share", "\\\\server\\share\\p.s", "\\\\server\\share\\more.s", "\\\\server\\share\\p.s"],
    ["a file URI", "file:///home/a%20b/p.s", "file:///home/a%20b/more.s", "/home/a b/p.s"],
    [
      "a URI of the browser",
      "vscode-vfs://github/o/r/p.s",
      "vscode-vfs://github/o/r/more.s",
      "vscode-vfs://github/o/r/p.s",
    ],
  ])("%s: launches, includes, takes a breakpoint by another spelling", async (_, path, included, spelling) => {
    const client = connect(filesOf({ [path]: program, [included]: more }));
    await client.initialize();
    await client.request("launch", { program: path });
    const { breakpoints } = await client.request<DebugProtocol.SetBreakpointsResponse["body"]>("setBreakpoints", {
      source: { path: spelling },
      breakpoints: [{ line: 4 }],
    });
    expect(breakpoints).toMatchObject([{ verified: true, line: 4 }]);
    await client.request("configurationDone");
    const stop = await client.stopped();
    const [frame] = await client.stackTrace(stop.threadId ?? 0);
    expect(frame?.source).toMatchObject({ name: "p.s", path: toClientPath(path, "path") });
  });

  it("sends URIs to a client that wants them", async () => {
    const client = connect(filesOf({ "C:\\a b\\p.s": ".globl main\nmain: ret\n" }));
    await client.initialize({ pathFormat: "uri" });
    await client.request("launch", { program: "C:\\a b\\p.s", stopOnEntry: true });
    const { sources } = await client.request<DebugProtocol.LoadedSourcesResponse["body"]>("loadedSources");
    expect(sources[0]).toEqual({ name: "p.s", path: "file:///C%3A/a%20b/p.s" });
  });
});

describe("names of sources", () => {
  it.each([
    ["/a b/c.s", "uri", "file:///a%20b/c.s"],
    ["C:\\a\\ü.s", "uri", "file:///C%3A/a/%C3%BC.s"],
    ["\\\\server\\share\\c.s", "uri", "file://server/share/c.s"],
    ["vscode-vfs://github/c.s", "uri", "vscode-vfs://github/c.s"],
    ["file:///a%20b/c.s", "path", "/a b/c.s"],
    ["file:///c%3A/a/c.s", "path", "c:\\a\\c.s"],
    ["vscode-vfs://github/c.s", "path", "vscode-vfs://github/c.s"],
    ["C:\\a\\c.s", "path", "C:\\a\\c.s"],
  ] as const)("%s as a %s is %s", (path, format, expected) => expect(toClientPath(path, format)).toBe(expected));

  it.each([
    ["C:\\A\\c.s", "c:/a/C.s", true],
    ["file:///c%3A/A/c.s", "C:\\A\\c.s", true],
    ["/A/c.s", "/a/c.s", false],
    ["/a/b/../c.s", "/a/c.s", true],
  ])("%s and %s: the same is %s", (a, b, same) => expect(pathKey(a) === pathKey(b)).toBe(same));
});
