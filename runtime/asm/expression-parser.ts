/** Expressions in GNU as's grammar and precedence ("Infix Operators" in its manual), constants folded on the way. */
import { type Cursor, isDigit, isSymbolStart } from "./cursor.js";
import { readCharacter, readNumber, readString } from "./literals.js";
import type { BinaryOperator, Expression, Range } from "./syntax.js";

const asSigned = (value: bigint) => BigInt.asIntN(64, value);

/** What `operator` makes of two constants, as 64-bit signed numbers; undefined for a division by zero. */
export function applyOperator(operator: BinaryOperator, left: bigint, right: bigint): bigint | undefined {
  switch (operator) {
    case "+":
      return asSigned(left + right);
    case "-":
      return asSigned(left - right);
    case "*":
      return asSigned(left * right);
    case "/":
      return right === 0n ? undefined : asSigned(left / right);
    case "%":
      return right === 0n ? undefined : asSigned(left % right);
    case "<<":
      return right < 0n || right > 63n ? 0n : asSigned(left << right);
    case ">>":
      return right < 0n || right > 63n ? 0n : asSigned(BigInt.asUintN(64, left) >> right);
    case "&":
      return asSigned(left & right);
    case "|":
      return asSigned(left | right);
    case "^":
      return asSigned(left ^ right);
    case "!":
      return asSigned(left | ~right);
    case "==":
      return left === right ? -1n : 0n;
    case "!=":
      return left !== right ? -1n : 0n;
    case "<":
      return left < right ? -1n : 0n;
    case "<=":
      return left <= right ? -1n : 0n;
    case ">":
      return left > right ? -1n : 0n;
    case ">=":
      return left >= right ? -1n : 0n;
    case "&&":
      return left !== 0n && right !== 0n ? 1n : 0n;
    case "||":
      return left !== 0n || right !== 0n ? 1n : 0n;
  }
}

/** Ranks of the operators, low to high. */
const ranks: Readonly<Record<BinaryOperator, number>> = {
  "||": 1,
  "&&": 2,
  "==": 3,
  "!=": 3,
  "<": 3,
  "<=": 3,
  ">": 3,
  ">=": 3,
  "+": 4,
  "-": 4,
  "&": 5,
  "|": 5,
  "^": 5,
  "!": 5,
  "*": 6,
  "/": 6,
  "%": 6,
  "<<": 6,
  ">>": 6,
};

/** The operator at the cursor and its length; `<>` is `!=`. */
function operatorAt(cursor: Cursor): { operator: BinaryOperator; length: number } | undefined {
  const first = cursor.text.charAt(cursor.at);
  const second = cursor.at + 1 < cursor.end ? cursor.text.charAt(cursor.at + 1) : "";
  switch (first) {
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
    case "^":
      return { operator: first, length: 1 };
    case "|":
      return second === "|" ? { operator: "||", length: 2 } : { operator: "|", length: 1 };
    case "&":
      return second === "&" ? { operator: "&&", length: 2 } : { operator: "&", length: 1 };
    case "!":
      return second === "=" ? { operator: "!=", length: 2 } : { operator: "!", length: 1 };
    case "=":
      return second === "=" ? { operator: "==", length: 2 } : undefined;
    case "<":
      if (second === "<") return { operator: "<<", length: 2 };
      if (second === ">") return { operator: "!=", length: 2 };
      return second === "=" ? { operator: "<=", length: 2 } : { operator: "<", length: 1 };
    case ">":
      if (second === ">") return { operator: ">>", length: 2 };
      return second === "=" ? { operator: ">=", length: 2 } : { operator: ">", length: 1 };
    default:
      return undefined;
  }
}

export const numberNode = (value: bigint, range: Range): Expression => ({ kind: "number", range, value });

