import { describe, expect, it } from "vitest";
import {
  checkAttributes,
  isUri,
  resolvePath,
  resolvePaths,
  substituteUris,
  substituteUrisOfAttributes,
} from "../../client/debug/launch-configuration.js";

/** How a launch configuration writes a variable. */
const file = "$".concat("{file}");
const workspaceFolder = "$".concat("{workspaceFolder}");

describe("isUri", () => {
  it.each([
    ["vscode-vfs://github/owner/name/a.s", true],
    ["untitled:Untitled-1", true],
    ["file:///c%3A/a.s", true],
    ["C:\\programs\\a.s", false],
    ["c:/programs/a.s", false],
    ["/home/person/a.s", false],
    ["a.s", false],
  ])("%s: %s", (text, expected) => {
    expect(isUri(text)).toBe(expected);
  });
});

describe("resolvePath", () => {
  it.each([
    // An absolute path or a URI stays as it is.
    ["/home/person/a.s", undefined, "/work", "/home/person/a.s"],
    ["C:\\programs\\a.s", undefined, "C:\\work", "C:\\programs\\a.s"],
    ["\\\\server\\share\\a.s", undefined, "C:\\work", "\\\\server\\share\\a.s"],
    ["vscode-vfs://github/o/n/a.s", undefined, "/work", "vscode-vfs://github/o/n/a.s"],
    // A relative path starts at the workspace folder.
    ["a.s", undefined, "/work", "/work/a.s"],
    ["./sub/../a b.s", undefined, "/wörk space/", "/wörk space/a b.s"],
    ["../a.s", undefined, "/work/sub", "/work/a.s"],
    ["a\\b.s", undefined, "/work", "/work/a\\b.s"],
    ["a.s", undefined, "/", "/a.s"],
    ["sub/a.s", undefined, "C:\\work", "C:\\work\\sub\\a.s"],
    ["sub\\a.s", undefined, "C:/work", "C:/work/sub\\a.s"],
    ["..\\a.s", undefined, "C:\\", "C:\\a.s"],
    ["a.s", undefined, "\\\\server\\share\\work", "\\\\server\\share\\work\\a.s"],
    ["a.s", undefined, "vscode-vfs://github/o/n", "vscode-vfs://github/o/n/a.s"],
    ["ä b.s", undefined, "vscode-vfs://github/o/n/", "vscode-vfs://github/o/n/%C3%A4%20b.s"],
    ["../../../a.s", undefined, "vscode-test-web://mount/x", "vscode-test-web://mount/a.s"],
    // Or at `cwd`, which may be relative itself.
    ["a.s", "/elsewhere", "/work", "/elsewhere/a.s"],
    ["a.s", "sub", "/work", "/work/sub/a.s"],
    ["a.s", "D:\\x", undefined, "D:\\x\\a.s"],
  ])("%s in %s of %s is %s", (program, cwd, folder, expected) => {
    expect(resolvePath(program, cwd, { folder })).toBe(expected);
  });

  it("has no answer for a relative path without a folder", () => {
    expect(resolvePath("a.s", undefined, {})).toBeUndefined();
    expect(resolvePath("a.s", "sub", {})).toBeUndefined();
  });
});

describe("substituteUris", () => {
  it("keeps the URIs of files that have no path", () => {
    const context = { activeFile: "vscode-vfs://github/o/n/a.s", folder: "vscode-vfs://github/o/n" };
    expect(substituteUris(file, context)).toBe("vscode-vfs://github/o/n/a.s");
    expect(substituteUris(`${workspaceFolder}/b.s`, context)).toBe("vscode-vfs://github/o/n/b.s");
  });

  it("takes a `$&` in a name as it is", () => {
    expect(substituteUris(file, { activeFile: "memfs:/a$&b.s" })).toBe("memfs:/a$&b.s");
  });

  it("leaves paths to VS Code", () => {
    const context = { activeFile: "/work/a.s", folder: "C:\\work" };
    const text = `${workspaceFolder}/${file}`;
    expect(substituteUris(text, context)).toBe(text);
  });
});

