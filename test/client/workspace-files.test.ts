/** Programs in a virtual workspace read the folders that they are granted through VS Code's file system. */
import { expect, it, vi } from "vitest";
import { connect, launch } from "../debug-adapter/support/in-process.js";

const FileType = { File: 1, Directory: 2, SymbolicLink: 64 };

/** A file system of VS Code, as far as it is used: `memfs:/…`. */
const files: Readonly<Record<string, string | number>> = {
  "memfs:/work": FileType.Directory,
  "memfs:/work/data": FileType.Directory,
  "memfs:/work/data/greeting": "from the workspace\n",
  "memfs:/work/data/link": FileType.File | FileType.SymbolicLink,
  "memfs:/work/data/sub": FileType.Directory,
  "memfs:/work/data/sub/deep": "deep down\n",
  "memfs:/work/data/out": FileType.Directory | FileType.SymbolicLink,
};

vi.mock("vscode", () => {
  const found = (uri: string): string | number => {
    const file = files[uri];
    if (file === undefined) throw new Error(`${uri} is not there`);
    return file;
  };
  const later = async <T>(answer: () => T): Promise<T> => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return answer();
  };
  return {
    FileType,
    Uri: { parse: (text: string) => text, joinPath: (uri: string, name: string) => `${uri}/${name}` },
    workspace: {
      fs: {
        stat: (uri: string) =>
          later(() => {
            const file = found(uri);
            return typeof file === "string"
              ? { type: FileType.File, size: file.length, mtime: 1000, ctime: 0 }
              : { type: file, size: 0, mtime: 1000, ctime: 0 };
          }),
        readDirectory: (uri: string) =>
          later(() =>
            Object.keys(files)
              .filter((path) => path.startsWith(`${uri}/`) && !path.slice(uri.length + 1).includes("/"))
              .map((path) => [path.slice(uri.length + 1), FileType.File]),
          ),
        readFile: (uri: string) =>
          later(() => {
            const file = found(uri);
            if (typeof file !== "string") throw new Error("it is a folder");
            return new TextEncoder().encode(file);
          }),
      },
    },
  };
});

const { workspaceFiles } = await import("../../client/workspace-files.js");

/** Copies the file that is its first argument to standard output; the status is the error. */
const copy = `
        .globl main
main:   mov 8(%rsi), %rdi
        mov $2, %eax
        xor %esi, %esi
        syscall
        test %eax, %eax
        js 1f
        mov %eax, %edi
        xor %eax, %eax
        mov $buffer, %esi
        mov $100, %edx
        syscall
        mov %eax, %edx
        mov $1, %eax
        mov $1, %edi
        syscall
        xor %eax, %eax
        ret
1:      neg %eax
        ret
        .bss
buffer: .zero 100
`;

it.each([
  ["/data/greeting", "from the workspace\n"],
  ["/data/sub/deep", "deep down\n"],
  ["/data/sub/../../data/greeting", "from the workspace\n"],
  ["/data/nothing", 2 /* ENOENT */],
  ["/data/../work", 2],
  // Nobody tells where links lead: they stay closed.
  ["/data/link", 13 /* EACCES */],
  ["/data/out/x", 20 /* ENOTDIR */],
])("reading %s", async (path, expected) => {
  const source = new TextEncoder().encode(copy);
  const read = async (uri: string) =>
    uri === "memfs:/work/copy.s" ? ({ ok: true, value: source } as const) : workspaceFiles.read(uri);
  const client = connect({ ...workspaceFiles, read });
  await launch(client, { program: "memfs:/work/copy.s", args: [path], folders: { "/data": "memfs:/work/data" } });
  const { exitCode } = await client.event("exited");
  expect(exitCode === 0 ? client.output("stdout") : exitCode).toBe(expected);
});

it("says what cannot be granted", async () => {
  expect(await workspaceFiles.folder("memfs:/gone")).toEqual({ ok: false, error: "memfs:/gone is not there" });
  expect(await workspaceFiles.folder("memfs:/work/data/greeting")).toMatchObject({ ok: false });
});
