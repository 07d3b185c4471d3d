import { describe, expect, it } from "vitest";
import { compileExpression, describeExpressionError } from "../../../runtime/expressions/expression.js";
import { names, scope } from "./scope.js";

/** The value as shown, or the message of the error. */
function show(text: string): string {
  const compiled = compileExpression(text, names);
  if (!compiled.ok) return describeExpressionError(text, compiled.error);
  const shown = compiled.value.show(scope);
  return shown.ok ? shown.value : describeExpressionError(text, shown.error);
}

describe("registers", () => {
  it.each([
    ["rbx", "0x2a (42)"],
    ["$rbx", "0x2a (42)"],
    ["%rbx", "0x2a (42)"],
    ["RBX", "0x2a (42)"],
    ["eax", "0x55667788 (1432778632)"],
    ["ax", "0x7788 (30600)"],
    ["al", "0x88 (-120)"],
    ["ah", "0x77 (119)"],
    ["rcx", "0xffffffffffffffff (-1)"],
    ["ecx", "0xffffffff (-1)"],
    ["rip", "0x00401000"],
    ["$pc", "0x00401000"],
    ["rsp", "0x00005000"],
    ["eflags", "0x246 (582)"],
    ["zf", "1"],
    ["$cf", "0"],
    ["xmm0", "0x3ff8000000000000"],
  ])("%s is %s", (text, expected) => expect(show(text)).toBe(expected));

  it("lets a symbol hide a flag of the same name", () => expect(show("cf")).toBe("0x00005008"));
});

describe("memory", () => {
  it.each([
    ["*rsp,x", "0x8786858483828180"],
    ["[rsp],x", "0x8786858483828180"],
    ["qword ptr [rsp+8],x", "0x8f8e8d8c8b8a8988"],
    ["dword [rsp]", "0x83828180 (2206368128)"],
    ["word ptr [rsp]", "0x8180 (33152)"],
    ["byte ptr [rsp]", "0x80 (128)"],
    ["xmmword ptr [rsp]", "0x8f8e8d8c8b8a89888786858483828180"],
    ["8(%rsp),x", "0x8f8e8d8c8b8a8988"],
    ["-8(%rbp),x", "0x8f8e8d8c8b8a8988"],
    ["0(%rsp,%rbx,0),x", "0x8786858483828180"],
    ["*(int*)rsp", "0x83828180 (-2088599168)"],
    ["*(unsigned int *) $rsp", "0x83828180 (2206368128)"],
    ["*(uint8_t*)(rsp + 1)", "0x81 (129)"],
    ["*(char*)rsp", "0x80 (-128)"],
    ["((short*)rsp)[1],x", "0x8382"],
    ["*((short*)rsp + 1),x", "0x8382"],
    ["*table,x", "0x8786858483828180"],
    ["*small", "0x8584 (34180)"],
    ["*(void**)rsp", "0x8786858483828180"],
    ["&*rsp", "0x00005000"],
    ["&table", "0x00005000"],
    ["*(double*)&*rsp", "-2.081576000531694e-272"],
  ])("%s is %s", (text, expected) => expect(show(text)).toBe(expected));

  it("reads a symbol plus a register in AT&T syntax", () =>
    expect(show("table(%rcx)")).toBe(
      'The memory at 0x00004fff cannot be read: nothing is mapped there (at character 1 of "table(%rcx)").',
    ));
});

describe("operators", () => {
  it.each([
    ["2 + 3 * 4", "0xe (14)"],
    ["(2 + 3) * 4", "0x14 (20)"],
    ["7 % 4", "3"],
    ["rbx %4", "2"],
    ["-7 / 2,d", "-3"],
    ["1 << 63,x", "0x8000000000000000"],
    ["rcx >> 1,d", "-1"],
    ["(unsigned long)rcx >> 63", "1"],
    ["~0,x", "0xffffffffffffffff"],
    ["0xf0 & 0x3c | 1 ^ 1", "0x30 (48)"],
    ["rcx == -1", "true"],
    ["rcx < 0", "true"],
    ["rsp > 0x4fff", "true"],
    ["rbx == 42 && rcx != 0", "true"],
    ["rbx == 41 || !zf", "false"],
    ["rbx > 40 ? 1 : 2", "1"],
    ["rsp + 8", "0x00005008"],
    ["rbp - rsp", "0x10 (16)"],
    ["table + 8", "0x00005008"],
    ["LIMIT", "0xf (15)"],
    ["0b101", "5"],
    ["1_000", "0x3e8 (1000)"],
    ["'a'", "0x61 (97)"],
    ["'\\n'", "0xa (10)"],
    ["1.5 + 1", "2.5"],
    ["(int)2.75", "2"],
    ["(float)1 / 3", "0.33333334"],
    ["1.0 / 3", "0.3333333333333333"],
    ["(unsigned char)300", "0x2c (44)"],
    ["$0x10 + $5", "0x15 (21)"],
  ])("%s is %s", (text, expected) => expect(show(text)).toBe(expected));
});

