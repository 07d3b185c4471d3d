import { describe, expect, test } from "vitest";
import {
  baseName,
  directoryName,
  filePathOf,
  isAbsolutePath,
  isUri,
  joinPath,
  pathKey,
} from "../../../runtime/base/source-path.js";

describe("taking paths apart", () => {
  // path, base name, directory
  test.each([
    ["/home/ada/counters.s", "counters.s", "/home/ada"],
    ["/counters.s", "counters.s", "/"],
    ["/", "", "/"],
    ["counters.s", "counters.s", "."],
    ["samples/counters.s", "counters.s", "samples"],
    ["../counters.s", "counters.s", ".."],
    ["samples\\counters.s", "counters.s", "samples"],
    ["/home/odd\\name.s", "odd\\name.s", "/home"],
    ["/home/ada/dir/", "dir", "/home/ada"],
    ["/home/Zoë Müller/faden grün.s", "faden grün.s", "/home/Zoë Müller"],
    ["C:\\Users\\Ada\\counters.s", "counters.s", "C:\\Users\\Ada"],
    ["C:/Users/Ada/counters.s", "counters.s", "C:/Users/Ada"],
    ["C:\\Users/Ada\\counters.s", "counters.s", "C:\\Users\\Ada"],
    ["C:\\counters.s", "counters.s", "C:\\"],
    ["C:\\", "", "C:\\"],
    ["\\\\server\\share\\counters.s", "counters.s", "\\\\server\\share\\"],
    ["\\\\server\\share\\dir\\counters.s", "counters.s", "\\\\server\\share\\dir"],
    ["//server/share/dir/counters.s", "counters.s", "//server/share/dir"],
    ["file:///home/ada/counters.s", "counters.s", "file:///home/ada"],
    ["file:///counters.s", "counters.s", "file:///"],
    ["file:///c%3A/Users/Ada%20L/counters.s", "counters.s", "file:///c%3A/Users/Ada%20L"],
    ["vscode-vfs://github/ada/threads/gr%C3%BCn.s", "grün.s", "vscode-vfs://github/ada/threads"],
    ["vscode-vfs://github/ada/a.s?ref=main#L3", "a.s", "vscode-vfs://github/ada"],
    ["memfs:/sample-folder/a.s", "a.s", "memfs:/sample-folder"],
    ["vscode-test-web://mount/a%20b.s", "a b.s", "vscode-test-web://mount/"],
    ["green-threads:/print.s", "print.s", "green-threads:/"],
    ["untitled:Untitled-1", "Untitled-1", "untitled:"],
    ["memfs:/100%.s", "100%.s", "memfs:/"],
  ])("%s", (path, name, directory) => {
    expect(baseName(path)).toBe(name);
    expect(directoryName(path)).toBe(directory);
  });
});

describe("what a path is", () => {
  // path, is absolute, is a URI
  test.each([
    ["/a.s", true, false],
    ["a.s", false, false],
    ["./a.s", false, false],
    ["a/b:c.s", false, false],
    ["C:\\a.s", true, false],
    ["c:/a.s", true, false],
    ["\\\\server\\share\\a.s", true, false],
    ["file:///a.s", true, true],
    ["FILE:///a.s", true, true],
    ["vscode-vfs://github/a.s", true, true],
    ["untitled:Untitled-1", true, true],
    ["", false, false],
  ])("%s", (path, absolute, uri) => {
    expect(isAbsolutePath(path)).toBe(absolute);
    expect(isUri(path)).toBe(uri);
  });
});

