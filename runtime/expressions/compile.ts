/** Makes closures of parsed expressions, so that a breakpoint's condition costs little at each hit. */
import type { Type } from "../object/dwarf/types.js";
import { bitSizeOf, plainType, type SourceValue, sizeOfType } from "../values/source-value.js";
import { isText, textOf } from "../values/text.js";
import { combine, constantValue, converted, floatValue, integerValue, truth, unary } from "./arithmetic.js";
import { compileName } from "./compile-name.js";
import { element, member, pointedTo } from "./members.js";
import {
  EvaluationFailure,
  isTrue,
  kindInWords,
  numberFor,
  operandOf,
  readBits,
  referred,
  unreadable,
} from "./operands.js";
import type { ExpressionScope, Names, Value } from "./scope.js";
import type { BinaryOperator, Node } from "./syntax.js";
import { arrayOf, characterType, integerType, pointerTo, threadText, traitsOf } from "./types.js";

export type Evaluator = (scope: ExpressionScope) => Value;

export function compile(node: Node, names: Names): Evaluator {
  const { offset } = node;
  switch (node.kind) {
    case "integer": {
      const traits = traitsOf(node.type);
      const isConstant = traits.kind === "integer" && traits.constant !== undefined;
      const bits = BigInt.asIntN(64, node.value) < 0n && node.value > 0n ? node.value : BigInt.asIntN(64, node.value);
      const value = isConstant
        ? constantValue(bits, node.type)
        : integerValue(node.type, bits, 8 * sizeOfType(node.type));
      return () => value;
    }
    case "float": {
      const value = floatValue(node.value, node.isSingle ? 4 : 8);
      return () => value;
    }
    case "text": {
      const bytes = new TextEncoder().encode(`${node.text}\0`);
      const value: Value = { type: arrayOf(characterType, bytes.length), place: { kind: "bytes", bytes } };
      return () => value;
    }
    case "name":
      return compileName(node, names);
    case "member":
      return compileMember(node, names);
    case "inFrame":
      return compileInFrame(node, names);
    case "unary": {
      const operand = compile(node.operand, names);
      const { operator } = node;
      if (operator === "!") return (scope) => truth(!isTrue(operand(scope), scope.source, offset));
      return (scope) => unary(operator, numberFor(operator, operand(scope), scope.source, offset), offset);
    }
    case "binary":
      return compileBinary(node.operator, node, names);
    case "conditional": {
      const condition = compile(node.condition, names);
      const yes = compile(node.yes, names);
      const no = compile(node.no, names);
      return (scope) => (isTrue(condition(scope), scope.source, offset) ? yes(scope) : no(scope));
    }
    case "cast": {
      const operand = compile(node.operand, names);
      return (scope) => cast(operand(scope), node.type, scope, offset);
    }
    case "sizeOf": {
      const value = integerValue(integerType(64, false, false), BigInt(sizeOfType(node.type)), 64);
      return () => value;
    }
    case "sizeOfValue": {
      const operand = compile(node.operand, names);
      return (scope) => {
        const { type } = referred(operand(scope), scope.source, offset);
        return integerValue(integerType(64, false, false), BigInt(sizeOfType(type)), 64);
      };
    }
    case "addressOf": {
      const operand = compile(node.operand, names);
      return (scope) => addressOf(operand(scope), node, scope);
    }
    case "memory": {
      const address = compile(node.address, names);
      return (scope) => pointedTo(address(scope), node.type, scope, offset);
    }
    case "element": {
      const whole = compile(node.whole, names);
      const index = compile(node.index, names);
      return (scope) => element(whole(scope), index(scope), scope, offset);
    }
  }
}

/** A chain of names and dots may also be the name of a symbol of assembly: `table.end`. */
function compileMember(node: Node & { readonly kind: "member" }, names: Names): Evaluator {
  const { name, offset } = node;
  const chain = chainOf(node);
  if (chain !== undefined && !isKnown(chain[0] ?? "", names)) {
    const text = chain.join(".");
    const symbol = names.symbol(text) !== undefined || /^thread\./.test(text);
    if (symbol) return compileName({ kind: "name", text, offset: startOf(node) }, names);
  }
  const whole = compile(node.whole, names);
  return (scope) => member(whole(scope), name, scope, offset);
}

/** The names of `a.b.c`; undefined when anything else is in it. */
function chainOf(node: Node): readonly string[] | undefined {
  if (node.kind === "name") return node.sigil === undefined ? [node.text] : undefined;
  if (node.kind !== "member" || node.isArrow) return undefined;
  const before = chainOf(node.whole);
  return before && [...before, node.name];
}

function startOf(node: Node): number {
  return node.kind === "member" ? startOf(node.whole) : node.offset;
}

function isKnown(name: string, names: Names): boolean {
  return names.variable(name) !== undefined;
}

/** What another frame calls so is found out when it is known which frame that is. */
function compileInFrame(node: Node & { readonly kind: "inFrame" }, names: Names): Evaluator {
  const { name, offset } = node;
  const thread = node.thread && compile(node.thread, names);
  const frame = node.frame && compile(node.frame, names);
  const numberOf = (value: Value, scope: ExpressionScope, at: number) =>
    Number(numberFor("a number", value, scope.source, at).integer);
  return (scope) => {
    const threadNumber = thread && numberOf(thread(scope), scope, node.thread?.offset ?? offset);
    const frameNumber = frame ? numberOf(frame(scope), scope, node.frame?.offset ?? offset) : 0;
    const other = scope.other(threadNumber, frameNumber);
    if (!other.ok) throw new EvaluationFailure(other.error, offset);
    if (node.frame === undefined && name.sigil === undefined) {
      return compileName({ ...name, text: `thread.${name.text}` }, names)(other.value);
    }
    const value = compileName(name, other.value.names)(other.value);
    const { place } = value;
    const owner = { thread: threadNumber ?? scope.thread?.id ?? 0, frame: frameNumber };
    const isRegister = (place.kind === "number" || place.kind === "bytes") && place.register !== undefined;
    return isRegister ? { ...value, place: { ...place, owner } } : value;
  };
}

