/**
 * A row of the encoding table and operands to bytes. SDM vol. 2A, chapter 2 (instruction format, VEX, EVEX); AMD's
 * manual vol. 6 for XOP. The order of prefixes is GNU as's.
 */
import { Encoding, type EncodingRow, Flags, type OperandKind } from "./encoding-table.js";
import type { Register } from "./registers.js";
import { isConstant, type Value } from "./symbols.js";
import type { Decorations, Operand } from "./syntax.js";

/** An operand with what its expressions are worth, and what it is, as the table's masks. */
export interface BoundOperand {
  readonly syntax: Operand;
  readonly register: Register | undefined;
  /** The immediate or displacement. */
  readonly value: Value;
  readonly operandMask: number;
  readonly valueMask: number;
  readonly decorations: Decorations | undefined;
}

/** A field of the instruction whose value is not known yet. */
export interface EncodedField {
  readonly at: number;
  readonly size: number;
  readonly value: Value;
  readonly isRelative: boolean;
  readonly isSigned: boolean;
  readonly isBranch: boolean;
  readonly operand: BoundOperand;
}

/** What prefixes in the source ask for. */
export interface Prefixes {
  readonly segment: number;
  readonly repeat: number;
  readonly lock: boolean;
  readonly data16: boolean;
  readonly address32: boolean;
  readonly rex: number;
  readonly forceVex3: boolean;
  /** `{rex}`: a REX prefix even where none is needed, if no operand forbids it. */
  readonly forceRex: boolean;
  readonly forceDisplacement: 0 | 1 | 4;
}

export const noPrefixes: Prefixes = {
  segment: 0,
  repeat: 0,
  lock: false,
  data16: false,
  address32: false,
  rex: 0,
  forceVex3: false,
  forceRex: false,
  forceDisplacement: 0,
};

const segmentBytes: Readonly<Record<string, number>> = { es: 0x26, cs: 0x2e, ss: 0x36, ds: 0x3e, fs: 0x64, gs: 0x65 };

/** The prefix byte of a segment register. */
export const segmentPrefix = (register: Register): number => segmentBytes[register.name] ?? 0;

/** Bytes that one step of an EVEX 8-bit displacement stands for, by tuple type: whole vector, and broadcast element. */
const tupleSteps: readonly (readonly [number, number])[] = [
  ...[1, 2, 4, 8, 16, 32, 64].map((n) => [n, n] as const),
  ...[8, 16, 32, 64].map((n) => [n, 4] as const),
  ...[16, 32, 64].map((n) => [n, 8] as const),
  ...[4, 8, 16, 32, 64].map((n) => [n, 2] as const),
];

const vexMaps = [0, 1, 2, 3, 5, 6, 8, 9, 10];
const vexPrefixes = [0, 0, 1, 2, 3];
const roundingBits: Readonly<Record<string, number>> = { "rn-sae": 0, "rd-sae": 1, "ru-sae": 2, "rz-sae": 3 };

/** The bytes of one instruction; one object is reused for all. */
export class InstructionBuffer {
  readonly bytes = new Uint8Array(64);
  length = 0;
  fields: EncodedField[] = [];

  clear(): void {
    this.length = 0;
    if (this.fields.length > 0) this.fields = [];
  }

  put(byte: number): void {
    this.bytes[this.length++] = byte;
  }

  putInteger(value: bigint, size: number): void {
    if (size <= 4) {
      let low = Number(BigInt.asUintN(32, value));
      for (let i = 0; i < size; i++) {
        this.put(low & 255);
        low >>>= 8;
      }
    } else {
      for (let i = 0; i < size; i++) this.put(Number((value >> BigInt(8 * i)) & 255n));
    }
  }
}

/** What has been gathered from the operands of one instruction. */
interface Parts {
  rm: BoundOperand | undefined;
  reg: number;
  opcodeRegister: number;
  vvvv: number;
  is4: number;
  is4low: number;
  hasRegField: boolean;
}

