/** The types of a program (DWARF 5, chapter 5), as a debugger needs them to show values. Parts are read when asked for. */
import type { DeclarationPlace } from "./function.js";

/** `undefined` stands for no type at all: C's `void`. */
export type Type =
  | BaseType
  | PointerType
  | MemberPointerType
  | StructType
  | EnumType
  | ArrayType
  | FunctionType
  | TypedefType
  | QualifiedType
  | UnspecifiedType;

interface AnyType {
  /** As the source has it, without what is around it; undefined for types that have no name. */
  readonly name: string | undefined;
  /** In bytes; undefined when it is not known (declarations, functions, arrays without an end). */
  readonly size: number | undefined;
  /** `DW_AT_alignment`, where the source asks for one. */
  readonly alignment: number | undefined;
  /** The same for the same type of the same unit. */
  readonly id: string;
}

/** How the bits of a base type are to be read (`DW_ATE_*`). */
export type Encoding =
  | "address"
  | "boolean"
  | "complex"
  | "float"
  | "signed"
  | "signed-character"
  | "unsigned"
  | "unsigned-character"
  | "character"
  | "other";

export interface BaseType extends AnyType {
  readonly kind: "base";
  readonly encoding: Encoding;
}

export interface PointerType extends AnyType {
  readonly kind: "pointer";
  readonly mode: "pointer" | "reference" | "rvalue-reference";
  readonly target: Type | undefined;
}

/** C++: an offset into objects of a class. */
export interface MemberPointerType extends AnyType {
  readonly kind: "member-pointer";
  readonly target: Type | undefined;
  readonly containing: Type | undefined;
}

export interface StructType extends AnyType {
  readonly kind: "struct";
  readonly keyword: "struct" | "class" | "union" | "interface";
  /** With the namespaces and types around it. */
  readonly qualifiedName: string | undefined;
  /** It is only announced here; the whole of it is in another unit, if anywhere. */
  readonly isDeclaration: boolean;
  readonly members: readonly Member[];
  readonly bases: readonly BaseClass[];
  /** Rust's enums with data: a discriminant and what is there for each of its values. */
  readonly variantParts: readonly VariantPart[];
  readonly templateParameters: readonly TemplateParameter[];
}

export type Accessibility = "public" | "protected" | "private";

/** Where in an object something is: at a fixed place, or where an expression says (the object's address is on its stack). */
export type MemberPlace =
  | { readonly kind: "offset"; readonly bytes: number }
  | { readonly kind: "bits"; readonly bitOffset: number; readonly bitSize: number }
  | { readonly kind: "expression"; readonly expression: Uint8Array };

export interface Member {
  /** Undefined for anonymous structs and unions, whose members count as their container's. */
  readonly name: string | undefined;
  readonly type: Type | undefined;
  /** Bit offsets count from the lowest bit of the object's first byte. Undefined for static members. */
  readonly place: MemberPlace | undefined;
  readonly isArtificial: boolean;
  readonly accessibility: Accessibility | undefined;
}

export interface BaseClass {
  readonly type: Type | undefined;
  readonly place: MemberPlace;
  readonly isVirtual: boolean;
  readonly accessibility: Accessibility | undefined;
}

export interface VariantPart {
  /** The member whose value chooses; undefined when there is only one variant. */
  readonly discriminant: Member | undefined;
  readonly variants: readonly Variant[];
}

export interface Variant {
  /** The discriminant's values (both ends belong to a range), as 64 bits without a sign; empty for "all others". */
  readonly values: readonly { readonly low: bigint; readonly high: bigint }[];
  readonly members: readonly Member[];
}

export interface TemplateParameter {
  readonly name: string | undefined;
  readonly type: Type | undefined;
  /** Of a parameter that is a value. */
  readonly value: bigint | undefined;
}

export interface EnumType extends AnyType {
  readonly kind: "enum";
  readonly qualifiedName: string | undefined;
  readonly underlying: Type | undefined;
  /** C++: `enum class`. */
  readonly isScoped: boolean;
  /** Values have a sign if the underlying type has one. */
  readonly enumerators: readonly { readonly name: string; readonly value: bigint }[];
}

export interface ArrayType extends AnyType {
  readonly kind: "array";
  readonly element: Type | undefined;
  /** The outermost first. */
  readonly dimensions: readonly Dimension[];
  /** Of the elements, where it is not their size; in bits. */
  readonly bitStride: number | undefined;
  /** SIMD vectors of GNU's extension. */
  readonly isVector: boolean;
}

export interface Dimension {
  readonly lower: number;
  /** Number of elements; undefined when it is not known, or when an expression tells it (variable-length arrays). */
  readonly count: number | undefined;
  /** Tells the number of elements at run time, or a variable whose value is the upper bound. */
  readonly upperBound: Uint8Array | undefined;
}

export interface FunctionType extends AnyType {
  readonly kind: "function";
  readonly result: Type | undefined;
  readonly parameters: readonly (Type | undefined)[];
  readonly isVariadic: boolean;
}

export interface TypedefType extends AnyType {
  readonly kind: "typedef";
  readonly qualifiedName: string | undefined;
  readonly target: Type | undefined;
  readonly declaration: DeclarationPlace | undefined;
}

export interface QualifiedType extends AnyType {
  readonly kind: "qualified";
  readonly qualifier: "const" | "volatile" | "restrict" | "atomic" | "immutable";
  readonly target: Type | undefined;
}

/** A type without values that could be shown: `decltype(nullptr)`, Rust's `!`. */
export interface UnspecifiedType extends AnyType {
  readonly kind: "unspecified";
}
