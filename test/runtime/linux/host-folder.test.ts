/** Folders of the host that a program may read: read-only, in whatever time the host takes to answer, and nothing else. */
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeHostFolder } from "../../../debug-adapter/host-folder.node.js";
import type { HostEntry, HostFolder, HostFolderEntry } from "../../../runtime/debuggee.js";
import { readExecutable } from "../../../runtime/debuggee.js";
import { build, Session } from "../execution/session.js";
import { canBuild, executableOf, programsFolder } from "./static-programs.js";

const base = realpathSync(mkdtempSync(join(tmpdir(), "green threads folder ")));
const folder = join(base, "data");
afterAll(() => rmSync(base, { recursive: true }));

beforeAll(() => {
  mkdirSync(join(folder, "sub", "deep"), { recursive: true });
  writeFileSync(join(folder, "hello.txt"), "hello\nworld\n");
  writeFileSync(join(folder, "sub", "deep", "file"), "deep\n");
  writeFileSync(
    join(folder, "large.bin"),
    Uint8Array.from({ length: 400_001 }, (_, index) => (index * index) / 128),
  );
  symlinkSync("../hello.txt", join(folder, "sub", "link-up"));
  symlinkSync("nowhere", join(folder, "dangling"));
  writeFileSync(join(base, "secret"), "a secret\n");
});

function granted(path: string, source: string): HostFolder {
  const opened = nodeHostFolder(source);
  if (!opened.ok) throw new Error(opened.error);
  return { path, folder: opened.value };
}

/** The same folder of a host that takes its time for each answer, as VS Code's file systems do. */
function slowly(entry: HostFolderEntry): HostFolderEntry {
  const later = async <T>(answer: () => T | Promise<T>): Promise<T> => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    return answer();
  };
  const slow = (inner: HostEntry | undefined): HostEntry | undefined => {
    if (inner?.kind === "folder") return slowly(inner);
    if (inner?.kind !== "file") return inner;
    return { ...inner, read: (position, count) => later(() => inner.read(position, count)) };
  };
  return {
    kind: "folder",
    names: () => later(() => entry.names()),
    entry: (name) => later(async () => slow(await entry.entry(name))),
  };
}

async function runWith(executable: Uint8Array, hostFolder: HostFolder) {
  const image = readExecutable(executable);
  if (!image.ok) throw new Error(image.error);
  const session = new Session(image.value, {
    programName: "./program",
    arguments: [hostFolder.path],
    hostFolders: [hostFolder],
    instructionLimit: 200_000_000,
  });
  const stop = await session.continue();
  const { output, errorOutput, notes, debuggee } = session;
  return { stop, output, errorOutput, notes, instructions: debuggee.instructionCount };
}

describe("a C program in a read-only folder", () => {
  const recorded = readFileSync(join(programsFolder, "prebuilt", "read-only-folder.txt"), "utf8");
  const prebuilt = gunzipSync(readFileSync(join(programsFolder, "prebuilt", "read-only-folder.gz")));

  it("sees what was recorded on a mount that is read-only", async () => {
    const run = await runWith(prebuilt, granted("/data", folder));
    expect(run).toMatchObject({ stop: { kind: "exited", status: 0 }, output: recorded, errorOutput: "", notes: [] });
  });

  it("sees the same at the same count when the host takes its time", async () => {
    const hostFolder = granted("/data", folder);
    const slow = { ...hostFolder, folder: slowly(hostFolder.folder) };
    expect(await runWith(prebuilt, slow)).toEqual(await runWith(prebuilt, hostFolder));
  });

  const builds = (["glibc -O2", "musl -O1"] as const).filter(canBuild);
  it.runIf(builds.length > 0).each(builds)(
    "built by %s sees what it sees natively",
    async (compiler) => {
      const path = executableOf("read-only-folder.c", compiler);
      const script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" "$1"';
      const native = spawnSync("unshare", ["-m", "sh", "-c", script, "sh", folder, path], { encoding: "utf8" });
      // Only root may mount: others compare with what root recorded.
      const expected = native.status === 0 ? native.stdout : recorded;
      expect((await runWith(readFileSync(path), granted(folder, folder))).output).toBe(expected);
    },
    60_000,
  );
});

/** Opens its first argument and copies it to standard output; the status is the error. */
const copy = build(`
        .globl main
main:   mov 8(%rsi), %rdi
        mov $2, %eax
        xor %esi, %esi
        syscall
        test %eax, %eax
        js 1f
        mov %eax, %ebx
        mov %ebx, %edi
        xor %eax, %eax
        mov $buffer, %esi
        mov $1000, %edx
        syscall
        test %eax, %eax
        js 1f
        mov %eax, %edx
        mov $1, %eax
        mov $1, %edi
        syscall
        xor %eax, %eax
        ret
1:      neg %eax
        ret
        .bss
buffer: .zero 1000
`);