/** Encodes; returns what is wrong when the operands cannot stand together. */
export function encode(
  buffer: InstructionBuffer,
  row: EncodingRow,
  kinds: readonly OperandKind[],
  operands: readonly BoundOperand[],
  prefixes: Prefixes,
  rounding: string | undefined,
): string | undefined {
  buffer.clear();
  const parts: Parts = {
    rm: undefined,
    reg: 0,
    opcodeRegister: 0,
    vvvv: 0,
    is4: -1,
    is4low: 0,
    hasRegField: false,
  };
  let needsRex = false;
  let highByte: Register | undefined;
  let segment = prefixes.segment;
  let address32 = prefixes.address32;
  let decorations: Decorations | undefined;
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i];
    const kind = kinds[i];
    if (operand === undefined || kind === undefined) continue;
    const { register, syntax } = operand;
    if (register !== undefined) {
      if (register.needsRex) needsRex = true;
      if (register.isHighByte) highByte = register;
    }
    if (operand.decorations !== undefined) decorations = { ...decorations, ...operand.decorations };
    if (syntax.kind === "memory") {
      if (syntax.segment !== undefined && kind.name !== "es_rDI") segment = effectiveSegment(syntax, segment);
      const addressRegister = syntax.base ?? (isVector(syntax.index) ? undefined : syntax.index);
      if (addressRegister !== undefined && addressRegister.size === 4) address32 = true;
    }
    const number = register?.number ?? 0;
    switch (kind.slot) {
      case "rm":
        parts.rm = operand;
        break;
      case "reg":
        parts.reg = number;
        parts.hasRegField = true;
        break;
      case "opcode":
        parts.opcodeRegister = number;
        break;
      case "vvvv":
        parts.vvvv = number;
        break;
      case "is4":
        parts.is4 = number;
        break;
      case "is4low":
        parts.is4low = Number(operand.value.constant & 15n);
        break;
      case "immediate":
      case "branch":
      case "offset":
      case "none":
        break;
    }
  }
  if (row.addressSize === 32 && parts.rm?.syntax.kind !== "memory") address32 = true;
  if (row.regField >= 0) {
    parts.reg = row.regField;
    parts.hasRegField = true;
  }
  if ((row.flags & Flags.fwait) !== 0) buffer.put(0x9b);
  if (segment !== 0) buffer.put(segment);
  if (address32) buffer.put(0x67);
  let problem: string | undefined;
  switch (row.encoding) {
    case Encoding.legacy:
      problem = putLegacyOpcode(buffer, row, parts, prefixes, needsRex, highByte);
      break;
    case Encoding.evex:
      putEvex(buffer, row, parts, decorations, rounding);
      break;
    default:
      putVex(buffer, row, parts, prefixes.forceVex3);
      break;
  }
  if (problem !== undefined) return problem;
  if (row.hasModRM) {
    problem = putModRM(buffer, row, parts, decorations, prefixes.forceDisplacement, address32);
    if (problem !== undefined) return problem;
  }
  if (parts.is4 >= 0) buffer.put((parts.is4 << 4) | parts.is4low);
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i];
    const kind = kinds[i];
    if (operand === undefined || kind === undefined) continue;
    if (kind.slot === "immediate") putImmediate(buffer, kind, operand, row);
    else if (kind.slot === "branch") {
      addField(buffer, kind.valueSize, operand.value, operand, { isRelative: true, isSigned: true, isBranch: true });
    } else if (kind.slot === "offset") {
      if (address32) putValue(buffer, 4, operand);
      else putValue(buffer, 8, operand);
    }
  }
  return undefined;
}

const isVector = (register: Register | undefined) => register !== undefined && /^[xyz]mm$/.test(register.class);

/** The segment prefix that a memory operand needs: none when it is the default of its base. */
function effectiveSegment(memory: Operand & { kind: "memory" }, before: number): number {
  if (memory.segment === undefined) return before;
  const isStackBase = memory.base !== undefined && /^[re][sb]p$/.test(memory.base.name);
  const byDefault = isStackBase ? "ss" : "ds";
  return memory.segment.name === byDefault ? before : segmentPrefix(memory.segment);
}

