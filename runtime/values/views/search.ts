/** Finding a member deep inside of library types, whose nesting changes from version to version. */
import { childrenOf, memberNamed } from "../children.js";
import { bitsOf, plainType, type SourceValue, type ValueSource } from "../source-value.js";

const deepest = 8;

/** The first pointer inside of a value, members in order: what a `Unique<T>` or a `unique_ptr` wraps. */
export function firstPointer(value: SourceValue | undefined, source: ValueSource, depth = 0): SourceValue | undefined {
  const type = plainType(value?.type);
  if (value === undefined || type === undefined || depth > deepest) return undefined;
  if (type.kind === "pointer") return value;
  if (type.kind !== "struct") return undefined;
  for (const child of childrenOf(value, source)) {
    const found = firstPointer(child.value, source, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A member of a member of …; undefined when one of them is missing. */
export function memberAt(
  value: SourceValue | undefined,
  source: ValueSource,
  ...path: readonly string[]
): SourceValue | undefined {
  let at = value;
  for (const name of path) at = at && memberNamed(at, name, source);
  return at;
}

/** The number that a member is; undefined when it is missing or cannot be read. */
export function numberAt(
  value: SourceValue | undefined,
  source: ValueSource,
  ...path: readonly string[]
): number | undefined {
  const member = memberAt(value, source, ...path);
  const bits = member && bitsOf(member, source);
  // Whoever has more elements than that has not been initialised.
  return bits === undefined || bits > 0xffff_ffffn ? undefined : Number(bits);
}
