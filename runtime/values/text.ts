import type { Type } from "../object/dwarf/types.js";
import { plainType } from "./source-value.js";

/** Bytes of a text that are shown. */
export const mostText = 200;

export function quoted(bytes: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(bytes));
}

/** A type of one byte that holds characters: an array of it is a text. */
export function isCharacter(type: Type | undefined): boolean {
  const plain = plainType(type);
  return plain?.kind === "base" && plain.size === 1 && /character/.test(plain.encoding);
}