function putLegacyOpcode(
  buffer: InstructionBuffer,
  row: EncodingRow,
  parts: Parts,
  prefixes: Prefixes,
  needsRex: boolean,
  highByte: Register | undefined,
): string | undefined {
  if (row.operandSize === 16 || row.mandatoryPrefix === 2 || prefixes.data16) buffer.put(0x66);
  if (prefixes.repeat !== 0) buffer.put(prefixes.repeat);
  if (row.mandatoryPrefix === 3) buffer.put(0xf3);
  if (row.mandatoryPrefix === 4) buffer.put(0xf2);
  if (prefixes.lock) buffer.put(0xf0);
  const { base, index } = addressNumbers(parts);
  const rmOrOpcode = parts.rm !== undefined ? base : parts.opcodeRegister;
  // xchg %rax,%rax is the one-byte nop.
  const isNop = row.mnemonic === "xchg" && row.opcode === 0x90 && parts.opcodeRegister === 0;
  const isWide = row.operandSize === 64 && !row.isDefault64 && !isNop;
  const rex =
    prefixes.rex |
    (isWide ? 8 : 0) |
    (((parts.reg >> 3) & 1) << 2) |
    (((index >> 3) & 1) << 1) |
    ((rmOrOpcode >> 3) & 1);
  if (rex !== 0 || needsRex) {
    if (highByte !== undefined) {
      return `${highByte.name} cannot be used here: the other operand or the size needs a REX prefix, with which ${highByte.name} does not exist.`;
    }
    buffer.put(0x40 | rex);
  } else if (prefixes.forceRex && highByte === undefined) buffer.put(0x40);
  if (row.map >= 1) buffer.put(0x0f);
  if (row.map === 2) buffer.put(0x38);
  if (row.map === 3) buffer.put(0x3a);
  if (row.opcodeLength === 2) buffer.put(row.opcode >> 8);
  buffer.put((row.opcode & 255) | (parts.opcodeRegister & 7));
  return undefined;
}

function addressNumbers(parts: Parts): { base: number; index: number } {
  const { rm } = parts;
  if (rm === undefined) return { base: 0, index: 0 };
  if (rm.syntax.kind === "memory") {
    const { base, index } = rm.syntax;
    return {
      base: base === undefined || base.class === "rip" || base.class === "zero" ? 0 : base.number,
      index: index?.number ?? 0,
    };
  }
  return { base: rm.register?.number ?? 0, index: 0 };
}

function putVex(buffer: InstructionBuffer, row: EncodingRow, parts: Parts, forceLong: boolean): void {
  const { base, index } = addressNumbers(parts);
  const notR = (~parts.reg >> 3) & 1;
  const notX = (~index >> 3) & 1;
  const notB = (~base >> 3) & 1;
  const map = vexMaps[row.map] ?? 0;
  const last = ((~parts.vvvv & 15) << 3) | (row.L << 2) | (vexPrefixes[row.mandatoryPrefix] ?? 0);
  if (row.encoding === Encoding.vex && map === 1 && notX === 1 && notB === 1 && row.W === 0 && !forceLong) {
    buffer.put(0xc5);
    buffer.put((notR << 7) | last);
  } else {
    buffer.put(row.encoding === Encoding.xop ? 0x8f : 0xc4);
    buffer.put((notR << 7) | (notX << 6) | (notB << 5) | map);
    buffer.put((row.W << 7) | last);
  }
  if (row.opcodeLength === 2) buffer.put(row.opcode >> 8);
  buffer.put(row.opcode & 255);
}

function putEvex(
  buffer: InstructionBuffer,
  row: EncodingRow,
  parts: Parts,
  decorations: Decorations | undefined,
  rounding: string | undefined,
): void {
  const { base, index } = addressNumbers(parts);
  const memory = parts.rm?.syntax.kind === "memory" ? parts.rm.syntax : undefined;
  const notX = memory === undefined ? (~base >> 4) & 1 : (~index >> 3) & 1;
  const notV = isVector(memory?.index) ? (~index >> 4) & 1 : (~parts.vvvv >> 4) & 1;
  let length = row.L;
  let b = decorations?.broadcast !== undefined ? 1 : 0;
  if (rounding !== undefined) {
    b = 1;
    length = roundingBits[rounding] ?? 0;
  }
  buffer.put(0x62);
  buffer.put(
    (((~parts.reg >> 3) & 1) << 7) |
      (notX << 6) |
      (((~base >> 3) & 1) << 5) |
      (((~parts.reg >> 4) & 1) << 4) |
      (vexMaps[row.map] ?? 0),
  );
  buffer.put((row.W << 7) | ((~parts.vvvv & 15) << 3) | 4 | (vexPrefixes[row.mandatoryPrefix] ?? 0));
  buffer.put(
    (decorations?.zeroing ? 0x80 : 0) | (length << 5) | (b << 4) | (notV << 3) | (decorations?.mask?.number ?? 0),
  );
  buffer.put(row.opcode);
}

