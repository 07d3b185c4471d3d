/** A piece of the interpreter to be generated: a definition in one combination of operands. */
import { Builder } from "../x86/builder.js";
import type { InstructionDefinition } from "../x86/define.js";
import { ImmediateOperand, LocationOperand, MemoryOperand, type Operand, RegisterOperand } from "../x86/operands.js";
import type { OperandPosition, Statement, Width } from "../x86/value.js";

export interface Handler {
  readonly id: number;
  /** Which operands the semantics write. */
  readonly writes: readonly boolean[];
  /** Its code cannot compute addresses with a segment base or of 32 bits. */
  readonly needsPlainAddress: boolean;
  /** The group of rare instructions whose code must have been loaded, see `rare-groups.ts`. */
  readonly group?: number;
}

/** The letters of `form` are those of `specialisedForms` and of `Variant`. */
export interface HandlerForm {
  readonly definition: InstructionDefinition;
  readonly form: string;
  readonly widths: readonly Width[];
  /** Completed when its code is generated. */
  readonly handler: { id: number; writes: readonly boolean[]; needsPlainAddress: boolean; group?: number };
}

/** Records the semantics of the form, for its code to be generated at once: what is kept costs collecting garbage. */
export function recordForm({ definition, form, widths, handler }: HandlerForm): readonly Statement[] {
  const b = new Builder(widths[0] ?? 8);
  const operands = widths.map((width, index) => operandOf(b, form[index] ?? "", index as OperandPosition, width));
  const [first, second, third, fourth] = operands;
  // Semantics take as many operands as their variants have: the casts only satisfy those that take fewer.
  definition.semantics(b, first as Operand, second as Operand, third as Operand, fourth as Operand);
  handler.writes = operands.map((operand) => operand.isWritten);
  return b.finish();
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