async function copied(path: string, hostFolder = granted("/data", folder)): Promise<string | number> {
  const session = new Session(copy, { arguments: [path], hostFolders: [hostFolder] });
  const stop = await session.continue();
  if (stop.kind !== "exited") throw new Error(stop.kind);
  return stop.status === 0 ? session.output : stop.status;
}

const [ENOENT, EACCES, EIO, ELOOP] = [2, 13, 5, 40];

describe("nothing leads out of the folder", () => {
  it("no path", async () => {
    expect(await copied("/data/hello.txt")).toBe("hello\nworld\n");
    expect(await copied("/data/sub/../hello.txt")).toBe("hello\nworld\n");
    for (const path of [
      "/data/../secret",
      "/data/sub/../../secret",
      join(base, "secret"),
      "/data/..\\secret",
      "/proc/self/root/etc/shadow",
      `/proc/self/root${join(base, "secret")}`,
      `/proc/1/root${join(base, "secret")}`,
      "/proc/self/cwd/secret",
    ]) {
      expect([path, await copied(path)]).toEqual([path, ENOENT]);
    }
  });

  it("no link; one to another place in the folder leads there", async () => {
    const links: readonly (readonly [name: string, target: string, result: string | number])[] = [
      ["relative", "../secret", ENOENT],
      ["absolute", join(base, "secret"), ENOENT],
      ["folder-above", "..", ENOENT],
      ["folder-outside", base, ENOENT],
      ["inside", join(folder, "sub", "deep"), "deep\n"],
      ["itself", "itself", ELOOP],
    ];
    for (const [name, target] of links) symlinkSync(target, join(folder, name));
    const paths = { "folder-above": "/data/folder-above/secret", "folder-outside": "/data/folder-outside/secret" };
    for (const [name, , result] of links) {
      const path = name === "inside" ? "/data/inside/file" : (paths[name as keyof typeof paths] ?? `/data/${name}`);
      expect([name, await copied(path)]).toEqual([name, result]);
      rmSync(join(folder, name));
    }
  });

  it("no folder that has become a link since it was listed", async () => {
    const hostFolder = granted("/data", folder);
    const sub = hostFolder.folder.entry("sub") as HostFolderEntry;
    const deep = sub.entry("deep") as HostFolderEntry;
    const file = deep.entry("file") as Extract<HostEntry, { kind: "file" }>;
    renameSync(join(folder, "sub"), join(base, "moved"));
    symlinkSync(join(base, "moved"), join(folder, "sub"));
    expect(() => file.read(0, 10)).toThrow("is a link now");
    expect(() => deep.names()).toThrow("is a link now");
    expect(() => sub.entry("deep")).toThrow("is a link now");
    rmSync(join(folder, "sub"));
    renameSync(join(base, "moved"), join(folder, "sub"));
  });

  it("no device: it can be seen, not opened", async () => {
    spawnSync("mkfifo", [join(folder, "pipe")]);
    expect(await copied("/data/pipe")).toBe(EACCES);
    rmSync(join(folder, "pipe"));
  });
});

describe("what the host fails to tell", () => {
  const failing = (entry: HostEntry): HostFolder => ({
    path: "/data",
    folder: { kind: "folder", names: () => ["file"], entry: () => entry },
  });
  const fail = (): never => {
    throw new Error("the disk is gone");
  };

  it("is an error of the program", async () => {
    expect(await copied("/data/file", failing({ kind: "file", size: 9, read: fail }))).toBe(EIO);
    expect(await copied("/data/file", failing({ kind: "file", size: 9, read: async () => fail() }))).toBe(EIO);
    const folder = { kind: "folder" as const, names: fail, entry: fail };
    expect(await copied("/data/file", { path: "/data", folder })).toBe(ENOENT);
  });

  it("and a file that has become shorter ends early", async () => {
    const read = () => new TextEncoder().encode("short");
    expect(await copied("/data/file", failing({ kind: "file", size: 900, read }))).toBe("short");
  });
});

it.each([
  ["data", /"data": that is no absolute path/],
  ["/", /"\/": that is no absolute path/],
  ["/a/../b", /"\/a\/\.\.\/b": that is no absolute path/],
  ["/proc", /\/proc: it has one there of its own/],
  ["/home/user", /\/home\/user: it has one there/],
])("a folder cannot be granted at %s", (path, problem) => {
  expect(() => new Session(copy, { hostFolders: [granted(path, folder)] })).toThrow(problem);
});

it("nor within another one; one that is covered by it is not seen", async () => {
  const twice = [granted("/a", folder), granted("/a/b", folder)];
  expect(() => new Session(copy, { hostFolders: twice })).toThrow("/a/b: that lies in another one, /a.");
  expect(await copied("/etc/passwd", granted("/etc", folder))).toBe(ENOENT);
  expect(await copied("/etc/hello.txt", granted("/etc", folder))).toBe("hello\nworld\n");
});
