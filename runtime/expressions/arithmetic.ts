/**
 * Computing with numbers, as C converts them: what is narrower than an int becomes an int, the wider type wins, and of
 * two equally wide ones that without a sign.
 */
import type { Type } from "../object/dwarf/types.js";
import { bitsOfFloat } from "../values/numbers.js";
import { EvaluationFailure, type Operand } from "./operands.js";
import type { Value } from "./scope.js";
import type { BinaryOperator } from "./syntax.js";
import {
  booleanType,
  decimalConstant,
  double,
  float,
  type IntegerBits,
  integerType,
  isOfMachine,
  isUnscaled,
  largeConstant,
  type Traits,
  untypedPointer,
  word,
} from "./types.js";

export type ComputingOperator = Exclude<BinaryOperator, "&&" | "||">;
type IntegerTraits = Traits & { readonly kind: "integer" };

const yes: Value = { type: booleanType, place: { kind: "number", bits: 1n } };
const no: Value = { type: booleanType, place: { kind: "number", bits: 0n } };

export function truth(value: boolean): Value {
  return value ? yes : no;
}

/** The low bits of a number as a value of an integer type or a pointer. */
export function integerValue(type: Type, bits: bigint, width: number): Value {
  return { type, place: { kind: "number", bits: BigInt.asUintN(width, bits) } };
}

export function floatValue(value: number, size: number): Value {
  const isSingle = size === 4;
  const bits = bitsOfFloat(value, isSingle ? 4 : 8) ?? 0n;
  return { type: isSingle ? float : double, place: { kind: "number", bits } };
}

/** A constant of an expression: one that fits no signed word is unsigned. */
export function constantValue(value: bigint, type: Type = decimalConstant): Value {
  const isLarge = value > 0x7fff_ffff_ffff_ffffn;
  return integerValue(isLarge && type === decimalConstant ? largeConstant : type, value, 64);
}

/** The value of a binary operator that evaluates both sides. */
export function combine(operator: ComputingOperator, a: Operand, b: Operand, offset: number): Value {
  if (a.traits.kind === "float" || b.traits.kind === "float") return combineFloats(operator, a, b, offset);
  if (a.traits.kind === "pointer" || b.traits.kind === "pointer") return combineAddresses(operator, a, b, offset);
  if (operator === "<<" || operator === ">>") return shifted(operator, a, a.traits, b);
  const { bits, isSigned, type } = commonType(a, a.traits, b, b.traits);
  const x = isSigned ? a.integer : BigInt.asUintN(bits, a.integer);
  const y = isSigned ? b.integer : BigInt.asUintN(bits, b.integer);
  const compared = compare(operator, x, y);
  if (compared !== undefined) return truth(compared);
  const result = compute(operator, x, y, offset);
  return type === decimalConstant ? constantValue(fitted(result)) : integerValue(type, result, bits);
}

/** Of constants: a sum may need the 64th bit, but never a 65th. */
function fitted(value: bigint): bigint {
  return value > 0x7fff_ffff_ffff_ffffn ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
}

function compare(operator: BinaryOperator, x: bigint | number, y: bigint | number): boolean | undefined {
  switch (operator) {
    case "<":
      return x < y;
    case "<=":
      return x <= y;
    case ">":
      return x > y;
    case ">=":
      return x >= y;
    case "==":
      return x === y;
    case "!=":
      return x !== y;
    default:
      return undefined;
  }
}

function compute(operator: ComputingOperator, x: bigint, y: bigint, offset: number): bigint {
  switch (operator) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "/":
    case "%":
      if (y === 0n) throw new EvaluationFailure(`the right side of "${operator}" is zero`, offset);
      return operator === "/" ? x / y : x % y;
    case "&":
      return x & y;
    case "|":
      return x | y;
    case "^":
      return x ^ y;
    default:
      throw new EvaluationFailure(`"${operator}" is no operator of integers`, offset);
  }
}

/** The integer promotions of C11 6.3.1.1, and the type of a constant beside something else (6.4.4.1). */
function promoted({ integer }: Operand, traits: IntegerTraits, isBesideConstant: boolean): Width {
  const { bits, isSigned, isMachine, constant } = traits;
  if (constant === undefined) {
    return bits < 32 ? { bits: 32, isSigned: true, isMachine } : { bits: bits as IntegerBits, isSigned, isMachine };
  }
  if (isBesideConstant) return { bits: 64, isSigned, isMachine: true };
  const width = integer >= -0x8000_0000n && integer <= (constant === "decimal" ? 0x7fff_ffffn : 0xffff_ffffn) ? 32 : 64;
  return { bits: width, isSigned: isSigned && (width === 64 || integer <= 0x7fff_ffffn), isMachine: false };
}

interface Width {
  readonly bits: IntegerBits;
  readonly isSigned: boolean;
  readonly isMachine: boolean;
}

/** The usual arithmetic conversions of C11 6.3.1.8. */
function commonType(a: Operand, aTraits: IntegerTraits, b: Operand, bTraits: IntegerTraits): Width & { type: Type } {
  const areConstants = aTraits.constant !== undefined && bTraits.constant !== undefined;
  const x = promoted(a, aTraits, areConstants);
  const y = promoted(b, bTraits, areConstants);
  const { bits } = x.bits >= y.bits ? x : y;
  const isSigned = x.bits === y.bits ? x.isSigned && y.isSigned : x.bits > y.bits ? x.isSigned : y.isSigned;
  const isMachine = x.isMachine || y.isMachine;
  return { bits, isSigned, isMachine, type: areConstants ? decimalConstant : integerType(bits, isSigned, isMachine) };
}

