/** One instruction statement to bytes in the current section. */
import type { BoundOperand, EncodedField, Prefixes } from "./encoder.js";
import { encode, InstructionBuffer } from "./encoder.js";
import { ValueBit } from "./encoding-table.js";
import type { InstructionContext } from "./instruction-context.js";
import { ambiguousSize, defaultedSize, explainMismatch, unknownInstruction } from "./instruction-errors.js";
import { checkPrefixes, emitLonePrefixes, readPrefixes } from "./instruction-prefixes.js";
import { type Candidate, candidatesOf } from "./mnemonics.js";
import { bindOperand, constantMask } from "./operand-binding.js";
import { findRegister, type Register } from "./registers.js";
import type { BranchFragment, Section } from "./section.js";
import { type Selection, type SelectionOutcome, type SelectionRequest, select } from "./select.js";
import { constantValue, isConstant } from "./symbols.js";
import type { InstructionStatement, Operand } from "./syntax.js";

const buffer = new InstructionBuffer();

const conditions = "o no b ae e ne be a s ns p np l ge le g".split(" ");
const conditionNumbers = new Map(conditions.map((name, i) => [`j${name}`, i]));

/** Instructions whose operands AT&T syntax writes in Intel's order. */
const unreversed = new Set(["enter", "enterq", "enterw", "bound"]);

const branchName = /^(j[a-z]+|call[qlw]?|loop[a-z]*|xbegin)(,p[nt])?$/;

/** Assembles the statement; what is wrong is reported and nothing is emitted then. */
export function assembleInstruction(statement: InstructionStatement, context: InstructionContext): void {
  const { mnemonic } = statement;
  if (mnemonic.text === "") {
    const prefixes = readPrefixes(statement, context);
    if (prefixes !== undefined) emitLonePrefixes(prefixes.prefixes, context);
    return;
  }
  const name = effectiveName(statement);
  const candidates = candidatesOf(name, statement.dialect);
  if (candidates.length === 0) {
    const { range, message } = unknownInstruction(statement);
    context.report("error", range, message);
    return;
  }
  const read = readPrefixes(statement, context);
  if (read === undefined) return;
  const isBranch = branchName.test(mnemonic.text);
  const bound: BoundOperand[] = [];
  let rounding: string | undefined;
  for (const operand of statement.operands) {
    if (operand.kind === "rounding") {
      rounding = operand.mode;
      continue;
    }
    if (!isValidAddress(operand, context)) return;
    const one = bindOperand(operand, statement.dialect, isBranch, (expression) => context.evaluate(expression));
    // `jmp %rax` means `jmp *%rax`; GNU as takes it too.
    if (isBranch && statement.dialect === "att" && operand.kind === "register" && !operand.isIndirect) {
      context.report(
        "warning",
        operand.range,
        `An indirect jump or call is written with *: *%${operand.register.name}.`,
      );
    }
    bound.push(one);
  }
  const request: SelectionRequest = { mnemonic: name, dialect: statement.dialect, rounding, ...read.request };
  const operands = tableOrder(statement, bound, candidates);
  let outcome = select(candidates, operands, request);
  if (outcome.kind === "none") outcome = selectTruncated(statement, candidates, operands, request, context);
  if (outcome.kind !== "selected") {
    const { range, message } =
      outcome.kind === "ambiguous"
        ? ambiguousSize(statement, outcome.sizes)
        : explainMismatch(statement, candidates, bound);
    context.report("error", range, message);
    return;
  }
  const { selection } = outcome;
  if (selection.isDefaulted) {
    const { range, message } = defaultedSize(statement, selection.row.memorySize);
    context.report("warning", range, message);
  }
  if (!checkPrefixes(statement, read.prefixes, selection, context)) return;
  emit(statement, selection, read.prefixes, rounding, context);
}

/** Forms of immediates that are a sign-extended byte. */
const signExtendedByte = ValueBit.imm8to16 | ValueBit.imm8to32 | ValueBit.imm8to64;

