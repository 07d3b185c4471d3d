/** What a handler of the interpreter does: a definition in one combination of operands. */
import { Builder } from "../x86/builder.js";
import { ImmediateOperand, LocationOperand, MemoryOperand, type Operand, RegisterOperand } from "../x86/operands.js";
import type { OperandPosition, Statement, Width } from "../x86/value.js";
import type { HandlerForm } from "./handlers.js";

export interface RecordedForm {
  readonly statements: readonly Statement[];
  /** Bit k: operand k is written. */
  readonly writes: number;
}

/** Records the semantics of the form, for its code to be generated at once: what is kept costs collecting garbage. */
export function recordForm({ definition, form, widths }: HandlerForm): RecordedForm {
  const b = new Builder(widths[0] ?? 8);
  const operands = widths.map((width, index) => operandOf(b, form[index] ?? "", index as OperandPosition, width));
  const [first, second, third, fourth] = operands;
  // Semantics take as many operands as their variants have: the casts only satisfy those that take fewer.
  definition.semantics(b, first as Operand, second as Operand, third as Operand, fourth as Operand);
  const writes = operands.reduce((bits, { isWritten }, index) => bits | (isWritten ? 1 << index : 0), 0);
  return { statements: b.finish(), writes };
}

function operandOf(b: Builder, letter: string, position: OperandPosition, width: Width): Operand {
  switch (letter) {
    case "r":
    // An immediate lies in the record as a register lies in the state: both are read through an address.
    case "s":
      return new RegisterOperand(b, { kind: "operand", position }, width);
    case "q":
      return new RegisterOperand(b, { kind: "operand", position }, width, true);
    case "m":
      return new MemoryOperand(b, width);
    case "i":
      return new ImmediateOperand(b, position, width);
    case "b":
      return new ImmediateOperand(b, position, width, true);
    case "a":
    case "x":
      return new LocationOperand(b, position, width);
    default:
      throw new Error(`no operand is written as '${letter}'`);
  }
}
