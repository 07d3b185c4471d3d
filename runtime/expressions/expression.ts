/** Debugger expressions: compiled once for a place in the program, evaluated as often as it is passed. */
import { fail, ok, type Result } from "../base/result.js";
import { combine, integerValue } from "./arithmetic.js";
import { compile, type Evaluator } from "./compile.js";
import { showAs, showValue } from "./format.js";
import type { ExpressionError } from "./lexer.js";
import {
  EvaluationFailure,
  integerFor,
  isTrue,
  numberFor,
  operandOf,
  readBits,
  referred,
  unreadable,
} from "./operands.js";
import { parseExpression } from "./parser.js";
import type { ExpressionScope, Names, Value } from "./scope.js";
import type { FormatLetter } from "./syntax.js";
import { arrayOf, integerType, traitsOf } from "./types.js";

export type { ExpressionError } from "./lexer.js";

export interface Expression {
  readonly text: string;
  /** How it asks to be shown. */
  readonly format: FormatLetter | undefined;
  evaluate(scope: ExpressionScope): Result<Value, ExpressionError>;
  /** Whether it is true, as a condition. */
  holds(scope: ExpressionScope): Result<boolean, ExpressionError>;
  /** Evaluates and formats as the expression asks. */
  show(scope: ExpressionScope): Result<string, ExpressionError>;
}

/** What is written, and what to: `target = value`. */
export interface Assignment {
  evaluate(scope: ExpressionScope): Result<{ readonly target: Value; readonly value: Value }, ExpressionError>;
  /** What is written to, for reading it again. */
  readonly target: Expression;
  /** Of the operator. */
  readonly offset: number;
}

/** Compiles `text`, which assigns nothing; what its names mean is decided here, not later. */
export function compileExpression(text: string, names: Names): Result<Expression, ExpressionError> {
  const compiled = compileStatement(text, names);
  if (!compiled.ok) return compiled;
  if (!("target" in compiled.value)) return ok(compiled.value);
  const offset = compiled.value.offset;
  return fail({ message: 'nothing can be assigned here: "==" compares', offset });
}

/** The same for what may also assign, with `=` or an operator such as `+=`. */
export function compileStatement(text: string, names: Names): Result<Expression | Assignment, ExpressionError> {
  const parsed = parseExpression(text, names);
  if (!parsed.ok) return parsed;
  const { node, format, assigned } = parsed.value;
  return guarded(() => {
    const compiled = compile(node, names);
    const count = format.count && compile(format.count, names);
    const run: Evaluator = (scope) => {
      const value = compiled(scope);
      const counted = count ? elementsFrom(value, count(scope), scope, node.offset) : inWordsOf(names, value);
      return format.isRaw ? { ...referred(counted, scope.source, node.offset), isRaw: true } : counted;
    };
    const { letter } = format;
    const expression: Expression = {
      text,
      format: letter,
      evaluate: (scope) => guarded(() => readable(run(scope), scope, node.offset)),
      holds: (scope) => guarded(() => isTrue(run(scope), scope.source, node.offset)),
      show: (scope) =>
        guarded(() => {
          const value = readable(run(scope), scope, node.offset);
          return letter === undefined
            ? showValue(value, scope.source)
            : showAs(letter, value, scope.source, node.offset);
        }),
    };
    if (assigned === undefined) return expression;
    const written = { ...expression, text: text.slice(0, assigned.offset).trim() };
    const source = compile(assigned.node, names);
    const { operator } = assigned;
    return {
      target: written,
      offset: assigned.offset,
      evaluate: (scope) =>
        guarded(() => {
          const target = referred(compiled(scope), scope.source, node.offset);
          const value = source(scope);
          if (operator === undefined || operator === "&&" || operator === "||") return { target, value };
          const offset = assigned.node.offset;
          const sides = [target, value].map((side) => numberFor(`${operator}=`, side, scope.source, offset));
          const [a, b] = sides;
          if (a === undefined || b === undefined) throw new Error("an operator has two sides");
          return { target, value: combine(operator, a, b, offset) };
        }),
    };
  });
}

/** Memory that cannot be read is a mistake, whatever the value is for. */
function readable(value: Value, { source }: ExpressionScope, offset: number): Value {
  if (value.place.kind !== "memory") return value;
  const { address } = value.place;
  if (source.readWord?.(address) !== undefined || source.read(address, 1).length > 0) return value;
  throw unreadable(value, offset);
}

/** A constant beside nothing else: in a source, it has the type that C gives to its number. */
function inWordsOf({ language }: Names, value: Value): Value {
  const traits = traitsOf(value.type);
  if (language === undefined || traits.kind !== "integer" || traits.constant === undefined) return value;
  const { place } = value;
  if (place.kind !== "number") return value;
  const number = traits.isSigned ? BigInt.asIntN(64, place.bits) : place.bits;
  const bits = number >= -0x8000_0000n && number < 0x8000_0000n ? 32 : 64;
  return integerValue(integerType(bits, traits.isSigned, false), number, bits);
}

/** The error with the place it is about, as users see it. */
export function describeExpressionError(text: string, error: ExpressionError): string {
  const message = error.message.charAt(0).toUpperCase() + error.message.slice(1);
  if (text.length <= 1) return /[?.]$/.test(message) ? message : `${message}.`;
  const sentence = message.replace(/[?.]$/, "");
  return `${sentence} (at character ${error.offset + 1} of "${text}")${message.endsWith("?") ? "?" : "."}`;
}

/** The text of an expression without its formats. */
export function withoutFormat(text: string): string {
  return text.replace(/(\s*,\s*([a-z]|!|\[[^[\]]*\]))+\s*$/, "");
}

/** The number of a value; undefined of what is none, and of what cannot be read. Of a float it is cut off. */
export function numberOfValue(value: Value, scope: ExpressionScope): bigint | undefined {
  const operand = guarded(() => operandOf(value, scope.source, 0));
  if (!operand.ok || operand.value === undefined) return undefined;
  const { traits, integer, float } = operand.value;
  if (traits.kind !== "float") return integer;
  return Number.isFinite(float) ? BigInt(Math.trunc(float)) : undefined;
}

/** `,[n]`: the array of `n` elements that a pointer points to, or that an array begins with. */
function elementsFrom(given: Value, countValue: Value, scope: ExpressionScope, offset: number): Value {
  const { source } = scope;
  const value = referred(given, source, offset);
  const count = Number(integerFor("[]", countValue, source, offset).integer);
  if (count < 0 || count > mostElements) {
    throw new EvaluationFailure(`",[n]" shows 0 to ${mostElements} elements, not ${count}`, offset);
  }
  const traits = traitsOf(value.type);
  if (traits.kind === "array") return { ...value, type: arrayOf(traits.element, count) };
  if (traits.kind === "pointer" && traits.target !== undefined) {
    const address = readBits(value, source, offset);
    return { type: arrayOf(traits.target, count), place: { kind: "memory", address } };
  }
  throw new EvaluationFailure('",[n]" needs a pointer or an array', offset);
}

const mostElements = 1_000_000;

function guarded<T>(action: () => T): Result<T, ExpressionError> {
  try {
    return ok(action());
  } catch (error) {
    if (!(error instanceof EvaluationFailure)) throw error;
    const { message, offset, isUnknownName } = error;
    return fail({ message, offset, ...(isUnknownName && { isUnknownName }) });
  }
}
