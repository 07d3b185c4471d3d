/**
 * Which instructions the interpreter executes by code of their own, by form and width, because programs are mostly made
 * of them; the others share one piece of code for all kinds of operands. The letter `s` is a source that may be a
 * register or an immediate (`Variant` has the others).
 */
import { conditionNames } from "../x86/flags.js";
import type { Width } from "../x86/value.js";

export interface SpecialisedForm {
  readonly name: string;
  readonly form: string;
  readonly widths: readonly Width[];
}

function alike(names: string, forms: string, widths: readonly Width[]): SpecialisedForm[] {
  return names
    .split(" ")
    .flatMap((name) =>
      forms
        .split(" ")
        .flatMap((form) => widths.map((width) => ({ name, form, widths: Array<Width>(form.length).fill(width) }))),
    );
}

function withWidths(names: string, forms: string, widths: readonly (readonly Width[])[]): SpecialisedForm[] {
  return names
    .split(" ")
    .flatMap((name) => forms.split(" ").flatMap((form) => widths.map((list) => ({ name, form, widths: list }))));
}

const branches = conditionNames.map((name) => `j${name}`).join(" ");
const sets = conditionNames.map((name) => `set${name}`).join(" ");
const conditionalMoves = conditionNames.map((name) => `cmov${name}`).join(" ");

export const specialisedForms: readonly SpecialisedForm[] = [
  ...alike("mov", "rs rm ms", [1, 2, 4, 8]),
  ...alike("cmp test", "rs rm ms", [1, 4, 8]),
  ...alike("add sub and or xor", "rs rm ms", [4, 8]),
  ...alike("and or xor", "rs", [1]),
  ...alike("adc sbb", "rs", [4, 8]),
  ...alike("inc dec neg not", "r m", [4, 8]),
  ...alike("imul", "rr rm", [4, 8]),
  ...alike("imul3", "rrs rms", [4, 8]),
  ...alike("lea", "rm", [4, 8]),
  ...withWidths("shl shr sar rol ror", "rs", [
    [4, 1],
    [8, 1],
  ]),
  ...withWidths("movzx movsx", "rr rm", [
    [4, 1],
    [4, 2],
    [8, 1],
    [8, 2],
  ]),
  ...withWidths("movsxd", "rr rm", [[8, 4]]),
  ...alike("push", "s m", [8]),
  ...alike("pop", "r", [8]),
  ...alike("call jmp", "b r m", [8]),
  ...alike(branches, "b", [8]),
  ...alike(sets, "r", [1]),
  ...alike(conditionalMoves, "rr", [4, 8]),
  ...withWidths("ret leave cdqe cqo cdq nop endbr64", "", [[]]),
];
