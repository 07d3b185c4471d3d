/** Why an instruction cannot be encoded, in a learner's words. */

import { nearest } from "../base/suggest.js";
import type { BoundOperand } from "./encoder.js";
import { type Candidate, candidatesOf, mnemonicNames } from "./mnemonics.js";
import { type Register, resizedRegister } from "./registers.js";
import type { InstructionStatement, Operand, Range } from "./syntax.js";

export interface InstructionError {
  readonly range: Range;
  readonly message: string;
}

const suffixOf: Readonly<Record<number, string>> = { 1: "b", 2: "w", 4: "l", 8: "q" };
const pointerOf: Readonly<Record<number, string>> = {
  1: "byte",
  2: "word",
  4: "dword",
  6: "fword",
  8: "qword",
  10: "tbyte",
  16: "xmmword",
  32: "ymmword",
  64: "zmmword",
};

const isGeneral = (register: Register) => /^r\d/.test(register.class);

/** A register as its dialect writes it. */
function written(register: Register, dialect: "att" | "intel"): string {
  return dialect === "att" ? `%${register.name}` : register.name;
}

/** The message for a mnemonic that does not exist. */
export function unknownInstruction(statement: InstructionStatement): InstructionError {
  const { text, range } = statement.mnemonic;
  const other = statement.dialect === "att" ? "intel" : "att";
  if (candidatesOf(text, other).length > 0) {
    const message =
      other === "att"
        ? `\`${text}\` is AT&T syntax, and this is Intel syntax: leave the size suffix away, or put \`.att_syntax\` first.`
        : `\`${text}\` is Intel syntax, and this is AT&T syntax. Put \`.intel_syntax noprefix\` first to write Intel syntax.`;
    return { range, message };
  }
  const found = nearest(text, mnemonicNames());
  const hint = found === undefined ? "" : ` Did you mean \`${found}\`?`;
  return { range, message: `There is no instruction \`${text}\`.${hint}` };
}

const plural = (count: number) => (count === 1 ? "1 operand" : `${count} operands`);

/** The message when the size of the operation is open. */
export function ambiguousSize(statement: InstructionStatement, sizes: readonly number[]): InstructionError {
  const { text, range } = statement.mnemonic;
  const memory = statement.operands.find(({ kind }) => kind === "memory");
  const choices =
    statement.dialect === "att"
      ? sizes.map((size) => `\`${text}${suffixOf[size] ?? ""}\``)
      : sizes.map((size) => `\`${pointerOf[size] ?? size} ptr\``);
  const list = choices.length > 1 ? `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}` : choices[0];
  const where = statement.dialect === "att" ? "Write" : "Put";
  const tail = statement.dialect === "att" ? "" : " before the address";
  return {
    range: statement.dialect === "intel" ? (memory?.range ?? range) : range,
    message: `The size of the operation is not clear: no register says how many bytes \`${text}\` works on. ${where} ${list}${tail}.`,
  };
}

/** The message when the size of the operation was taken by default. */
export function defaultedSize(statement: InstructionStatement, size: number): InstructionError {
  const { text, range } = statement.mnemonic;
  const suffix = text.startsWith("f") ? "s" : (suffixOf[size] ?? "");
  return {
    range,
    message: `No register says how many bytes \`${text}\` works on; ${size} are assumed. Write \`${text}${suffix}\` to say so, or another suffix.`,
  };
}

/** Why no row of the candidates fits. Operands in the order of the text. */
export function explainMismatch(
  statement: InstructionStatement,
  candidates: readonly Candidate[],
  operands: readonly BoundOperand[],
): InstructionError {
  const { mnemonic, dialect } = statement;
  const rows = candidates.flatMap((candidate) => candidate.rows);
  const counts = new Set(rows.map((row) => row.kinds.filter(({ isImplied }) => !isImplied).length));
  const syntax = operands.map((operand) => operand.syntax);
  const whole: Range = statement.range;
  if (!counts.has(operands.length)) {
    const wanted = [...counts].sort((a, b) => a - b);
    const list = wanted.length > 1 ? `${wanted.slice(0, -1).join(", ")} or ${wanted.at(-1)}` : `${wanted[0] ?? 0}`;
    const noun = wanted.length === 1 && wanted[0] === 1 ? "operand" : "operands";
    return { range: whole, message: `\`${mnemonic.text}\` takes ${list} ${noun}, not ${plural(operands.length)}.` };
  }
  const memories = syntax.filter((operand) => operand.kind === "memory");
  if (memories.length > 1) {
    return {
      range: memories[1]?.range ?? whole,
      message: `\`${mnemonic.text}\` cannot have two memory operands. Go through a register: load the one, then store it to the other.`,
    };
  }
  const swapped = immediateDestination(statement, syntax);
  if (swapped !== undefined) return swapped;
  return (
    sizeMismatch(statement, candidates, operands) ??
    immediateMismatch(statement, candidates, operands) ??
    bareNameMismatch(statement, syntax) ?? {
      range: whole,
      message: `\`${mnemonic.text}\` does not take these operands: ${syntax.map((operand) => describe(operand, dialect)).join(", ")}.`,
    }
  );
}

