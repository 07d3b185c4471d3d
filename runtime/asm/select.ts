/**
 * Chooses the row of the encoding table for an instruction as GNU as does: all rows that the operands fit, the size
 * settled by suffix, register or default, and of the rest the shortest.
 */
import type { BoundOperand } from "./encoder.js";
import { Encoding, type EncodingRow, encodingRowsOf, Flags, type OperandKind } from "./encoding-table.js";
import type { Candidate } from "./mnemonics.js";

export interface Selection {
  readonly row: EncodingRow;
  /** The kinds that stand for the operands, one for one. */
  readonly kinds: readonly OperandKind[];
  readonly operands: readonly BoundOperand[];
  readonly candidate: Candidate;
  /** The size was chosen by default; the source did not say. */
  readonly isDefaulted: boolean;
}

export type SelectionOutcome =
  | { readonly kind: "selected"; readonly selection: Selection }
  | { readonly kind: "ambiguous"; readonly sizes: readonly number[] }
  | { readonly kind: "none" };

/** What the source asks for beyond the operands. */
export interface SelectionRequest {
  readonly mnemonic: string;
  readonly dialect: "att" | "intel";
  readonly rounding: string | undefined;
  readonly encoding: "any" | "vex" | "evex";
  /** `{load}` and `{store}` prefer the other direction of a move. */
  readonly direction: "any" | "load" | "store";
}

const variantCache = new WeakMap<EncodingRow, readonly (readonly OperandKind[])[]>();

/** The operand lists that a source may write for a row: implied operands can be left out. */
function variants(row: EncodingRow): readonly (readonly OperandKind[])[] {
  const known = variantCache.get(row);
  if (known !== undefined) return known;
  const all: (readonly OperandKind[])[] = [row.kinds];
  if (row.kinds.some(({ isImplied }) => isImplied)) {
    all.push(row.kinds.filter(({ isImplied }) => !isImplied));
    all.push(row.kinds.filter(({ isImplied, slot }) => !isImplied && slot !== "none"));
  }
  const leaveOut = (pattern: RegExp) => {
    if (row.kinds.some(({ name }) => pattern.test(name))) all.push(row.kinds.filter(({ name }) => !pattern.test(name)));
  };
  leaveOut(/^imm8_const_1$/);
  if (/^sh[lr]d$/.test(row.mnemonic)) leaveOut(/^cl$/);
  if (/^(in|out)$/.test(row.mnemonic)) leaveOut(/^(al|ax|eax)$/);
  if (row.mnemonic.startsWith("f")) leaveOut(/^st0$/);
  variantCache.set(row, all);
  return all;
}

function fits(kinds: readonly OperandKind[], operands: readonly BoundOperand[]): boolean {
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i];
    const operand = operands[i];
    if (kind === undefined || operand === undefined) return false;
    if ((kind.operandMask & operand.operandMask) === 0 && (kind.valueMask & operand.valueMask) === 0) return false;
  }
  return true;
}

/** AVX twins of AVX-512 instructions that came later: a source asks for them with {vex}. */
const needsVexPrefix = /^(vpdpbusds?|vpdpwssds?|vpmadd52[lh]uq|vcvtneps2bf16|vcvtph2psx)$/;

function admits(row: EncodingRow, operands: readonly BoundOperand[], request: SelectionRequest): boolean {
  const isEvex = row.encoding === Encoding.evex;
  if (request.encoding === "evex" && !isEvex) return false;
  if (request.encoding === "vex" && row.encoding !== Encoding.vex && row.encoding !== Encoding.xop) return false;
  if (request.encoding === "any" && row.encoding === Encoding.vex && needsVexPrefix.test(row.mnemonic)) return false;
  if (request.rounding !== undefined) {
    const needed = request.rounding === "sae" ? Flags.canSuppressAllExceptions : Flags.canUseRoundingControl;
    if (!isEvex || (row.flags & needed) === 0) return false;
  }
  for (const { register, decorations, syntax } of operands) {
    if (!isEvex) {
      if (register !== undefined && register.number > 15) return false;
      if (syntax.kind === "memory" && syntax.index !== undefined && syntax.index.number > 15) return false;
    }
    if (decorations !== undefined) {
      if (!isEvex) return false;
      if (decorations.mask !== undefined && (row.flags & Flags.canUseOpMaskRegister) === 0) return false;
      if (decorations.zeroing && (row.flags & Flags.canUseZeroingMasking) === 0) return false;
      if (decorations.broadcast !== undefined) {
        if ((row.flags & Flags.canBroadcast) === 0 || row.broadcastSize === 0) return false;
        if (row.memorySize / row.broadcastSize !== decorations.broadcast) return false;
      }
    }
    if (request.rounding !== undefined && syntax.kind === "memory") return false;
  }
  const needsMask = (row.flags & Flags.requireOpMaskRegister) !== 0;
  return !needsMask || operands.some(({ decorations }) => decorations?.mask !== undefined);
}

