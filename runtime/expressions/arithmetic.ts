/**
 * Computing with values. Integers compute in 64 bits with C's rule of signs: unsigned wins; registers count as signed,
 * addresses as unsigned.
 */
import type { BinaryOperator } from "./parser.js";
import {
  bitsOfDouble,
  booleanType,
  integerOf,
  nameOfType,
  numberOf,
  signedWord,
  sizeOf,
  unsignedWord,
  untypedPointer,
  type Value,
  type ValueType,
} from "./value.js";

/** Why an expression has no value; carried out of its evaluation, and a `Result` to the outside. */
export class EvaluationFailure extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** The value of a binary operator that evaluates both sides. */
export function combine(operator: Exclude<BinaryOperator, "&&" | "||">, a: Value, b: Value, offset: number): Value {
  if (a.type.kind === "text" || b.type.kind === "text") {
    if (a.type.kind === b.type.kind && operator === "==") return truth(a.text === b.text);
    if (a.type.kind === b.type.kind && operator === "!=") return truth(a.text !== b.text);
    throw new EvaluationFailure(`"${operator}" does not work on texts: they can only be compared by == and !=`, offset);
  }
  if (a.type.kind === "float" || b.type.kind === "float")
    return combineDoubles(operator, numberOf(a), numberOf(b), offset);

  // Addition of an index to a typed pointer counts elements.
  const scaled = pointerArithmetic(operator, a, b);
  if (scaled !== undefined) return scaled;

  const signed = isSigned(a.type) && isSigned(b.type);
  const type = signed ? signedWord : pointerAmong(operator, a, b);
  const x = signed ? integerOf(a) : BigInt.asUintN(64, integerOf(a));
  const y = signed ? integerOf(b) : BigInt.asUintN(64, integerOf(b));
  switch (operator) {
    case "+":
      return word(x + y, type);
    case "-":
      return word(x - y, type);
    case "*":
      return word(x * y, type);
    case "/":
    case "%":
      if (y === 0n) throw new EvaluationFailure(`the right side of "${operator}" is zero`, offset);
      return word(operator === "/" ? x / y : x % y, type);
    case "<<":
      return word(x << BigInt.asUintN(6, y), type);
    case ">>":
      return word(integerOf(a) >> BigInt.asUintN(6, y), isSigned(a.type) ? signedWord : unsignedWord);
    case "&":
      return word(x & y, type);
    case "|":
      return word(x | y, type);
    case "^":
      return word(x ^ y, type);
    case "<":
      return truth(x < y);
    case "<=":
      return truth(x <= y);
    case ">":
      return truth(x > y);
    case ">=":
      return truth(x >= y);
    case "==":
      return truth(x === y);
    case "!=":
      return truth(x !== y);
  }
}

function pointerArithmetic(operator: BinaryOperator, a: Value, b: Value): Value | undefined {
  if (operator !== "+" && operator !== "-") return undefined;
  const [pointer, index] = a.type.kind === "pointer" ? [a, b] : [b, a];
  if (pointer.type.kind !== "pointer" || !pointer.type.scaled || pointer.type.target === undefined) return undefined;
  if (index.type.kind === "pointer" || (operator === "-" && pointer === b)) return undefined;
  const distance = integerOf(index) * BigInt(sizeOf(pointer.type.target));
  return { type: pointer.type, bits: BigInt.asUintN(64, pointer.bits + (operator === "+" ? distance : -distance)) };
}

/** `sym + 8` is an address again; the difference of two addresses and everything else is a number. */
function pointerAmong(operator: BinaryOperator, a: Value, b: Value): ValueType {
  const isOne = (a.type.kind === "pointer") !== (b.type.kind === "pointer");
  if (operator === "-" && a.type.kind === "pointer" && b.type.kind === "pointer") return signedWord;
  return isOne && (operator === "+" || (operator === "-" && a.type.kind === "pointer") || operator === "&")
    ? untypedPointer
    : unsignedWord;
}

function combineDoubles(operator: BinaryOperator, x: number, y: number, offset: number): Value {
  switch (operator) {
    case "+":
      return double(x + y);
    case "-":
      return double(x - y);
    case "*":
      return double(x * y);
    case "/":
      return double(x / y);
    case "<":
      return truth(x < y);
    case "<=":
      return truth(x <= y);
    case ">":
      return truth(x > y);
    case ">=":
      return truth(x >= y);
    case "==":
      return truth(x === y);
    case "!=":
      return truth(x !== y);
    default:
      throw new EvaluationFailure(`"${operator}" does not work on floating-point numbers`, offset);
  }
}

/** The value as another type, as C casts it. */
export function cast(value: Value, type: ValueType, offset: number): Value {
  if (value.type.kind === "text") throw new EvaluationFailure("a text cannot be cast", offset);
  switch (type.kind) {
    case "integer": {
      const number =
        value.type.kind === "float" ? BigInt(Math.trunc(finite(numberOf(value), offset))) : integerOf(value);
      return { type, bits: BigInt.asUintN(type.bits, number) };
    }
    case "float": {
      const number = numberOf(value);
      return type.bits === 64 ? double(number) : double(Math.fround(number));
    }
    case "pointer":
    case "boolean":
    case "text":
      return { type, bits: BigInt.asUintN(64, integerOf(integer(value, "a cast", offset))) };
  }
}

function finite(number: number, offset: number): number {
  if (!Number.isFinite(number)) throw new EvaluationFailure(`${number} is not an integer`, offset);
  return number;
}

function isSigned(type: ValueType): boolean {
  // As in C, unsigned numbers narrower than a word fit a signed word.
  return type.kind === "boolean" || (type.kind === "integer" && (type.signed || type.bits < 64));
}

/** A value that must be an integer, in the width of a word. */
export function integer(value: Value, operator: string, offset: number): Value {
  if (value.type.kind === "float" || value.type.kind === "text") {
    throw new EvaluationFailure(`"${operator}" needs an integer, not a ${nameOfType(value.type)}`, offset);
  }
  return promote(value, offset);
}

/** To the width of a word, sign and all. */
export function promote(value: Value, offset: number): Value {
  switch (value.type.kind) {
    case "text":
      throw new EvaluationFailure("a text is not a number", offset);
    case "float":
    case "pointer":
      return { type: value.type, bits: value.bits };
    case "boolean":
    case "integer":
      return word(integerOf(value), isSigned(value.type) ? signedWord : unsignedWord);
  }
}

/** 64 bits as a number, or as an address where `type` is one. */
export function word(bits: bigint, type: ValueType): Value {
  return {
    type: type.kind === "pointer" ? type : type === signedWord ? signedWord : unsignedWord,
    bits: BigInt.asUintN(64, bits),
  };
}

export function truth(value: boolean): Value {
  return { type: booleanType, bits: value ? 1n : 0n };
}

export function double(value: number): Value {
  return { type: { kind: "float", bits: 64 }, bits: bitsOfDouble(value) };
}