/** `left operator right`, as a number when both are. */
export function binaryNode(cursor: Cursor, operator: BinaryOperator, left: Expression, right: Expression): Expression {
  const range = { start: left.range.start, end: right.range.end };
  if (left.kind === "number" && right.kind === "number") {
    const value = applyOperator(operator, left.value, right.value);
    if (value === undefined) cursor.fail("This divides by zero.", range);
    return numberNode(value, range);
  }
  return { kind: "binary", range, operator, left, right };
}

/** `operator operand`, as a number when the operand is one. */
export function unaryNode(operator: "-" | "~" | "!", operand: Expression, start: number): Expression {
  const range = { start, end: operand.range.end };
  if (operand.kind !== "number") return { kind: "unary", range, operator, operand };
  const value = operator === "-" ? -operand.value : operator === "~" ? ~operand.value : operand.value === 0n ? 1n : 0n;
  return numberNode(asSigned(value), range);
}

/** Deeper nesting than any person writes; keeps hostile input from exhausting the stack. */
const deepest = 200;

/** Parses an expression; throws a SyntaxProblem when there is none. */
export function parseExpression(cursor: Cursor, lowestRank = 1, depth = 0): Expression {
  let left = parseTerm(cursor, depth);
  for (;;) {
    cursor.skipSpace();
    const found = operatorAt(cursor);
    if (found === undefined || ranks[found.operator] < lowestRank) return left;
    cursor.at += found.length;
    const right = parseExpression(cursor, ranks[found.operator] + 1, depth + 1);
    left = binaryNode(cursor, found.operator, left, right);
  }
}

/** Reads a symbol (quoted or not) with the `@MODIFIER` behind it. */
export function parseSymbol(cursor: Cursor): Expression {
  const start = cursor.at;
  let name: string;
  if (cursor.peek() === 34) {
    name = new TextDecoder().decode(readString(cursor));
  } else name = cursor.readSymbol();
  if (name === ".") return { kind: "here", range: cursor.rangeFrom(start) };
  if (cursor.peek() === 64 && isSymbolStart(cursor.peek(1))) {
    const modifierStart = cursor.at;
    cursor.at++;
    const modifier = cursor.readWord();
    if (modifier === "") cursor.fail("A relocation such as PLT must follow the @.", cursor.rangeFrom(modifierStart));
    return { kind: "symbol", range: cursor.rangeFrom(start), name, modifier };
  }
  return { kind: "symbol", range: cursor.rangeFrom(start), name };
}

function parseTerm(cursor: Cursor, depth: number): Expression {
  if (depth > deepest) cursor.fail("This expression is nested too deeply.");
  cursor.skipSpace();
  const start = cursor.at;
  const code = cursor.peek();
  if (isDigit(code)) {
    const literal = readNumber(cursor);
    const range = cursor.rangeFrom(start);
    if (literal.kind === "integer") return numberNode(literal.value, range);
    return { kind: "local", range, label: literal.label, direction: literal.direction };
  }
  if (code === 34 || isSymbolStart(code)) return parseSymbol(cursor);
  switch (code) {
    case 40: {
      cursor.at++;
      const inner = parseExpression(cursor, 1, depth + 1);
      cursor.skipSpace();
      if (!cursor.take(")")) {
        cursor.fail('This "(" has no matching ")".', { start, end: start + 1 });
      }
      return { ...inner, range: cursor.rangeFrom(start) };
    }
    case 39: {
      const value = readCharacter(cursor);
      return numberNode(value, cursor.rangeFrom(start));
    }
    case 43:
      cursor.at++;
      return parseTerm(cursor, depth + 1);
    case 45:
      cursor.at++;
      return unaryNode("-", parseTerm(cursor, depth + 1), start);
    case 126:
      cursor.at++;
      return unaryNode("~", parseTerm(cursor, depth + 1), start);
    case 33:
      cursor.at++;
      return unaryNode("!", parseTerm(cursor, depth + 1), start);
    case 0:
      return cursor.fail("A number or symbol is missing here.");
    default:
      return cursor.fail(`A number or symbol is expected here, not "${cursor.nextText()}".`);
  }
}