/** Whether the sizes that the source writes are the row's. */
function sizesAgree(row: EncodingRow, candidate: Candidate, operands: readonly BoundOperand[]): boolean {
  if (candidate.size !== 0 && row.size !== candidate.size) return false;
  if (candidate.memorySize !== 0) {
    const isBroadcast = operands.some(({ decorations }) => decorations?.broadcast !== undefined);
    const hasMemory = operands.some(({ syntax }) => syntax.kind === "memory");
    if (hasMemory && !isBroadcast && row.memorySize !== candidate.memorySize) return false;
    if ((!hasMemory || isBroadcast) && candidate.suffix === "" && 16 << row.L !== candidate.memorySize) return false;
  }
  for (const { syntax, decorations } of operands) {
    if (syntax.kind !== "memory" || syntax.size === 0) continue;
    const size = decorations?.broadcast !== undefined ? row.broadcastSize : row.memorySize;
    if (size !== 0 && size !== syntax.size) return false;
  }
  return true;
}

const isFarBranch = (row: EncodingRow) =>
  (row.mnemonic === "jmp" || row.mnemonic === "call") && row.kinds.length === 1 && row.kinds[0]?.name === "mem";

/** Instructions whose result or source is narrower than a 64-bit register: REX.W would do nothing. */
const ignoresUpperHalf = /^(sldt|str|v?movmskp[sd]|v?p(extr|insr)[bw]|v?extractps|v?pmovmskb)$/;
/** x87 instructions that GNU as takes with %st(i) alone. */
const isOneOperandStack = /^f(u?com|u?comp|xch)$/;
/** Instructions that read 16 bits of a register: an operand-size prefix would do nothing. */
const readsWord = /^(lldt|ltr|verr|verw|lmsw)$/;

/** The row that encodes `row` without prefixes that would do nothing; undefined when the move does not exist. */
function withoutIdlePrefixes(
  candidate: Candidate,
  row: EncodingRow,
  operands: readonly BoundOperand[],
): EncodingRow | undefined {
  const isWide = row.operandSize === 64 || (row.encoding !== Encoding.legacy && row.W === 1);
  const isIdle =
    (isWide && ignoresUpperHalf.test(row.mnemonic)) || (row.operandSize === 16 && readsWord.test(row.mnemonic));
  if (isIdle && operands.every(({ syntax }) => syntax.kind !== "memory")) {
    const isSame = (other: EncodingRow) =>
      other.opcode === row.opcode &&
      other.encoding === row.encoding &&
      other.map === row.map &&
      other.L === row.L &&
      other.mandatoryPrefix === row.mandatoryPrefix &&
      other.regField === row.regField &&
      other.operandSize !== 16 &&
      other.operandSize !== 64 &&
      other.W === 0;
    return encodingRowsOf(row.mnemonic).find(isSame) ?? row;
  }
  return segmentMoveRow(candidate, row, operands);
}

/** Moves of segment registers: the processor takes the low 16 bits, so prefixes are left out where they do nothing. */
function segmentMoveRow(
  candidate: Candidate,
  row: EncodingRow,
  operands: readonly BoundOperand[],
): EncodingRow | undefined {
  if (row.mnemonic !== "mov" || !row.kinds.some(({ name }) => name === "seg_reg")) return row;
  const isStore = row.kinds[1]?.name === "seg_reg";
  const general = operands[isStore ? 0 : 1];
  if (general?.syntax.kind === "memory" && candidate.size > 2) return undefined;
  if (isStore && general?.register?.size === 2) return row;
  return (
    candidate.rows
      .concat(encodingRowsOf("mov"))
      .find((other) => other.opcode === row.opcode && other.operandSize === 32) ?? row
  );
}

const isShortExchange = (row: EncodingRow) => row.opcode === 0x90 && row.map === 0 && row.mnemonic === "xchg";

