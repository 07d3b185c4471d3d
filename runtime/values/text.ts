import type { Type } from "../object/dwarf/types.js";
import { bitsOf, bytesAt, plainType, type SourceValue, sizeOfType, type ValueSource } from "./source-value.js";
import { viewOf } from "./views/view.js";

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

/** A value of a type that is a text for sure: a string of C++ or Rust. */
export function isText(value: SourceValue, source: ValueSource): boolean {
  return viewOf(value, source)?.text !== undefined;
}

/**
 * The bytes of a text, `most` at the most: of a string of C++ or Rust, of an array of characters up to its NUL, of what
 * a pointer to characters points to. Undefined for everything else, and where memory cannot be read.
 */
export function textOf(value: SourceValue, source: ValueSource, most: number): Uint8Array | undefined {
  const view = viewOf(value, source);
  if (view !== undefined) return view.text?.(most);
  const type = plainType(value.type);
  if (type?.kind === "array" && isCharacter(type.element)) {
    const bytes = bytesAt(value.place, Math.min(sizeOfType(type), most), source);
    return bytes && untilZero(bytes);
  }
  if (type?.kind !== "pointer" || !isCharacter(type.target)) return undefined;
  const address = bitsOf(value, source);
  const bytes = address === undefined ? undefined : source.read(address, most);
  return bytes === undefined || bytes.length === 0 ? undefined : untilZero(bytes);
}

export function untilZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
