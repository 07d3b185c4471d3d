/**
 * Bytes to instructions, by table: what every program is made of. Encodings that the table does not have (of AVX-512,
 * or none at all) are left to the reference decoder. Intel SDM vol. 2, 2.1 to 2.3.
 */
import type { DecodedInstruction, DecodedOperand, MemoryReference } from "./decoded-instruction.js";
import { type InstructionTemplate, type OperandTemplate, opcodeEntry, opcodeMaps } from "./opcode-table.js";
import { ReferenceDecoder } from "./reference-decoder.js";
import type { Width } from "./value.js";

export type { DecodedInstruction, DecodedOperand, MemoryReference } from "./decoded-instruction.js";

const longestInstruction = 15;
const withoutSuccessor = new Set(["jmp", "ret", "ret imm", "ud2", "hlt"]);
const stackPointer = 4;

/** Bits of a REX prefix. */
const rexB = 1;
const rexX = 2;
const rexR = 4;
const rexW = 8;

/** Decodes consecutive instructions of one piece of code. */
export class InstructionDecoder {
  private position = 0;
  /** Where the last instruction began. */
  private last = 0;

  // Of the instruction that is being decoded.
  /** REX, or what VEX has of it; 0: none. */
  private rex = 0;
  private opcode = 0;
  private modrm = 0;
  private vvvv = 0;
  private segment: "fs" | "gs" | undefined;
  private addressSize32 = false;
  private base: number | undefined;
  private index: number | undefined;
  /** The index register of a gather. */
  private vectorIndex: number | undefined;
  private scale = 1;
  private displacement = 0;
  /** Instead of the displacement. */
  private bareAddress: bigint | undefined;
  /** The displacement is relative to the next instruction. */
  private isRelative = false;
  /** Where the immediates begin. */
  private trailing = 0;

