import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { assemble } from "../../../runtime/asm/assembler.js";
import { writeElfObject } from "../../../runtime/asm/elf-object.js";
import { hasGnuAs } from "./gnu-as.js";
import { readElf } from "./read-elf.js";

const hello = `.globl _start
.type _start, @function
_start:
  mov $1, %eax
  mov $1, %edi
  lea message(%rip), %rsi
  mov $length, %edx
  syscall
  mov pointer(%rip), %rax
  cmpb $'h', (%rax)
  jne 1f
  mov $60, %eax
  mov $7, %edi
  syscall
1: hlt
.size _start, . - _start
.section .rodata
message: .ascii "hello\\n"
length = . - message
.data
pointer: .quad message
`;

function objectBytes(text: string): Uint8Array {
  const { object, diagnostics } = assemble({ path: "hello.s", text });
  if (object === undefined) throw new Error(diagnostics[0]?.message);
  return writeElfObject(object);
}

describe("writeElfObject", () => {
  it("writes sections, symbols and relocations", () => {
    const { sections, symbols } = readElf(objectBytes(hello));
    expect(Object.keys(sections)).toEqual([".text", ".data", ".bss", ".rodata"]);
    expect(sections[".data"]).toMatchObject({ flags: 3, size: 8, relocations: ["0:1:section .rodata+0"] });
    expect(symbols).toEqual([
      "_start .text 0 49 type 2 binding 1 visibility 0",
      "length absolute 6 0 type 0 binding 0 visibility 0",
      "message .rodata 0 0 type 0 binding 0 visibility 0",
      "pointer .data 0 0 type 0 binding 0 visibility 0",
    ]);
  });

  const folder = mkdtempSync(join(tmpdir(), "green-threads-elf-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.runIf(hasGnuAs() && process.platform === "linux" && process.arch === "x64")(
    "writes what binutils read and link, and the program runs",
    () => {
      const file = join(folder, "hello.o");
      writeFileSync(file, objectBytes(hello));
      const readelf = spawnSync("readelf", ["-aW", file], { encoding: "utf8" });
      expect(readelf.stderr).toBe("");
      expect(readelf.stdout).toContain("Advanced Micro Devices X86-64");
      expect(spawnSync("ld", ["-o", join(folder, "hello"), file], { encoding: "utf8" })).toMatchObject({
        status: 0,
        stderr: "",
      });
      const run = spawnSync(join(folder, "hello"), { encoding: "utf8" });
      expect(run).toMatchObject({ status: 7, stdout: "hello\n" });
    },
  );
});
