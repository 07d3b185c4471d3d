/**
 * The encoding table as the assembler reads it: rows by mnemonic, and what each operand kind accepts, as bit masks that
 * make matching a few `and`s. The data is generated out of iced-x86 (build/generate-encodings.mjs).
 */
import { cpuidFeatureNames, encodingRows, flagNames, operandKindNames } from "./generated/encodings.js";

/** What a register or memory operand is; a kind accepts an operand when their masks meet. */
export const OperandBit = {
  r8: 1 << 0,
  r16: 1 << 1,
  r32: 1 << 2,
  r64: 1 << 3,
  segment: 1 << 4,
  control: 1 << 5,
  debug: 1 << 6,
  mm: 1 << 7,
  xmm: 1 << 8,
  ymm: 1 << 9,
  zmm: 1 << 10,
  mask: 1 << 11,
  st: 1 << 12,
  tile: 1 << 13,
  memory: 1 << 14,
  vectorIndexX: 1 << 15,
  vectorIndexY: 1 << 16,
  vectorIndexZ: 1 << 17,
  al: 1 << 18,
  ax: 1 << 19,
  eax: 1 << 20,
  rax: 1 << 21,
  cl: 1 << 22,
  dx: 1 << 23,
  st0: 1 << 24,
  /** An address without registers. */
  absolute: 1 << 25,
  fs: 1 << 26,
  gs: 1 << 27,
  /** Memory at (%rdi), (%rsi), (%rbx): what string instructions name. */
  atDi: 1 << 28,
  atSi: 1 << 29,
  atBx: 1 << 30,
} as const;

/** What an immediate fits, and what else is written as an expression. */
export const ValueBit = {
  one: 1 << 0,
  imm8: 1 << 1,
  imm16: 1 << 2,
  imm32: 1 << 3,
  imm64: 1 << 4,
  imm8to16: 1 << 5,
  imm8to32: 1 << 6,
  imm8to64: 1 << 7,
  imm32to64: 1 << 8,
  imm4: 1 << 9,
  branch: 1 << 10,
} as const;

/** Where the encoding puts an operand. */
export type OperandSlot =
  | "rm"
  | "reg"
  | "opcode"
  | "vvvv"
  | "immediate"
  | "branch"
  | "is4"
  | "is4low"
  | "offset"
  | "none";

export interface OperandKind {
  readonly name: string;
  readonly slot: OperandSlot;
  readonly operandMask: number;
  readonly valueMask: number;
  /** Bytes of the immediate or branch displacement. */
  readonly valueSize: number;
  /** Bytes of the general register it names (or of the memory in its place); 0 for others. */
  readonly size: number;
  /** The operand is memory that the instruction implies; sources may leave it out. */
  readonly isImplied: boolean;
}

export const Encoding = { legacy: 0, vex: 1, evex: 2, xop: 3 } as const;

export interface EncodingRow {
  readonly mnemonic: string;
  /** iced-x86's `Code`. */
  readonly code: number;
  readonly encoding: number;
  /** 0: none, 1: 0F, 2: 0F38, 3: 0F3A, 4: MAP5, 5: MAP6, 6 to 8: XOP 8 to 10. */
  readonly map: number;
  /** 0, 1: none; 2: 66; 3: F3; 4: F2. */
  readonly mandatoryPrefix: number;
  readonly opcode: number;
  readonly opcodeLength: number;
  readonly W: number;
  readonly L: number;
  /** Fixed ModRM.reg and ModRM.rm, or −1. */
  readonly regField: number;
  readonly rmField: number;
  readonly operandSize: number;
  readonly addressSize: number;
  readonly flags: number;
  readonly tupleType: number;
  readonly memorySize: number;
  readonly broadcastSize: number;
  readonly kinds: readonly OperandKind[];
  readonly access: string;
  readonly cpuid: readonly number[];
  /** Bytes that an AT&T suffix or the size of the operation stands for; 0 when it has none. */
  readonly size: number;
  /** Bytes of the parts that do not depend on the operands: the shortest row wins. */
  readonly cost: number;
  readonly hasModRM: boolean;
  /** Default 64-bit operand size: REX.W is not needed. */
  readonly isDefault64: boolean;
}

export const RowFlag = Object.fromEntries(flagNames.split(" ").map((name, i) => [name, 1 << i])) as Readonly<
  Record<string, number>
>;

/** The flag's bit; the generator's name must exist. */
function flag(name: string): number {
  const bit = RowFlag[name];
  if (bit === undefined) throw new Error(`encoding table: no flag ${name}`);
  return bit;
}

