/** Expressions to values while assembling, and values to places once the layout is known. */
import type { SourceSpan } from "../base/source.js";
import { applyOperator } from "./expression-parser.js";
import type { Section } from "./section.js";
import { AssemblySymbol, constantValue, isConstant, type SymbolTable, type Value } from "./symbols.js";
import type { BinaryOperator, Expression } from "./syntax.js";

/** What evaluation needs of the assembler. */
export interface EvaluationContext {
  readonly symbols: SymbolTable;
  /** The place of `.`, as a symbol. */
  here(): AssemblySymbol;
  /** Notes that the symbol is used at the expression's place. */
  noteUse(symbol: AssemblySymbol, expression: Expression): void;
  error(expression: Expression, message: string): void;
}

/** The label behind a symbol, through assignments without arithmetic. */
function placeOf(symbol: AssemblySymbol) {
  return symbol.state.kind === "label" ? symbol.state.location : undefined;
}

/** `a − b` as a number, when nothing of open size lies between them. */
function knownDifference(a: AssemblySymbol, b: AssemblySymbol): bigint | undefined {
  if (a === b) return 0n;
  const left = placeOf(a);
  const right = placeOf(b);
  if (left === undefined || right === undefined) return undefined;
  if (left.section !== right.section || left.fragment !== right.fragment) return undefined;
  return BigInt(left.offset - right.offset);
}

/** Combines two values; what cannot be known yet stays an operation. */
export function combine(operator: BinaryOperator, left: Value, right: Value): Value {
  if (isConstant(left) && isConstant(right)) {
    const value = applyOperator(operator, left.constant, right.constant);
    if (value !== undefined) return constantValue(value);
  }
  const isPlain = left.operation === undefined && right.operation === undefined;
  const modifier = left.modifier ?? right.modifier;
  if (operator === "+" && isPlain) {
    if (isConstant(right)) return { ...left, constant: BigInt.asIntN(64, left.constant + right.constant) };
    if (isConstant(left)) return { ...right, constant: BigInt.asIntN(64, left.constant + right.constant) };
    if (left.minus === undefined && right.symbol === undefined) {
      return difference(left.symbol, right.minus, left.constant + right.constant, modifier);
    }
    if (left.symbol === undefined && right.minus === undefined) {
      return difference(right.symbol, left.minus, left.constant + right.constant, modifier);
    }
  }
  if (operator === "-" && isPlain) {
    if (isConstant(right)) return { ...left, constant: BigInt.asIntN(64, left.constant - right.constant) };
    if (left.minus === undefined && right.minus === undefined) {
      return difference(left.symbol, right.symbol, left.constant - right.constant, modifier);
    }
    // (x − a) − (y − a) and (a − x) − (a − y): what is common falls out.
    if (left.minus !== undefined && left.minus === right.minus) {
      return difference(left.symbol, right.symbol, left.constant - right.constant, modifier);
    }
  }
  if (
    (operator === "==" ||
      operator === "!=" ||
      operator === "<" ||
      operator === "<=" ||
      operator === ">" ||
      operator === ">=") &&
    isPlain &&
    left.symbol !== undefined &&
    right.symbol !== undefined &&
    left.minus === undefined &&
    right.minus === undefined
  ) {
    const known = knownDifference(left.symbol, right.symbol);
    if (known !== undefined) {
      const value = applyOperator(operator, known + left.constant, right.constant);
      if (value !== undefined) return constantValue(value);
    }
  }
  return { constant: 0n, operation: { operator, left, right } };
}

function difference(
  symbol: AssemblySymbol | undefined,
  minus: AssemblySymbol | undefined,
  constant: bigint,
  modifier: string | undefined,
): Value {
  const total = BigInt.asIntN(64, constant);
  if (symbol !== undefined && minus !== undefined) {
    const known = knownDifference(symbol, minus);
    if (known !== undefined) return constantValue(BigInt.asIntN(64, known + total));
  }
  return { symbol, minus, constant: total, modifier };
}

/** The value of an expression as far as it is known where it stands. */
export function evaluate(expression: Expression, context: EvaluationContext): Value {
  switch (expression.kind) {
    case "number":
      return constantValue(expression.value);
    case "here":
      return { symbol: context.here(), constant: 0n };
    case "local": {
      if (expression.direction === "f") {
        const symbol = context.symbols.numericForward(expression.label);
        context.noteUse(symbol, expression);
        return { symbol, constant: 0n };
      }
      const symbol = context.symbols.numericBackward(expression.label);
      if (symbol === undefined) {
        context.error(expression, `There is no label ${expression.label}: before this line.`);
        return constantValue(0n);
      }
      context.noteUse(symbol, expression);
      return { symbol, constant: 0n };
    }
    case "symbol": {
      const symbol = context.symbols.get(expression.name);
      context.noteUse(symbol, expression);
      const { state } = symbol;
      if (state.kind === "value" && expression.modifier === undefined) {
        // A symbol set to a number is that number; one set to something else keeps what it is now.
        if (isConstant(state.value) || symbol.binding !== "weak") return currentValue(state.value);
      }
      if (expression.modifier !== undefined) return { symbol, constant: 0n, modifier: expression.modifier };
      return { symbol, constant: 0n };
    }
    case "unary": {
      const operand = evaluate(expression.operand, context);
      if (expression.operator === "-") return combine("-", constantValue(0n), operand);
      if (expression.operator === "~") return combine("-", constantValue(-1n), operand);
      return combine("==", operand, constantValue(0n));
    }
    case "binary": {
      const left = evaluate(expression.left, context);
      const right = evaluate(expression.right, context);
      if (expression.operator === "/" || expression.operator === "%") {
        if (isConstant(right) && right.constant === 0n) {
          context.error(expression, "This divides by zero.");
          return constantValue(0n);
        }
      }
      return combine(expression.operator, left, right);
    }
  }
}

