/** Values as operands: what is read of them before something is computed. */
import { formatAddress } from "../base/guest-address.js";
import type { Type } from "../object/dwarf/types.js";
import { floatOf } from "../values/numbers.js";
import { bitSizeOf, bitsOf, plainType, type SourceValue, type ValueSource } from "../values/source-value.js";
import type { Value } from "./scope.js";
import { booleanType, pointerTo, type Traits, threadText, traitsOf } from "./types.js";

/** Why an expression has no value; carried out of its evaluation, and a `Result` to the outside. */
export class EvaluationFailure extends Error {
  constructor(
    message: string,
    readonly offset: number,
    readonly isUnknownName = false,
  ) {
    super(message);
  }
}

/** A number that has been read: `integer` with its sign, of a pointer its address; of a float `float`. */
export interface Operand {
  readonly type: Type;
  readonly traits: Traits & { readonly kind: "integer" | "float" | "pointer" };
  readonly integer: bigint;
  readonly float: number;
}

/** What a reference refers to; every other value is itself. */
export function referred(value: Value, source: ValueSource, offset: number): Value {
  for (let at = value; ; ) {
    const traits = traitsOf(at.type);
    if (traits.kind !== "pointer" || !traits.isReference) return at;
    at = { type: traits.target, place: { kind: "memory", address: readBits(at, source, offset) } };
  }
}

/** The number that a value is; undefined of what is none (structs, functions). */
export function operandOf(given: Value, source: ValueSource, offset: number): Operand | undefined {
  const value = referred(given, source, offset);
  const { type } = value;
  if (type === undefined) return undefined;
  const traits = traitsOf(type);
  switch (traits.kind) {
    case "integer": {
      const bits = readBits(value, source, offset);
      const integer = traits.isSigned ? BigInt.asIntN(bitSizeOf(value), bits) : bits;
      return { type, traits, integer, float: 0 };
    }
    case "float": {
      const float = floatOf(readBits(value, source, offset), traits.size);
      return float === undefined ? undefined : { type, traits, integer: 0n, float };
    }
    case "pointer":
      return { type, traits, integer: readBits(value, source, offset), float: 0 };
    case "array": {
      // As in C, an array stands for the address of its first element.
      if (value.place.kind !== "memory") return undefined;
      const pointer = pointerTo(traits.element);
      const pointerTraits = traitsOf(pointer);
      if (pointerTraits.kind !== "pointer") return undefined;
      return { type: pointer, traits: pointerTraits, integer: value.place.address, float: 0 };
    }
    case "other":
      return undefined;
  }
}

/** The number of an operator's operand. `offset`: of the operator; `place`: of the operand. */
export function numberFor(
  operator: string,
  value: Value,
  source: ValueSource,
  offset: number,
  place: number = offset,
): Operand {
  const operand = operandOf(value, source, place);
  if (operand !== undefined) return operand;
  if (value.type === threadText)
    throw new EvaluationFailure(`"${operator}" does not work on texts: they can only be compared by == and !=`, offset);
  throw new EvaluationFailure(`"${operator}" needs a number, not ${kindInWords(value)}`, offset);
}

/** The same for an operator on integers and addresses. */
export function integerFor(operator: string, value: Value, source: ValueSource, offset: number): Operand {
  const operand = numberFor(operator, value, source, offset);
  if (operand.traits.kind !== "float") return operand;
  throw new EvaluationFailure(`"${operator}" needs an integer, not a floating-point number`, offset);
}

/** The bits of a value that must be known. */
export function readBits(value: SourceValue, source: ValueSource, offset: number): bigint {
  const bits = bitsOf(value, source);
  if (bits !== undefined) return bits;
  throw unreadable(value, offset);
}

/** Why a value cannot be read. */
export function unreadable({ place }: SourceValue, offset: number): EvaluationFailure {
  switch (place.kind) {
    case "memory":
      return new EvaluationFailure(
        `the memory at ${formatAddress(place.address)} cannot be read: nothing is mapped there`,
        offset,
      );
    case "unknown":
      return new EvaluationFailure(`this has no value that could be computed with: ${place.reason}`, offset);
    case "bytes":
    case "number":
      return new EvaluationFailure("only a part of this is known", offset);
  }
}

export function isTrue(given: Value, source: ValueSource, offset: number): boolean {
  if (given.type === booleanType && given.place.kind === "number") return given.place.bits !== 0n;
  if (given.type === threadText) return given.place.kind === "bytes" && given.place.bytes.length > 0;
  const { traits, integer, float } = numberFor("a condition", given, source, offset);
  return traits.kind === "float" ? float !== 0 : integer !== 0n;
}

export function kindInWords(value: Value): string {
  const type = plainType(value.type);
  switch (type?.kind) {
    case undefined:
      return "void";
    case "struct":
      return type.name === undefined ? `a ${type.keyword}` : `a ${type.keyword} ${type.name}`;
    case "function":
      return "a function";
    default:
      return "this";
  }
}
