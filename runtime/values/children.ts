/** The parts of a value: members, elements, what a pointer points to. */
import type { Member, MemberPlace, StructType, Type, Variant, VariantPart } from "../object/dwarf/types.js";
import { bitsOf, partOf, plainType, type SourceValue, sizeOfType, type ValueSource } from "./source-value.js";

/** A part of a value, and how the source gets at it from the whole. */
export interface Child {
  readonly name: string;
  readonly value: SourceValue;
  /**
   * What an expression puts behind the whole (`.x`, `[2]`, the format `,!`) or, for what a pointer points to, before it
   * (`*`). Empty: the expression for the whole stands for the part.
   */
  readonly access?: string;
  /** A base class, whose parts count as the whole's. */
  readonly isBase?: true;
  /** It is a part of what the whole points to: the access is to that. */
  readonly isBehindPointer?: true;
}

/** How many parts there are: by name, and by number. */
export interface ChildCount {
  readonly named: number;
  readonly indexed: number;
}

export function childCount(value: SourceValue, source: ValueSource): ChildCount {
  const type = plainType(value.type);
  switch (type?.kind) {
    case "struct":
      return { named: membersOf(value, type, source).length, indexed: 0 };
    case "array":
      return { named: 0, indexed: type.dimensions[0]?.count ?? 0 };
    case "pointer":
      return { named: isReadablePointer(value, type.target, source) ? 1 : 0, indexed: 0 };
    default:
      return { named: 0, indexed: 0 };
  }
}

/** The parts from `start` on, `count` at the most. */
export function childrenOf(
  value: SourceValue,
  source: ValueSource,
  start = 0,
  count = Number.POSITIVE_INFINITY,
): Child[] {
  const type = plainType(value.type);
  switch (type?.kind) {
    case "struct":
      return membersOf(value, type, source).slice(start, start + count);
    case "array": {
      const total = type.dimensions[0]?.count ?? 0;
      const children: Child[] = [];
      for (let index = start; index < Math.min(total, start + count); index++) {
        children.push({ name: `[${index}]`, value: elementOf(value, type, index), access: `[${index}]` });
      }
      return children;
    }
    case "pointer": {
      const target = targetOf(value, source);
      // The name of a reference stands for what it refers to.
      const access = type.mode === "pointer" ? "*" : "";
      return target === undefined || start > 0 ? [] : [{ name: "*", value: target, access }];
    }
    default:
      return [];
  }
}

/** What a pointer points to; undefined for null, for `void*` and for what is no pointer. */
export function targetOf(value: SourceValue, source: ValueSource): SourceValue | undefined {
  const type = plainType(value.type);
  if (type?.kind !== "pointer" || !isReadablePointer(value, type.target, source)) return undefined;
  return { type: type.target, place: { kind: "memory", address: bitsOf(value, source) ?? 0n } };
}

function isReadablePointer(value: SourceValue, target: Type | undefined, source: ValueSource): boolean {
  const plain = plainType(target);
  if (plain === undefined || plain.kind === "function") return false;
  const address = bitsOf(value, source);
  // A type without a size is only announced; there may be nothing to see, but its members.
  return address !== undefined && address !== 0n && source.read(address, Math.max(1, sizeOfType(target))).length > 0;
}

/** A member, of whatever depth an anonymous struct or a base class has it in. */
export function memberNamed(value: SourceValue, name: string, source: ValueSource): SourceValue | undefined {
  const type = plainType(value.type);
  if (type?.kind !== "struct") return undefined;
  const direct = type.members.find((member) => member.name === name);
  if (direct?.place !== undefined) return placed(value, direct.place, direct.type);
  const members = membersOf(value, type, source);
  const own = members.find((member) => member.name === name);
  if (own !== undefined) return own.value;
  for (const { place, type: base } of type.bases) {
    const inBase = memberNamed(placed(value, place, base), name, source);
    if (inBase !== undefined) return inBase;
  }
  return undefined;
}

function membersOf(value: SourceValue, type: StructType, source: ValueSource): Child[] {
  const children: Child[] = [];
  for (const base of type.bases) {
    const name = base.type?.name ?? "base";
    const access = /^\w+$/.test(name) ? `.${name}` : undefined;
    children.push({ name, value: placed(value, base.place, base.type), isBase: true, ...(access && { access }) });
  }
  for (const member of type.members) addMember(children, value, member, source);
  for (const part of type.variantParts) {
    const variant = activeVariant(value, part, source);
    for (const member of variant?.members ?? []) addMember(children, value, member, source);
  }
  return children;
}

function addMember(children: Child[], value: SourceValue, member: Member, source: ValueSource): void {
  // A static member lies elsewhere, and is a variable of its own.
  if (member.place === undefined) return;
  const part = placed(value, member.place, member.type);
  const type = plainType(member.type);
  if (member.name === undefined && type?.kind === "struct") {
    children.push(...membersOf(part, type, source));
    return;
  }
  const name = member.name ?? "?";
  // The pointer to a table of virtual functions has a name that nobody can write.
  children.push({ name, value: part, ...(/^\w+$/.test(name) && { access: `.${name}` }) });
}

function placed(value: SourceValue, place: MemberPlace, type: Type | undefined): SourceValue {
  switch (place.kind) {
    case "offset":
      return { type, place: partOf(value.place, place.bytes, sizeOfType(type)) };
    case "bits": {
      const first = Math.floor(place.bitOffset / 8);
      const bits = { offset: place.bitOffset - 8 * first, size: place.bitSize };
      return { type, place: partOf(value.place, first, Math.ceil((bits.offset + bits.size) / 8)), bits };
    }
    case "expression":
      return { type, place: { kind: "unknown", reason: "its place in the object is computed at run time" } };
  }
}

/** The variant that a value of a Rust enum is now. */
export function activeVariant(value: SourceValue, part: VariantPart, source: ValueSource): Variant | undefined {
  const { discriminant, variants } = part;
  if (discriminant?.place === undefined) return variants[0];
  const bits = bitsOf(placed(value, discriminant.place, discriminant.type), source);
  if (bits === undefined) return undefined;
  const size = 8 * sizeOfType(discriminant.type);
  const isIn = ({ low, high }: { readonly low: bigint; readonly high: bigint }) =>
    bits >= BigInt.asUintN(size, low) && bits <= BigInt.asUintN(size, high);
  return variants.find(({ values }) => values.some(isIn)) ?? variants.find(({ values }) => values.length === 0);
}

/** An element of an array; of one with several dimensions, an array with one less. */
export function elementOf(value: SourceValue, type: Type & { readonly kind: "array" }, index: number): SourceValue {
  const [, ...inner] = type.dimensions;
  const element: Type | undefined =
    inner.length === 0 ? type.element : { ...type, dimensions: inner, size: undefined, id: `${type.id}[]` };
  const stride = type.bitStride !== undefined && inner.length === 0 ? type.bitStride / 8 : sizeOfType(element);
  return { type: element, place: partOf(value.place, index * stride, sizeOfType(element)) };
}

/** The element `index` of memory that begins at `address` and holds one after the other. */
export function elementAt(address: bigint, element: Type | undefined, index: number): SourceValue {
  return {
    type: element,
    place: { kind: "memory", address: BigInt.asUintN(64, address + BigInt(index * sizeOfType(element))) },
  };
}
