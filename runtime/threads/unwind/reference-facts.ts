/**
 * Facts of instructions by iced-x86, which knows all of them. `instruction-facts.ts` has those of the instructions that
 * programs are made of.
 */
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
import type { Flow, InstructionFacts, Operand, Operation, RegisterNumber } from "./instruction-facts.js";
import { mentionOf } from "./mentions.js";

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

let tables: ReturnType<typeof makeTables> | undefined;

/** The facts of the instruction that `bytes` begin with; undefined when they are none. */
export function referenceFacts(bytes: Uint8Array, address: number): InstructionFacts | undefined {
  initialiseIced();
  tables ??= makeTables();
  const { instruction } = tables;
  const decoder = new Decoder(64, bytes, DecoderOptions.None);
  try {
    decoder.ip = BigInt(address);
    decoder.decodeOut(instruction);
    return instruction.isInvalid ? undefined : factsOf(tables, address);
  } finally {
    decoder.free();
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
    mentions: mentionOf(operands),
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
      const fixed = plain ? fixedAddress(instruction) : undefined;
      return {
        kind: "memory",
        base: plain && RegisterExt.isGPR64(instruction.memoryBase) ? generalNumber(instruction.memoryBase) : undefined,
        displacement: Number(BigInt.asIntN(64, instruction.memoryDisplacement)),
        size: MemorySizeExt.size(instruction.memorySize),
        ...(fixed !== undefined && { address: Number(fixed) }),
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

/** Of an operand in memory without an index. */
function fixedAddress(instruction: Instruction): bigint | undefined {
  if (instruction.isIpRelMemoryOperand) return instruction.ipRelMemoryAddress;
  return instruction.memoryBase === Register.None ? BigInt.asUintN(64, instruction.memoryDisplacement) : undefined;
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
