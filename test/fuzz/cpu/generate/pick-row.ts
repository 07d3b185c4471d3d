/** Which instruction comes next: a family by its weight, and one of its instructions. */
import type { Random } from "../../../runtime/engine/random-program.js";
import { isExtendedState } from "./extended-state.js";
import { type Choice, weights } from "./families.js";
import type { GeneratorOptions } from "./generate-case.js";

/** These store the pointers to the last x87 instruction, which the engine does not keep: zero when none came before. */
const storesPointers = /^(f(n?save|n?stenv)|fxsave(64)?)$/;
/** And these store what rAX asks for: no more than every processor has, as long as nothing has come before. */
export const isOnlyAlone = (mnemonic: string) => storesPointers.test(mnemonic) || isExtendedState(mnemonic);

export function pickRow(random: Random, { families, only }: GeneratorOptions): { family: string; choice: Choice } {
  const names = only === undefined ? [...families.keys()] : [only];
  const total = names.reduce((sum, name) => sum + (weights[name] ?? 1), 0);
  let place = (random.below(1 << 20) / (1 << 20)) * total;
  let family = names[0] ?? "";
  for (const name of names) {
    family = name;
    place -= weights[name] ?? 1;
    if (place < 0) break;
  }
  const list = families.get(family);
  if (!list) throw new Error(`there is no family ${family}; there are ${[...families.keys()].join(", ")}`);
  return { family, choice: random.pick(list) };
}
