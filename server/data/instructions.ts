/** One line about each instruction, in our own words, found by the name that the encoding table uses. */
import { conditions, integerInstructions } from "./integer-instructions.js";
import { vectorInstructions } from "./vector-instructions.js";

const summaries = new Map<string, string>();
for (const line of `${integerInstructions}\n${vectorInstructions}`.split("\n")) {
  const colon = line.indexOf(": ");
  if (colon > 0) summaries.set(line.slice(0, colon), line.slice(colon + 2));
}
for (const [code, { meaning, flags }] of Object.entries(conditions)) {
  summaries.set(`j${code}`, `Jumps if ${meaning}: ${flags}.`);
  summaries.set(`set${code}`, `Sets a byte to 1 if ${meaning}: ${flags}; otherwise to 0.`);
  summaries.set(`cmov${code}`, `Copies the source if ${meaning}: ${flags}. The source is read in any case.`);
}

/** What the instruction does; undefined where nothing has been written yet. `mnemonic` is the Intel name, lower case. */
export function instructionSummary(mnemonic: string): string | undefined {
  const own = summaries.get(mnemonic);
  if (own !== undefined || !mnemonic.startsWith("v")) return own;
  // AVX: the same with a separate destination.
  return summaries.get(mnemonic.slice(1));
}

/** Every mnemonic that has a line of its own. */
export function summarisedMnemonics(): readonly string[] {
  return [...summaries.keys()];
}