describe("joining", () => {
  // base, relative, together
  test.each([
    ["/home/ada", "b.s", "/home/ada/b.s"],
    ["/home/ada/", "./b.s", "/home/ada/b.s"],
    ["/home/ada", "../lib/b.s", "/home/lib/b.s"],
    ["/home", "../../../b.s", "/b.s"],
    ["/home/ada", "odd\\name.s", "/home/ada/odd\\name.s"],
    ["/home/ada", "/lib/b.s", "/lib/b.s"],
    ["/home/ada", "C:\\b.s", "C:\\b.s"],
    ["/home/ada", "file:///lib/b.s", "file:///lib/b.s"],
    ["/", "b.s", "/b.s"],
    [".", "b.s", "b.s"],
    ["samples", "../b.s", "b.s"],
    ["..", "../b.s", "../../b.s"],
    ["C:\\Users\\Ada", "lib\\b.s", "C:\\Users\\Ada\\lib\\b.s"],
    ["C:\\Users\\Ada", "lib/b.s", "C:\\Users\\Ada\\lib\\b.s"],
    ["C:/Users/Ada", "lib\\b.s", "C:/Users/Ada/lib/b.s"],
    ["C:\\", "..\\b.s", "C:\\b.s"],
    ["\\\\server\\share\\dir", "..\\..\\b.s", "\\\\server\\share\\b.s"],
    ["file:///home/ada", "faden grün.s", "file:///home/ada/faden%20gr%C3%BCn.s"],
    ["file:///c%3A/Users", "lib\\b.s", "file:///c%3A/Users/lib/b.s"],
    ["vscode-vfs://github/ada/threads", "../lib/b.s", "vscode-vfs://github/ada/lib/b.s"],
    ["vscode-vfs://github/ada/threads", "/lib/b.s", "vscode-vfs://github/lib/b.s"],
    ["vscode-test-web://mount/", "b.s", "vscode-test-web://mount/b.s"],
    ["memfs:/", "100%.s", "memfs:/100%25.s"],
    ["memfs:/a%20b", "c#.s", "memfs:/a%20b/c%23.s"],
  ])("%s + %s", (base, relative, together) => {
    expect(joinPath(base, relative)).toBe(together);
  });
});

describe("equality", () => {
  test.each([
    [["c:\\A\\b.s", "C:/A/b.s", "C:\\A\\.\\x\\..\\b.s", "c:/a/B.S", "file:///c%3A/A/b.s", "file:///C:/A/b.s"]],
    [["/a/b.s", "/a/./b.s", "/a//b.s", "/a/c/../b.s", "file:///a/b.s", "file://localhost/a/b.s", "file:/a/b.s"]],
    [["\\\\Server\\Share\\b.s", "//server/share/b.s", "file://server/share/b.s", "file://SERVER/Share/b.s"]],
    [["/home/Zoë/a b.s", "file:///home/Zo%C3%AB/a%20b.s", "file:///home/Zoë/a b.s", "/home/Zoe\u0308/a b.s"]],
    [["vscode-vfs://github/ada/a%20b.s", "vscode-vfs://GitHub/ada/a b.s", "VSCODE-VFS://github/ada/x/../a%20b.s"]],
    [["memfs:/a.s", "memfs:/a.s#L3"]],
    [["a.s", "./a.s", "b/../a.s"]],
  ])("%j name one file", (names) => {
    expect(new Set(names.map(pathKey)).size).toBe(1);
  });

  test.each([
    ["/a/b.s", "/A/b.s"],
    ["/a/b.s", "a/b.s"],
    ["/c:/a.s", "/c/a.s"],
    ["/a/b.s", "memfs:/a/b.s"],
    ["memfs:/a.s", "memfs:/A.s"],
    ["vscode-vfs://github/a.s", "vscode-vfs://gitlab/a.s"],
    ["vscode-vfs://github/a.s?ref=main", "vscode-vfs://github/a.s?ref=next"],
    ["C:\\a.s", "D:\\a.s"],
    ["../a.s", "a.s"],
  ])("%s and %s are different files", (one, other) => {
    expect(pathKey(one)).not.toBe(pathKey(other));
  });
});

describe("the file behind a URI", () => {
  test.each([
    ["/a/b.s", "/a/b.s"],
    ["C:\\a\\b.s", "C:\\a\\b.s"],
    ["file:///home/Zo%C3%AB/a%20b.s", "/home/Zoë/a b.s"],
    ["file:///c%3A/Users/a.s", "c:\\Users\\a.s"],
    ["file://server/share/a.s", "\\\\server\\share\\a.s"],
    ["vscode-vfs://github/a.s", undefined],
    ["untitled:Untitled-1", undefined],
  ])("%s", (path, file) => {
    expect(filePathOf(path)).toBe(file);
  });
});
