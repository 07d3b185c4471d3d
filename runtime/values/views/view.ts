/**
 * How values of well-known library types are shown: as what they stand for, not as how they are made. A view that does
 * not find the members that it knows gives way to the plain members.
 */
import { plainType, type SourceValue, type ValueSource } from "../source-value.js";
import { cppViews } from "./cpp.js";
import { rustViews } from "./rust.js";

export interface View {
  /** Instead of a list of parts. */
  readonly summary?: string;
  /** The bytes of a text, `most` at the most; undefined where they cannot be read. */
  text?(most: number): Uint8Array | undefined;
  /** The elements of a collection, by number, or what is inside of a wrapper. */
  readonly partCount?: number;
  parts?(start: number, count: number): readonly SourceValue[];
  /** Names of parts that are not numbered. */
  readonly partNames?: readonly string[];
}

/** Makes a view of a value whose type has a name that matches. */
export interface ViewRule {
  readonly type: RegExp;
  make(value: SourceValue, source: ValueSource): View | undefined;
}

const rules: readonly ViewRule[] = [...rustViews, ...cppViews];

export function viewOf(value: SourceValue, source: ValueSource): View | undefined {
  if (value.isRaw || value.place.kind === "unknown") return undefined;
  const type = plainType(value.type);
  const name = type?.kind === "struct" ? (type.qualifiedName ?? type.name) : type?.name;
  if (name === undefined) return undefined;
  return rules.find((rule) => rule.type.test(name))?.make(value, source);
}
