/** Which of several definitions of a name a program has. */
import type { ObjectSymbol } from "../asm/assembler.js";

/** Only one object may define the name so. */
export const isStrong = (symbol: ObjectSymbol) => symbol.binding === "global" && symbol.section !== "common";

/** Whether a definition takes the place of an earlier one: global before common before weak. */
export function replaces(symbol: ObjectSymbol, before: ObjectSymbol): boolean {
  const rank = ({ binding, section }: ObjectSymbol) => (binding === "weak" ? 0 : section === "common" ? 1 : 2);
  if (symbol.section === "common" && before.section === "common") return symbol.size > before.size;
  return rank(symbol) > rank(before);
}