describe("paths of files and folders for the program", () => {
  it("are resolved like that of the program, a text for standard input is not", () => {
    const written = { program: "a.s", stdin: { file: "input.txt" }, folders: { "/data": "../d", "/x": "/x" } };
    expect(resolvePaths({ ...written, cwd: "sub" }, { folder: "/work" })).toEqual({
      resolved: {
        program: "/work/sub/a.s",
        cwd: "sub",
        stdin: { file: "/work/sub/input.txt" },
        folders: { "/data": "/work/d", "/x": "/x" },
      },
    });
    expect(resolvePaths({ program: "/a.s", stdin: "text" }, {})).toEqual({
      resolved: { program: "/a.s", stdin: "text" },
    });
    expect(resolvePaths({ program: "/a.s", folders: { "/data": "d" } }, {})).toEqual({ missingBase: "d" });
  });

  it("are resolved in each file of a program of several", () => {
    expect(resolvePaths({ program: ["a.s", "/b.o", "sub/../c.o"], cwd: "sub" }, { folder: "/work" })).toEqual({
      resolved: { program: ["/work/sub/a.s", "/b.o", "/work/sub/c.o"], cwd: "sub" },
    });
    const context = { folder: "vscode-vfs://github/o/n" };
    expect(substituteUrisOfAttributes({ program: [`${workspaceFolder}/a.s`, "b.o"] }, context)).toEqual({
      program: ["vscode-vfs://github/o/n/a.s", "b.o"],
    });
  });

  it("keep the URI of a virtual workspace", () => {
    const context = { folder: "vscode-vfs://github/o/n" };
    const written = { stdin: { file: `${workspaceFolder}/i` }, folders: { "/data": workspaceFolder } };
    expect(substituteUrisOfAttributes(written, context)).toEqual({
      stdin: { file: "vscode-vfs://github/o/n/i" },
      folders: { "/data": "vscode-vfs://github/o/n" },
    });
    expect(substituteUrisOfAttributes({ stdin: workspaceFolder }, context)).toEqual({ stdin: workspaceFolder });
  });
});

describe("checkAttributes", () => {
  it("accepts what package.json describes", () => {
    const all = {
      program: "/a.s",
      args: ["1", ""],
      env: { HOME: "/" },
      cwd: "/",
      stopOnEntry: true,
      noDebug: false,
      abi: "windows",
      stdin: { file: "input.txt" },
      folders: { "/data": "data" },
    };
    expect(checkAttributes(all)).toBeUndefined();
    expect(checkAttributes({ ...all, stdin: "one\n" })).toBeUndefined();
    expect(checkAttributes({ ...all, program: ["/a.s", "/b.o"] })).toBeUndefined();
    expect(checkAttributes({ program: "a.s", name: "x", type: "green-threads" })).toBeUndefined();
  });

  it.each([
    [{}, /has no "program"/],
    [{ program: 7 }, /"program" .* must be the path of .*; it is 7\./],
    [{ program: " " }, /"program"/],
    [{ program: [] }, /"program" .* or a list of sources and objects, .*; it is \[\]\./],
    [{ program: ["a.s", ""] }, /"program"/],
    [{ program: "a.s", args: "10 fast" }, /"args" .* must be a list of texts.*; it is "10 fast"\./],
    [{ program: "a.s", args: [1] }, /"args"/],
    [{ program: "a.s", env: ["HOME=/"] }, /"env" .* must be an object of texts/],
    [{ program: "a.s", env: { N: 1 } }, /"env"/],
    [{ program: "a.s", cwd: false }, /"cwd" .* must be a folder/],
    [{ program: "a.s", stopOnEntry: "yes" }, /"stopOnEntry" .* must be true or false; it is "yes"\./],
    [{ program: "a.s", abi: "sysv" }, /"abi" .* must be "systemV" or "windows"; it is "sysv"\./],
    [{ program: "a.s", stdin: 7 }, /"stdin" .* must be a text, or a file, .*; it is 7\./],
    [{ program: "a.s", stdin: { file: "a", text: "b" } }, /"stdin"/],
    [{ program: "a.s", folders: ["data"] }, /"folders" .* must be an object of folders by the paths/],
  ])("says what is wrong with %j", (attributes, message) => {
    expect(checkAttributes(attributes)).toMatch(message);
  });
});