/** As GNU as does, cuts an immediate to the size that a register or suffix gives, with a warning. */
function selectTruncated(
  statement: InstructionStatement,
  candidates: readonly Candidate[],
  operands: readonly BoundOperand[],
  request: SelectionRequest,
  context: InstructionContext,
): SelectionOutcome {
  const none: SelectionOutcome = { kind: "none" };
  const immediate = operands.findIndex(({ syntax, value }) => syntax.kind === "immediate" && isConstant(value));
  const operand = operands[immediate];
  const general = operands.find(({ register }) => register !== undefined && /^r\d/.test(register.class))?.register;
  const size = candidates.find((candidate) => candidate.size > 0)?.size ?? general?.size ?? 8;
  if (operand === undefined || size === 8) return none;
  const whole = operand.value.constant;
  const cut = BigInt.asIntN(size * 8, whole);
  if (cut === whole || BigInt.asUintN(size * 8, whole) === whole) return none;
  // Whether a sign-extended byte will do is judged by what was written, as a number of 32 bits.
  const mask = (constantMask(cut) & ~signExtendedByte) | (constantMask(BigInt.asIntN(32, whole)) & signExtendedByte);
  const shorter = { ...operand, value: constantValue(cut), valueMask: mask };
  const outcome = select(
    candidates,
    operands.map((other, i) => (i === immediate ? shorter : other)),
    request,
  );
  if (outcome.kind === "selected") {
    const shown = (value: bigint) => (value < 0n ? value.toString() : `0x${value.toString(16)}`);
    const message = `${shown(whole)} does not fit the ${size * 8} bits of \`${statement.mnemonic.text}\` here; ${shown(BigInt.asUintN(size * 8, whole))} is used instead.`;
    context.report("warning", operand.syntax.range, message);
  }
  return outcome;
}

/** Operands with the destination first, implied ones added. */
function tableOrder(
  statement: InstructionStatement,
  bound: readonly BoundOperand[],
  candidates: readonly Candidate[],
): BoundOperand[] {
  const { mnemonic, dialect } = statement;
  const operands = dialect === "att" && !unreversed.has(mnemonic.text) ? [...bound].reverse() : [...bound];
  const first = operands[0];
  // imul $3,%eax is imul $3,%eax,%eax.
  if (operands.length === 2 && first !== undefined && operands[1]?.syntax.kind === "immediate") {
    if (candidates[0]?.rows[0]?.mnemonic === "imul") operands.splice(1, 0, first);
  }
  addImplied(mnemonic.text, operands);
  const predicate = candidates.find((candidate) => candidate.predicate !== undefined)?.predicate;
  if (predicate !== undefined) {
    const value = BigInt(predicate);
    const range = mnemonic.range;
    operands.push({
      syntax: { kind: "immediate", range, value: { kind: "number", range, value } },
      register: undefined,
      value: constantValue(value),
      operandMask: 0,
      valueMask: constantMask(value),
      decorations: undefined,
    });
  }
  return operands;
}

/** Instructions whose registers are fixed, so that naming them adds nothing. */
const fixedRegisters: Readonly<Record<string, readonly string[]>> = {
  monitor: ["rax", "ecx", "edx"],
  mwait: ["eax", "ecx"],
};

const defaultToStack1 = /^f(add|sub|mul|div)r?p?$|^f(com|comp|ucom|ucomp|xch|comi|comip|compi|ucomi|ucomip|ucompi)$/;

/** Puts operands that GNU as lets a source leave out, and drops those that say what is the case anyway. */
function addImplied(name: string, operands: BoundOperand[]): void {
  const last = operands.at(-1)?.register?.name;
  if (operands.length === 3 && last === "xmm0" && /^(p?blendv(b|ps|pd)|sha256rnds2)$/.test(name)) operands.pop();
  const fixed = Object.hasOwn(fixedRegisters, name) ? fixedRegisters[name] : undefined;
  if (fixed !== undefined && fixed.length === operands.length) {
    const names = new Set(operands.map(({ register }) => register?.name.replace("r", "e")));
    if (fixed.every((register) => names.has(register.replace("r", "e")))) operands.length = 0;
  }
  if (operands.length > 0) return;
  const byDefault = /^fn?stsw$/.test(name) ? "ax" : defaultToStack1.test(name) ? "st(1)" : undefined;
  const register = byDefault !== undefined ? findRegister(byDefault) : undefined;
  if (register !== undefined) operands.push(bindRegister(register));
}

function bindRegister(register: Register): BoundOperand {
  const syntax: Operand = { kind: "register", range: { start: 0, end: 0 }, register, isIndirect: false };
  return bindOperand(syntax, "att", false, () => constantValue(0n));
}

