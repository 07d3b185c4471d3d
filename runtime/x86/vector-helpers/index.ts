/** The TypeScript half of instructions that are too rare or too intricate for generated code. */

import { executeX87 } from "../x87/instructions.js";
import { aesHelpers } from "./aes.js";
import { elementHelpers } from "./elements.js";
import { floatHelpers } from "./float.js";
import { shaHelpers } from "./sha.js";
import { stringHelpers } from "./string.js";
import type { VectorHelper } from "./vector.js";

export { Vector, type VectorHelper } from "./vector.js";

/** `control` is the opcode. */
const x87: VectorHelper = (result, first, _second, control, unit) => executeX87(unit, control, first, result);

const all = {
  x87,
  ...floatHelpers,
  ...elementHelpers,
  ...stringHelpers,
  ...aesHelpers,
  ...shaHelpers,
} as const satisfies Record<string, VectorHelper>;
export type VectorHelperName = keyof typeof all;

/** By number. */
export const vectorHelpers: readonly VectorHelper[] = Object.values(all);
const ids = new Map(Object.keys(all).map((name, id) => [name, id]));

export function vectorHelperId(name: VectorHelperName): number {
  // Every name of the type is a key.
  return ids.get(name) ?? -1;
}
