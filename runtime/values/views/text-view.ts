import { bitsOf, type SourceValue, type ValueSource } from "../source-value.js";
import { mostText, quoted } from "../text.js";
import type { View } from "./view.js";

/** A text of `length` bytes at a pointer; undefined where it cannot be read. */
export function textView(
  pointer: SourceValue | undefined,
  length: number | undefined,
  source: ValueSource,
): View | undefined {
  const address = pointer && bitsOf(pointer, source);
  if (address === undefined || length === undefined) return undefined;
  const text = (most: number) => {
    const bytes = source.read(address, Math.min(length, most));
    return bytes.length < Math.min(length, most) ? undefined : bytes;
  };
  const shown = text(mostText);
  return shown && { summary: `${quoted(shown)}${length > shown.length ? "…" : ""}`, text };
}