  /** `bytes` begin at `address`. */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly address: bigint,
  ) {}

  /** The next instruction, or undefined when the bytes end before it does. */
  next(): DecodedInstruction | undefined {
    this.last = this.position;
    const found = this.decode();
    const instruction = found === "unknown" ? this.askReference() : found;
    if (instruction) this.position += instruction.length;
    return instruction;
  }

  /** The mnemonic of the last instruction decoded. */
  get mnemonic(): string {
    const reference = new ReferenceDecoder(this.bytes.subarray(this.last), 0n);
    reference.next();
    const { mnemonic } = reference;
    reference.free();
    return mnemonic;
  }

  private askReference(): DecodedInstruction | undefined {
    const { address, last } = this;
    const reference = new ReferenceDecoder(this.bytes.subarray(last), BigInt.asUintN(64, address + BigInt(last)));
    const instruction = reference.next();
    reference.free();
    return instruction;
  }

  private decode(): DecodedInstruction | "unknown" | undefined {
    const { bytes } = this;
    const start = this.position;
    let at = start;
    let operandSize = 0;
    let repeat = 0;
    let hasLock = false;
    let rex = 0;
    this.segment = undefined;
    this.addressSize32 = false;
    let byte = bytes[at++];
    prefixes: for (; ; byte = bytes[at++]) {
      switch (byte) {
        case 0x66:
          operandSize = 1;
          break;
        case 0x67:
          this.addressSize32 = true;
          break;
        case 0xf0:
          hasLock = true;
          break;
        case 0xf2:
        case 0xf3: {
          const kind = byte === 0xf3 ? 1 : 2;
          if (repeat !== 0 && repeat !== kind) return "unknown";
          repeat = kind;
          break;
        }
        case 0x64:
          this.segment = "fs";
          break;
        case 0x65:
          this.segment = "gs";
          break;
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
          break;
        default:
          if (byte === undefined || (byte & 0xf0) !== 0x40) break prefixes;
          rex = byte;
          continue;
      }
      // A REX prefix must stand directly before the opcode.
      rex = 0;
    }
    if (byte === undefined) return undefined;

    let map: number = opcodeMaps.oneByte;
    let combination = 4 * repeat + 2 * operandSize + ((rex & rexW) >> 3);
    this.vvvv = 0;
    if (byte === 0x0f) {
      map = opcodeMaps.escape0f;
      byte = bytes[at++];
      if (byte === 0x38 || byte === 0x3a) {
        map += byte === 0x38 ? 1 : 2;
        byte = bytes[at++];
      }
    } else if (byte === 0xc4 || byte === 0xc5) {
      if (rex !== 0 || operandSize !== 0 || repeat !== 0 || hasLock) return "unknown";
      const first = bytes[at++];
      const last = byte === 0xc5 ? first : bytes[at++];
      if (first === undefined || last === undefined) return undefined;
      // The bits of REX are inverted here.
      const selected = byte === 0xc5 ? 1 : first & 0x1f;
      if (selected < 1 || selected > 3) return "unknown";
      map = opcodeMaps.vexBase + selected;
      rex = byte === 0xc5 ? ((first >> 5) & rexR) ^ rexR : (first >> 5) ^ 7;
      this.vvvv = ((last >> 3) & 15) ^ 15;
      const wide = byte === 0xc4 ? last >> 7 : 0;
      combination = 4 * (last & 3) + 2 * wide + ((last >> 2) & 1);
      byte = bytes[at++];
    }
    if (byte === undefined) return undefined;
    // XCHG with R8; NOP is the one with RAX.
    if (map === opcodeMaps.oneByte && byte === 0x90 && (rex & rexB) !== 0) return "unknown";
    const entry = opcodeEntry(map, byte);
    if (!entry) return "unknown";
    this.opcode = byte;
    this.rex = rex;
    this.modrm = 0;
    if (entry.hasModrm) {
      const modrm = bytes[at++];
      if (modrm === undefined) return undefined;
      this.modrm = modrm;
    }
    const template = entry.template(combination, this.modrm);
    if (!template) return "unknown";
    const hasMemory = entry.hasModrm && this.modrm < 0xc0;
    if (hasLock && !(template.allowsLock && hasMemory)) return "unknown";
    if (this.addressSize32 && template.dependsOnAddressSize) return "unknown";
    if (this.vvvv !== 0 && !template.usesVvvv) return "unknown";
    this.base = undefined;
    this.index = undefined;
    this.vectorIndex = undefined;
    this.scale = 1;
    this.displacement = 0;
    this.bareAddress = undefined;
    this.isRelative = false;
    if (hasMemory) at = this.readMemory(at, template.isGather);
    else if (template.hasBareAddress) at = this.readBareAddress(at);
    this.trailing = at;
    if (!template.hasBareAddress) at += template.trailing;
    if (at > bytes.length) return undefined;
    const length = at - start;
    if (length > longestInstruction) return "unknown";
    return this.describe(template, start, length);
  }

  /** Reads SIB and displacement; returns where they end. Intel SDM vol. 2, 2.1.5. */
  private readMemory(from: number, isGather: boolean): number {
    const { bytes, modrm, rex } = this;
    let at = from;
    const mod = modrm >> 6;
    const rm = modrm & 7;
    let size = mod === 1 ? 1 : mod === 2 ? 4 : 0;
    let base: number | undefined = rm;
    if (rm === 4) {
      const sib = bytes[at++] ?? 0;
      const number = ((sib >> 3) & 7) | ((rex & rexX) << 2);
      if (isGather) this.vectorIndex = number;
      // There is no index rSP.
      else if (number !== stackPointer) this.index = number;
      this.scale = 1 << (sib >> 6);
      base = sib & 7;
    }
    if (base === 5 && mod === 0) {
      this.isRelative = rm === 5;
      base = undefined;
      size = 4;
    }
    if (base !== undefined) this.base = base | ((rex & rexB) << 3);
    this.displacement = this.signed(at, size);
    return at + size;
  }

  /** The address of MOV's short forms: 64 bits, or 32 under an address-size prefix. */
  private readBareAddress(at: number): number {
    const low = this.signed(at, 4);
    if (this.addressSize32) {
      this.bareAddress = BigInt(low);
      return at + 4;
    }
    this.bareAddress = (BigInt(this.signed(at + 4, 4)) << 32n) | BigInt(low >>> 0);
    return at + 8;
  }

  private describe(template: InstructionTemplate, start: number, length: number): DecodedInstruction | "unknown" {
    const { name } = template;
    const address = this.address + BigInt(start);
    if (template.isGather && !this.isGatherOfDistinctRegisters()) return "unknown";
    // CR8 and registers that do not exist.
    if (name === "mov system" && (this.rex & rexR) !== 0) return "unknown";
    const operands: DecodedOperand[] = [];
    let hasMemory = false;
    for (const each of template.operands) {
      const operand = this.operand(each, address, length);
      if (operand.kind === "memory") hasMemory = true;
      operands.push(operand);
    }
    const segment = name === "lea" ? undefined : this.segment;
    const isPlain = segment === undefined && !this.addressSize32;
    return {
      address,
      length,
      name,
      shape: (template.number << 2) | (hasMemory ? 2 : 0) | (isPlain ? 1 : 0),
      operands,
      memory: hasMemory ? this.memoryReference(name, address, length) : undefined,
      segment,
      addressSize32: this.addressSize32,
      endsRun: withoutSuccessor.has(name),
    };
  }

  private operand(
    { place, width, size, offset, value }: OperandTemplate,
    address: bigint,
    length: number,
  ): DecodedOperand {
    const { modrm, rex } = this;
    const reg = ((modrm >> 3) & 7) | ((rex & rexR) << 1);
    const rm = (modrm & 7) | ((rex & rexB) << 3);
    switch (place) {
      case "r":
        return this.general(reg, width);
      case "e":
        return modrm < 0xc0 ? { kind: "memory", width } : this.general(rm, width);
      case "v":
        return { kind: "register", index: this.vvvv, isHigh: false, width };
      case "o":
        return this.general((this.opcode & 7) | ((rex & rexB) << 3), width);
      case "f":
        return { kind: "register", index: value, isHigh: false, width };
      case "R":
        return vector(reg, width);
      case "E":
        return modrm < 0xc0 ? { kind: "memory", width } : vector(rm, width);
      case "V":
        return vector(this.vvvv, width);
      case "I":
        return vector((this.bytes[this.trailing] ?? 0) >> 4, width);
      case "g":
        return vector(this.vectorIndex ?? 0, width);
      case "Q":
        return { kind: "mmx", index: (modrm >> 3) & 7, width: 8 };
      case "P":
        return modrm < 0xc0 ? { kind: "memory", width } : { kind: "mmx", index: modrm & 7, width: 8 };
      case "m":
        return { kind: "memory", width };
      case "s":
        return { kind: "immediate", value: this.immediate(offset, size, width, true), width };
      case "u":
        return { kind: "immediate", value: this.immediate(offset, size, width, false), width };
      case "c":
        return { kind: "immediate", value: BigInt(value), width };
      case "x":
        return { kind: "immediate", value: BigInt(((this.opcode & 7) << 8) | modrm), width };
      case "b": {
        const target = address + BigInt(length + this.signed(this.trailing + offset, size));
        return { kind: "branch", target: BigInt.asUintN(64, target), width: 8 };
      }
    }
  }

  /** Without REX, the numbers 4 to 7 are AH to BH where they are of bytes. */
  private general(number: number, width: Width): DecodedOperand {
    const isHigh = width === 1 && this.rex === 0 && number >= 4;
    return { kind: "register", index: isHigh ? number - 4 : number, isHigh, width };
  }

  /** Sign-extended from the operand size, if it is not of fewer bytes and unsigned. */
  private immediate(offset: number, size: number, width: Width, isSigned: boolean): bigint {
    const at = this.trailing + offset;
    if (size === 8) return (BigInt(this.signed(at + 4, 4)) << 32n) | BigInt(this.signed(at, 4) >>> 0);
    const value = this.signed(at, size);
    return BigInt(isSigned || size >= width ? value : size === 4 ? value >>> 0 : value & ((1 << (8 * size)) - 1));
  }

  /** The number of 0, 1, 2 or 4 bytes at an index; what is behind the end reads as 0. */
  private signed(at: number, size: number): number {
    const { bytes } = this;
    switch (size) {
      case 1:
        return ((bytes[at] ?? 0) << 24) >> 24;
      case 2:
        return (((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 24)) >> 16;
      case 4:
        return (
          (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
        );
      default:
        return 0;
    }
  }

  private memoryReference(name: string, address: bigint, length: number): MemoryReference {
    const { base, index, scale } = this;
    let displacement = this.bareAddress ?? BigInt(this.displacement);
    if (this.isRelative) {
      const target = address + BigInt(length) + displacement;
      displacement = this.addressSize32 ? BigInt.asUintN(32, target) : BigInt.asIntN(64, target);
    } else if (base === stackPointer && (name === "pop" || name === "pop16")) {
      // POP computes an address based on rSP after it has moved rSP (Intel SDM vol. 2, POP).
      displacement += name === "pop" ? 8n : 2n;
    }
    return { base, index, scale, displacement };
  }

  /** Others raise #UD (Intel SDM vol. 2, VGATHERDPD). */
  private isGatherOfDistinctRegisters(): boolean {
    const destination = ((this.modrm >> 3) & 7) | ((this.rex & rexR) << 1);
    const { vectorIndex: index, vvvv } = this;
    return index !== undefined && destination !== index && destination !== vvvv && vvvv !== index;
  }
}

function vector(index: number, width: Width): DecodedOperand {
  return { kind: "vector", index, width: width === 32 ? 32 : 16 };
}
