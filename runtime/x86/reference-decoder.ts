/**
 * Bytes to instructions by iced-x86. It says what is right: `generated/opcodes.ts`, which `decode.ts` reads, is made of
 * its answers, and what that does not have comes from here. What leaves this file is our own record, with the names that
 * the definitions use: forms that differ in meaning differ in name (`movs` and `movsd`, `ret` and `ret imm`, `push16`).
 */
import { Decoder, DecoderError, Instruction, MemorySizeExt, Mnemonic, OpKind, Register } from "iced-x86";
import { initialiseIced } from "iced-x86/init";
import type { DecodedInstruction, DecodedOperand, MemoryReference } from "./decoded-instruction.js";
import type { Width } from "./value.js";

const stringInstructions = new Map<string, readonly [string, Width]>(
  ["movs", "cmps", "scas", "stos", "lods"].flatMap((name) => [
    [`${name}b`, [name, 1]],
    [`${name}w`, [name, 2]],
    [`${name}d`, [name, 4]],
    [`${name}q`, [name, 8]],
  ]),
);
/** Of these, repetition ends when ZF says so, too. */
const comparingStrings = new Set(["cmps", "scas"]);
/** Instructions whose operands are not looked at: hints, and what only the system may do. */
const operandsIgnored =
  /^(nop|prefetch\w*|int|in|out|insb|insw|insd|outsb|outsw|outsd|lgdt|lidt|lldt|ltr|lmsw|invlpg)$/;
/** Mnemonics that name the same instruction. */
const synonyms = new Map([
  ["sal", "shl"],
  ["reservednop", "nop"],
  // A hint, which processors that do not know it pass over.
  ["cldemote", "nop"],
  ["prefetchit0", "nop"],
  ["prefetchit1", "nop"],
  // Without shadow stacks, RDSSP leaves its destination as it is: so libgcc's unwinder finds out that there are none.
  ["rdsspd", "nop"],
  ["rdsspq", "nop"],
]);
const withoutSuccessor = new Set(["jmp", "ret", "ret imm", "ud2", "hlt"]);

/** Segment overrides, operand size, LOCK and repetition. */
const otherPrefixes = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0xf0, 0xf2, 0xf3]);

const operandSizePrefix = 0x66;
const addressSizePrefix = 0x67;

/** What Linux has in the segment registers of a 64-bit process; ES, CS, SS, DS, FS, GS. */
const selectors = [0n, 0x33n, 0x2bn, 0n, 0n, 0n];

interface RegisterDescription {
  readonly index: number;
  readonly width: Width;
  readonly isHigh: boolean;
}
let registers: (RegisterDescription | undefined)[] = [];
let mnemonics: string[] = [];

function initialise(): void {
  if (mnemonics.length > 0) return;
  initialiseIced();
  mnemonics = Object.values(Mnemonic)
    .filter((name): name is string => typeof name === "string")
    .map((name) => name.toLowerCase());
  registers = [];
  const add = (first: Register, count: number, width: Width, firstIndex = 0, isHigh = false) => {
    for (let i = 0; i < count; i++) registers[first + i] = { index: firstIndex + i, width, isHigh };
  };
  add(Register.AL, 4, 1);
  add(Register.AH, 4, 1, 0, true);
  add(Register.SPL, 4, 1, 4);
  add(Register.R8L, 8, 1, 8);
  add(Register.AX, 16, 2);
  add(Register.EAX, 16, 4);
  add(Register.RAX, 16, 8);
  add(Register.XMM0, 16, 16);
  add(Register.YMM0, 16, 32);
}

/** Decodes consecutive instructions of one piece of code. Holds memory outside the garbage collector: `free` it. */
export class ReferenceDecoder {
  private readonly decoder: Decoder;
  private readonly instruction: Instruction;

