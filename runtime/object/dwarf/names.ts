/** How what an entry stands for is called. */
import * as dw from "./constants.js";
import { Entry } from "./entry.js";

/** Longer chains of references lead in a circle. */
const longestChain = 8;

/** The entry itself, then those that it completes or is an instance of. */
export function* originsOf(entry: Entry): Generator<Entry> {
  let next: Entry | undefined = entry;
  for (let count = 0; next && count < longestChain; count++) {
    yield next;
    next = next.reference(dw.DW_AT_abstract_origin) ?? next.reference(dw.DW_AT_specification);
  }
}

/** The first of these entries that has the attribute. */
export function attributeOf(entry: Entry, attribute: number): Entry | undefined {
  for (const origin of originsOf(entry)) if (origin.has(attribute)) return origin;
  return undefined;
}

/** The name in the source, without what is around it. */
export function plainName(entry: Entry): string | undefined {
  return attributeOf(entry, dw.DW_AT_name)?.text(dw.DW_AT_name);
}

/** The name that the linker knows: mangled. */
export function linkageNameOf(entry: Entry): string | undefined {
  return (
    attributeOf(entry, dw.DW_AT_linkage_name)?.text(dw.DW_AT_linkage_name) ??
    attributeOf(entry, dw.DW_AT_MIPS_linkage_name)?.text(dw.DW_AT_MIPS_linkage_name)
  );
}

/** The name with the namespaces, types and functions around it, joined by `::`. */
export function qualifiedName(entry: Entry): string | undefined {
  const name = plainName(entry);
  if (name === undefined) return undefined;
  // Where a member is defined says nothing; where it is declared does.
  let declared = entry;
  for (const origin of originsOf(entry)) declared = origin;
  const names = [name];
  let at: Entry | undefined = declared;
  for (let depth = 0; at && depth < 64; depth++) {
    const outer: Entry | undefined = enclosingEntry(at);
    if (!outer) break;
    names.unshift(plainName(outer) ?? anonymousName(outer));
    at = [...originsOf(outer)].at(-1);
  }
  return names.join("::");
}

function enclosingEntry(entry: Entry): Entry | undefined {
  const offset = entry.unit.contents.enclosing(entry.offset);
  return offset === undefined ? undefined : Entry.at(entry.unit, offset);
}

function anonymousName(entry: Entry): string {
  switch (entry.tag) {
    case dw.DW_TAG_namespace:
      return "(anonymous namespace)";
    case dw.DW_TAG_structure_type:
      return "{struct}";
    case dw.DW_TAG_union_type:
      return "{union}";
    case dw.DW_TAG_enumeration_type:
      return "{enum}";
    default:
      return "{unnamed}";
  }
}