const fitsByte = (value: bigint) => value >= -128n && value <= 127n;

function putModRM(
  buffer: InstructionBuffer,
  row: EncodingRow,
  parts: Parts,
  decorations: Decorations | undefined,
  forced: 0 | 1 | 4,
  address32: boolean,
): string | undefined {
  const reg = (parts.reg & 7) << 3;
  const { rm } = parts;
  if (rm === undefined) {
    buffer.put(0xc0 | reg | Math.max(row.rmField, 0));
    return undefined;
  }
  if (rm.syntax.kind !== "memory") {
    buffer.put(0xc0 | reg | ((rm.register?.number ?? 0) & 7));
    return undefined;
  }
  const { base, index, scale } = rm.syntax;
  const isKnown = isConstant(rm.value);
  const displacement = rm.value.constant;
  const scaleBits = scale === 1 ? 0 : scale === 2 ? 1 : scale === 4 ? 2 : 3;
  if (isKnown && (displacement < -0x80000000n || displacement > (address32 ? 0xffffffffn : 0x7fffffffn))) {
    return "The displacement does not fit 32 bits (signed). Load the address into a register first (movabs).";
  }
  if (base?.class === "rip") {
    buffer.put(reg | 5);
    if (isKnown) buffer.putInteger(displacement, 4);
    else addField(buffer, 4, rm.value, rm, { isRelative: true, isSigned: true, isBranch: false });
    return undefined;
  }
  const putLong = () => {
    if (isKnown) buffer.putInteger(displacement, 4);
    else addField(buffer, 4, rm.value, rm, { isRelative: false, isSigned: isExtended, isBranch: false });
  };
  // A narrow lea keeps no more than the low bits, so nothing is sign-extended.
  const isExtended = !address32 && !(row.mnemonic === "lea" && row.size < 8);
  const indexBits = index === undefined ? 4 : index.class === "zero" ? 4 : index.number & 7;
  if (base === undefined) {
    buffer.put(reg | 4);
    buffer.put((scaleBits << 6) | (indexBits << 3) | 5);
    putLong();
    return undefined;
  }
  let mode = 2;
  let short = 0n;
  if (isKnown && forced !== 4) {
    const steps = row.encoding === Encoding.evex ? tupleSteps[row.tupleType] : undefined;
    const step = BigInt(steps === undefined ? 1 : decorations?.broadcast !== undefined ? steps[1] : steps[0]);
    const value = address32 ? BigInt.asIntN(32, displacement) : displacement;
    if (value === 0n && (base.number & 7) !== 5 && forced !== 1) mode = 0;
    else if (value % step === 0n && fitsByte(value / step)) {
      mode = 1;
      short = value / step;
    }
  }
  const needsSib = row.kinds.some(({ name }) => name === "sibmem");
  if (index !== undefined || needsSib || (base.number & 7) === 4) {
    buffer.put((mode << 6) | reg | 4);
    buffer.put((scaleBits << 6) | (indexBits << 3) | (base.number & 7));
  } else buffer.put((mode << 6) | reg | (base.number & 7));
  if (mode === 1) buffer.put(Number(BigInt.asUintN(8, short)));
  else if (mode === 2) putLong();
  return undefined;
}

function putImmediate(buffer: InstructionBuffer, kind: OperandKind, operand: BoundOperand, row: EncodingRow): void {
  if (isConstant(operand.value)) buffer.putInteger(operand.value.constant, kind.valueSize);
  else {
    const isSigned = kind.name.includes("sex64") || (kind.valueSize === 4 && row.size === 8);
    addField(buffer, kind.valueSize, operand.value, operand, { isRelative: false, isSigned, isBranch: false });
  }
}

function putValue(buffer: InstructionBuffer, size: number, operand: BoundOperand): void {
  if (isConstant(operand.value)) buffer.putInteger(operand.value.constant, size);
  else addField(buffer, size, operand.value, operand, { isRelative: false, isSigned: false, isBranch: false });
}

function addField(
  buffer: InstructionBuffer,
  size: number,
  value: Value,
  operand: BoundOperand,
  traits: { isRelative: boolean; isSigned: boolean; isBranch: boolean },
): void {
  buffer.fields.push({ at: buffer.length, size, value, operand, ...traits });
  for (let i = 0; i < size; i++) buffer.put(0);
}
