/** Operands of the syntax tree to bound operands: what they are, as the encoding table's masks. */
import type { BoundOperand } from "./encoder.js";
import { OperandBit as B, ValueBit as V } from "./encoding-table.js";
import type { Register } from "./registers.js";
import { isConstant, type Value, zero } from "./symbols.js";
import type { Expression, MemoryOperand, Operand } from "./syntax.js";

const classBits: Readonly<Record<Register["class"], number>> = {
  r8: B.r8,
  r16: B.r16,
  r32: B.r32,
  r64: B.r64,
  segment: B.segment,
  control: B.control,
  debug: B.debug,
  mm: B.mm,
  xmm: B.xmm,
  ymm: B.ymm,
  zmm: B.zmm,
  mask: B.mask,
  st: B.st,
  tile: B.tile,
  rip: 0,
  zero: 0,
};

const namedBits: Readonly<Record<string, number>> = {
  al: B.al,
  ax: B.ax,
  eax: B.eax,
  rax: B.rax,
  cl: B.cl,
  dx: B.dx,
  st: B.st0,
  "st(0)": B.st0,
  fs: B.fs,
  gs: B.gs,
};

const within = (value: bigint, low: bigint, high: bigint) => value >= low && value <= high;

/** What a constant fits. */
export function constantMask(value: bigint): number {
  let mask = V.imm64;
  if (value === 1n) mask |= V.one;
  if (within(value, 0n, 15n)) mask |= V.imm4;
  if (within(value, -128n, 255n)) mask |= V.imm8;
  if (within(value, -32768n, 65535n)) mask |= V.imm16;
  if (within(value, -0x80000000n, 0xffffffffn)) mask |= V.imm32;
  if (within(value, -128n, 127n)) mask |= V.imm8to16 | V.imm8to32 | V.imm8to64;
  if (within(value, 0xff80n, 0xffffn)) mask |= V.imm8to16;
  if (within(value, 0xffffff80n, 0xffffffffn)) mask |= V.imm8to32;
  if (within(value, -0x80000000n, 0x7fffffffn)) mask |= V.imm32to64;
  return mask;
}

/** What an immediate with a symbol can be. */
const symbolicMask = V.imm8 | V.imm16 | V.imm32 | V.imm32to64 | V.imm64;

function memoryMask(memory: MemoryOperand): number {
  const { base, index } = memory;
  if (index !== undefined) {
    if (index.class === "xmm") return B.vectorIndexX;
    if (index.class === "ymm") return B.vectorIndexY;
    if (index.class === "zmm") return B.vectorIndexZ;
    return B.memory;
  }
  if (base === undefined) return B.memory | B.absolute;
  switch (base.name) {
    case "rdi":
    case "edi":
      return B.memory | B.atDi;
    case "rsi":
    case "esi":
      return B.memory | B.atSi;
    case "rbx":
    case "ebx":
      return B.memory | B.atBx;
    case "dx":
      return B.dx;
    default:
      return B.memory;
  }
}

/** Binds an operand; `evaluate` gives its expressions their values. */
export function bindOperand(
  operand: Operand,
  dialect: "att" | "intel",
  isBranch: boolean,
  evaluate: (expression: Expression) => Value,
): BoundOperand {
  switch (operand.kind) {
    case "register": {
      const { register } = operand;
      const operandMask = classBits[register.class] | (namedBits[register.name] ?? 0);
      return { syntax: operand, register, value: zero, operandMask, valueMask: 0, decorations: operand.decorations };
    }
    case "rounding":
      return {
        syntax: operand,
        register: undefined,
        value: zero,
        operandMask: 0,
        valueMask: 0,
        decorations: undefined,
      };
    case "immediate": {
      const value = canonical(evaluate(operand.value));
      const fits = isConstant(value) ? constantMask(value.constant) : symbolicMask;
      // Intel syntax writes the target of a branch as a number alone.
      const valueMask = isBranch && dialect === "intel" ? V.branch : fits;
      return { syntax: operand, register: undefined, value, operandMask: 0, valueMask, decorations: undefined };
    }
    case "memory": {
      const value = operand.displacement === undefined ? zero : canonical(evaluate(operand.displacement));
      const common = { register: undefined, value, decorations: operand.decorations };
      if (operand.isBare && isBranch && !operand.isIndirect && operand.segment === undefined) {
        return { syntax: operand, operandMask: 0, valueMask: V.branch, ...common };
      }
      // In Intel syntax a symbol that stands for a number is that number.
      if (operand.isBare && dialect === "intel" && operand.segment === undefined && isConstant(value)) {
        const immediate: Operand = {
          kind: "immediate",
          range: operand.range,
          value: { kind: "number", range: operand.range, value: value.constant },
        };
        return { syntax: immediate, operandMask: 0, valueMask: constantMask(value.constant), ...common };
      }
      // An address beyond 32 bits fits only the moves of the accumulator that take all 64.
      const isFar = isConstant(value) && !within(value.constant, -0x80000000n, 0x7fffffffn);
      const operandMask = operand.base === undefined && isFar ? B.absolute : memoryMask(operand);
      return { syntax: operand, operandMask, valueMask: 0, ...common };
    }
  }
}

/** Numbers as 64-bit signed ones: 0xffffffffffffffff is −1. */
function canonical(value: Value): Value {
  if (!isConstant(value) || (value.constant >= -0x8000000000000000n && value.constant < 0x8000000000000000n)) {
    return value;
  }
  return { constant: BigInt.asIntN(64, value.constant) };
}
