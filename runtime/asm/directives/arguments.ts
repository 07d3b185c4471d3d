/** What directives do with their arguments. */
import type { Assembly } from "../assembly.js";
import { Cursor, SyntaxProblem } from "../cursor.js";
import { resolveValue } from "../evaluate.js";
import { parseExpression } from "../expression-parser.js";
import { isConstant, type Value } from "../symbols.js";
import type { Argument, DirectiveStatement, Expression, Range } from "../syntax.js";

export type DirectiveHandler = (assembly: Assembly, statement: DirectiveStatement) => void;

/** The text after the directive's name. */
export function restOf(assembly: Assembly, statement: DirectiveStatement): string {
  return assembly.lineText.slice(statement.rest.start, statement.rest.end);
}

export function rangeText(assembly: Assembly, range: Range): string {
  return assembly.lineText.slice(range.start, range.end);
}

/** The name that an argument is; reports when it is none. */
export function nameOf(
  assembly: Assembly,
  argument: Argument | undefined,
  statement: DirectiveStatement,
): string | undefined {
  if (argument?.kind === "expression" && argument.value.kind === "symbol") {
    const { name, modifier } = argument.value;
    return modifier === undefined ? name : `${name}@${modifier}`;
  }
  if (argument?.kind === "string") return new TextDecoder().decode(argument.value);
  assembly.report(
    "error",
    argument?.range ?? statement.range,
    `\`${statement.name.text}\` needs the name of a symbol here.`,
  );
  return undefined;
}

/** The value of an expression that must be a number now; reports when it is not. */
export function constantOf(assembly: Assembly, expression: Expression, what: string): bigint | undefined {
  const value = assembly.evaluate(expression);
  if (isConstant(value)) return value.constant;
  const resolved = value.symbol === undefined && value.operation === undefined ? undefined : tryResolve(value);
  if (resolved !== undefined) return resolved;
  assembly.report("error", expression.range, `${what} must be a number that is known here.`);
  return undefined;
}

/** Differences over code without branches in between could be resolved early; what is open stays open. */
function tryResolve(value: Value): bigint | undefined {
  if (value.operation === undefined) return undefined;
  const { left, right } = value.operation;
  if (!isConstant(left) || !isConstant(right)) return undefined;
  const resolved = resolveValue(value);
  return resolved.kind === "absolute" ? resolved.value : undefined;
}

/** The number that argument `i` is; `byDefault` when it is absent or empty; undefined (and reported) when it is wrong. */
export function numberArgument(
  assembly: Assembly,
  statement: DirectiveStatement,
  i: number,
  what: string,
  byDefault?: bigint,
): bigint | undefined {
  const argument = statement.arguments[i];
  if (argument === undefined || argument.kind === "empty") {
    if (byDefault !== undefined) return byDefault;
    assembly.report("error", argument?.range ?? statement.range, `\`${statement.name.text}\` needs ${what}.`);
    return undefined;
  }
  if (argument.kind !== "expression") {
    assembly.report("error", argument.range, `${capital(what)} must be a number.`);
    return undefined;
  }
  return constantOf(assembly, argument.value, capital(what));
}

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Parses a piece of the line as an expression that must be a number; reports what is wrong. */
export function parseConstant(assembly: Assembly, range: Range, what: string): bigint | undefined {
  const cursor = new Cursor(assembly.lineText, range.start, range.end);
  try {
    const expression = parseExpression(cursor);
    if (!cursor.isAtEnd) cursor.fail(`"${cursor.nextText()}" makes no sense after the number.`);
    return constantOf(assembly, expression, what);
  } catch (problem) {
    if (!(problem instanceof SyntaxProblem)) throw problem;
    assembly.report("error", problem.range, problem.message);
    return undefined;
  }
}
