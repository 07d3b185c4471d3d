import { fail, ok, type Result } from "../base/result.js";
import { describeExpressionError, type Expression } from "./expression.js";
import type { ExpressionError } from "./lexer.js";
import type { ExpressionScope } from "./scope.js";

/** A log point's message, ready to be filled in. An expression that fails shows as `<why>` in its place. */
export type LogMessage = (scope: ExpressionScope) => string;

/** Compiles `thread {thread.slot} counts {rbx,d}`. `\{` and `\}` are braces. */
export function compileLogMessage(
  template: string,
  compile: (text: string) => Result<Expression, ExpressionError>,
): Result<LogMessage, string> {
  const parts: (string | ((scope: ExpressionScope) => string))[] = [];
  const pattern = /\\([{}\\])|\{([^{}]*)\}|([^\\{}]+|\\)|([{}])/g;
  for (const match of template.matchAll(pattern)) {
    if (match[1] !== undefined) parts.push(match[1]);
    else if (match[3] !== undefined) parts.push(match[3]);
    else if (match[4] !== undefined) {
      return fail(
        `"${match[4]}" at character ${match.index + 1} of the message has no partner: write \\${match[4]} for the brace itself`,
      );
    } else {
      const text = match[2] ?? "";
      const expression = compile(text);
      if (!expression.ok) return fail(describeExpressionError(text, expression.error));
      parts.push((scope) => {
        const shown = expression.value.show(scope);
        return shown.ok ? shown.value : `<${shown.error.message}>`;
      });
    }
  }
  return ok((scope) => parts.map((part) => (typeof part === "string" ? part : part(scope))).join(""));
}