interface Match {
  readonly row: EncodingRow;
  readonly kinds: readonly OperandKind[];
  readonly candidate: Candidate;
  readonly operands: readonly BoundOperand[];
  readonly cost: number;
}

/** A row of an operand size that nobody asked for: default sizes come first. */
function hasUnaskedSize(row: EncodingRow, candidate: Candidate, operands: readonly BoundOperand[]): boolean {
  if (row.operandSize !== 16 || candidate.size === 2) return false;
  if (operands.some(({ register }) => register?.class === "r16")) return false;
  return !operands.some(({ syntax }) => syntax.kind === "memory" && syntax.size === 2);
}

/** What the operands add to the cost of a row, beyond what its table entry says. */
function operandCost(row: EncodingRow, kinds: readonly OperandKind[], operands: readonly BoundOperand[]): number {
  if (row.encoding !== Encoding.vex) return 0;
  // Of FMA4's two all-register forms, GNU as takes the one with W set.
  if (
    kinds.some(({ slot }) => slot === "is4") &&
    operands.every(({ register, syntax }) => register !== undefined || syntax.kind === "immediate")
  ) {
    return (row.W === 1) === (kinds.length === 4) ? -2 : 2;
  }
  if (row.mnemonic === "vpextrw") return 0;
  // A high register in ModRM.rm needs the long VEX prefix; the other direction of a move may not.
  return operands.some(({ register }, i) => kinds[i]?.slot === "rm" && register !== undefined && register.number > 7)
    ? 1
    : 0;
}

function collect(
  candidates: readonly Candidate[],
  operands: readonly BoundOperand[],
  request: SelectionRequest,
): Match[] {
  const found: Match[] = [];
  const isFar = /^(ljmp|lcall)/.test(request.mnemonic);
  for (const candidate of candidates) {
    for (const row of candidate.rows) {
      for (const kinds of variants(row)) {
        if (kinds.length !== operands.length || !fits(kinds, operands)) continue;
        if (!admits(row, operands, request) || !sizesAgree(row, candidate, operands)) continue;
        if (isFarBranch(row) !== isFar && !(isFarBranch(row) && hasPointerSize(operands))) continue;
        // 90 is nop, which leaves the upper half of rax alone, so xchg %eax,%eax has its long form.
        if (isShortExchange(row) && row.size === 4 && operands[0]?.register?.number === 0) continue;
        if (row.mnemonic === "bswap" && row.size === 2) continue;
        if (readsWord.test(row.mnemonic) && row.operandSize !== 16 && operands[0]?.register !== undefined) continue;
        if (isOneOperandStack.test(row.mnemonic) && operands.length === 2) continue;
        const chosen = withoutIdlePrefixes(candidate, row, operands);
        if (chosen === undefined) continue;
        let cost = row.cost + operandCost(row, kinds, operands) + (hasUnaskedSize(row, candidate, operands) ? 100 : 0);
        if (request.direction !== "any" && kinds.length === 2) {
          const isLoad = kinds[0]?.slot === "reg";
          if (isLoad !== (request.direction === "load")) cost += 50;
        }
        found.push({ row: chosen, kinds, candidate, operands, cost });
        break;
      }
    }
  }
  return found;
}

const hasPointerSize = (operands: readonly BoundOperand[]) =>
  operands.some(({ syntax }) => syntax.kind === "memory" && (syntax.size === 6 || syntax.size === 10));

/** Instructions whose memory operand GNU as sizes by default without a word, and the size. */
const quietDefaults: Readonly<Record<string, number>> = {
  push: 8,
  pop: 8,
  call: 8,
  jmp: 8,
  movzx: 1,
  movsx: 1,
  cvtsi2sd: 4,
  cvtsi2ss: 4,
  vcvtsi2sd: 4,
  vcvtsi2ss: 4,
  vcvtusi2ss: 4,
  vcvtusi2sd: 4,
  vcvtsi2sh: 4,
  vcvtusi2sh: 4,
  ptwrite: 4,
};

interface Remembered {
  readonly outcome: SelectionOutcome;
  /** The operands were taken the other way round (xchg, test). */
  readonly isReversed: boolean;
}

/** Choices by what they depend on: instructions repeat, and most choices are made once. */
const remembered = new Map<string, Remembered>();
const mostRemembered = 20_000;