/** Folds what has become known since the value was made. */
function currentValue(value: Value): Value {
  if (value.symbol !== undefined && value.minus !== undefined) {
    return difference(value.symbol, value.minus, value.constant, value.modifier);
  }
  return value;
}

/** A value after the layout. */
export type Resolved =
  | { readonly kind: "absolute"; readonly value: bigint }
  | { readonly kind: "section"; readonly section: Section; readonly offset: bigint; readonly symbol: AssemblySymbol }
  /** An undefined or common symbol. */
  | { readonly kind: "external"; readonly symbol: AssemblySymbol; readonly addend: bigint }
  | {
      readonly kind: "difference";
      readonly left: Resolved;
      readonly right: Resolved;
      readonly addend: bigint;
    }
  | { readonly kind: "invalid"; readonly message: string };

/** What a symbol is after the layout. */
export function resolveSymbol(symbol: AssemblySymbol): Resolved {
  const { state } = symbol;
  switch (state.kind) {
    case "undefined":
    case "common":
      return { kind: "external", symbol, addend: 0n };
    case "label": {
      const { section, offset, fragment } = state.location;
      return { kind: "section", section: section.root, offset: BigInt(section.finalOffset(offset, fragment)), symbol };
    }
    case "value": {
      if (symbol.isResolving) {
        return { kind: "invalid", message: `The definition of \`${symbol.name}\` goes in a circle.` };
      }
      symbol.isResolving = true;
      const resolved = resolveValue(state.value);
      symbol.isResolving = false;
      return resolved;
    }
  }
}

function shift(resolved: Resolved, by: bigint): Resolved {
  switch (resolved.kind) {
    case "absolute":
      return { kind: "absolute", value: BigInt.asIntN(64, resolved.value + by) };
    case "section":
      return { ...resolved, offset: resolved.offset + by };
    case "external":
    case "difference":
      return { ...resolved, addend: resolved.addend + by };
    case "invalid":
      return resolved;
  }
}

function subtract(left: Resolved, right: Resolved): Resolved {
  if (left.kind === "invalid") return left;
  if (right.kind === "invalid") return right;
  if (right.kind === "absolute") return shift(left, -right.value);
  if (left.kind === "section" && right.kind === "section" && left.section === right.section) {
    return { kind: "absolute", value: left.offset - right.offset };
  }
  if (left.kind === "external" && right.kind === "external" && left.symbol === right.symbol) {
    return { kind: "absolute", value: left.addend - right.addend };
  }
  return { kind: "difference", left, right, addend: 0n };
}

/** The value after the layout. */
export function resolveValue(value: Value): Resolved {
  if (value.operation !== undefined) {
    const { operator } = value.operation;
    const left = resolveValue(value.operation.left);
    const right = resolveValue(value.operation.right);
    if (operator === "-") return shift(subtract(left, right), value.constant);
    if (operator === "+" && right.kind === "absolute") return shift(left, right.value + value.constant);
    if (operator === "+" && left.kind === "absolute") return shift(right, left.value + value.constant);
    if (left.kind === "invalid") return left;
    if (right.kind === "invalid") return right;
    if (left.kind === "absolute" && right.kind === "absolute") {
      const result = applyOperator(operator, left.value, right.value);
      if (result === undefined) return { kind: "invalid", message: "This divides by zero." };
      return { kind: "absolute", value: result + value.constant };
    }
    const together = subtract(left, right);
    if (together.kind === "absolute" && /^[=!<>]=?$/.test(operator) && operator !== "!") {
      return { kind: "absolute", value: applyOperator(operator, together.value, 0n) ?? 0n };
    }
    return {
      kind: "invalid",
      message: `"${operator}" needs numbers; addresses can only be subtracted from each other or shifted by a number.`,
    };
  }
  let resolved: Resolved = value.symbol === undefined ? { kind: "absolute", value: 0n } : resolveSymbol(value.symbol);
  if (value.minus !== undefined) resolved = subtract(resolved, resolveSymbol(value.minus));
  return shift(resolved, value.constant);
}

/** The symbol that a value mentions first, for messages. */
export function firstSymbol(value: Value): AssemblySymbol | undefined {
  if (value.operation !== undefined) return firstSymbol(value.operation.left) ?? firstSymbol(value.operation.right);
  return value.symbol ?? value.minus;
}

/** An unnamed symbol at a place. */
export function anonymousSymbol(section: Section, span?: SourceSpan): AssemblySymbol {
  const symbol = new AssemblySymbol("");
  symbol.state = { kind: "label", location: section.here() };
  symbol.definition = span;
  return symbol;
}
