import {
  Decoder,
  DecoderOptions,
  FlowControl,
  Instruction,
  InstructionInfoFactory,
  MemorySizeExt,
  Mnemonic,
  OpAccess,
  OpKind,
  Register,
  RegisterExt,
} from "iced-x86";
import { initialiseIced } from "iced-x86/init";

/** A general register by hardware number (0 rax … 4 rsp, 5 rbp … 15 r15), whole: all 64 bits. */
export type RegisterNumber = number;

/** An operand as far as the stack analysis cares. */
export type Operand =
  | { readonly kind: "register"; readonly register: RegisterNumber }
  /** `base`: undefined when there is none; indexed and rip-relative operands have no usable base either. */
  | {
      readonly kind: "memory";
      readonly base: RegisterNumber | undefined;
      readonly displacement: number;
      readonly size: number;
    }
  | { readonly kind: "immediate"; readonly value: number }
  | { readonly kind: "other" };

/** What an instruction does, for those that move stack pointers and saved registers about. */
export type Operation = "push" | "pop" | "mov" | "lea" | "add" | "sub" | "and" | "xchg" | "leave" | "enter" | "other";

export type Flow =
  | { readonly kind: "next" }
  | { readonly kind: "jump"; readonly target: number }
  | { readonly kind: "branch"; readonly target: number }
  | { readonly kind: "indirectJump" }
  /** `target`: of a direct call. */
  | { readonly kind: "call"; readonly target: number | undefined }
  | { readonly kind: "return" }
  | { readonly kind: "end" };

/** An instruction reduced to what it does to the stack pointer, to general registers and to stack slots. */
export interface InstructionFacts {
  readonly address: number;
  readonly length: number;
  readonly operation: Operation;
  readonly operands: readonly Operand[];
  readonly flow: Flow;
  /** General registers it writes, whole or in part. */
  readonly writes: readonly RegisterNumber[];
  /** Memory that operand 0 names is written. */
  readonly writesOperand0: boolean;
  /** What it adds to rsp: pushes negative. Zero for what `operation` describes otherwise. */
  readonly stackIncrement: number;
  /** rip-relative address or absolute immediate that it mentions: an address that may be taken. */
  readonly mentions: number | undefined;
}

/** iced's names and numbers as we need them; made when iced is there. */
function makeTables() {
  const writingAccesses = new Set<OpAccess>([
    OpAccess.Write,
    OpAccess.CondWrite,
    OpAccess.ReadWrite,
    OpAccess.ReadCondWrite,
  ]);
  const operations = new Map<Mnemonic, Operation>([
    [Mnemonic.Push, "push"],
    [Mnemonic.Pop, "pop"],
    [Mnemonic.Mov, "mov"],
    [Mnemonic.Lea, "lea"],
    [Mnemonic.Add, "add"],
    [Mnemonic.Sub, "sub"],
    [Mnemonic.And, "and"],
    [Mnemonic.Xchg, "xchg"],
    [Mnemonic.Leave, "leave"],
    [Mnemonic.Enter, "enter"],
  ]);
  return { writingAccesses, operations, instruction: new Instruction(), info: new InstructionInfoFactory() };
}

/** The longest an instruction can be (Intel SDM vol. 2, 2.3.11). */
export const maximumInstructionLength = 15;

/**
 * Decodes instructions one at a time into facts. One of it serves for ever: it keeps the decoder's memory. iced is not
 * loaded before something is read.
 */
export class InstructionReader {
  #tables: ReturnType<typeof makeTables> | undefined;

