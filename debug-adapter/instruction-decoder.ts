/** Decodes and formats instructions of the program's memory, in the syntax of its source. */
import { Decoder, DecoderOptions, FlowControl, Formatter, FormatterSyntax, Instruction, OpKind } from "iced-x86";
import { initialiseIced } from "iced-x86/init";
import { addressPlus, type GuestAddress, guestAddress } from "../runtime/base/guest-address.js";
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

/** How many bytes of code are read at once. */
const mostBytes = 1 << 16;
const pageSize = 4096n;

/** What is made once: the decoder's memory is outside the garbage collector's. */
let shared: { readonly instruction: Instruction; readonly formatters: Map<FormatterSyntax, Formatter> } | undefined;

function sharedTools() {
  initialiseIced();
  shared ??= { instruction: new Instruction(), formatters: new Map() };
  return shared;
}

export class InstructionDecoder {
  constructor(private readonly launched: Launched) {}

  /** The instruction at `address`. What is none is one byte long. */
  decode(address: GuestAddress): DecodedInstruction {
    const [instruction] = this.decodeRun(address, 1);
    return instruction ?? this.unknownByte(address);
  }

  /** So many instructions from `address` on, up to the first that begins at `end` or behind it. */
  decodeRun(address: GuestAddress, count: number, end?: GuestAddress): DecodedInstruction[] {
    const list: DecodedInstruction[] = [];
    for (let next = address; list.length < count && (end === undefined || next < end); ) {
      const before = list.length;
      this.#decodePiece(next, count, end, list);
      if (list.length === before) list.push(this.unknownByte(next));
      const last = list[list.length - 1];
      if (last !== undefined) next = addressPlus(last.address, last.length);
    }
    return list;
  }

  /** Adds instructions up to the first byte that is part of none, or to the end of a piece of memory. */
  #decodePiece(start: GuestAddress, count: number, end: GuestAddress | undefined, list: DecodedInstruction[]): void {
    const { memory } = this.launched.debuggee;
    const { instruction } = sharedTools();
    const length = Math.min(mostBytes, (count - list.length) * longestInstruction);
    const bytes = memory.read(start, length);
    const decoder = new Decoder(64, bytes, DecoderOptions.None);
    try {
      decoder.ip = start;
      let executablePage = -1n;
      for (let offset = 0; list.length < count && offset < bytes.length; ) {
        const address = addressPlus(start, offset);
        if (end !== undefined && address >= end) return;
        // The last one may be cut off, unless what follows cannot be read.
        if (offset > 0 && offset + longestInstruction > bytes.length && bytes.length === length) return;
        const page = address / pageSize;
        if (page !== executablePage && memory.permissionsAt(address)?.execute !== true) return;
        executablePage = page;
        decoder.decodeOut(instruction);
        if (instruction.isInvalid) return;
        const behind = offset + instruction.length;
        list.push(this.#describe(instruction, address, bytes.subarray(offset, behind)));
        offset = behind;
      }
    } finally {
      decoder.free();
    }
  }

  #describe(instruction: Instruction, address: GuestAddress, bytes: Uint8Array): DecodedInstruction {
    const flow = instruction.flowControl;
    const target = targetOf(instruction, flow);
    const calls = flow === FlowControl.Call ? target : undefined;
    return {
      address,
      ...(calls !== undefined && { calls: guestAddress(calls) }),
      length: bytes.length,
      bytes,
      text: this.#format(instruction, address, target),
      isValid: true,
    };
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

  #format(instruction: Instruction, address: GuestAddress, target: bigint | undefined): string {
    const isIntel = this.launched.program.isIntelSyntaxAt(address);
    const text = formatterFor(isIntel ? FormatterSyntax.Intel : FormatterSyntax.Gas).format(instruction);
    const name = target === undefined ? undefined : this.launched.program.describeAddress(target);
    return name === undefined ? text : `${text} <${name}>`;
  }
}

function formatterFor(syntax: FormatterSyntax): Formatter {
  const { formatters } = sharedTools();
  let formatter = formatters.get(syntax);
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
    formatters.set(syntax, formatter);
  }
  return formatter;
}

/** The address that an instruction names: where it branches to, or the memory that it addresses from rip. */
function targetOf(instruction: Instruction, flow: FlowControl): bigint | undefined {
  if (flow !== FlowControl.Next && instruction.opCount > 0) {
    switch (instruction.opKind(0)) {
      case OpKind.NearBranch16:
      case OpKind.NearBranch32:
      case OpKind.NearBranch64:
        return guestAddress(instruction.nearBranchTarget);
    }
  }
  return instruction.isIpRelMemoryOperand ? guestAddress(instruction.ipRelMemoryAddress) : undefined;
}
