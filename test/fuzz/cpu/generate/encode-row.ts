/** A row of the encoding table as bytes, with operands chosen at random and prefixes that need not be there. */
import { Encoding, type EncodingRow, Flags, type OperandKind } from "../../../../runtime/asm/encoding-table.js";
import type { Unit } from "../fuzz-case.js";
import type { CaseBuilder } from "./case-builder.js";
import { isExtendedState, pickArea } from "./extended-state.js";
import { type EncodedMemory, encodeGather, encodeMemory, pickTarget } from "./memory-operand.js";
import { integer64 } from "./values.js";

const mandatory = [[], [], [0x66], [0xf3], [0xf2]] as const;
const vexMandatory = [0, 0, 1, 2, 3];
const escapes = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]] as const;
const segmentPrefixes = { fs: 0x64, gs: 0x65 } as const;
/** ES, CS, SS, DS: without effect. */
const emptySegments = [0x26, 0x2e, 0x36, 0x3e];
const lockPrefix = 0xf0;
const repeats = [0xf2, 0xf3];

/** The fields that operands fill. */
interface Fields {
  reg: number;
  opcodeRegister: number;
  vvvv: number;
  rm: number | EncodedMemory;
  /** Register of the fourth operand of some VEX instructions. */
  is4: number | undefined;
  immediates: number[];
  /** SPL, BPL, SIL or DIL. */
  needsRex: boolean;
}

export function encodeRow(builder: CaseBuilder, row: EncodingRow): Unit {
  const { random } = builder;
  const fields = pickFields(builder, row);
  const memory = typeof fields.rm === "number" ? undefined : fields.rm;
  const [rexB, rexX] = typeof fields.rm === "number" ? [fields.rm > 7, false] : [fields.rm.rexB, fields.rm.rexX];
  const prefixes: number[] = [];
  if (memory?.segment) prefixes.push(segmentPrefixes[memory.segment]);
  if (memory?.addressSize32 || row.addressSize === 32 || random.below(60) === 0) prefixes.push(0x67);
  const opcodeLow = (row.opcode & 255) | (fields.opcodeRegister & 7);
  const opcode = row.opcodeLength === 2 ? [row.opcode >> 8, opcodeLow] : [opcodeLow];
  let head: number[];
  if (row.encoding === Encoding.vex) {
    const notR = fields.reg > 7 ? 0 : 0x80;
    const notX = rexX ? 0 : 0x40;
    const notB = rexB ? 0 : 0x20;
    const wide = (row.flags & Flags.isWIG) !== 0 ? random.below(2) : row.W;
    const length = (row.flags & Flags.isLIG) !== 0 ? random.below(2) : row.L;
    const last = ((~fields.vvvv & 15) << 3) | (length << 2) | (vexMandatory[row.mandatoryPrefix] ?? 0);
    const isShort = row.map === 1 && wide === 0 && notX !== 0 && notB !== 0 && random.below(4) > 0;
    head = isShort ? [0xc5, notR | last] : [0xc4, notR | notX | notB | row.map, (wide << 7) | last];
  } else {
    if (row.operandSize === 16) prefixes.push(0x66);
    prefixes.push(...(mandatory[row.mandatoryPrefix] ?? []));
    const isWide = row.operandSize === 64 && !row.isDefault64;
    const rex =
      (isWide ? 8 : 0) | (fields.reg > 7 ? 4 : 0) | (rexX ? 2 : 0) | (rexB || fields.opcodeRegister > 7 ? 1 : 0);
    addPrefixes(builder, row, memory, prefixes);
    shuffle(builder, prefixes);
    // REX bits that nothing needs.
    const more = random.below(30) === 0 ? 0x40 | (row.operandSize === 0 ? 8 & random.below(16) : 0) : 0;
    head = rex !== 0 || fields.needsRex || more !== 0 ? [0x40 | rex | more] : [];
    head.push(...(escapes[row.map] ?? []));
  }
  const before = [...((row.flags & Flags.fwait) !== 0 ? [0x9b] : []), ...prefixes, ...head, ...opcode];
  const reg = (fields.reg & 7) << 3;
  const modRM = !row.hasModRM
    ? []
    : memory
      ? [(memory.bytes[0] ?? 0) | reg, ...memory.bytes.slice(1)]
      : [0xc0 | reg | (Number(fields.rm) & 7)];
  const last = fields.is4 === undefined ? [] : [(fields.is4 << 4) | (random.below(8) === 0 ? random.below(16) : 0)];
  const bytes = Uint8Array.from([...before, ...modRM, ...last, ...fields.immediates]);
  if (!memory?.relative) return { bytes };
  return { bytes, relative: { at: before.length + memory.relative.at, size: 4, to: memory.relative.to } };
}