/** Names that stand for another one: fadd alone is faddp, int $3 is int3. */
function effectiveName(statement: InstructionStatement): string {
  const { mnemonic, operands } = statement;
  if (operands.length === 0 && /^f(add|sub|mul|div)r?$/.test(mnemonic.text)) return `${mnemonic.text}p`;
  return mnemonic.text;
}

/** Rules of addresses that the grammar does not know. */
function isValidAddress(operand: Operand, context: InstructionContext): boolean {
  if (operand.kind !== "memory") return true;
  const { base, index } = operand;
  const fail = (message: string) => {
    context.report("error", operand.range, message);
    return false;
  };
  if (base !== undefined && base.name === "dx" && index === undefined) return true;
  if (base !== undefined && !["r64", "r32", "rip", "zero"].includes(base.class)) {
    return fail(`${base.name} cannot be the base of an address: a base has 64 bits (or 32), such as rax.`);
  }
  if (index === undefined) return true;
  if (!["r64", "r32", "zero", "xmm", "ymm", "zmm"].includes(index.class)) {
    return fail(`${index.name} cannot be the index of an address: an index has 64 bits (or 32), such as rcx.`);
  }
  if (index.name === "rsp" || index.name === "esp")
    return fail(`${index.name} cannot be an index; it can only be a base.`);
  if (base?.class === "rip") return fail("rip takes no index.");
  if (base !== undefined && index.size <= 8 && base.size !== index.size) {
    return fail(`The base ${base.name} and the index ${index.name} of an address must have the same size.`);
  }
  return true;
}

function emit(
  statement: InstructionStatement,
  selection: Selection,
  prefixes: Prefixes,
  rounding: string | undefined,
  context: InstructionContext,
): void {
  const { section } = context;
  const { row, kinds, operands } = selection;
  const target = operands[0];
  if (kinds.length === 1 && kinds[0]?.slot === "branch" && target !== undefined) {
    const condition = conditionNumbers.get(row.mnemonic) ?? (row.mnemonic === "jmp" ? -1 : undefined);
    if (condition !== undefined) {
      emitBranch(statement, condition, target, prefixes, context);
      return;
    }
  }
  if (row.mnemonic === "int" && target?.value.constant === 3n && isConstant(target.value)) {
    section.appendByte(0xcc);
    return;
  }
  const problem = encode(buffer, row, kinds, operands, prefixes, rounding);
  if (problem !== undefined) {
    context.report("error", statement.range, problem);
    return;
  }
  const start = section.length;
  section.append(buffer.bytes, buffer.length);
  for (const field of buffer.fields) addFixup(section, start, field, context);
}

function addFixup(section: Section, start: number, field: EncodedField, context: InstructionContext): void {
  section.fixups.push({
    offset: start + field.at,
    fragment: section.fragments.length,
    size: field.size,
    value: field.value,
    relativeTo: field.isRelative ? buffer.length - field.at : -1,
    isSigned: field.isSigned,
    isBranch: field.isBranch,
    span: context.span(field.operand.syntax.range),
  });
}

function emitBranch(
  statement: InstructionStatement,
  condition: number,
  target: BoundOperand,
  prefixes: Prefixes,
  context: InstructionContext,
): void {
  const { section } = context;
  // A hint (taken, not taken) is a segment prefix.
  if (statement.mnemonic.text.endsWith(",pt")) section.appendByte(0x3e);
  if (statement.mnemonic.text.endsWith(",pn")) section.appendByte(0x2e);
  const isHint = prefixes.segment === 0x2e || prefixes.segment === 0x3e;
  if ((prefixes.segment !== 0 && !isHint) || prefixes.address32) {
    const message = `The prefix does nothing before \`${statement.mnemonic.text}\` and is left out.`;
    context.report("warning", statement.prefixes[0]?.range ?? statement.range, message);
  }
  emitLonePrefixes({ ...prefixes, segment: isHint ? prefixes.segment : 0, address32: false }, context);
  const fragment: BranchFragment = {
    kind: "branch",
    at: section.length,
    target: target.value,
    condition,
    size: 2,
    span: context.span(target.syntax.range),
  };
  section.fragments.push(fragment);
}