function shifted(operator: "<<" | ">>", a: Operand, traits: IntegerTraits, b: Operand): Value {
  const isConstant = traits.constant !== undefined;
  const { bits, isSigned, isMachine } = promoted(a, traits, isConstant);
  const distance = BigInt.asUintN(bits === 128 ? 7 : bits === 64 ? 6 : 5, b.integer);
  const result = operator === "<<" ? a.integer << distance : a.integer >> distance;
  if (isConstant) return constantValue(operator === "<<" ? BigInt.asUintN(64, result) : result);
  return integerValue(integerType(bits, isSigned, isMachine), result, bits);
}

/** Sums count elements where the pointer says which; differences of two pointers, too. */
function combineAddresses(operator: ComputingOperator, a: Operand, b: Operand, offset: number): Value {
  const x = BigInt.asUintN(64, a.integer);
  const y = BigInt.asUintN(64, b.integer);
  const compared = compare(operator, x, y);
  if (compared !== undefined) return truth(compared);
  if (a.traits.kind === "pointer" && b.traits.kind === "pointer") {
    if (operator !== "-") return integerValue(untypedPointer, compute(operator, x, y, offset), 64);
    const areAlike = a.traits.step === b.traits.step && !isUnscaled(a.type);
    const type = isOfMachine(a.type) ? word : integerType(64, true, false);
    return integerValue(type, areAlike ? (x - y) / BigInt(a.traits.step) : x - y, 64);
  }
  const [pointer, index] = a.traits.kind === "pointer" ? [a, b] : [b, a];
  if (pointer.traits.kind !== "pointer") throw new EvaluationFailure("one side should be an address", offset);
  if (operator === "+" || (operator === "-" && pointer === a)) {
    const distance = index.integer * BigInt(pointer.traits.step);
    const type = isUnscaled(pointer.type) ? untypedPointer : pointer.type;
    return integerValue(type, operator === "+" ? pointer.integer + distance : pointer.integer - distance, 64);
  }
  if (operator === "<<" || operator === ">>") {
    const distance = BigInt.asUintN(6, b.integer);
    return integerValue(integerType(64, false, true), operator === "<<" ? x << distance : x >> distance, 64);
  }
  const result = compute(operator, x, y, offset);
  return operator === "&"
    ? integerValue(untypedPointer, result, 64)
    : integerValue(integerType(64, false, true), result, 64);
}

function combineFloats(operator: ComputingOperator, a: Operand, b: Operand, offset: number): Value {
  const x = floatOfOperand(a);
  const y = floatOfOperand(b);
  const compared = compare(operator, x, y);
  if (compared !== undefined) return truth(compared);
  const sizes = [a, b].map(({ traits }) => (traits.kind === "float" ? traits.size : 0));
  const size = Math.max(...sizes);
  switch (operator) {
    case "+":
      return floatValue(x + y, size);
    case "-":
      return floatValue(x - y, size);
    case "*":
      return floatValue(x * y, size);
    case "/":
      return floatValue(x / y, size);
    default:
      throw new EvaluationFailure(`"${operator}" does not work on floating-point numbers`, offset);
  }
}

export function floatOfOperand({ traits, integer, float }: Operand): number {
  return traits.kind === "float" ? float : Number(integer);
}

/** `-x`, `+x` and `~x`. */
export function unary(operator: "-" | "+" | "~", operand: Operand, offset: number): Value {
  const { traits, integer } = operand;
  if (traits.kind === "float") {
    if (operator === "~") throw new EvaluationFailure('"~" needs an integer, not a floating-point number', offset);
    return floatValue(operator === "-" ? -operand.float : operand.float, traits.size);
  }
  const result = operator === "-" ? -integer : operator === "~" ? ~integer : integer;
  if (traits.kind === "pointer") return integerValue(operator === "+" ? operand.type : word, result, 64);
  if (traits.constant !== undefined) return constantValue(operator === "+" ? result : BigInt.asIntN(64, result));
  const { bits, isSigned, isMachine } = promoted(operand, traits, false);
  return integerValue(integerType(bits, isSigned, isMachine), result, bits);
}

/** The bits that a number has as another type, as C converts it; undefined where `traits` are of no number. */
export function converted(operand: Operand, traits: Traits, isBoolean: boolean, offset: number): bigint | undefined {
  switch (traits.kind) {
    case "integer": {
      if (isBoolean) return floatOfOperand(operand) === 0 ? 0n : 1n;
      const integer = operand.traits.kind === "float" ? truncated(operand.float, offset) : operand.integer;
      return BigInt.asUintN(traits.bits, integer);
    }
    case "pointer":
      return operand.traits.kind === "float" ? undefined : BigInt.asUintN(64, operand.integer);
    case "float":
      return bitsOfFloat(floatOfOperand(operand), traits.size);
    case "array":
    case "other":
      return undefined;
  }
}

function truncated(number: number, offset: number): bigint {
  if (!Number.isFinite(number)) throw new EvaluationFailure(`${number} is not an integer`, offset);
  return BigInt(Math.trunc(number));
}