/** What a choice depends on, as a key; undefined for the rare cases that are not remembered. */
function choiceKey(operands: readonly BoundOperand[], request: SelectionRequest): string | undefined {
  if (request.rounding !== undefined || request.encoding !== "any" || request.direction !== "any") return undefined;
  let key = request.dialect === "att" ? request.mnemonic : `${request.mnemonic};`;
  for (const { syntax, register, operandMask, valueMask, decorations } of operands) {
    if (decorations !== undefined) return undefined;
    if (register !== undefined) key += ` ${register.name}`;
    else if (syntax.kind === "memory") {
      if (syntax.index !== undefined && syntax.index.number > 15) return undefined;
      key += ` m${operandMask}.${valueMask}.${syntax.size}`;
    } else key += ` v${valueMask}`;
  }
  return key;
}

/** Chooses; operands come in the order of the table (destination first). */
export function select(
  candidates: readonly Candidate[],
  operands: readonly BoundOperand[],
  request: SelectionRequest,
): SelectionOutcome {
  const key = choiceKey(operands, request);
  if (key === undefined) return choose(candidates, operands, request);
  const known = remembered.get(key);
  if (known !== undefined) {
    if (known.outcome.kind !== "selected") return known.outcome;
    const taken = known.isReversed ? [...operands].reverse() : operands;
    return { kind: "selected", selection: { ...known.outcome.selection, operands: taken } };
  }
  const outcome = choose(candidates, operands, request);
  if (remembered.size >= mostRemembered) remembered.clear();
  const isReversed = outcome.kind === "selected" && outcome.selection.operands !== operands;
  // The operands themselves are not kept: they hold on to the source.
  const kept: SelectionOutcome =
    outcome.kind === "selected" ? { kind: "selected", selection: { ...outcome.selection, operands: [] } } : outcome;
  remembered.set(key, { outcome: kept, isReversed });
  return outcome;
}

function choose(
  candidates: readonly Candidate[],
  operands: readonly BoundOperand[],
  request: SelectionRequest,
): SelectionOutcome {
  let matches = collect(candidates, operands, request);
  const name = candidates[0]?.rows[0]?.mnemonic ?? "";
  if (operands.length === 2 && (name === "xchg" || (name === "test" && matches.length === 0))) {
    // xchg and test do not mind the order.
    matches.push(...collect(candidates, [...operands].reverse(), request));
  }
  if (matches.length === 0) return { kind: "none" };
  // Forms with an operand-size prefix that nobody asked for (fldenv) do not make the size doubtful.
  const asked = matches.filter(({ row, kinds }) => row.operandSize !== 16 || kinds.some(({ name }) => name !== "mem"));
  if (asked.length > 0) matches = asked;
  let isDefaulted = false;
  const memory = operands.find(({ syntax }) => syntax.kind === "memory");
  if (memory?.syntax.kind === "memory" && memory.syntax.size === 0 && memory.decorations?.broadcast === undefined) {
    const sizes = [...new Set(matches.map(({ row }) => row.memorySize))].filter((size) => size > 0);
    if (sizes.length > 1 && !matches.some(({ candidate }) => candidate.size > 0 || candidate.memorySize > 0)) {
      const quiet = Object.hasOwn(quietDefaults, name) ? quietDefaults[name] : undefined;
      const isStackSize = quiet === 8;
      const isAtt = request.dialect === "att";
      let size: number | undefined;
      if (quiet !== undefined && sizes.includes(quiet) && (isAtt || isStackSize)) size = quiet;
      else if (isAtt && name === "crc32" && sizes.includes(8)) size = 8;
      else if (isAtt && /^fi/.test(name) && sizes.includes(2)) {
        size = 2;
        isDefaulted = true;
      } else if (isAtt && sizes.includes(4) && !matches.some(({ row }) => row.encoding !== Encoding.legacy)) {
        size = 4;
        isDefaulted = true;
      } else return { kind: "ambiguous", sizes: sizes.sort((a, b) => a - b) };
      matches = matches.filter(({ row }) => row.memorySize === size);
    }
  }
  let best: Match | undefined;
  for (const match of matches) if (best === undefined || match.cost < best.cost) best = match;
  if (best === undefined) return { kind: "none" };
  const { row, kinds, candidate } = best;
  return { kind: "selected", selection: { row, kinds, operands: best.operands, candidate, isDefaulted } };
}