function describe(operand: Operand, dialect: "att" | "intel"): string {
  switch (operand.kind) {
    case "register":
      return written(operand.register, dialect);
    case "immediate":
      return "an immediate";
    case "memory":
      return operand.isBare ? "an address" : "memory";
    case "rounding":
      return "a rounding mode";
  }
}

function immediateDestination(
  statement: InstructionStatement,
  syntax: readonly Operand[],
): InstructionError | undefined {
  if (syntax.length !== 2) return undefined;
  const destination = statement.dialect === "att" ? syntax[1] : syntax[0];
  const source = statement.dialect === "att" ? syntax[0] : syntax[1];
  if (destination?.kind !== "immediate" || source?.kind === "immediate") return undefined;
  const order =
    statement.dialect === "att"
      ? "In AT&T syntax the source comes first and the destination last."
      : "In Intel syntax the destination comes first.";
  return {
    range: destination.range,
    message: `An immediate cannot be the destination of \`${statement.mnemonic.text}\`. ${order}`,
  };
}

function sizeMismatch(
  statement: InstructionStatement,
  candidates: readonly Candidate[],
  operands: readonly BoundOperand[],
): InstructionError | undefined {
  const { mnemonic, dialect } = statement;
  const suffixed = candidates.find((candidate) => candidate.size > 0 && candidate.suffix !== "");
  const general = operands.filter(({ register }) => register !== undefined && isGeneral(register));
  if (suffixed !== undefined) {
    for (const { register, syntax } of general) {
      if (register === undefined || register.size === suffixed.size) continue;
      const other = resizedRegister(register, suffixed.size);
      const base = mnemonic.text.slice(0, -1);
      const remedy =
        other === undefined ? "" : ` Write \`${base}${suffixOf[register.size]}\`, or ${written(other, dialect)}.`;
      return {
        range: syntax.range,
        message: `\`${mnemonic.text}\` works on ${suffixed.size * 8}-bit operands, and ${written(register, dialect)} has ${register.size * 8} bits.${remedy}`,
      };
    }
  }
  const [first, second] = general;
  if (first?.register !== undefined && second?.register !== undefined && first.register.size !== second.register.size) {
    const other = resizedRegister(first.register, second.register.size);
    const remedy =
      other === undefined ? "" : ` ${written(other, dialect)} has the size of ${written(second.register, dialect)}.`;
    return {
      range: first.syntax.range,
      message: `The operands differ in size: ${written(first.register, dialect)} has ${first.register.size * 8} bits, ${written(second.register, dialect)} has ${second.register.size * 8}.${remedy}`,
    };
  }
  const sized = operands.find(({ syntax }) => syntax.kind === "memory" && syntax.size > 0);
  if (sized?.syntax.kind === "memory" && first?.register !== undefined && first.register.size !== sized.syntax.size) {
    return {
      range: sized.syntax.range,
      message: `The operands differ in size: ${written(first.register, dialect)} has ${first.register.size * 8} bits, the memory operand says ${pointerOf[sized.syntax.size]} (${sized.syntax.size * 8} bits).`,
    };
  }
  return undefined;
}

function immediateMismatch(
  statement: InstructionStatement,
  candidates: readonly Candidate[],
  operands: readonly BoundOperand[],
): InstructionError | undefined {
  const { mnemonic, dialect } = statement;
  const immediate = operands.find(({ syntax }) => syntax.kind === "immediate");
  if (immediate === undefined) return undefined;
  const takesImmediate = candidates.some(({ rows }) =>
    rows.some(
      (row) =>
        row.kinds.length === operands.length &&
        row.kinds.some(({ valueSize, slot }) => slot === "immediate" && valueSize > 0),
    ),
  );
  if (!takesImmediate) {
    return { range: immediate.syntax.range, message: `\`${mnemonic.text}\` does not take an immediate here.` };
  }
  const register = operands.find((operand) => operand.register !== undefined)?.register;
  const value = immediate.value.constant;
  const inHex = value < 0n ? value.toString() : `0x${value.toString(16)}`;
  const size = candidates.find((candidate) => candidate.size > 0)?.size ?? register?.size;
  if (size === undefined) {
    return { range: immediate.syntax.range, message: `${inHex} is out of range for \`${mnemonic.text}\`.` };
  }
  if (size === 8) {
    const hint = register === undefined ? "" : ` Put it in a register first: \`movabs\` takes 64 bits.`;
    return {
      range: immediate.syntax.range,
      message: `${inHex} does not fit the 32 bits (sign-extended) that \`${mnemonic.text}\` takes.${hint}`,
    };
  }
  const target =
    register !== undefined && isGeneral(register) ? written(register, dialect) : `a ${size * 8}-bit operand`;
  return { range: immediate.syntax.range, message: `${inHex} does not fit ${target} (${size * 8} bits).` };
}

/** `mov rax, rbx` without `%`: in AT&T syntax that is two addresses. */
function bareNameMismatch(statement: InstructionStatement, syntax: readonly Operand[]): InstructionError | undefined {
  const indirect = syntax.find(
    (operand) => operand.kind !== "rounding" && operand.kind !== "immediate" && operand.isIndirect,
  );
  if (indirect !== undefined && !/^(jmp|call)/.test(statement.mnemonic.text)) {
    return { range: indirect.range, message: "Only jmp and call take an operand with *." };
  }
  return undefined;
}
