import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isElf, readExecutable } from "../../../runtime/object/read-executable.js";
import { buildElf, type ElfDescription } from "./elf-builder.js";

const code = { flags: 5, address: 0x401000n, bytes: [0x0f, 0x05] };

function refusal(description: ElfDescription): string {
  const result = readExecutable(buildElf(description));
  expect(result.ok).toBe(false);
  return result.ok ? "" : result.error;
}

describe("an ELF executable", () => {
  it("gives its load segments with their permissions", () => {
    const data = { flags: 6, address: 0x402000n, bytes: [1, 2, 3], memorySize: 0x100 };
    const result = readExecutable(buildElf({ segments: [code, data] }));
    expect(result).toMatchObject({
      ok: true,
      value: {
        entry: 0x401000n,
        segments: [
          { address: 0x401000n, size: 2, permissions: { read: true, write: false, execute: true } },
          { address: 0x402000n, size: 0x100, permissions: { read: true, write: true, execute: false } },
        ],
      },
    });
    expect(result.ok && [...(result.value.segments[1]?.bytes ?? [])]).toEqual([1, 2, 3]);
  });

  it("gives its symbols with kind, binding and section", () => {
    const symbols = [
      { name: "main", info: 0x12, section: 1, value: 0x401000n, size: 2n },
      { name: "loop", info: 0x00, section: 1, value: 0x401001n, size: 0n },
      { name: "table", info: 0x21, section: 1, value: 0x402000n, size: 8n },
      { name: "LIMIT", info: 0x00, section: 0xfff1, value: 10n, size: 0n },
      { name: "missing", info: 0x10, section: 0, value: 0n, size: 0n },
    ];
    const result = readExecutable(buildElf({ segments: [code], symbols }));
    expect(result.ok && result.value.symbols).toEqual([
      { name: "main", address: 0x401000n, size: 2, kind: "function", binding: "global", section: ".text" },
      { name: "loop", address: 0x401001n, size: 0, kind: "label", binding: "local", section: ".text" },
      { name: "table", address: 0x402000n, size: 8, kind: "object", binding: "weak", section: ".text" },
      { name: "LIMIT", address: 10n, size: 0, kind: "absolute", binding: "local", section: undefined },
    ]);
  });
});

describe("a file that cannot be run says what it is and what to do", () => {
  it.each([
    ["another machine", { machine: 183 }, /another processor: 64-bit ARM \(AArch64\).*build it for x86-64/],
    ["32-bit x86", { machine: 3, elfClass: 1 }, /32-bit x86 \(i386\)/],
    ["an unknown machine", { machine: 9999 }, /machine number 9999/],
    ["the x32 ABI", { elfClass: 1 }, /32-bit one \(the x32 ABI\).*-mx32/],
    ["a relocatable object", { type: 1 }, /relocatable object \(\.o\).*ld -o/],
    ["a core dump", { type: 4 }, /core dump/],
    ["a shared library", { type: 3, entry: 0n, segments: [code] }, /shared library, not a program/],
    [
      "dynamically linked",
      { type: 3, segments: [code, { type: 3, flags: 4, address: 0x402000n, bytes: [] }] },
      /linked dynamically: it needs shared libraries.*gcc -static/,
    ],
    ["without segments", {}, /no segments to load/],
  ] as const)("%s", (_name, description, message) => {
    expect(refusal(description)).toMatch(message);
  });

  it("no ELF file at all", () => {
    const result = readExecutable(new TextEncoder().encode("#!/bin/sh\n"));
    expect(result).toMatchObject({ ok: false, error: expect.stringMatching(/not an ELF file/) });
    expect(isElf(new Uint8Array([0x7f, 0x45]))).toBe(false);
  });

  it("cut off at any place: never an exception, and never a program with missing bytes", () => {
    const symbols = [{ name: "main", info: 0x12, section: 1, value: 0x401000n, size: 2n }];
    const whole = buildElf({ segments: [code], symbols });
    // Past 0x1002 only padding is lost.
    for (let length = 4; length < 0x1002; length += 7) {
      const result = readExecutable(whole.subarray(0, length));
      expect(result).toMatchObject({ ok: false, error: expect.stringMatching(/damaged or cut off/) });
    }
  });

  it("any byte of its headers changed: never an exception", () => {
    const symbols = [{ name: "main", info: 0x12, section: 1, value: 0x401000n, size: 2n }];
    const whole = buildElf({ segments: [code], symbols });
    for (let at = 4; at < 0x500; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const changed = whole.slice();
        changed[at] = value;
        const result = readExecutable(changed);
        if (result.ok) expect(() => [result.value.symbols, result.value.symbolNamed?.("main")]).not.toThrow();
      }
    }
  });
});

