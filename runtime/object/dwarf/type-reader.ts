import { attempt } from "../byte-cursor.js";
import * as dw from "./constants.js";
import type { Entry } from "./entry.js";
import { declarationOf } from "./function.js";
import { attributeOf, qualifiedName } from "./names.js";
import { readBases, readMembers, readTemplateParameters, readVariantParts } from "./struct-parts.js";
import { readDimensions, readEnumerators, signedIfNeeded } from "./type-parts.js";
import type { BaseType, Encoding, PointerType, QualifiedType, StructType, Type } from "./types.js";
import type { Unit } from "./unit.js";

/** The type that an entry names by `DW_AT_type`; undefined for none (`void`) and for one that cannot be read. */
export function typeOf(entry: Entry): Type | undefined {
  const target = attributeOf(entry, dw.DW_AT_type)?.reference(dw.DW_AT_type);
  return target && typeAt(target);
}

/** Types are compared by identity: each entry has one. */
const known = new WeakMap<Unit, Map<number, Type>>();

/** The type that the entry stands for; undefined when it stands for none. */
export function typeAt(entry: Entry): Type | undefined {
  let types = known.get(entry.unit);
  if (!types) {
    types = new Map();
    known.set(entry.unit, types);
  }
  let type = types.get(entry.offset);
  if (type === undefined) {
    type = makeType(entry);
    if (type) types.set(entry.offset, type);
  }
  return type;
}

function makeType(given: Entry): Type | undefined {
  // A declaration with a signature stands for the whole of it in a type unit.
  const entry = (given.has(dw.DW_AT_signature) && given.reference(dw.DW_AT_signature)) || given;
  const lazy = <Value>(read: () => Value, otherwise: Value): (() => Value) => once(entry, read, otherwise);
  const common = {
    name: entry.text(dw.DW_AT_name),
    size: entry.number(dw.DW_AT_byte_size),
    alignment: entry.number(dw.DW_AT_alignment),
    id: `${entry.unit.sectionName}:${entry.offset}`,
  };
  const target = lazy(() => typeOf(entry), undefined);
  switch (entry.tag) {
    case dw.DW_TAG_base_type:
      return { ...common, kind: "base", encoding: encodingOf(entry) } satisfies BaseType;
    case dw.DW_TAG_pointer_type:
    case dw.DW_TAG_reference_type:
    case dw.DW_TAG_rvalue_reference_type: {
      const mode = pointerModes.get(entry.tag) ?? "pointer";
      const size = common.size ?? entry.unit.addressSize;
      return withGetters({ ...common, kind: "pointer" as const, size, mode }, { target }) satisfies PointerType;
    }
    case dw.DW_TAG_ptr_to_member_type: {
      const containing = lazy(() => {
        const home = entry.reference(dw.DW_AT_containing_type);
        return home && typeAt(home);
      }, undefined);
      // A pointer to a member function also adjusts the object's address (Itanium C++ ABI, section 2.3).
      const size = lazy(() => common.size ?? (plainType(target())?.kind === "function" ? 16 : 8), undefined);
      return withGetters({ ...common, kind: "member-pointer" as const }, { target, containing, size });
    }
    case dw.DW_TAG_structure_type:
    case dw.DW_TAG_class_type:
    case dw.DW_TAG_union_type:
    case dw.DW_TAG_interface_type:
      return withGetters(
        {
          ...common,
          kind: "struct" as const,
          keyword: keywords.get(entry.tag) ?? "struct",
          isDeclaration: entry.flag(dw.DW_AT_declaration),
        },
        {
          qualifiedName: lazy(() => qualifiedName(entry), undefined),
          members: lazy(() => readMembers(entry), []),
          bases: lazy(() => readBases(entry), []),
          variantParts: lazy(() => readVariantParts(entry), []),
          templateParameters: lazy(() => readTemplateParameters(entry), []),
        },
      ) satisfies StructType;
    case dw.DW_TAG_enumeration_type:
      return withGetters(
        { ...common, kind: "enum" as const, isScoped: entry.flag(DW_AT_enum_class) },
        {
          qualifiedName: lazy(() => qualifiedName(entry), undefined),
          underlying: target,
          enumerators: lazy(() => readEnumerators(entry, signedIfNeeded(target(), common.size)), []),
        },
      );
    case dw.DW_TAG_array_type:
      return withGetters(
        {
          ...common,
          kind: "array" as const,
          bitStride: strideOf(entry),
          isVector: entry.flag(DW_AT_GNU_vector),
        },
        { element: target, dimensions: lazy(() => readDimensions(entry), []) },
      );
    case dw.DW_TAG_subroutine_type:
      return withGetters(
        { ...common, kind: "function" as const },
        {
          result: target,
          parameters: lazy(() => parametersOf(entry), []),
          isVariadic: lazy(
            () => [...entry.children()].some(({ tag }) => tag === dw.DW_TAG_unspecified_parameters),
            false,
          ),
        },
      );
    case dw.DW_TAG_typedef:
    case dw.DW_TAG_template_alias:
      return withGetters(
        { ...common, kind: "typedef" as const },
        {
          target,
          qualifiedName: lazy(() => qualifiedName(entry), undefined),
          declaration: lazy(() => declarationOf(entry), undefined),
          size: lazy(() => sizeOf(target()), undefined),
        },
      );
    case dw.DW_TAG_const_type:
    case dw.DW_TAG_volatile_type:
    case dw.DW_TAG_restrict_type:
    case dw.DW_TAG_atomic_type:
    case dw.DW_TAG_immutable_type: {
      const qualifier = qualifiers.get(entry.tag) ?? "const";
      const size = lazy(() => sizeOf(target()), undefined);
      return withGetters({ ...common, kind: "qualified" as const, qualifier }, { target, size });
    }
    case dw.DW_TAG_unspecified_type:
    case dw.DW_TAG_string_type:
    case dw.DW_TAG_set_type:
      return { ...common, kind: "unspecified" };
    default:
      return undefined;
  }
}

