/** Expressions that are evaluated in many places: what their names mean is looked up anew in each. */
import { fail, ok, type Result } from "../base/result.js";
import { compileExpression, type Expression } from "./expression.js";
import type { ExpressionError } from "./lexer.js";
import type { ExpressionScope, Names } from "./scope.js";

/** So many places are remembered. */
const mostPlaces = 1024;

/**
 * Compiles `text` for wherever it will be evaluated. `here`: names of one place, by which it is checked; what is unknown
 * there may be known elsewhere, unless no place knows of more (`here` is without a language).
 */
export function compileAnywhere(text: string, here: Names): Result<Expression, ExpressionError> {
  const everywhere = compileWithoutNames(text, here);
  if (everywhere !== undefined) return ok(everywhere);
  const first = compileExpression(text, here);
  if (here.language === undefined || (!first.ok && first.error.isUnknownName !== true)) return first;
  const compiled = new Map<Names, Result<Expression, ExpressionError>>([[here, first]]);
  const at = (names: Names) => {
    let found = compiled.get(names);
    if (found === undefined) {
      if (compiled.size >= mostPlaces) compiled.clear();
      found = compileExpression(text, names);
      compiled.set(names, found);
    }
    return found;
  };
  const evaluate = <Answer>(
    scope: ExpressionScope,
    ask: (expression: Expression) => Result<Answer, ExpressionError>,
  ): Result<Answer, ExpressionError> => {
    const found = at(scope.names);
    return found.ok ? ask(found.value) : fail(found.error);
  };
  return ok({
    text,
    format: first.ok ? first.value.format : undefined,
    evaluate: (scope) => evaluate(scope, (expression) => expression.evaluate(scope)),
    holds: (scope) => evaluate(scope, (expression) => expression.holds(scope)),
    show: (scope) => evaluate(scope, (expression) => expression.show(scope)),
  });
}

/** An expression that means the same everywhere: of registers by their sigil, and of the thread. */
function compileWithoutNames(text: string, here: Names): Expression | undefined {
  let usesNames = false;
  const compiled = compileExpression(text, {
    language: here.language,
    variable(name) {
      if (name !== "thread") usesNames = true;
      return undefined;
    },
    type: () => undefined,
    symbol: () => undefined,
    definitionOf: (type) => type,
    hides: () => false,
    visible: () => [],
    near: () => [],
  });
  return compiled.ok && !usesNames ? compiled.value : undefined;
}