function compileBinary(operator: BinaryOperator, node: Node & { readonly kind: "binary" }, names: Names): Evaluator {
  const left = compile(node.left, names);
  const right = compile(node.right, names);
  const { offset } = node;
  switch (operator) {
    case "&&":
      return (scope) => truth(isTrue(left(scope), scope.source, offset) && isTrue(right(scope), scope.source, offset));
    case "||":
      return (scope) => truth(isTrue(left(scope), scope.source, offset) || isTrue(right(scope), scope.source, offset));
    case "==":
    case "!=":
      return (scope) => {
        const [a, b] = [left(scope), right(scope)];
        const areEqual = equalTexts(a, b, scope, operator, offset);
        if (areEqual !== undefined) return truth(areEqual === (operator === "=="));
        const x = numberFor(operator, a, scope.source, offset, node.left.offset);
        return combine(operator, x, numberFor(operator, b, scope.source, offset, node.right.offset), offset);
      };
    default:
      return (scope) => {
        const a = numberFor(operator, left(scope), scope.source, offset, node.left.offset);
        const b = numberFor(operator, right(scope), scope.source, offset, node.right.offset);
        return combine(operator, a, b, offset);
      };
  }
}

/** The longest texts that are compared, in bytes. */
const longestText = 2 ** 20;

/** Whether two texts are equal; undefined where none of the two is a text for sure (a pointer is a number, too). */
function equalTexts(a: Value, b: Value, scope: ExpressionScope, operator: string, offset: number): boolean | undefined {
  if (isNumberForSure(a) && isNumberForSure(b)) return undefined;
  const { source } = scope;
  const [one, two] = [referred(a, source, offset), referred(b, source, offset)];
  const isSure = (value: SourceValue) =>
    value.type === threadText ||
    (value.place.kind === "bytes" && traitsOf(value.type).kind === "array") ||
    isText(value, source);
  if (!isSure(one) && !isSure(two)) return undefined;
  const [x, y] = [one, two].map((value) => {
    if (value.type === threadText && value.place.kind === "bytes") return value.place.bytes;
    const text = textOf(value, source, longestText);
    if (text !== undefined) return text;
    if (value.place.kind === "unknown") throw unreadable(value, offset);
    throw new EvaluationFailure(`"${operator}" compares a text with ${kindInWords(value)}, which is none`, offset);
  });
  return x !== undefined && y !== undefined && x.length === y.length && x.every((byte, index) => byte === y[index]);
}

function isNumberForSure({ type }: Value): boolean {
  const { kind } = traitsOf(type);
  return kind === "integer" || kind === "float";
}

function cast(given: Value, type: Type | undefined, scope: ExpressionScope, offset: number): Value {
  const { source } = scope;
  const traits = traitsOf(type);
  const value = referred(given, source, offset);
  if (type === undefined) return { type, place: value.place };
  if (traits.kind === "other" || traits.kind === "array") {
    // Looking at the same memory as something else; values that are nowhere have no other look.
    if (value.place.kind === "memory") return { type, place: value.place };
    throw new EvaluationFailure("a cast to a struct or an array needs a value in memory", offset);
  }
  const operand = operandOf(value, source, offset);
  if (operand === undefined) {
    if (value.type === threadText) throw new EvaluationFailure("a text cannot be cast", offset);
    if (value.place.kind === "unknown") throw unreadable(value, offset);
    throw new EvaluationFailure(`${kindInWords(value)} cannot be cast to a number or an address`, offset);
  }
  const bits = converted(operand, traits, isBoolean(type), offset);
  if (bits === undefined) throw new EvaluationFailure("this cannot be cast to that type", offset);
  return integerValue(type, bits, bitSizeOf({ type, place: value.place }));
}

function isBoolean(type: Type): boolean {
  const plain = plainType(type);
  return plain?.kind === "base" && plain.encoding === "boolean";
}

function addressOf(
  given: Value,
  { operand, offset }: Node & { readonly kind: "addressOf" },
  scope: ExpressionScope,
): Value {
  const value = referred(given, scope.source, offset);
  const { place, type } = value;
  if (place.kind === "memory" && value.bits === undefined) return integerValue(pointerTo(type), place.address, 64);
  if (value.bits !== undefined) throw new EvaluationFailure("a bit field has no address of its own", offset);
  // The name of a symbol stands for its address already.
  const isSymbol = operand.kind === "name" && traitsOf(type).kind === "pointer";
  if (isSymbol && place.kind === "number" && place.register === undefined) {
    return integerValue(type ?? pointerTo(undefined), readBits(value, scope.source, offset), 64);
  }
  if (place.kind === "unknown") throw unreadable(value, offset);
  throw new EvaluationFailure(
    place.kind === "number" && place.register !== undefined
      ? `& needs something in memory, such as a symbol or *rsp; this is in the register ${place.register}`
      : "& needs something in memory, such as a symbol or *rsp",
    offset,
  );
}
