/** What a launch configuration gives its program to read: standard input, and folders of the host. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, launch } from "./support/in-process.js";

/** Copies standard input, at most 100 bytes, to standard output; ends with the result of lseek(0, 1, SEEK_SET). */
const copyInput = `
        .globl main
main:   xor %eax, %eax
        xor %edi, %edi
        mov $buffer, %esi
        mov $100, %edx
        syscall
        mov %eax, %edx
        test %eax, %eax
        jle 1f
        mov $1, %eax
        mov $1, %edi
        syscall
1:      mov $8, %eax
        xor %edi, %edi
        mov $1, %esi
        xor %edx, %edx
        syscall
        ret
        .bss
buffer: .zero 100
`;

/** Copies /data/greeting to standard output. */
const copyFile = copyInput
  .replace(
    "main:   xor %eax, %eax\n        xor %edi, %edi",
    `main:   mov $2, %eax
        mov $path, %edi
        xor %esi, %esi
        syscall
        mov %eax, %edi
        xor %eax, %eax`,
  )
  .replace(".bss", `.data\npath: .string "/data/greeting"\n.bss`);

const folder = mkdtempSync(join(tmpdir(), "green threads input "));
beforeAll(() => {
  writeFileSync(join(folder, "input.s"), copyInput);
  writeFileSync(join(folder, "file.s"), copyFile);
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data", "greeting"), "grüezi\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Launches a program of the folder; what it wrote, and its status. */
async function outcome(program: string, attributes: object): Promise<readonly [string, number]> {
  const client = connect();
  await launch(client, { program, cwd: folder, ...attributes });
  const { exitCode } = await client.event("exited");
  return [client.output("stdout"), exitCode];
}

const ESPIPE = 256 - 29;

describe("stdin", () => {
  it("is empty where the text is", async () => expect(await outcome("input.s", { stdin: "" })).toEqual(["", ESPIPE]));

  it("is a text, as from a pipe", async () =>
    expect(await outcome("input.s", { stdin: "one\nzwö" })).toEqual(["one\nzwö", ESPIPE]));

  it("is a file, from cwd, absolute or a URI, in which the program can seek", async () => {
    const path = join(folder, "data", "greeting");
    for (const file of ["data/greeting", path, pathToFileURL(path).href]) {
      expect(await outcome("input.s", { stdin: { file } })).toEqual(["grüezi\n", 1]);
    }
  });

  it("begins anew at a restart", async () => {
    const client = connect();
    await launch(client, { program: "input.s", cwd: folder, stdin: "again\n", stopOnEntry: true });
    await client.stopped();
    await client.request("setBreakpoints", {
      source: { path: join(folder, "input.s") },
      breakpoints: [{ line: copyInput.split("\n").findIndex((line) => line.startsWith("1:")) + 1 }],
    });
    await client.request("continue", { threadId: 1 });
    await client.stopped();
    await client.request("restart", {});
    await client.stopped();
    await client.request("continue", { threadId: 1 });
    await client.stopped();
    expect(client.output("stdout")).toBe("again\nagain\n");
  });

  it.each([
    [7, 'The attribute "stdin" of the launch configuration must be a text, or a file such as'],
    [{ text: "x" }, 'The attribute "stdin" of the launch configuration must be'],
    [
      { file: "gone" },
      `The file "${join(folder, "gone")}", for standard input, cannot be read: there is no such file.`,
    ],
  ])("%j is refused", async (stdin, message) => {
    await expect(outcome("input.s", { stdin })).rejects.toThrow(message);
  });
});

describe("folders", () => {
  it("are read where they were granted, from cwd, absolute or as a URI", async () => {
    const path = join(folder, "data");
    for (const source of ["data", "./data/", path, pathToFileURL(path).href]) {
      const [output] = await outcome("file.s", { folders: { "/data": source } });
      expect(output).toBe("grüezi\n");
    }
    expect((await outcome("file.s", { folders: { "/data/": "data" } }))[0]).toBe("grüezi\n");
  });

  it("are not seen elsewhere or without a grant", async () => {
    expect((await outcome("file.s", {}))[0]).toBe("");
    expect((await outcome("file.s", { folders: { "/other": "data" } }))[0]).toBe("");
  });

  it.each([
    [["data"], 'The attribute "folders" of the launch configuration must be an object of folders'],
    [{ "/data": 1 }, 'The attribute "folders" of the launch configuration must be'],
    [
      { "/data": "gone" },
      `The folder "${join(folder, "gone")}", for the program to read, cannot be read: there is no such folder.`,
    ],
    [{ "/data": "input.s" }, "cannot be read: it is a file, not a folder."],
    [{ data: "data" }, 'The program cannot find a folder of the host at "data": that is no absolute path'],
    [{ "/proc": "data" }, "The program cannot find a folder of the host at /proc: it has one there of its own."],
  ])("%j is refused", async (folders, message) => {
    await expect(outcome("file.s", { folders })).rejects.toThrow(message);
  });
});
