/** The command line as it is shipped, run as a program. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { buildProgram, root } from "../debug-adapter/support/built-adapter.js";
import { startAdapter } from "../debug-adapter/support/child.js";

let program = "";
let remove = () => {};
const folder = mkdtempSync(join(tmpdir(), "green threads ü "));

beforeAll(async () => {
  ({ program, remove } = await buildProgram("cli"));
}, 60_000);
afterAll(() => {
  remove();
  rmSync(folder, { recursive: true, force: true });
});

function run(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    encoding: "utf8",
    env: { ...process.env, GREETING: "grüezi" },
  });
  return { status, stdout, stderr };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("green-threads", () => {
  it("tells how to use it", () => {
    const { status, stdout } = run("--help");
    expect(status).toBe(0);
    for (const synopsis of ["run [OPTIONS] FILE [ARGS…]", "as [OPTIONS] IN -o OUT", "dap [--port N]", "lsp --stdio"]) {
      expect(stdout).toContain(synopsis);
    }
    expect(run("run", "--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("128 plus the number") });
  });

  it("tells its version", () =>
    expect(run("--version")).toEqual({ status: 0, stdout: `green-threads ${packageJson.version}\n`, stderr: "" }));

  it.each([
    [[], "Usage: green-threads COMMAND"],
    [["fly"], 'there is no command "fly"'],
    [["run"], "the file to run is missing"],
    [["run", "--fast"], 'there is no option "--fast"'],
    [["run", "--folder", "/data", "a.s"], "--folder needs a path for the program and a folder"],
    [["run", "--with", "a.o"], "the file to run is missing"],
    [["run", "--with="], "--with needs a source or an object"],
    [["run", "--folder"], "--folder needs a path for the program and a folder"],
    [["run", "--folder=/data=x"], "the file to run is missing"],
    [["dap", "--port", "high"], "--port needs a number from 0 to 65535"],
    [["dap", "--port", "70000"], "--port needs a number from 0 to 65535"],
    [["dap", "--port", "1", "2"], '"2" is one word too many'],
    [["lsp"], "the only transport is --stdio"],
    [["as", "a.s"], "the object to write is missing: say -o OUT"],
    [["as", "-o", "a.o"], "the source to assemble is missing"],
  ])("refuses %j with status 2", (words, problem) => {
    const { status, stdout, stderr } = run(...words);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(problem);
  });
});

describe("run", () => {
  it("runs the counters sample", () => {
    const { status, stdout, stderr } = run("run", join(root, "samples", "counters", "counters.s"));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.split("\n")).toHaveLength(30);
  });

  it("passes everything behind FILE, the environment, and the exit status", () => {
    // Prints its arguments, the variable GREETING, and ends with the number of arguments.
    const path = file(
      "words ü.s",
      `.globl main
main:   push %rbx
        push %r12
        push %r13
        mov %rdi, %r13
        mov %rsi, %rbx
        mov %rdx, %r12
1:      mov (%rbx), %rdi
        test %rdi, %rdi
        jz 2f
        call print_string
        call print_newline
        add $8, %rbx
        jmp 1b
2:      mov (%r12), %rdi
        add $8, %r12
        cmpl $0x474e4954, 4(%rdi)
        jne 2b
        call print_string
        mov %r13, %rax
        pop %r13
        pop %r12
        pop %rbx
        ret
`,
    );
    expect(run("run", path, "--help", "zwei drei")).toEqual({
      status: 3,
      stdout: `${path}\n--help\nzwei drei\nGREETING=grüezi`,
      stderr: "",
    });
  });

  it("explains a fault, with the status of its signal", () => {
    const { status, stderr } = run(
      "run",
      file("fault.s", ".globl main\nmain: mov (%rax,%rax), %rcx\n xor %eax, %eax\n mov (%rax), %rcx\n"),
    );
    expect(status).toBe(128 + 11);
    expect(stderr).toMatch(/^green-threads: Page fault: .+ \(SIGSEGV\)\n.+/);
    expect(run("run", file("ud2.s", ".globl main\nmain: ud2\n")).status).toBe(128 + 4);
    expect(run("run", file("zero.s", ".globl main\nmain: xor %ecx, %ecx\n div %rcx\n")).status).toBe(128 + 8);
  });

  it("tells every error of a source with its place", () => {
    const path = file("errors.s", ".globl main\nmain: foo\n mov %rax\n");
    const { status, stderr } = run("run", path);
    expect(status).toBe(1);
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(new RegExp(`^${path}:2:7: error: `));
    expect(lines[1]).toMatch(new RegExp(`^${path}:3:2: error: `));
  });

  it("links sources and objects", () => {
    const [main, two] = [
      file("main.s", ".globl main\nmain: jmp two\n"),
      file("two.s", ".globl two\ntwo: mov %edi, %eax\n ret\n"),
    ];
    const object = join(folder, "two.o");
    expect(run("as", two, "-o", object)).toMatchObject({ status: 0 });
    for (const other of [two, object]) expect(run("run", "--with", other, main, "1", "2")).toMatchObject({ status: 3 });
    expect(run("run", `--with=${object}`, "--with", two, main)).toEqual({
      status: 1,
      stdout: "",
      stderr: `${two}:2:1: error: \`two\` is also defined in ${object}. A global name can be defined only once.\n`,
    });
  });

  it("says why a file cannot be read", () =>
    expect(run("run", join(folder, "gone.s"))).toEqual({
      status: 1,
      stdout: "",
      stderr: `green-threads: The program "${join(folder, "gone.s")}" cannot be read: there is no such file.\n`,
    }));

  it("lets the program read the folders that are granted", () => {
    mkdirSync(join(folder, "granted"), { recursive: true });
    file(join("granted", "greeting"), "grüezi\n");
    const path = file(
      "reader.s",
      `.globl main
main:   mov $2, %eax
        mov $path, %edi
        xor %esi, %esi
        syscall
        mov %eax, %edi
        xor %eax, %eax
        mov $buffer, %esi
        mov $100, %edx
        syscall
        mov $buffer, %edi
        call print_string
        xor %eax, %eax
        ret
        .data
path:   .string "/data/greeting"
buffer: .zero 101
`,
    );
    const source = join(folder, "granted");
    expect(run("run", "--folder", `/data=${source}`, path)).toEqual({ status: 0, stdout: "grüezi\n", stderr: "" });
    expect(run("run", `--folder=/data=${source}`, path).stdout).toBe("grüezi\n");
    expect(run("run", "--folder", "/data=gone", path)).toEqual({
      status: 1,
      stdout: "",
      stderr: 'green-threads: The folder "gone", for the program to read, cannot be read: there is no such folder.\n',
    });
    expect(run("run", "--folder", `/dev=${source}`, path).stderr).toContain("it has one there of its own");
  });

  /** Copies standard input to standard output. */
  const copy = `.globl main
main:   sub $264, %rsp
1:      xor %eax, %eax
        xor %edi, %edi
        mov %rsp, %rsi
        mov $256, %edx
        syscall
        test %rax, %rax
        jle 2f
        mov %rax, %rdx
        mov $1, %eax
        mov $1, %edi
        mov %rsp, %rsi
        syscall
        jmp 1b
2:      xor %eax, %eax
        add $264, %rsp
        ret
`;

  it("gives standard input to the program, a file or a pipe", () => {
    const path = file("copy.s", copy);
    const input = file("input.txt", "zwölf Boxkämpfer\n");
    const redirected = spawnSync(process.execPath, [program, "run", path], {
      encoding: "utf8",
      stdio: [openSync(input, "r"), "pipe", "pipe"],
    });
    expect(redirected).toMatchObject({ status: 0, stdout: "zwölf Boxkämpfer\n" });
    const piped = spawnSync(process.execPath, [program, "run", path], {
      encoding: "utf8",
      input: "jagen\n",
    });
    expect(piped).toMatchObject({ status: 0, stdout: "jagen\n" });
  });
});

