/**
 * Types that expressions have of their own, and what is computed with values of a type. Words of the machine (registers,
 * memory that assembly reads) have types beside those of the source: they are shown in hexadecimal digits, too.
 */
import type { BaseType, Encoding, PointerType, Type } from "../object/dwarf/types.js";
import { plainType, sizeOfType } from "../values/source-value.js";

export { floatOf } from "../values/numbers.js";
export { sizeOfType } from "../values/source-value.js";

const machineTypes = new WeakSet<Type>();
const unscaledPointers = new WeakSet<Type>();

function base(name: string, size: number, encoding: Encoding): BaseType {
  return { kind: "base", name, size, encoding, alignment: undefined, id: `expression:${name}` };
}

function machine<Kind extends Type>(type: Kind): Kind {
  machineTypes.add(type);
  return type;
}

const pointers = new WeakMap<Type, PointerType>();

/** One for each type: what is known of a type is found by it. */
export function pointerTo(target: Type | undefined): PointerType {
  if (target === undefined) return makePointer(target);
  let pointer = pointers.get(target);
  if (pointer === undefined) {
    pointer = makePointer(target);
    pointers.set(target, pointer);
  }
  return pointer;
}

function makePointer(target: Type | undefined): PointerType {
  const type = { kind: "pointer", mode: "pointer", name: undefined, size: 8, alignment: undefined, target } as const;
  const pointer: PointerType = { ...type, id: `expression:*${target?.id}` };
  return target !== undefined && isOfMachine(target) ? machine(pointer) : pointer;
}

/** An address as assembly has it: sums count bytes, whatever is there. */
export function addressOfSymbol(target: Type | undefined): PointerType {
  const pointer = machine(makePointer(target));
  unscaledPointers.add(pointer);
  return pointer;
}

export function arrayOf(element: Type | undefined, count: number): Type {
  const dimensions = [{ lower: 0, count, upperBound: undefined }];
  const common = { name: undefined, size: undefined, alignment: undefined, bitStride: undefined, isVector: false };
  return { ...common, kind: "array", element, dimensions, id: `expression:${element?.id}[${count}]` };
}

/** C's base types for x86-64 Linux, by the words of the source in their shortest order. */
const signedNames = { 8: "signed char", 16: "short", 32: "int", 64: "long", 128: "__int128" } as const;
const unsignedNames = {
  8: "unsigned char",
  16: "unsigned short",
  32: "unsigned int",
  64: "unsigned long",
  128: "unsigned __int128",
} as const;
export type IntegerBits = keyof typeof signedNames;

interface Family {
  readonly signed: Readonly<Record<IntegerBits, Type>>;
  readonly unsigned: Readonly<Record<IntegerBits, Type>>;
}

function family(finish: (type: BaseType) => BaseType): Family {
  const all = (names: Readonly<Record<IntegerBits, string>>, encoding: Encoding) =>
    Object.fromEntries(
      Object.entries(names).map(([bits, name]) => [bits, finish(base(name, Number(bits) / 8, encoding))]),
    ) as Record<IntegerBits, Type>;
  return { signed: all(signedNames, "signed"), unsigned: all(unsignedNames, "unsigned") };
}

const ofSource = family((type) => type);
const ofMachine = family(machine);

export function integerType(bits: IntegerBits, isSigned: boolean, isMachine: boolean): Type {
  const { signed, unsigned } = isMachine ? ofMachine : ofSource;
  return (isSigned ? signed : unsigned)[bits];
}

export const word = integerType(64, true, true);
export const unsignedWord = integerType(64, false, true);
export const booleanType = base("bool", 1, "boolean");
export const float = base("float", 4, "float");
export const double = base("double", 8, "float");
export const characterType = base("char", 1, "signed-character");
/** Where nothing is said of what is there. */
export const untypedPointer = addressOfSymbol(undefined);

/**
 * Constants: computed among themselves in 64 bits; beside anything else they have the type that C gives to their number
 * (written in hexadecimal digits, also the types without a sign).
 */
export const decimalConstant = machine(base("long", 8, "signed"));
export const hexadecimalConstant = machine(base("long", 8, "signed"));
export const largeConstant = machine(base("unsigned long", 8, "unsigned"));
/** What a green thread is called, and texts in quotes. */
export const threadText = base("text", 0, "other");

