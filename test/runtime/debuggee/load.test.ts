import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadDebuggee, readExecutable } from "../../../runtime/debuggee.js";
import { buildProgram } from "../../../runtime/execution/build-program.js";
import { buildElf } from "../object/elf-builder.js";
import { hasTools, output } from "../object/toolchain.js";

const options = {
  arguments: [],
  environment: {},
  abi: "systemV",
  observer: { output() {}, note() {}, threadStarted() {}, threadExited() {} },
} as const;

describe("programs that cannot be built say why", () => {
  it("a syntax error, with its place", () => {
    const built = buildProgram({ path: "a b/ä.s", text: ".globl main\nmain: mov $1, \n ret\n" });
    expect(built).toMatchObject({ ok: false, error: [{ severity: "error", span: { path: "a b/ä.s", line: 2 } }] });
  });

  it("an unknown instruction, with its place", () => {
    const built = buildProgram({ path: "t.s", text: ".globl main\nmain: mvo $1, %eax\n ret\n" });
    expect(built).toMatchObject({
      ok: false,
      error: [{ severity: "error", message: expect.stringContaining("mvo"), span: { line: 2, column: 7 } }],
    });
  });

  it("an undefined symbol, with the place of its use", () => {
    const built = buildProgram({ path: "t.s", text: ".globl main\nmain: call missing\n ret\n" });
    expect(built).toMatchObject({
      ok: false,
      error: [{ severity: "error", message: expect.stringContaining("missing"), span: { path: "t.s", line: 2 } }],
    });
  });

  it("a program without entry", () => {
    const built = buildProgram({ path: "t.s", text: "helper: ret\n" });
    expect(built.ok).toBe(false);
    expect(built.ok ? [] : built.error.map(({ message }) => message)).toEqual([expect.stringMatching(/main|_start/)]);
  });

  it("an include that is missing", () => {
    const built = buildProgram({ path: "t.s", text: '.include "none.inc"\n.globl main\nmain: ret\n' });
    expect(built).toMatchObject({
      ok: false,
      error: [{ message: expect.stringContaining("none.inc"), span: { line: 1 } }],
    });
  });
});

describe("programs that cannot be loaded say why", () => {
  const load = (description: Parameters<typeof buildElf>[0]) => {
    const image = readExecutable(buildElf(description));
    if (!image.ok) throw new Error(image.error);
    const loaded = loadDebuggee(image.value, options);
    return loaded.ok ? "" : loaded.error;
  };
  const code = { flags: 5, address: 0x401000n, bytes: [0x0f, 0x05] };

  it("without an entry point", () => {
    expect(load({ entry: 0n, segments: [code] })).toMatch(
      /^The program has no entry: .*0x00000000.*Define main, or _start/,
    );
  });

  it("with an entry point in its data", () => {
    const data = { flags: 6, address: 0x402000n, bytes: [1] };
    expect(load({ entry: 0x402000n, segments: [code, data] })).toMatch(/^The program has no entry/);
  });

  it.each([
    ["too low", 0x1000n],
    ["over the stack", 0x7ff0000n],
    ["too high", 0xffffffff80000000n],
  ])("linked %s", (_where, address) => {
    const stray = { flags: 6, address, bytes: [1] };
    expect(load({ segments: [code, stray] })).toMatch(
      /^The program cannot be loaded: its segment data lies at .*Link it at the usual address/,
    );
  });

  it("larger than the guest's memory", () => {
    const huge = { flags: 6, address: 0x402000n, bytes: [1], memorySize: 2 ** 45 };
    expect(load({ segments: [code, huge] })).toMatch(/^The program cannot be loaded/);
  });
});

it("an ELF executable made by other tools runs", async () => {
  // mov $60, %eax; mov $5, %edi; syscall
  const bytes = [0xb8, 60, 0, 0, 0, 0xbf, 5, 0, 0, 0, 0x0f, 0x05];
  const image = readExecutable(buildElf({ segments: [{ flags: 5, address: 0x401000n, bytes }] }));
  expect(image.ok).toBe(true);
  if (!image.ok) return;
  const loaded = loadDebuggee(image.value, options);
  expect(loaded.ok && (await loaded.value.run({ kind: "continue" }))).toEqual({ kind: "exited", status: 5 });
});

describe("programs linked at an address that is taken", () => {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-load-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const [source, program] = [join(folder, "low.c"), join(folder, "low")];
  writeFileSync(
    source,
    'static int status = 7;\nvoid _start(void) { __asm__("syscall" : : "a"(60), "D"(*(volatile int *)&status)); }\n',
  );

  async function outcome(...flags: string[]): Promise<unknown> {
    output("gcc", ["-nostdlib", "-O1", source, "-o", program, ...flags]);
    const image = readExecutable(readFileSync(program));
    if (!image.ok) return image.error;
    const loaded = loadDebuggee(image.value, options);
    return loaded.ok ? await loaded.value.run({ kind: "continue" }) : loaded.error;
  }

  it.runIf(hasTools("gcc", "ld", "ld.lld")).each([
    ["GNU ld", ["-static", "-Wl,-Ttext-segment=0x200000"], /-Wl,-Ttext-segment=0x400000/],
    // It begins at 0x200000 of itself.
    ["lld", ["-static", "-fuse-ld=lld"], /-Wl,--image-base=0x400000/],
    ["position-independent", ["-static", "-fuse-ld=lld"], /-static-pie/],
  ])("run when they are linked as the message says: %s", async (_linker, flags, remedy) => {
    const refusal = String(await outcome(...flags));
    expect(refusal).toMatch(/lies at 0x00200000 to .*what is below 0x00400000 is taken by the emulator itself/);
    const [remedyFlag = ""] = remedy.exec(refusal) ?? [];
    const kept = flags.filter((flag) => remedyFlag !== "-static-pie" || flag !== "-static");
    expect(await outcome(...kept, remedyFlag)).toEqual({ kind: "exited", status: 7 });
  });
});