const DW_AT_enum_class = 0x6d;
const DW_AT_GNU_vector = 0x2107;

const pointerModes: ReadonlyMap<number, PointerType["mode"]> = new Map([
  [dw.DW_TAG_pointer_type, "pointer"],
  [dw.DW_TAG_reference_type, "reference"],
  [dw.DW_TAG_rvalue_reference_type, "rvalue-reference"],
]);

const keywords: ReadonlyMap<number, StructType["keyword"]> = new Map([
  [dw.DW_TAG_structure_type, "struct"],
  [dw.DW_TAG_class_type, "class"],
  [dw.DW_TAG_union_type, "union"],
  [dw.DW_TAG_interface_type, "interface"],
]);

const qualifiers: ReadonlyMap<number, QualifiedType["qualifier"]> = new Map([
  [dw.DW_TAG_const_type, "const"],
  [dw.DW_TAG_volatile_type, "volatile"],
  [dw.DW_TAG_restrict_type, "restrict"],
  [dw.DW_TAG_atomic_type, "atomic"],
  [dw.DW_TAG_immutable_type, "immutable"],
]);

/** `DW_ATE_*` (DWARF 5, section 7.8). */
const encodings: ReadonlyMap<number, Encoding> = new Map([
  [0x01, "address"],
  [0x02, "boolean"],
  [0x03, "complex"],
  [0x04, "float"],
  [0x05, "signed"],
  [0x06, "signed-character"],
  [0x07, "unsigned"],
  [0x08, "unsigned-character"],
  [0x10, "character"],
  [0x11, "character"],
  [0x12, "character"],
]);

function encodingOf(entry: Entry): Encoding {
  return encodings.get(entry.number(dw.DW_AT_encoding) ?? 0) ?? "other";
}

function strideOf(entry: Entry): number | undefined {
  const bytes = entry.number(dw.DW_AT_byte_stride);
  return bytes === undefined ? entry.number(dw.DW_AT_bit_stride) : bytes * 8;
}

/** The types of the parameters that the entry has, in order. */
export function parametersOf(entry: Entry): (Type | undefined)[] {
  return [...entry.children()].filter(({ tag }) => tag === dw.DW_TAG_formal_parameter).map(typeOf);
}

/** In bytes; of arrays too. Undefined when it is not known. */
export function sizeOf(type: Type | undefined, depth = 0): number | undefined {
  if (type?.size !== undefined || type === undefined || depth > 64) return type?.size;
  if (type.kind !== "array") return undefined;
  const element = type.bitStride === undefined ? sizeOf(type.element, depth + 1) : type.bitStride / 8;
  let size = element;
  for (const { count } of type.dimensions) size = size === undefined || count === undefined ? undefined : size * count;
  return size === undefined ? undefined : Math.ceil(size);
}

/** The type without typedefs and qualifiers around it. */
export function plainType(type: Type | undefined): Type | undefined {
  let plain = type;
  for (let depth = 0; plain && depth < 64; depth++) {
    if (plain.kind !== "typedef" && plain.kind !== "qualified") return plain;
    plain = plain.target;
  }
  return undefined;
}

/** Reads what is asked for at the first call; damage is told and gives `otherwise`. */
function once<Value>(entry: Entry, read: () => Value, otherwise: Value): () => Value {
  let result: { readonly value: Value } | undefined;
  return () => {
    if (!result) {
      // A type that is asked for while it is being read is damaged.
      result = { value: otherwise };
      const value = attempt(entry.unit.file.note, "a type", read);
      result = { value: value === undefined ? otherwise : value };
    }
    return result.value;
  };
}

type Getters<Parts extends Record<string, () => unknown>> = { readonly [Name in keyof Parts]: ReturnType<Parts[Name]> };

/** An object whose other properties are read when first looked at. */
function withGetters<Base extends object, Parts extends Record<string, () => unknown>>(
  base: Base,
  parts: Parts,
): Omit<Base, keyof Parts> & Getters<Parts> {
  const descriptors = Object.entries(parts).map(([name, get]) => [name, { get, enumerable: true, configurable: true }]);
  return Object.defineProperties(base, Object.fromEntries(descriptors)) as Omit<Base, keyof Parts> & Getters<Parts>;
}