describe("formats", () => {
  it.each([
    ["rbx,x", "0x2a"],
    ["rbx,d", "42"],
    ["rcx,u", "18446744073709551615"],
    ["rcx,d", "-1"],
    ["rbx,b", "0b101010"],
    ["rbx,c", "'*'"],
    ["0,c", "'\\0'"],
    ["rdx,s", '"grün"'],
  ])("%s is %s", (text, expected) => expect(show(text)).toBe(expected));
});

describe("the green thread", () => {
  it.each([
    ["thread.id", "3"],
    ["thread.slot == 2", "true"],
    ["thread.name", "thread 2: counter_two"],
    ["thread.state", "ready"],
  ])("%s is %s", (text, expected) => expect(show(text)).toBe(expected));
});

describe("mistakes", () => {
  it.each([
    ["", "The expression is empty: write, for example, rsp."],
    ["rbx +", 'The expression ends where a value is expected (at character 6 of "rbx +").'],
    ["foo", '"foo" is neither a register, a flag nor a symbol of this program (at character 1 of "foo").'],
    ["%foo", 'There is no register "%foo" (at character 1 of "%foo").'],
    ["1 2", 'An operator is missing before 2 (at character 3 of "1 2").'],
    ["(Foo)1", '"Foo" is no type of this program (at character 2 of "(Foo)1").'],
    ["(1", '")" is missing before the end (at character 3 of "(1").'],
    ["12ab", '"12ab" is not a number: write 42, 0x2a or 0b101010 (at character 1 of "12ab").'],
    ["rbx = 1", 'Nothing can be assigned here: "==" compares (at character 5 of "rbx = 1").'],
    ["rbx / 0", 'The right side of "/" is zero (at character 5 of "rbx / 0").'],
    ["[0x7000]", 'The memory at 0x00007000 cannot be read: nothing is mapped there (at character 1 of "[0x7000]").'],
    ["byte rsp", 'Behind "byte" comes an address in brackets, as in byte ptr [rsp+8] (at character 6 of "byte rsp").'],
    [
      "table[1]",
      'An index needs a pointer that says what it points to, as in ((long*)rsp)[2] (at character 6 of "table[1]").',
    ],
    [
      "thread.age",
      '"thread.age" is not known: a thread has thread.id, thread.name, thread.slot, thread.state and thread.entry; variables and registers are in its frames, as in thread(2).frame(0).$rbx (at character 1 of "thread.age").',
    ],
    [
      "rbx,q",
      '"q" is no format: use ,x (hexadecimal), ,d (decimal), ,u (unsigned), ,b (binary), ,c (character), ,s (text), ,[10] (elements) or ,! (as it is made) (at character 5 of "rbx,q").',
    ],
    [
      "r9",
      'The value of r9 is not known in this frame: only what a switch or a call saved can be known here (at character 1 of "r9").',
    ],
    [
      "&rbx",
      '& needs something in memory, such as a symbol or *rsp; this is in the register rbx (at character 1 of "&rbx").',
    ],
    [
      "thread.name + 1",
      '"+" does not work on texts: they can only be compared by == and != (at character 13 of "thread.name + 1").',
    ],
  ])("%s: %s", (text, expected) => expect(show(text)).toBe(expected));
});

describe("places", () => {
  it.each([
    ["eax", { kind: "number", register: "eax", bits: 0x55667788n }],
    ["$pc", { kind: "number", register: "rip", bits: 0x401000n }],
    ["zf", { kind: "number", register: "zf", bits: 1n }],
    ["dword [rsp+4]", { kind: "memory", address: 0x5004n }],
    ["rbx + 1", { kind: "number", bits: 43n }],
  ])("%s can be written at %o", (text, place) => {
    const compiled = compileExpression(text, names);
    if (!compiled.ok) throw new Error(compiled.error.message);
    const value = compiled.value.evaluate(scope);
    expect(value.ok && value.value.place).toEqual(place);
  });
});
