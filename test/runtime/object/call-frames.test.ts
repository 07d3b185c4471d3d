import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CallFrames, type RegisterRule, type UnwindRow } from "../../../runtime/object/call-frames.js";
import { ObjectFile } from "../../../runtime/object/object-file.js";
import { type Compiled, hasTools, output, Workshop } from "./toolchain.js";

/** In DWARF's order. */
const names = "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 ra".split(" ");

interface JudgedRow {
  readonly address: number;
  readonly cfa: string;
  readonly registers: Readonly<Record<string, string>>;
  readonly end: number;
}

/** The tables as readelf carries them out; a row counts up to the next one. */
function readelfRows(path: string): JudgedRow[] {
  const rows: JudgedRow[] = [];
  for (const block of output("readelf", ["--debug-dump=frames-interp", "--wide", path]).split("\n\n")) {
    const lines = block.split("\n");
    const header = lines.findIndex((line) => / FDE .* pc=/.test(line));
    if (header < 0) continue;
    const [, low, high] = /pc=([0-9a-f]+)\.\.([0-9a-f]+)/.exec(lines[header] ?? "") ?? [];
    const columns = (lines[header + 1] ?? "").trim().split(/\s+/).slice(2);
    // A record without instructions of its own has the rules of its common part, which are printed there.
    if (lines[header + 1] === undefined || !lines[header + 1]?.includes("LOC")) continue;
    const own = lines.slice(header + 2).flatMap((line) => {
      // A rule that names a register is "r2 (rcx)".
      const [address, cfa, ...rules] = line
        .trim()
        .replaceAll(/r\d+ \((\w+)\)/g, "$1")
        .split(/\s+/);
      if (!/^[0-9a-f]{16}$/.test(address ?? "")) return [];
      const registers = Object.fromEntries(columns.map((name, index) => [name, rules[index] ?? ""]));
      return [{ address: Number.parseInt(address ?? "", 16), cfa: cfa ?? "", registers }];
    });
    if (low === high) continue;
    own.forEach((row, index) => {
      const end = own[index + 1]?.address ?? Number.parseInt(high ?? "", 16);
      if (end > row.address) rows.push({ ...row, end });
    });
  }
  return rows;
}

function asText(rule: RegisterRule | undefined): string {
  switch (rule?.kind) {
    case undefined:
    case "undefined":
      return "u";
    case "same":
      return "s";
    case "offset":
      return `c${signed(rule.offset)}`;
    case "value-offset":
      return `v${signed(rule.offset)}`;
    case "register":
      return names[rule.register] ?? "?";
    case "expression":
      return "exp";
    case "value-expression":
      return "vexp";
  }
}

function signed(offset: number): string {
  return offset < 0 ? `${offset}` : `+${offset}`;
}

function cfaText(row: UnwindRow): string {
  if (row.cfa === undefined) return "";
  if (row.cfa.kind === "expression") return "exp";
  return `${names[row.cfa.register]}${signed(row.cfa.offset)}`;
}

describe.runIf(hasTools("gcc", "readelf"))("call frame tables beside readelf", () => {
  const workshop = new Workshop();
  afterAll(() => workshop.remove());

  it.each([
    ["shapes.c", "-O0"],
    ["shapes.c", "-O2"],
    ["shapes.c", "-O2", "-static"],
    ["shapes.c", "-O3", "-static-pie"],
    ["shapes.cc", "-O0", "-static"],
    ["shapes.cc", "-O2"],
    ["shapes.c", "-O2", "-static", "-Wl,--no-eh-frame-hdr"],
    ["shapes.c", "-O1", "-g", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"],
    ["shapes.c", "-O1", "-g", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-gdwarf64"],
  ] as const)("%s %s %s %s %s", (source, ...flags) => {
    compare(workshop.compile(source, ...flags));
  });

  it.runIf(hasTools("rustc")).each([["-Copt-level=0"], ["-Copt-level=3"]])("shapes.rs %s", (level) => {
    compare(workshop.compile("shapes.rs", level, "-g"));
  });

  it("instructions that compilers do not write", () => {
    const source = join(workshop.folder, "rare.s");
    writeFileSync(source, rareInstructions);
    const path = join(workshop.folder, "rare");
    output("gcc", ["-nostdlib", "-static", source, "-o", path]);
    const bytes = workshop.read(path);
    compare({ path, bytes }, 9);
    const frames = new CallFrames(new ObjectFile(bytes));
    const start = new ObjectFile(bytes).symbols.named("_start")?.address ?? 0;
    expect(frames.at(start)).toMatchObject({ isSignalFrame: true, functionStart: start, returnAddress: 16 });
    expect(frames.at(start)?.registers.get(16)).toEqual({ kind: "undefined" });
    expect(frames.at(start + 7)?.argumentsSize).toBe(24);
  });

  it("a program that is loaded elsewhere", () => {
    const { bytes } = workshop.compile("shapes.c", "-O2");
    const object = new ObjectFile(bytes);
    const address = (object.symbols.named("work")?.address ?? 0) + 5;
    const [linked, loaded] = [
      new CallFrames(object).at(address),
      new CallFrames(object, 0x40_0000).at(address + 0x40_0000),
    ];
    expect(loaded?.functionStart).toBe((linked?.functionStart ?? 0) + 0x40_0000);
    expect([loaded?.cfa, loaded?.registers]).toEqual([linked?.cfa, linked?.registers]);
  });

  function compare({ path, bytes }: Compiled, least = 10): void {
    const frames = new CallFrames(new ObjectFile(bytes));
    const rows = readelfRows(path);
    expect(rows.length).toBeGreaterThanOrEqual(least);
    const differences: unknown[] = [];
    for (const expected of rows) {
      for (const address of [expected.address, expected.end - 1]) {
        const row = frames.at(address);
        const registers = Object.fromEntries(
          Object.keys(expected.registers).map((name) => [name, asText(row?.registers.get(names.indexOf(name)))]),
        );
        const ours = { cfa: row ? cfaText(row) : "none", registers };
        const theirs = { cfa: expected.cfa, registers: expected.registers };
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) differences.push({ address, ours, theirs });
      }
    }
    expect(frames.notes).toEqual([]);
    expect({ count: differences.length, first: differences.slice(0, 3) }).toEqual({ count: 0, first: [] });
  }
});

const rareInstructions = `
  .globl _start
_start:
  .cfi_startproc
  .cfi_signal_frame
  .cfi_undefined rip
  nop
  .cfi_same_value rbx
  nop
  .cfi_register r12, r13
  nop
  .cfi_remember_state
  .cfi_def_cfa_offset 24
  .cfi_offset rbp, -24
  nop
  .cfi_val_offset r14, -40
  nop
  .cfi_restore_state
  nop
  .cfi_escape 0x10, 0x03, 0x02, 0x76, 0x08
  .cfi_escape 0x16, 0x0f, 0x02, 0x76, 0x10
  nop
  .cfi_escape 0x2e, 0x18
  .cfi_escape 0x12, 0x07, 0x7e
  nop
  .cfi_escape 0x13, 0x7d
  .cfi_escape 0x11, 0x0c, 0x7d
  .cfi_escape 0x15, 0x0d, 0x02
  nop
  .cfi_escape 0x0f, 0x03, 0x77, 0x08, 0x06
  nop
  .cfi_restore r12
  .cfi_escape 0x06, 0x0d
  nop
  .cfi_escape 0x2f, 0x03, 0x02
  nop
  .cfi_endproc
`;