  /** `bytes` begin at `address`. */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly address: bigint,
  ) {
    initialise();
    this.decoder = new Decoder(64, bytes, 0);
    this.decoder.ip = address;
    this.instruction = new Instruction();
  }

  free(): void {
    this.decoder.free();
    this.instruction.free();
  }

  /** The next instruction, or undefined when the bytes end before it does. */
  next(): DecodedInstruction | undefined {
    const { decoder, instruction } = this;
    if (!decoder.canDecode) return undefined;
    decoder.decodeOut(instruction);
    if (decoder.lastError === DecoderError.NoMoreBytes) return undefined;
    const isKnown = decoder.lastError === DecoderError.None && !this.isEvexOrXop(Number(instruction.ip - this.address));
    return isKnown ? this.describe() : this.describeInvalid();
  }

  /** The mnemonic that iced gives the last instruction decoded. */
  get mnemonic(): string {
    return mnemonics[this.instruction.mnemonic] ?? "";
  }

  private describeInvalid(): DecodedInstruction {
    const { ip, length } = this.instruction;
    return {
      address: ip,
      length: Math.max(1, length),
      name: undefined,
      operands: [],
      addressSize32: false,
      endsRun: true,
    };
  }

  private describe(): DecodedInstruction {
    const { instruction } = this;
    const { length, ip: address, opCount } = instruction;
    const mnemonic = this.mnemonic;
    let name = synonyms.get(mnemonic) ?? mnemonic;
    let operands: DecodedOperand[] = [];
    let hasMemory = false;
    const addressSize32 = this.hasAddressSizePrefix(Number(address - this.address));
    const firstKind = opCount > 0 ? instruction.op0Kind : OpKind.Register;
    const secondKind = opCount > 1 ? instruction.op1Kind : OpKind.Register;
    const string = stringInstructions.get(mnemonic);
    const isString = string !== undefined && (isStringKind(firstKind) || isStringKind(secondKind));
    if (isString) {
      const [base, width] = string;
      name = base;
      if (instruction.hasRepnePrefix) name = `${comparingStrings.has(base) ? "repne" : "rep"} ${base}`;
      else if (instruction.hasRepePrefix) name = `${comparingStrings.has(base) ? "repe" : "rep"} ${base}`;
      operands = [{ kind: "immediate", value: 0n, width }];
    } else if (this.isX87(Number(address - this.address))) {
      ({ name, operands } = this.x87Form(Number(address - this.address)));
      hasMemory = operands.length > 1;
    } else if (name === "xlatb") {
      operands = [];
    } else if (name === "mov" && this.touchesSystemRegister()) {
      name = "mov system";
    } else if (!operandsIgnored.test(name)) {
      const defaultWidth = this.operandWidth(name);
      for (let position = 0; position < opCount; position++) {
        // The implicit destination of MASKMOVDQU.
        if (isStringKind(instruction.opKind(position))) continue;
        const operand = this.operand(position, operands[0]?.width ?? defaultWidth);
        if (operand === undefined) return { ...this.describeInvalid(), length };
        hasMemory ||= operand.kind === "memory";
        operands.push(operand);
      }
      // The indices of a gather are an operand of their own.
      const indices = registers[instruction.memoryIndex];
      if (hasMemory && indices && (indices.width === 16 || indices.width === 32)) {
        operands.push({ kind: "vector", index: indices.index, width: indices.width });
      }
      name = this.nameByForm(name, operands);
      if (name === "lea")
        operands = operands.map((operand) => ({ ...operand, width: operands[0]?.width ?? 8 }) as DecodedOperand);
    }
    const segment = this.segmentWithBase(name);
    return {
      address,
      length,
      name,
      operands,
      ...(hasMemory ? { memory: this.memory(name, addressSize32) } : {}),
      ...(segment ? { segment } : {}),
      addressSize32,
      endsRun: withoutSuccessor.has(name),
    };
  }

  /** Encodings that name some instructions as others do, and that we do not have: 62, and 8F where it is no POP. */
  private isEvexOrXop(offset: number): boolean {
    const at = this.opcodeOffset(offset);
    return this.bytes[at] === 0x62 || (this.bytes[at] === 0x8f && ((this.bytes[at + 1] ?? 0) & 0x1f) >= 8);
  }

  /** The escape byte D8 to DF follows the prefixes. */
  private isX87(offset: number): boolean {
    return ((this.bytes[this.opcodeOffset(offset)] ?? 0) & 0xf8) === 0xd8;
  }

  /** An x87 instruction: its opcode (see `x87/instructions.ts`) is the first operand, memory the second. */
  private x87Form(offset: number): { name: string; operands: DecodedOperand[] } {
    const at = this.opcodeOffset(offset);
    const opcode = (((this.bytes[at] ?? 0) & 7) << 8) | (this.bytes[at + 1] ?? 0);
    const hasMemory = (opcode & 0xc0) !== 0xc0;
    const size = hasMemory ? MemorySizeExt.size(this.instruction.memorySize) : 0;
    const operands: DecodedOperand[] = [{ kind: "immediate", value: BigInt(opcode), width: 2 }];
    if (hasMemory) operands.push({ kind: "memory", width: size === 2 || size === 4 ? size : 8 });
    return { name: x87Name(this.mnemonic, opcode, size), operands };
  }

  /** A control or debug register. */
  private touchesSystemRegister(): boolean {
    const { instruction } = this;
    return [instruction.op0Register, instruction.op1Register].some(
      (register) => register >= Register.CR0 && register <= Register.DR15,
    );
  }

  /** The operand size of instructions whose operands do not show it. */
  private operandWidth(name: string): Width {
    const size = Math.abs(this.instruction.stackPointerIncrement);
    return name === "ret" || (name === "push" && size === 2) ? 2 : 8;
  }

  /** Forms that the manual gives one mnemonic and that differ in what they do. */
  private nameByForm(name: string, operands: readonly DecodedOperand[]): string {
    switch (name) {
      case "imul":
        return operands.length === 1 ? "imul1" : operands.length === 3 ? "imul3" : name;
      case "ret":
        return operands.length === 1 ? "ret imm" : name;
      case "call":
      case "jmp":
        // Far: through segments, which programs of 64 bits have no use for.
        return this.instruction.isCallFarIndirect || this.instruction.isJmpFarIndirect ? `${name} far` : name;
      case "push":
      case "pop":
        return Math.abs(this.instruction.stackPointerIncrement) === 2 ? `${name}16` : name;
      case "enter":
        return this.isOf16Bits() ? "enter16" : name;
      case "leave":
        return this.isOf16Bits() ? "leave16" : name;
      case "movd":
      case "movq":
        return operands[0]?.kind === "vector" && operands[1]?.kind === "vector" ? "movq" : name;
      default:
        return name;
    }
  }

  private operand(position: number, defaultWidth: Width): DecodedOperand | undefined {
    const { instruction } = this;
    switch (instruction.opKind(position)) {
      case OpKind.Register: {
        const register = instruction.opRegister(position);
        if (register >= Register.ES && register <= Register.GS) {
          // A selector may be read; loading one is not supported.
          if (position === 0 && instruction.mnemonic !== Mnemonic.Push) return undefined;
          return { kind: "immediate", value: selectors[register - Register.ES] ?? 0n, width: defaultWidth };
        }
        if (register >= Register.MM0 && register <= Register.MM7) {
          return { kind: "mmx", index: register - Register.MM0, width: 8 };
        }
        const description = registers[register];
        if (!description) return undefined;
        const { index, width, isHigh } = description;
        if (width === 16 || width === 32) return { kind: "vector", index, width };
        return { kind: "register", index, isHigh, width };
      }
      case OpKind.NearBranch64:
        return { kind: "branch", target: instruction.nearBranchTarget, width: 8 };
      case OpKind.Immediate8:
      case OpKind.Immediate8_2nd:
      case OpKind.Immediate16:
      case OpKind.Immediate32:
      case OpKind.Immediate64:
      case OpKind.Immediate8to16:
      case OpKind.Immediate8to32:
      case OpKind.Immediate8to64:
      case OpKind.Immediate32to64: {
        const value = BigInt.asIntN(8 * defaultWidth, instruction.immediate(position));
        return { kind: "immediate", value, width: defaultWidth };
      }
      case OpKind.Memory: {
        const size = MemorySizeExt.size(instruction.memorySize);
        const isWidth = size === 1 || size === 2 || size === 4 || size === 8 || size === 16 || size === 32;
        return { kind: "memory", width: isWidth ? size : defaultWidth };
      }
      default:
        return undefined;
    }
  }

  private memory(name: string, addressSize32: boolean): MemoryReference {
    const { instruction } = this;
    if (instruction.isIpRelMemoryOperand) {
      return { scale: 1, displacement: BigInt.asIntN(64, instruction.ipRelMemoryAddress) };
    }
    const base = registers[instruction.memoryBase]?.index;
    const indexRegister = registers[instruction.memoryIndex];
    const index = indexRegister && indexRegister.width <= 8 ? indexRegister.index : undefined;
    const raw = instruction.memoryDisplacementU64;
    let displacement = addressSize32 ? BigInt.asIntN(32, raw) : BigInt.asIntN(64, raw);
    // POP computes an address based on rSP after it has moved rSP (Intel SDM vol. 2, POP).
    if (base === 4 && (name === "pop" || name === "pop16")) displacement += name === "pop" ? 8n : 2n;
    return { base, index, scale: instruction.memoryIndexScale, displacement };
  }

  private segmentWithBase(name: string): "fs" | "gs" | undefined {
    if (name === "lea") return undefined;
    switch (this.instruction.segmentPrefix) {
      case Register.FS:
        return "fs";
      case Register.GS:
        return "gs";
      default:
        return undefined;
    }
  }

  /** ENTER and LEAVE have no operand that shows it. */
  private isOf16Bits(): boolean {
    const start = Number(this.instruction.ip - this.address);
    const opcode = this.opcodeOffset(start);
    const isWide = opcode > start && ((this.bytes[opcode - 1] ?? 0) & 0xf8) === 0x48;
    return !isWide && this.bytes.subarray(start, opcode).includes(operandSizePrefix);
  }

  /** iced does not say so of string and loop instructions. */
  private hasAddressSizePrefix(offset: number): boolean {
    return this.bytes.subarray(offset, this.opcodeOffset(offset)).includes(addressSizePrefix);
  }

  /** Where the prefixes of the instruction at `offset` end. */
  private opcodeOffset(offset: number): number {
    for (let i = offset; ; i++) {
      const byte = this.bytes[i] ?? 0;
      // A REX prefix among the others has no effect.
      const isRex = (byte & 0xf0) === 0x40;
      if (!isRex && byte !== addressSizePrefix && !otherPrefixes.has(byte)) return i;
    }
  }
}