const words: Readonly<Record<string, Type>> = {
  char: characterType,
  "signed char": ofSource.signed[8],
  float,
  double,
  bool: booleanType,
  _Bool: booleanType,
  size_t: ofSource.unsigned[64],
  f32: float,
  f64: double,
  isize: ofSource.signed[64],
  usize: ofSource.unsigned[64],
  ...Object.fromEntries(
    ([8, 16, 32, 64] as const).flatMap((bits) => [
      [`int${bits}_t`, ofSource.signed[bits]],
      [`uint${bits}_t`, ofSource.unsigned[bits]],
      [`i${bits}`, ofSource.signed[bits]],
      [`u${bits}`, ofSource.unsigned[bits]],
    ]),
  ),
  ...Object.fromEntries(
    ([16, 32, 64, 128] as const).flatMap((bits) => [
      [signedNames[bits], ofSource.signed[bits]],
      [unsignedNames[bits], ofSource.unsigned[bits]],
    ]),
  ),
  "unsigned char": ofSource.unsigned[8],
};

/** The type that C's words name, in any of their orders, or Rust's word; undefined when they name none. */
export function builtInType(given: readonly string[], isMachine: boolean): Type | undefined {
  const signs = given.filter((word) => word === "signed" || word === "unsigned");
  if (given.length === 0 || signs.length > 1) return undefined;
  // `long int`, `long long`, `short int`: the `int` adds nothing, and a long long is as long as a long.
  const names = given.filter((word) => word !== "signed" && word !== "unsigned");
  const plain = (names.length > 1 ? names.filter((word) => word !== "int") : names).join(" ") || "int";
  const name = plain === "long long" ? "long" : plain;
  const isSignable = signs.length === 0 || /^(char|short|int|long|__int128)$/.test(name);
  const key =
    signs[0] === "unsigned" ? `unsigned ${name}` : signs[0] === "signed" && name === "char" ? "signed char" : name;
  const type = isSignable && Object.hasOwn(words, key) ? words[key] : undefined;
  if (type === undefined || !isMachine) return type;
  const traits = traitsOf(type);
  return traits.kind === "integer" && type !== booleanType
    ? integerType(traits.bits as IntegerBits, traits.isSigned, true)
    : type;
}

/** What can be computed with values of a type. */
export type Traits =
  | {
      readonly kind: "integer";
      readonly bits: number;
      readonly isSigned: boolean;
      readonly isMachine: boolean;
      readonly constant?: "decimal" | "hexadecimal";
    }
  /** `size`: in bytes. */
  | { readonly kind: "float"; readonly size: number }
  /** `step`: what a sum with 1 adds, in bytes. */
  | {
      readonly kind: "pointer";
      readonly target: Type | undefined;
      readonly step: number;
      readonly isReference: boolean;
    }
  | { readonly kind: "array"; readonly element: Type | undefined }
  /** Structs, functions, nothing at all. */
  | { readonly kind: "other" };

const other: Traits = { kind: "other" };
const known = new WeakMap<Type, Traits>();

export function traitsOf(type: Type | undefined): Traits {
  if (type === undefined) return other;
  let traits = known.get(type);
  if (traits === undefined) {
    traits = makeTraits(type);
    known.set(type, traits);
  }
  return traits;
}

function makeTraits(given: Type): Traits {
  const type = plainType(given);
  switch (type?.kind) {
    case "base": {
      const size = type.size ?? 0;
      if (type.encoding === "float") return { kind: "float", size };
      if (type.encoding === "complex" || size === 0) return other;
      const isSigned = type.encoding === "signed" || type.encoding === "signed-character";
      const constant = type === hexadecimalConstant ? "hexadecimal" : "decimal";
      const isConstant = type === decimalConstant || type === hexadecimalConstant || type === largeConstant;
      return {
        kind: "integer",
        bits: 8 * size,
        isSigned,
        isMachine: isOfMachine(type),
        ...(isConstant && { constant }),
      };
    }
    case "enum": {
      const underlying = plainType(type.underlying);
      const isSigned =
        underlying?.kind === "base"
          ? underlying.encoding === "signed"
          : type.enumerators.some(({ value }) => value < 0n);
      return { kind: "integer", bits: 8 * (type.size ?? sizeOfType(underlying)), isSigned, isMachine: false };
    }
    case "pointer": {
      const step = unscaledPointers.has(type) ? 1 : Math.max(1, sizeOfType(type.target));
      return { kind: "pointer", target: type.target, step, isReference: type.mode !== "pointer" };
    }
    case "array": {
      const [, ...inner] = type.dimensions;
      const element: Type | undefined =
        inner.length === 0 ? type.element : { ...type, dimensions: inner, size: undefined, id: `${type.id}[]` };
      return { kind: "array", element };
    }
    default:
      return other;
  }
}

/** Shown as a word of the machine. */
export function isOfMachine(type: Type): boolean {
  return machineTypes.has(type);
}

/** Sums with such a pointer count bytes, and it says nothing of elements. */
export function isUnscaled(type: Type): boolean {
  return unscaledPointers.has(type);
}
