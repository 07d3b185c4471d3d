/** What structures, classes, unions and variants are made of (DWARF 5, section 5.7). */
import { ByteCursor } from "../byte-cursor.js";
import * as dw from "./constants.js";
import type { Entry } from "./entry.js";
import { DW_OP_plus_uconst } from "./operations.js";
import { typeOf } from "./type-reader.js";
import type {
  Accessibility,
  BaseClass,
  Member,
  MemberPlace,
  TemplateParameter,
  Variant,
  VariantPart,
} from "./types.js";

export function readMembers(entry: Entry): Member[] {
  const members: Member[] = [];
  for (const child of entry.children()) {
    if (child.tag === dw.DW_TAG_member || child.tag === dw.DW_TAG_variable) members.push(memberOf(entry, child));
  }
  return members;
}

export function readBases(entry: Entry): BaseClass[] {
  return childrenOf(entry, dw.DW_TAG_inheritance).map((child) => ({
    type: typeOf(child),
    place: placeOf(entry, child) ?? { kind: "offset", bytes: 0 },
    isVirtual: (child.number(dw.DW_AT_virtuality) ?? 0) !== 0,
    accessibility: accessibilityOf(child),
  }));
}

export function readVariantParts(entry: Entry): VariantPart[] {
  return childrenOf(entry, dw.DW_TAG_variant_part).map((part) => {
    const discriminant = part.reference(dw.DW_AT_discr);
    return {
      discriminant: discriminant && memberOf(entry, discriminant),
      variants: childrenOf(part, dw.DW_TAG_variant).map((variant) => variantOf(entry, variant)),
    };
  });
}

export function readTemplateParameters(entry: Entry): TemplateParameter[] {
  const parameters: TemplateParameter[] = [];
  for (const child of entry.children()) {
    const isType = child.tag === dw.DW_TAG_template_type_parameter;
    if (!isType && child.tag !== dw.DW_TAG_template_value_parameter) continue;
    const value = isType ? undefined : child.constant(dw.DW_AT_const_value);
    parameters.push({ name: child.text(dw.DW_AT_name), type: typeOf(child), value });
  }
  return parameters;
}

function variantOf(object: Entry, variant: Entry): Variant {
  const members = childrenOf(variant, dw.DW_TAG_member).map((child) => memberOf(object, child));
  const value = variant.constant(dw.DW_AT_discr_value);
  if (value !== undefined) {
    const bits = BigInt.asUintN(64, value);
    return { values: [{ low: bits, high: bits }], members };
  }
  return { values: readList(variant), members };
}

/** `DW_AT_discr_list` (section 7.24). */
function readList(variant: Entry): Variant["values"] {
  const block = variant.block(dw.DW_AT_discr_list);
  if (!block) return [];
  const cursor = new ByteCursor(block);
  const values: { low: bigint; high: bigint }[] = [];
  while (!cursor.isAtEnd) {
    const isRange = cursor.u8() === 1;
    const low = BigInt.asUintN(64, cursor.uleb64());
    values.push({ low, high: isRange ? BigInt.asUintN(64, cursor.uleb64()) : low });
  }
  return values;
}

function memberOf(object: Entry, child: Entry): Member {
  const isStatic =
    child.tag === dw.DW_TAG_variable || (child.flag(dw.DW_AT_external) && child.flag(dw.DW_AT_declaration));
  return {
    name: child.text(dw.DW_AT_name),
    type: typeOf(child),
    place: isStatic ? undefined : (placeOf(object, child) ?? { kind: "offset", bytes: 0 }),
    isArtificial: child.flag(dw.DW_AT_artificial),
    accessibility: accessibilityOf(child),
  };
}

function placeOf(object: Entry, child: Entry): MemberPlace | undefined {
  const bitSize = child.number(dw.DW_AT_bit_size);
  const bitOffset = child.number(dw.DW_AT_data_bit_offset);
  if (bitOffset !== undefined) return { kind: "bits", bitOffset, bitSize: bitSize ?? (typeOf(child)?.size ?? 0) * 8 };
  const bytes = child.number(dw.DW_AT_data_member_location);
  const oldOffset = child.number(dw.DW_AT_bit_offset);
  if (bitSize !== undefined) {
    // Before DWARF 4 the bits were counted from the highest one of the storage that they lie in.
    const storage =
      (child.number(dw.DW_AT_byte_size) ?? typeOf(child)?.size ?? object.number(dw.DW_AT_byte_size) ?? 0) * 8;
    const fromLowest = oldOffset === undefined ? 0 : storage - oldOffset - bitSize;
    return { kind: "bits", bitOffset: (bytes ?? constantOffset(child) ?? 0) * 8 + fromLowest, bitSize };
  }
  if (bytes !== undefined) return { kind: "offset", bytes };
  const fixed = constantOffset(child);
  if (fixed !== undefined) return { kind: "offset", bytes: fixed };
  const expression = child.block(dw.DW_AT_data_member_location);
  return expression && { kind: "expression", expression };
}

/** DWARF 2 tells offsets by an expression that adds a constant to the object's address. */
function constantOffset(child: Entry): number | undefined {
  const expression = child.block(dw.DW_AT_data_member_location);
  if (!expression || expression[0] !== DW_OP_plus_uconst) return undefined;
  const cursor = new ByteCursor(expression, 1);
  const bytes = cursor.uleb();
  return cursor.isAtEnd ? bytes : undefined;
}

function accessibilityOf(entry: Entry): Accessibility | undefined {
  switch (entry.number(dw.DW_AT_accessibility)) {
    case 1:
      return "public";
    case 2:
      return "protected";
    case 3:
      return "private";
    default:
      return undefined;
  }
}

function childrenOf(entry: Entry, tag: number): Entry[] {
  return [...entry.children()].filter((child) => child.tag === tag);
}