function pickFields(builder: CaseBuilder, row: EncodingRow): Fields {
  const { random } = builder;
  const fields: Fields = {
    reg: Math.max(row.regField, 0),
    opcodeRegister: 0,
    vvvv: 0,
    rm: Math.max(row.rmField, 0),
    is4: undefined,
    immediates: [],
    needsRex: false,
  };
  for (const kind of row.kinds) {
    const register = pickRegister(builder, kind);
    const isByte = kind.size === 1;
    switch (kind.slot) {
      case "rm":
        if (isMemory(builder, kind)) fields.rm = memoryFor(builder, row, kind);
        else {
          fields.rm = register;
          if (isByte && register > 3 && register < 8) fields.needsRex ||= random.below(2) === 0;
        }
        break;
      case "reg":
        fields.reg = register;
        if (isByte && register > 3 && register < 8) fields.needsRex ||= random.below(2) === 0;
        break;
      case "opcode":
        fields.opcodeRegister = kind.name === "sti_opcode" ? register & 7 : register;
        break;
      case "vvvv":
        fields.vvvv = register;
        break;
      case "is4":
      case "is4low":
        fields.is4 ??= random.below(16);
        break;
      case "immediate":
        fields.immediates.push(...immediate(builder, row, kind));
        break;
      case "offset":
        fields.immediates.push(...bytesOf(pickTarget(builder, 8), 8));
        break;
      case "branch":
      case "none":
        break;
    }
  }
  return fields;
}

function isMemory({ random }: CaseBuilder, kind: OperandKind): boolean {
  if (/^(mem|sibmem)/.test(kind.name)) return true;
  return kind.name.endsWith("_or_mem") && random.below(2) === 0;
}

function memoryFor(builder: CaseBuilder, row: EncodingRow, kind: OperandKind): EncodedMemory {
  if (kind.name.startsWith("mem_vsib")) return encodeGather(builder, kind.name.includes("64") ? 8 : 4);
  if (isExtendedState(row.mnemonic)) return encodeMemory(builder, pickArea(builder, row.mnemonic), 1);
  const size = row.memorySize || kind.size || 8;
  const target = pickTarget(builder, size);
  // Processors disagree on whether these may be misaligned.
  return encodeMemory(builder, row.mnemonic.startsWith("sha") ? target & -16n : target, size);
}

function pickRegister(builder: CaseBuilder, kind: OperandKind): number {
  const { random } = builder;
  if (/^(mm|k)_/.test(kind.name) || kind.name === "sti_opcode") return random.below(8);
  return kind.size > 0 ? builder.pickRegister() : random.below(16);
}

function bytesOf(value: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

function immediate({ random }: CaseBuilder, row: EncodingRow, kind: OperandKind): number[] {
  if (row.mnemonic === "enter") return kind.valueSize === 2 ? [8 * random.below(20), 0] : [random.below(6)];
  if (row.mnemonic === "ret") return [8 * random.below(8), 0];
  return bytesOf(kind.valueSize === 1 ? BigInt(random.below(256)) : integer64(random), kind.valueSize);
}

/** LOCK, REP and segments, where they belong and, now and then, where they do not. */
function addPrefixes(
  { random }: CaseBuilder,
  row: EncodingRow,
  memory: EncodedMemory | undefined,
  prefixes: number[],
): void {
  const can = (flag: number) => (row.flags & flag) !== 0;
  if (can(Flags.canUseLockPrefix) && memory ? random.below(6) === 0 : random.below(150) === 0)
    prefixes.push(lockPrefix);
  if (can(Flags.canUseRepPrefix)) {
    if (random.below(3) > 0) prefixes.push(random.pick(repeats));
  } else if (random.below(60) === 0) prefixes.push(random.pick(repeats));
  if (!memory?.segment && random.below(20) === 0) prefixes.push(random.pick(emptySegments));
  // Jumps under it are what Intel's and AMD's processors disagree on.
  const isJump = /^(jmp|call|ret)$/.test(row.mnemonic);
  if (!isJump && row.mandatoryPrefix === 0 && random.below(80) === 0) prefixes.push(0x66);
}

function shuffle({ random }: CaseBuilder, list: number[]): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const [a, b] = [list[i], list[j]];
    if (a !== undefined && b !== undefined) [list[i], list[j]] = [b, a];
  }
}