  /** The facts of all instructions from the start of `bytes` on, up to `limit` of them; ends at one that does not decode. */
  read(bytes: Uint8Array, address: number, limit = Number.POSITIVE_INFINITY): InstructionFacts[] {
    initialiseIced();
    this.#tables ??= makeTables();
    const { instruction } = this.#tables;
    const facts: InstructionFacts[] = [];
    const decoder = new Decoder(64, bytes, DecoderOptions.None);
    try {
      decoder.ip = BigInt(address);
      while (decoder.canDecode && facts.length < limit) {
        const at = address + decoder.position;
        decoder.decodeOut(instruction);
        if (instruction.isInvalid) break;
        facts.push(factsOf(this.#tables, at));
      }
    } finally {
      decoder.free();
    }
    return facts;
  }
}

function factsOf(tables: ReturnType<typeof makeTables>, address: number): InstructionFacts {
  const { instruction, operations, writingAccesses } = tables;
  const operation = operations.get(instruction.mnemonic) ?? "other";
  const operands: Operand[] = [];
  for (let i = 0; i < instruction.opCount; i++) operands.push(operandOf(instruction, i));
  const writes = new Set<RegisterNumber>();
  let writesOperand0 = false;
  const info = tables.info.info(instruction);
  try {
    writesOperand0 = writingAccesses.has(info.op0Access) && operands[0]?.kind === "memory";
    for (const used of info.usedRegisters()) {
      if (writingAccesses.has(used.access)) {
        const number = generalNumber(used.register);
        if (number !== undefined) writes.add(number);
      }
      used.free();
    }
  } finally {
    info.free();
  }
  // The kernel's result, which the decoder cannot know of.
  if (instruction.mnemonic === Mnemonic.Syscall) writes.add(0);
  const isStack = instruction.isStackInstruction && operation !== "enter" && operation !== "leave";
  return {
    address,
    length: instruction.length,
    operation,
    operands,
    flow: flowOf(instruction),
    writes: [...writes],
    writesOperand0,
    stackIncrement: isStack ? instruction.stackPointerIncrement : 0,
    mentions: mentionOf(instruction),
  };
}

function generalNumber(register: Register): RegisterNumber | undefined {
  if (!RegisterExt.isGPR(register)) return undefined;
  return RegisterExt.number(RegisterExt.fullRegister(register));
}

function operandOf(instruction: Instruction, index: number): Operand {
  switch (instruction.opKind(index)) {
    case OpKind.Register: {
      const register = instruction.opRegister(index);
      // Only whole registers carry an address.
      if (!RegisterExt.isGPR64(register)) return { kind: "other" };
      return { kind: "register", register: RegisterExt.number(register) };
    }
    case OpKind.Memory: {
      const plain = instruction.memoryIndex === Register.None && !isSegmentRelative(instruction);
      return {
        kind: "memory",
        base: plain && RegisterExt.isGPR64(instruction.memoryBase) ? generalNumber(instruction.memoryBase) : undefined,
        displacement: Number(BigInt.asIntN(64, instruction.memoryDisplacement)),
        size: MemorySizeExt.size(instruction.memorySize),
      };
    }
    case OpKind.Immediate8:
    case OpKind.Immediate16:
    case OpKind.Immediate32:
    case OpKind.Immediate64:
    case OpKind.Immediate8to16:
    case OpKind.Immediate8to32:
    case OpKind.Immediate8to64:
    case OpKind.Immediate32to64:
      return { kind: "immediate", value: Number(BigInt.asIntN(64, instruction.immediate(index))) };
    default:
      return { kind: "other" };
  }
}

function isSegmentRelative(instruction: Instruction): boolean {
  return instruction.segmentPrefix === Register.FS || instruction.segmentPrefix === Register.GS;
}

function flowOf(instruction: Instruction): Flow {
  switch (instruction.flowControl) {
    case FlowControl.UnconditionalBranch:
      return { kind: "jump", target: Number(instruction.nearBranchTarget) };
    case FlowControl.ConditionalBranch:
      return { kind: "branch", target: Number(instruction.nearBranchTarget) };
    case FlowControl.IndirectBranch:
      return { kind: "indirectJump" };
    case FlowControl.Return:
      return { kind: "return" };
    case FlowControl.Call:
      // The decoder counts system calls among the calls; they come back like any instruction.
      return instruction.isCallNear ? { kind: "call", target: Number(instruction.nearBranchTarget) } : { kind: "next" };
    case FlowControl.IndirectCall:
      return { kind: "call", target: undefined };
    case FlowControl.Exception:
      return { kind: "end" };
    default:
      return instruction.mnemonic === Mnemonic.Hlt ? { kind: "end" } : { kind: "next" };
  }
}

function mentionOf(instruction: Instruction): number | undefined {
  if (instruction.isIpRelMemoryOperand) return Number(instruction.ipRelMemoryAddress);
  for (let i = 0; i < instruction.opCount; i++) {
    const kind = instruction.opKind(i);
    if (kind === OpKind.Immediate32 || kind === OpKind.Immediate64 || kind === OpKind.Immediate32to64) {
      return Number(instruction.immediate(i));
    }
  }
  return undefined;
}
