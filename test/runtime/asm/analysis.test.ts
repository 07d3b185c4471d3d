import { describe, expect, it } from "vitest";
import { analyse, instructionAt } from "../../../runtime/asm/analysis.js";

const text = `.globl main
size = 8
.type main, @function
main:
  sub $size, %rsp
  call helper
1: jne 1b
  mov total(%rip), %rax
  ret
.data
total: .quad main
`;

describe("analyse", () => {
  const analysis = analyse({ path: "a.s", text });

  it("finds definitions with their kinds, sections and values", () => {
    expect(
      analysis.symbols.map(({ name, kind, binding, section, value, span }) => [
        name,
        kind,
        binding,
        section,
        value,
        span.line,
      ]),
    ).toEqual([
      ["size", "constant", "local", undefined, 8n, 2],
      ["main", "function", "global", ".text", undefined, 4],
      ["total", "label", "local", ".data", undefined, 11],
    ]);
  });

  it("finds uses by symbol", () => {
    const places = (name: string) =>
      analysis.references.get(name)?.map(({ line, column, endColumn }) => [line, column, endColumn]);
    expect(places("main")).toEqual([
      [1, 8, 12],
      [3, 7, 11],
      [11, 14, 18],
    ]);
    expect(places("size")).toEqual([[5, 8, 12]]);
    expect(places("helper")).toEqual([[6, 8, 14]]);
  });

  it("gives the syntax tree and the bytes of a line", () => {
    const line = analysis.lines[4];
    const instruction = line === undefined ? undefined : instructionAt(line, 3);
    expect(instruction?.mnemonic.text).toBe("sub");
    expect(instruction?.operands.map(({ kind }) => kind)).toEqual(["immediate", "register"]);
    expect([...(analysis.lineBytes(5)?.bytes ?? [])]).toEqual([0x48, 0x83, 0xec, 8]);
    expect(analysis.lineBytes(4)).toBeUndefined();
  });
});