/** Instructions that look at no pending exception. */
const nonWaiting = new Set(["fnstcw", "fnstsw", "fnclex", "fninit", "fneni", "fndisi", "fnsetpm"]);
const ofWholeUnit = new Set(["fldenv", "fnstenv", "frstor", "fnsave"]);
const toMemory = /^f(n?st|ist|bstp)/;

/** x87 instructions differ, for the semantics, in how they reach memory and flags: `semantics/x87.ts`. */
function x87Name(mnemonic: string, opcode: number, size: number): string {
  if (ofWholeUnit.has(mnemonic)) return size === 14 || size === 94 ? `${mnemonic}16` : mnemonic;
  const kind = nonWaiting.has(mnemonic) ? "x87 control" : "x87";
  if ((opcode & 0xc0) !== 0xc0)
    return `${kind} ${toMemory.test(mnemonic) ? "store" : "load"}${size === 10 ? "80" : ""}`;
  if (mnemonic === "fnstsw") return "fnstsw ax";
  if (mnemonic.startsWith("fcmov")) return "fcmovcc";
  return /^fu?comip?$/.test(mnemonic) ? "fcomi" : kind;
}

function isStringKind(kind: OpKind): boolean {
  return kind >= OpKind.MemorySegSI && kind <= OpKind.MemoryESRDI;
}
