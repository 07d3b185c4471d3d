import { describe, expect, it } from "vitest";
import { type DecodedInstruction, InstructionDecoder } from "../../../runtime/x86/decode.js";
import { bytes } from "../engine/program.js";

function decode(text: string, address = 0x401000n): DecodedInstruction | undefined {
  return new InstructionDecoder(bytes(text), address).next();
}

const register = (index: number, width: number, isHigh = false) => ({ kind: "register", index, width, isHigh });

describe("instructions are named by what they do", () => {
  for (const [code, name, text] of [
    ["a5", "movs", "movsl"],
    ["f30f10c1", "movss", "movss %xmm1, %xmm0"],
    ["f20f10c1", "movsd", "movsd %xmm1, %xmm0"],
    ["f3a4", "rep movs", "rep movsb"],
    ["f3a6", "repe cmps", "repe cmpsb"],
    ["f2ae", "repne scas", "repne scasb"],
    ["f7e9", "imul1", "imul %ecx"],
    ["0fafc1", "imul", "imul %ecx, %eax"],
    ["6bc105", "imul3", "imul $5, %ecx, %eax"],
    ["c3", "ret", "ret"],
    ["c20800", "ret imm", "ret $8"],
    ["50", "push", "push %rax"],
    ["6650", "push16", "push %ax"],
    ["c8100000", "enter", "enter $16, $0"],
    ["660f1f440000", "nop", "nopw 0(%rax,%rax)"],
    ["660fd6c1", "movq", "movq %xmm0, %xmm1"],
    ["0f20c0", "mov system", "mov %cr0, %rax"],
  ] as const) {
    it(text, () => expect(decode(code)?.name).toBe(name));
  }
});

describe("operands", () => {
  it("are in the manual's order, with the parts of a memory operand apart", () => {
    expect(decode("4801449dfe")).toMatchObject({
      name: "add",
      length: 5,
      operands: [{ kind: "memory", width: 8 }, register(0, 8)],
      memory: { base: 5, index: 3, scale: 4, displacement: -2n },
    });
  });

  it("tell ah from spl", () => {
    expect(decode("00e0")?.operands).toEqual([register(0, 1), register(0, 1, true)]);
    expect(decode("4000e0")?.operands).toEqual([register(0, 1), register(4, 1)]);
  });

  it("have constants sign-extended from the operand size", () => {
    expect(decode("83c0ff")?.operands[1]).toEqual({ kind: "immediate", value: -1n, width: 4 });
    expect(decode("b8ffffffff")?.operands[1]).toEqual({ kind: "immediate", value: -1n, width: 4 });
    expect(decode("04ff")?.operands[1]).toEqual({ kind: "immediate", value: -1n, width: 1 });
  });

  it("are absolute where the encoding is relative to the instruction", () => {
    expect(decode("488b0510000000")?.memory).toEqual({ scale: 1, displacement: 0x401017n });
    expect(decode("ebfe")?.operands).toEqual([{ kind: "branch", target: 0x401000n, width: 8 }]);
  });

  it("of pop are addressed with the stack pointer behind the value", () => {
    expect(decode("8f442408")?.memory).toMatchObject({ base: 4, displacement: 16n });
  });

  it("know their segment and address size, a useless REX in between", () => {
    expect(decode("64488b042510000000")).toMatchObject({ segment: "fs", addressSize32: false });
    expect(decode("4867668b00")).toMatchObject({ addressSize32: true });
  });
});

describe("bytes that are no instruction", () => {
  it("have no name", () => expect(decode("0690909090")).toMatchObject({ name: undefined, endsRun: true }));
  it("may be too few", () => expect(decode("48b80000")).toBeUndefined());
});
