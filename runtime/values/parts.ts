/** What a value unfolds to: its members and elements, or those of what it stands for. */
import { type Child, childCount, childrenOf } from "./children.js";
import { plainType, type SourceValue, type ValueSource } from "./source-value.js";
import { viewOf } from "./views/view.js";

export interface Parts {
  readonly named: readonly Child[];
  /** How many there are with a number. */
  readonly indexed: number;
  elements(start: number, count: number): readonly Child[];
}

const none: Parts = { named: [], indexed: 0, elements: () => [] };

export function partsOf(value: SourceValue, source: ValueSource): Parts {
  if (value.place.kind === "unknown") return none;
  const view = viewOf(value, source);
  if (view === undefined) return plainParts(value, source);
  const raw: Child = { name: "[raw]", value: { ...value, isRaw: true }, access: ",!" };
  const { parts, partCount = 0, partNames } = view;
  if (parts === undefined) return { ...none, named: [raw] };
  if (partNames !== undefined) {
    const inner = parts(0, partCount).map((part, index): Child => {
      const name = partNames[index] ?? "?";
      return { name, value: part, access: name === "*" ? name : `.${name}` };
    });
    return { ...none, named: [...inner, raw] };
  }
  return {
    named: [raw],
    indexed: partCount,
    elements: (start, count) =>
      parts(start, count).map((part, index): Child => {
        const name = `[${start + index}]`;
        return { name, value: part, access: name };
      }),
  };
}

function plainParts(value: SourceValue, source: ValueSource): Parts {
  const { indexed } = childCount(value, source);
  if (indexed > 0) return { named: [], indexed, elements: (start, count) => childrenOf(value, source, start, count) };
  const children = childrenOf(value, source);
  const [target] = children;
  const type = plainType(value.type);
  const isStruct = plainType(target?.value.type)?.kind === "struct";
  if (type?.kind !== "pointer" || target === undefined || !isStruct) return { ...none, named: children };
  // A pointer to a struct unfolds to the struct's members: the step between says nothing.
  const parts = partsOf(target.value, source);
  if (type.mode !== "pointer") return parts;
  const behind = (child: Child): Child => ({ ...child, isBehindPointer: true });
  return {
    ...parts,
    named: parts.named.map(behind),
    elements: (start, count) => parts.elements(start, count).map(behind),
  };
}
