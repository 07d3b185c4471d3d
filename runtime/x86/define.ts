/**
 * The instruction set: every instruction is defined once, by `define`, in the family files of `semantics/`. Names are
 * the manual's mnemonics in lower case; forms that differ in meaning have names of their own (`decode.ts`).
 */
import type { Builder } from "./builder.js";
import type { Operand } from "./operands.js";
import type { Width } from "./value.js";

/** The semantics of an instruction. Operands in the manual's order: destination first. */
export type Semantics = (b: Builder, first: Operand, second: Operand, third: Operand, fourth: Operand) => void;

/**
 * One combination of operands. `form` has a letter per operand: (r)egister, (m)emory, (i)mmediate, (b)ranch target, or
 * (a)ny of them where the semantics do not care; (x) is an SSE register of which the low `width` bytes are read, or
 * memory of that width; (q) is an MMX register. `widths` are in bytes.
 */
export interface Variant {
  readonly form: string;
  readonly widths: readonly Width[];
}

/** Which combinations an instruction has; absent parts: any kinds of operands, all of one width, 8 to 64 bits. */
export interface Shape {
  readonly widths?: readonly (readonly Width[])[];
  /** The semantics depend on the kinds of the operands: the combinations that exist. */
  readonly forms?: readonly string[];
  /** Instead of the two above, where not every form has every width. */
  readonly variants?: readonly Variant[];
}

export interface InstructionDefinition {
  readonly name: string;
  readonly variants: readonly Variant[];
  readonly semantics: Semantics;
}

const definitions = new Map<string, InstructionDefinition>();

export function define(name: string, semantics: Semantics, shape: Shape = {}): void {
  if (definitions.has(name)) throw new Error(`${name} is defined twice`);
  definitions.set(name, { name, variants: shape.variants ?? variantsOf(semantics, shape), semantics });
}

function variantsOf(semantics: Semantics, shape: Shape): Variant[] {
  const operandCount = shape.forms?.[0]?.length ?? shape.widths?.[0]?.length ?? Math.max(0, semantics.length - 1);
  const forms = shape.forms ?? ["a".repeat(operandCount)];
  const widths = shape.widths ?? (operandCount === 0 ? [[]] : allAlike([1, 2, 4, 8], operandCount));
  return forms.flatMap((form) => widths.map((list) => ({ form, widths: list })));
}

/** All definitions by name; complete once `semantics/index.ts` has been imported. */
export function allDefinitions(): ReadonlyMap<string, InstructionDefinition> {
  return definitions;
}

/** Lists of `count` operands of the same width. */
export function allAlike(widths: readonly Width[], count: number): readonly (readonly Width[])[] {
  return widths.map((width) => Array<Width>(count).fill(width));
}
