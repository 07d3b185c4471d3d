import { describe, expect, it } from "vitest";
import { assemble, type ObjectFile } from "../../../runtime/asm/assembler.js";
import { link } from "../../../runtime/link/link.js";

function object(path: string, text: string): ObjectFile {
  const outcome = assemble({ path, text });
  if (outcome.object === undefined) throw new Error(outcome.diagnostics[0]?.message);
  return outcome.object;
}

function linked(objects: ObjectFile[], libraries: ObjectFile[] = []) {
  const result = link(objects, { libraries });
  if (!result.ok) throw new Error(result.error[0]?.message);
  return result.value;
}

function errors(objects: ObjectFile[], libraries: ObjectFile[] = []): string[] {
  const result = link(objects, { libraries });
  if (result.ok) return [];
  return result.error.map(({ span, message }) => `${span.path}:${span.line}:${span.column} ${message}`);
}

const program = `.globl main
.type main, @function
main: lea text(%rip), %rdi
  call helper
  mov counter(%rip), %rax
  mov $text, %esi
  ret
.size main, . - main
.data
counter: .quad main
.bss
room: .skip 32
.section .rodata
text: .asciz "hi"
`;
const start = ".globl _start\n_start: call main\n hlt\n";
const helper = ".globl helper\nhelper: ret\n";
const unused = ".globl unused\nunused: call nowhere\n";

describe("link", () => {
  const image = linked(
    [object("program.s", program)],
    [object("lib/start.s", start), object("lib/helper.s", helper), object("lib/unused.s", unused)],
  );

  it("puts code, constants, data and zeros on pages of their own with their permissions", () => {
    expect(
      image.segments.map(({ name, address, size, permissions: { read, write, execute } }) => [
        name,
        Number(address),
        size,
        `${read ? "r" : "-"}${write ? "w" : "-"}${execute ? "x" : "-"}`,
      ]),
    ).toEqual([
      [".text", 0x401000, 32, "r-x"],
      [".rodata", 0x402000, 3, "r--"],
      [".data", 0x403000, 8, "rw-"],
      [".bss", 0x404000, 32, "rw-"],
    ]);
    expect(image.segments[3]?.bytes.length).toBe(0);
  });

  it("pulls in the library members that define what is missing, and only those", () => {
    expect(image.sources).toMatchObject([
      { path: "program.s", isLibrary: false },
      { path: "lib/start.s", isLibrary: true },
      { path: "lib/helper.s", isLibrary: true },
    ]);
    expect(image.entry).toBe(image.symbols.find(({ name }) => name === "_start")?.address);
  });

  it("fills in addresses", () => {
    const text = image.segments[0]?.bytes ?? new Uint8Array(0);
    const data = image.segments[2]?.bytes ?? new Uint8Array(0);
    const view = new DataView(text.buffer);
    expect(view.getInt32(3, true)).toBe(0x402000 - 0x401007);
    const helperAddress = Number(image.symbols.find(({ name }) => name === "helper")?.address);
    expect(view.getInt32(8, true)).toBe(helperAddress - 0x40100c);
    expect(view.getInt32(20, true)).toBe(0x402000);
    expect(new DataView(data.buffer).getBigUint64(0, true)).toBe(0x401000n);
  });

  it("gives symbols their kinds and sizes, code without .size up to the next symbol", () => {
    const brief = image.symbols.map(({ name, kind, size, binding }) => `${name} ${kind} ${size} ${binding}`);
    expect(brief).toEqual([
      "main function 25 global",
      "_start label 6 global",
      "helper label 1 global",
      "text label 0 local",
      "counter label 0 local",
      "room label 0 local",
    ]);
  });

  it("has one line row per instruction line, ended at the end of each section", () => {
    expect(image.lines.map(({ address, source, line }) => [Number(address) - 0x401000, source, line])).toEqual([
      [0, 0, 3],
      [7, 0, 4],
      [12, 0, 5],
      [19, 0, 6],
      [24, 0, 7],
      [25, -1, 0],
      [25, 1, 2],
      [30, 1, 3],
      [31, -1, 0],
      [31, 2, 2],
      [32, -1, 0],
    ]);
  });

  it("joins common symbols and lets strong definitions win over weak ones", () => {
    const image = linked([
      object("a.s", ".globl _start\n_start: call f\n .comm shared, 8, 8\n .weak f\nf: ret\n"),
      object("b.s", ".globl f\nf: nop\n ret\n .comm shared, 16, 8\n"),
    ]);
    const shared = image.symbols.filter(({ name }) => name === "shared");
    expect(shared).toMatchObject([{ size: 16, kind: "object" }]);
    const f = image.symbols.find(({ name, binding }) => name === "f" && binding === "global");
    expect(Number(f?.address)).toBe(0x401006);
  });

  it("explains what is undefined, with what may be meant", () => {
    expect(
      errors(
        [object("a.s", ".globl _start\n_start:\n call gt_yeild\n")],
        [object("l.s", ".globl gt_yield\ngt_yield: ret\n")],
      ),
    ).toEqual(["a.s:3:7 `gt_yeild` is used but not defined anywhere. Did you mean `gt_yield`?"]);
    expect(errors([object("a.s", ".globl _start\n_start: call f\n"), object("b.s", "f: ret\n")])).toEqual([
      "a.s:2:14 `f` is defined in another file, but not global there. Add `.globl f` to that file.",
    ]);
  });

  it("explains a missing start", () => {
    const library = [object("lib/start.s", start)];
    expect(errors([object("a.s", "f: ret\n")], library)).toEqual([
      "a.s:1:1 The program has no start. Define `main` (with `.globl main`), which is called as a function, or `_start`.",
    ]);
    expect(errors([object("a.s", "main: ret\n")], library)).toEqual([
      "a.s:1:1 `main` is not global, so the program has no start. Add `.globl main`.",
    ]);
  });

  it("reports names defined twice and values that do not fit", () => {
    const a = object("a.s", ".globl _start\n_start: ret\n");
    expect(errors([a, object("b.s", "\n.globl _start\n_start: ret\n")])).toEqual([
      "b.s:3:1 `_start` is also defined in a.s, line 2. A global name can be defined only once.",
    ]);
    expect(
      errors([object("c.s", ".globl _start\n_start: movb $far, %al\n"), object("d.s", ".globl far\nfar = 0x12345\n")]),
    ).toEqual(["c.s:2:14 The value of `far` (0x12345) does not fit the byte here."]);
  });
});