it("a symbol is found by its name without reading the others, a global one before a local one", () => {
  const symbol = (name: string, info: number, value: bigint) => ({ name, info, section: 1, value, size: 2n });
  const symbols = [
    symbol("count", 0x02, 0x401000n),
    symbol("main", 0x12, 0x401010n),
    symbol("count", 0x12, 0x401020n),
    symbol("recount", 0x12, 0x401030n),
    symbol("twice", 0x02, 0x401040n),
    symbol("twice", 0x02, 0x401050n),
    symbol("große", 0x12, 0x401060n),
  ];
  const result = readExecutable(buildElf({ segments: [code], symbols }));
  if (!result.ok) throw new Error(result.error);
  const { symbolNamed } = result.value;
  expect(
    ["main", "count", "recount", "twice", "große", "ount", ""].map((name) => symbolNamed?.(name)?.address),
  ).toEqual([0x401010n, 0x401020n, 0x401030n, 0x401040n, 0x401060n, undefined, undefined]);
  expect(result.value.symbols.map(({ name }) => name)).toEqual(symbols.map(({ name }) => name));
});

const hasTools = process.platform === "linux" && spawnSync("ld", ["--version"]).status === 0;

describe.runIf(hasTools && process.arch === "x64")("what the GNU tools build", () => {
  function build(source: string, ...commands: readonly (readonly [string, ...string[]])[]): Uint8Array {
    const folder = mkdtempSync(join(tmpdir(), "green-threads-elf-"));
    try {
      writeFileSync(join(folder, "in.s"), source);
      for (const [command, ...rest] of commands) {
        const result = spawnSync(command, rest, { cwd: folder, encoding: "utf8" });
        expect(`${result.stderr}`).toBe("");
      }
      return readFileSync(join(folder, "out"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const source = ".globl _start\n_start: mov $60, %eax\n syscall\n .data\nword: .quad 7\n .bss\n .zero 100\n";

  it("a static executable is read", () => {
    const result = readExecutable(build(source, ["as", "-o", "in.o", "in.s"], ["ld", "-o", "out", "in.o"]));
    expect(result.ok).toBe(true);
    if (!result.ok) return;
    const start = result.value.symbols.find(({ name }) => name === "_start");
    expect(start).toMatchObject({ kind: "label", binding: "global", section: ".text" });
    expect(result.value.entry).toBe(start?.address);
    const data = result.value.segments.find(({ permissions }) => permissions.write);
    expect(data && data.size - data.bytes.length).toBeGreaterThanOrEqual(100);
  });

  it("an object file is refused", () => {
    const object = readExecutable(build(source, ["as", "-o", "out", "in.s"]));
    expect(object).toMatchObject({ ok: false, error: expect.stringMatching(/relocatable object/) });
  });

  it("a position-independent program is laid down where the others are, and finds its own headers", () => {
    const program = readExecutable(
      build(source, ["as", "-o", "in.o", "in.s"], ["ld", "-pie", "--no-dynamic-linker", "-o", "out", "in.o"]),
    );
    if (!program.ok) throw new Error(program.error);
    const { entry, segments, symbols, programHeaders } = program.value;
    expect(segments[0]?.address).toBe(0x400000n);
    expect(symbols.find(({ name }) => name === "_start")?.address).toBe(entry);
    expect(entry).toBeGreaterThan(0x400000n);
    expect(programHeaders).toMatchObject({ address: 0x400040n, entrySize: 56 });
  });
});

it.each(["17h", "RUNTIME17h", "print", "main", "e", "no such part"])(
  "finds the symbols with %s in their names",
  (part) => {
    const bytes = readFileSync(new URL("../../../samples/rust-runtime/rust-runtime", import.meta.url));
    const [sought, all] = [readExecutable(bytes), readExecutable(bytes)];
    if (!sought.ok || !all.ok) throw new Error("the sample is no executable");
    const found = sought.value.symbolsWith?.(part).map(({ name, address }) => `${name} ${address}`);
    expect(found).toEqual(
      all.value.symbols.filter(({ name }) => name.includes(part)).map(({ name, address }) => `${name} ${address}`),
    );
  },
);