describe("as", () => {
  it("writes an ELF object", () => {
    const output = join(folder, "out.o");
    expect(run("as", file("in.s", ".globl f\nf: ret\n"), "-o", output)).toEqual({ status: 0, stdout: "", stderr: "" });
    const bytes = readFileSync(output);
    // ELF64, little-endian, relocatable, x86-64 (System V ABI, chapter 4).
    expect([...bytes.subarray(0, 6), bytes.readUInt16LE(16), bytes.readUInt16LE(18)]).toEqual([
      0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 62,
    ]);
  });

  it("tells errors with their places, and writes nothing", () => {
    const path = file("bad.s", "f: foo\n");
    const output = join(folder, "bad.o");
    const { status, stderr } = run("as", path, "-o", output);
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^${path}:1:4: error: .*foo`));
    expect(() => readFileSync(output)).toThrow();
  });
});

describe("servers", () => {
  it("dap speaks over standard streams", async () => {
    const { client, process: adapter } = startAdapter(program, "dap");
    expect((await client.initialize()).supportsDisassembleRequest).toBe(true);
    const end = once(adapter, "exit");
    await client.request("disconnect");
    expect(await end).toEqual([0, null]);
  });

  it("lsp speaks over standard streams", async () => {
    const server = spawn(process.execPath, [program, "lsp", "--stdio"]);
    const json = JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { processId: null, rootUri: null, capabilities: {} },
    });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`);
    let received = "";
    for await (const chunk of server.stdout) {
      received += chunk;
      if (received.includes('"capabilities"')) break;
    }
    expect(received).toContain('"id":1');
    server.kill();
  });
});