export const Flags = {
  defaultOpSize64: flag("defaultOpSize64"),
  forceOpSize64: flag("forceOpSize64"),
  isWIG: flag("isWIG"),
  isLIG: flag("isLIG"),
  canBroadcast: flag("canBroadcast"),
  canUseRoundingControl: flag("canUseRoundingControl"),
  canSuppressAllExceptions: flag("canSuppressAllExceptions"),
  canUseOpMaskRegister: flag("canUseOpMaskRegister"),
  canUseZeroingMasking: flag("canUseZeroingMasking"),
  requireOpMaskRegister: flag("requireOpMaskRegister"),
  fwait: flag("fwait"),
  canUseLockPrefix: flag("canUseLockPrefix"),
  canUseRepPrefix: flag("canUseRepPrefix"),
  canUseRepnePrefix: flag("canUseRepnePrefix"),
  canUseBndPrefix: flag("canUseBndPrefix"),
  canUseNotrackPrefix: flag("canUseNotrackPrefix"),
};

const B = OperandBit;
const V = ValueBit;
const classBits: Readonly<Record<string, number>> = {
  r8: B.r8,
  r16: B.r16,
  r32: B.r32,
  r64: B.r64,
  seg: B.segment,
  cr: B.control,
  dr: B.debug,
  mm: B.mm,
  xmm: B.xmm,
  ymm: B.ymm,
  zmm: B.zmm,
  xmmp3: B.xmm,
  zmmp3: B.zmm,
  k: B.mask,
  kp1: B.mask,
  tmm: B.tile,
};
const slotNames: Readonly<Record<string, OperandSlot>> = {
  reg: "reg",
  rm: "rm",
  vvvv: "vvvv",
  opcode: "opcode",
  is4: "is4",
  is5: "is4",
  or_mem: "rm",
  reg_mem: "reg",
};
const sizes: Readonly<Record<string, number>> = { r8: 1, r16: 2, r32: 4, r64: 8, al: 1, ax: 2, eax: 4, rax: 8 };

const kind = (
  name: string,
  slot: OperandSlot,
  operandMask: number,
  valueMask = 0,
  valueSize = 0,
  isImplied = false,
): OperandKind => ({ name, slot, operandMask, valueMask, valueSize, size: sizes[name] ?? 0, isImplied });

const specialKinds: Readonly<Record<string, OperandKind>> = Object.fromEntries(
  [
    kind("al", "none", B.al),
    kind("ax", "none", B.ax),
    kind("eax", "none", B.eax),
    kind("rax", "none", B.rax),
    kind("cl", "none", B.cl),
    kind("dx", "none", B.dx),
    kind("st0", "none", B.st0),
    kind("fs", "none", B.fs),
    kind("gs", "none", B.gs),
    kind("sti_opcode", "opcode", B.st),
    kind("mem", "rm", B.memory),
    kind("sibmem", "rm", B.memory),
    kind("mem_offs", "offset", B.absolute),
    kind("mem_vsib32x", "rm", B.vectorIndexX),
    kind("mem_vsib64x", "rm", B.vectorIndexX),
    kind("mem_vsib32y", "rm", B.vectorIndexY),
    kind("mem_vsib64y", "rm", B.vectorIndexY),
    kind("mem_vsib32z", "rm", B.vectorIndexZ),
    kind("mem_vsib64z", "rm", B.vectorIndexZ),
    kind("es_rDI", "none", B.atDi, 0, 0, true),
    kind("seg_rDI", "none", B.atDi, 0, 0, true),
    kind("seg_rSI", "none", B.atSi, 0, 0, true),
    kind("seg_rBX_al", "none", B.atBx, 0, 0, true),
    kind("imm8_const_1", "none", 0, V.one),
    kind("imm8", "immediate", 0, V.imm8, 1),
    kind("imm16", "immediate", 0, V.imm16, 2),
    kind("imm32", "immediate", 0, V.imm32, 4),
    kind("imm64", "immediate", 0, V.imm64, 8),
    kind("imm8sex16", "immediate", 0, V.imm8to16, 1),
    kind("imm8sex32", "immediate", 0, V.imm8to32, 1),
    kind("imm8sex64", "immediate", 0, V.imm8to64, 1),
    kind("imm32sex64", "immediate", 0, V.imm32to64, 4),
    kind("imm4_m2z", "is4low", 0, V.imm4),
    kind("br64_1", "branch", 0, V.branch, 1),
    kind("br64_4", "branch", 0, V.branch, 4),
    kind("xbegin_4", "branch", 0, V.branch, 4),
    // 16-bit branches truncate rip: no assembler chooses them.
    kind("br16_1", "branch", 0, 0, 1),
    kind("br16_2", "branch", 0, 0, 2),
    kind("xbegin_2", "branch", 0, 0, 2),
  ].map((entry) => [entry.name, entry]),
);

function operandKind(name: string): OperandKind {
  const special = specialKinds[name];
  if (special !== undefined) return special;
  const parts = /^([a-z]+\d*?(?:p\d)?)_(or_mem|reg_mem|reg|rm|vvvv|opcode|is4|is5)$/.exec(name);
  const register = parts?.[1];
  const bits = register === undefined ? undefined : classBits[register];
  const slot = parts?.[2] === undefined ? undefined : slotNames[parts[2]];
  if (register === undefined || bits === undefined || slot === undefined) {
    throw new Error(`encoding table: unknown operand kind ${name}`);
  }
  const mask = parts?.[2] === "or_mem" ? bits | B.memory : bits;
  return { ...kind(name, slot, mask), size: sizes[register] ?? 0 };
}

