/** Decodes and formats single instructions of the program's memory, in the syntax of its source. */
import { Decoder, DecoderOptions, FlowControl, Formatter, FormatterSyntax, type Instruction, OpKind } from "iced-x86";
import { initialiseIced } from "iced-x86/init";
import { type GuestAddress, guestAddress } from "../runtime/base/guest-address.js";
import type { Launched } from "./launched.js";

/** In bytes (Intel SDM vol. 2, 2.3.11). */
export const longestInstruction = 15;

export interface DecodedInstruction {
  readonly address: GuestAddress;
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** The function that it calls, where the instruction itself names it. */
  readonly calls?: GuestAddress;
  /** False for bytes that are no instruction, and where no code is. */
  readonly isValid: boolean;
}

/** Holds memory outside the garbage collector's: call `free` at the end. */
export class InstructionDecoder {
  readonly #formatters = new Map<FormatterSyntax, Formatter>();

  constructor(private readonly launched: Launched) {
    initialiseIced();
  }

  free(): void {
    for (const formatter of this.#formatters.values()) formatter.free();
    this.#formatters.clear();
  }

  /** The instruction at `address`. What is none is one byte long. */
  decode(address: GuestAddress): DecodedInstruction {
    const { memory } = this.launched.debuggee;
    if (memory.permissionsAt(address)?.execute !== true) return this.unknownByte(address);
    const bytes = memory.read(address, longestInstruction);
    const decoder = new Decoder(64, bytes, DecoderOptions.None);
    decoder.ip = address;
    const instruction = decoder.decode();
    try {
      if (instruction.isInvalid) return this.unknownByte(address);
      const target = instruction.flowControl === FlowControl.Call ? targetOf(instruction) : undefined;
      return {
        address,
        ...(target !== undefined && { calls: guestAddress(target) }),
        length: instruction.length,
        bytes: bytes.subarray(0, instruction.length),
        text: this.#format(instruction, address),
        isValid: true,
      };
    } finally {
      instruction.free();
      decoder.free();
    }
  }

  /** A byte that is part of no instruction. */
  unknownByte(address: GuestAddress): DecodedInstruction {
    const { memory } = this.launched.debuggee;
    const bytes = memory.read(address, 1);
    const permissions = memory.permissionsAt(address);
    const text =
      permissions === undefined ? "(not mapped)" : permissions.execute ? "(not an instruction)" : "(not code)";
    return { address, length: 1, bytes, text, isValid: false };
  }

  #format(instruction: Instruction, address: GuestAddress): string {
    const isIntel = this.launched.program.isIntelSyntaxAt(address);
    const text = this.#formatter(isIntel ? FormatterSyntax.Intel : FormatterSyntax.Gas).format(instruction);
    const target = targetOf(instruction);
    const name = target === undefined ? undefined : this.launched.program.describeAddress(target);
    return name === undefined ? text : `${text} <${name}>`;
  }

  #formatter(syntax: FormatterSyntax): Formatter {
    let formatter = this.#formatters.get(syntax);
    if (formatter === undefined) {
      formatter = new Formatter(syntax);
      formatter.hexPrefix = "0x";
      formatter.hexSuffix = "";
      formatter.uppercaseHex = false;
      formatter.smallHexNumbersInDecimal = true;
      formatter.branchLeadingZeros = false;
      formatter.ripRelativeAddresses = true;
      formatter.spaceAfterOperandSeparator = true;
      formatter.showBranchSize = false;
      formatter.firstOperandCharIndex = 8;
      this.#formatters.set(syntax, formatter);
    }
    return formatter;
  }
}

/** The address that an instruction names: where it branches to, or the memory that it addresses from rip. */
function targetOf(instruction: Instruction): bigint | undefined {
  for (let operand = 0; operand < instruction.opCount; operand++) {
    switch (instruction.opKind(operand)) {
      case OpKind.NearBranch16:
      case OpKind.NearBranch32:
      case OpKind.NearBranch64:
        return guestAddress(instruction.nearBranchTarget);
      case OpKind.Memory:
        if (instruction.isIpRelMemoryOperand) return guestAddress(instruction.ipRelMemoryAddress);
    }
  }
  return undefined;
}
