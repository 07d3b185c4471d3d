/** Conditions behind COMISD and its kin, from the numbers that were compared: neither of them is a NaN. */
import type { ConditionName, FlagName } from "../../x86/flags.js";
import { prefixOf } from "./float-checks.js";
import type { CodeByName } from "./float-code.js";
import type { ScalarForm, VectorLocals } from "./vector-registers.js";

export type KnownOrder = "orderOfDoubles" | "orderOfSingles";

export function isOrder(known: string | undefined): known is KnownOrder {
  return known === "orderOfDoubles" || known === "orderOfSingles";
}

export function knownOrder(form: ScalarForm): KnownOrder {
  return form === "double" ? "orderOfDoubles" : "orderOfSingles";
}

/** The locals that hold the numbers. */
export function orderLocals(locals: VectorLocals, form: ScalarForm): readonly [number, number] {
  const first = 2 + (form === "double" ? locals.doubleScratch : locals.singleScratch);
  return [first, first + 1];
}

/** Pushes whether the first is equal to the second, less, or not greater. */
export function emitOrder(by: CodeByName, locals: VectorLocals, form: ScalarForm, relation: "eq" | "lt" | "le"): void {
  for (const local of orderLocals(locals, form)) by.code.get(local);
  by.emit(`${prefixOf[form]}.${relation}`);
}

function formOf(known: KnownOrder): ScalarForm {
  return known === "orderOfDoubles" ? "double" : "single";
}

/** True: it was pushed. */
export function emitFlagOfOrder(by: CodeByName, locals: VectorLocals, known: KnownOrder, name: FlagName): boolean {
  switch (name) {
    case "zf":
    case "cf":
      emitOrder(by, locals, formOf(known), name === "zf" ? "eq" : "lt");
      return true;
    case "pf":
    case "of":
    case "sf":
    case "af":
      by.code.i32(0);
      return true;
    default:
      return false;
  }
}

/** The same for a condition in its positive form. */
export function emitConditionOfOrder(
  by: CodeByName,
  locals: VectorLocals,
  known: KnownOrder,
  name: ConditionName,
): boolean {
  const relation = relations[name];
  if (relation === undefined) return false;
  if (relation === "never") by.code.i32(0);
  else emitOrder(by, locals, formOf(known), relation);
  return true;
}

/** SF, OF and PF are clear. */
const relations: Partial<Record<ConditionName, "eq" | "lt" | "le" | "never">> = {
  b: "lt",
  be: "le",
  e: "eq",
  le: "eq",
  l: "never",
  s: "never",
  o: "never",
  p: "never",
};