let operandKinds: readonly OperandKind[] | undefined;
let rowTexts: Map<string, string> | undefined;
const parsedRows = new Map<string, readonly EncodingRow[]>();

function load(): Map<string, string> {
  if (rowTexts === undefined) {
    rowTexts = new Map();
    for (const line of encodingRows.split("\n")) {
      const space = line.indexOf(" ");
      rowTexts.set(line.slice(0, space), line.slice(space + 1));
    }
    operandKinds = operandKindNames.split(" ").map(operandKind);
  }
  return rowTexts;
}

function operationSize(kinds: readonly OperandKind[], memorySize: number, operandSize: number): number {
  for (const { size } of kinds) if (size > 0) return size;
  for (const { name } of kinds) {
    if (/64$/.test(name) && name.startsWith("imm")) return 8;
    if (name.startsWith("br")) return 8;
  }
  if (kinds.some(({ slot, isImplied }) => slot === "rm" || isImplied || slot === "offset")) return memorySize;
  return operandSize / 8;
}

function parseRow(mnemonic: string, text: string): EncodingRow {
  const fields = text.split(",");
  const number = (i: number) => {
    const field = fields[i];
    return field === undefined || field === "" ? 0 : Number.parseInt(field, 36);
  };
  const list = (i: number) => (fields[i] ? fields[i].split(".").map((item) => Number.parseInt(item, 36)) : []);
  const kinds = list(16).map((i) => {
    const found = operandKinds?.[i];
    if (found === undefined) throw new Error(`encoding table: ${mnemonic} has an unknown operand kind`);
    return found;
  });
  const encoding = number(1);
  const map = number(2);
  const mandatoryPrefix = number(3);
  const operandSize = number(10);
  const flags = number(12);
  const regField = number(8) - 1;
  const rmField = number(9) - 1;
  const isDefault64 = (flags & (Flags.defaultOpSize64 | Flags.forceOpSize64)) !== 0;
  const hasModRM = regField >= 0 || rmField >= 0 || kinds.some(({ slot }) => slot === "rm" || slot === "reg");
  let cost = number(5) + (hasModRM ? 1 : 0);
  for (const { valueSize, slot } of kinds) cost += slot === "offset" ? 8 : slot.startsWith("is4") ? 1 : valueSize;
  const addressSize = number(11);
  if (addressSize === 16 || addressSize === 32) cost += addressSize === 32 ? 1 : 200;
  // Where a sign-extended byte and a word tie, the byte wins (add $1,%ax).
  if (kinds.some(({ name }) => name.startsWith("imm8sex"))) cost -= 0.5;
  if (encoding === Encoding.legacy) {
    cost += (mandatoryPrefix > 1 ? 1 : 0) + (operandSize === 16 ? 1 : 0) + (operandSize === 64 && !isDefault64 ? 1 : 0);
    cost += map === 0 ? 0 : map === 1 ? 1 : 2;
  } else if (encoding === Encoding.evex) cost += 6;
  else cost += 3 + (map !== 1 || number(6) === 1 ? 1 : 0);
  return {
    mnemonic,
    code: number(0),
    encoding,
    map,
    mandatoryPrefix,
    opcode: number(4),
    opcodeLength: number(5),
    W: number(6),
    L: number(7),
    regField,
    rmField,
    operandSize,
    addressSize,
    flags,
    tupleType: number(13),
    memorySize: number(14),
    broadcastSize: number(15),
    kinds,
    access: fields[17] ?? "",
    cpuid: list(18),
    size: operationSize(kinds, number(14), operandSize),
    cost,
    hasModRM,
    isDefault64,
  };
}

/** The rows of a mnemonic (lower case, as iced-x86 names it), in the order of the opcodes; none when it is unknown. */
export function encodingRowsOf(mnemonic: string): readonly EncodingRow[] {
  const known = parsedRows.get(mnemonic);
  if (known !== undefined) return known;
  const text = load().get(mnemonic);
  const rows = text === undefined ? [] : text.split(";").map((row) => parseRow(mnemonic, row));
  if (text !== undefined) parsedRows.set(mnemonic, rows);
  return rows;
}

/** Whether the table has the mnemonic. */
export function hasEncodings(mnemonic: string): boolean {
  return load().has(mnemonic);
}

/** Every mnemonic of the table. */
export function tableMnemonics(): readonly string[] {
  return [...load().keys()];
}

/** The CPUID features that a row needs, by iced-x86's names. */
export function cpuidFeatures(row: EncodingRow): readonly string[] {
  const names = cpuidFeatureNames.split(" ");
  return row.cpuid.map((i) => names[i] ?? "");
}
