import {
  Decoder,
  DecoderOptions,
  FlowControl,
  Formatter,
  FormatterSyntax,
  type Instruction,
  MemorySizeExt,
  OpKind,
  Register,
  RegisterExt,
} from "iced-x86";
import { initialiseIced } from "iced-x86/init";
import { addressPlus, type GuestAddress, guestAddress } from "../base/guest-address.js";
import { type GeneralRegister, generalRegisterNames, type Machine } from "../engine/machine.js";

/** A memory operand: how it is written, and where it points with the registers as they are. */
export interface MemoryOperand {
  readonly address: GuestAddress;
  /** `rsp`, `rbx`; none for absolute addresses. */
  readonly base?: GeneralRegister;
  readonly index?: GeneralRegister;
}

/** What the explanations need to know of an instruction; plain data. */
export interface InstructionFacts {
  readonly address: GuestAddress;
  /** AT&T syntax: `mov %rax,(%rbx)`. */
  readonly text: string;
  readonly mnemonic: string;
  readonly length: number;
  readonly flow: "next" | "call" | "return" | "jump" | "other";
  /** Where a call or jump leads with the registers as they are; undefined where that cannot be read. */
  readonly target?: GuestAddress;
  /** Pushes or pops, or is a call or return. */
  readonly usesStack: boolean;
  readonly memory?: MemoryOperand;
  /** Value of the first operand, zero-extended, where it is a general register or memory that can be read. */
  readonly firstOperand?: bigint;
  /** Width of the first operand in bytes. */
  readonly firstOperandSize: number;
}

const maximumInstructionLength = 15;

/** Decodes the instruction at `address`; undefined where there is no valid one. */
export function instructionAt(machine: Machine, address: GuestAddress): InstructionFacts | undefined {
  const bytes = machine.memory.read(address, maximumInstructionLength);
  if (bytes.length === 0) return undefined;
  initialiseIced();
  const decoder = new Decoder(64, bytes, DecoderOptions.None);
  decoder.ip = address;
  const instruction = decoder.decode();
  try {
    return instruction.isInvalid ? undefined : factsOf(machine, instruction, address);
  } finally {
    instruction.free();
    decoder.free();
  }
}

/** The call that ends just before `returnAddress`, where there is one. */
export function callBefore(machine: Machine, returnAddress: GuestAddress): InstructionFacts | undefined {
  // Near calls have two (register) to nine bytes (prefix, memory with index and displacement).
  for (let length = 2; length <= 9; length++) {
    const facts = instructionAt(machine, addressPlus(returnAddress, -length));
    if (facts?.flow === "call" && facts.length === length) return facts;
  }
  return undefined;
}

function factsOf(machine: Machine, instruction: Instruction, address: GuestAddress): InstructionFacts {
  const formatter = new Formatter(FormatterSyntax.Gas);
  formatter.spaceAfterOperandSeparator = true;
  const text = formatter.format(instruction);
  const mnemonic = formatter.formatMnemonic(instruction);
  formatter.free();
  const memory = memoryOperand(machine, instruction);
  const first = firstOperand(machine, instruction, memory);
  const flow = flowOf(instruction.flowControl);
  const isDirect =
    instruction.flowControl === FlowControl.Call ||
    instruction.flowControl === FlowControl.UnconditionalBranch ||
    instruction.flowControl === FlowControl.ConditionalBranch;
  const target = isDirect ? guestAddress(instruction.nearBranchTarget) : first?.value;
  return {
    address,
    text,
    mnemonic,
    length: instruction.length,
    flow,
    target: (flow === "call" || flow === "jump") && target !== undefined ? guestAddress(target) : undefined,
    usesStack: instruction.isStackInstruction,
    memory,
    firstOperand: first?.value,
    firstOperandSize: first?.size ?? 0,
  };
}

function flowOf(control: FlowControl): InstructionFacts["flow"] {
  switch (control) {
    case FlowControl.Next:
      return "next";
    case FlowControl.Call:
    case FlowControl.IndirectCall:
      return "call";
    case FlowControl.Return:
      return "return";
    case FlowControl.UnconditionalBranch:
    case FlowControl.IndirectBranch:
    case FlowControl.ConditionalBranch:
      return "jump";
    default:
      return "other";
  }
}

function memoryOperand(machine: Machine, instruction: Instruction): MemoryOperand | undefined {
  let hasMemory = false;
  for (let operand = 0; operand < instruction.opCount; operand++) {
    if (instruction.opKind(operand) === OpKind.Memory) hasMemory = true;
  }
  // `lea` computes an address and does not go there.
  if (!hasMemory) return undefined;
  const base = instruction.memoryBase;
  const index = instruction.memoryIndex;
  // For a rip-relative operand the displacement is the address.
  let address: bigint = instruction.memoryDisplacement;
  if (base !== Register.RIP && base !== Register.None) address += registerValue(machine, base) ?? 0n;
  if (index !== Register.None) {
    address += (registerValue(machine, index) ?? 0n) * BigInt(instruction.memoryIndexScale);
  }
  if (instruction.memorySegment === Register.FS) address += machine.registers.fsBase;
  if (instruction.memorySegment === Register.GS) address += machine.registers.gsBase;
  return {
    address: guestAddress(address),
    base: base === Register.RIP ? undefined : registerName(base),
    index: registerName(index),
  };
}

function firstOperand(
  machine: Machine,
  instruction: Instruction,
  memory: MemoryOperand | undefined,
): { value: bigint; size: number } | undefined {
  if (instruction.opCount === 0) return undefined;
  const kind = instruction.opKind(0);
  if (kind === OpKind.Register) {
    const register = instruction.opRegister(0);
    const value = registerValue(machine, register);
    return value === undefined ? undefined : { value, size: RegisterExt.size(register) };
  }
  if (kind !== OpKind.Memory || memory === undefined) return undefined;
  const size = Math.min(8, MemorySizeExt.size(instruction.memorySize));
  const bytes = machine.memory.read(memory.address, size);
  if (bytes.length < size) return undefined;
  return { value: bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n), size };
}

function registerName(register: Register): GeneralRegister | undefined {
  if (!RegisterExt.isGPR(register)) return undefined;
  return generalRegisterNames[RegisterExt.number(RegisterExt.fullRegister(register))];
}

/** The value of a general register of any width, zero-extended. */
function registerValue(machine: Machine, register: Register): bigint | undefined {
  const name = registerName(register);
  if (name === undefined) return undefined;
  const value = machine.registers.general(name);
  const isHighByte = register >= Register.AH && register <= Register.BH;
  return isHighByte ? (value >> 8n) & 0xffn : BigInt.asUintN(RegisterExt.size(register) * 8, value);
}
