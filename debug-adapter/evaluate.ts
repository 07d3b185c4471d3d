/** Expressions of the user's: watches, hovers, the console, and assignments. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { GreenThread, StackFrame } from "../runtime/debuggee.js";
import {
  type Assignment,
  compileStatement,
  describeExpressionError,
  type Expression,
} from "../runtime/expressions/expression.js";
import { isFlagName } from "../runtime/expressions/registers.js";
import type { ExpressionScope } from "../runtime/expressions/scope.js";
import { assignValue, evaluateIn } from "./assignment.js";
import type { Launched } from "./launched.js";
import { withoutHint } from "./number-text.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";
import type { Session } from "./session.js";
import { compileIn, shownValue } from "./shown-value.js";

export const evaluateRequests: Handlers = {
  evaluate(session, args) {
    const launched = session.requireStopped();
    const place = session.frameFor(args.frameId);
    const { expression: text } = args;
    const scope = launched.scope(place.thread, place.frame);
    if (args.context === "hover" && isFlagName(text) && scope.names.language !== undefined) {
      // In a source, `if` and `of` are other words.
      throw new RequestError(`"${text}" is no variable: write $${text} for the flag.`);
    }
    if (args.context === "repl") {
      const statement = compileStatement(text, scope.names);
      if (!statement.ok) throw new RequestError(describeExpressionError(text, statement.error));
      if ("target" in statement.value) {
        assign(session, launched, place, scope, text, statement.value);
        return evaluated(session, launched, place, statement.value.target.text, args.format);
      }
    }
    return evaluated(session, launched, place, text, args.format);
  },

  setExpression(session, args) {
    const launched = session.requireStopped();
    const place = session.frameFor(args.frameId);
    const scope = launched.scope(place.thread, place.frame);
    const target = evaluateIn(scope, args.expression);
    assignValue(session, launched, place, args.expression, target, evaluateIn(scope, withoutHint(args.value)));
    const { result: value, ...rest } = evaluated(session, launched, place, args.expression, args.format);
    return { value, ...rest };
  },
};

interface Place {
  readonly thread: GreenThread;
  readonly frame: StackFrame;
}

/** The value of an expression in a frame as it is now, with what the client needs to look into it. */
function evaluated(
  session: Session,
  launched: Launched,
  { thread, frame: before }: Place,
  text: string,
  format: DebugProtocol.ValueFormat | undefined,
): DebugProtocol.EvaluateResponse["body"] {
  const { frame } = launched.frame({ thread: thread.id, frame: before.index });
  const scope = launched.scope(thread, frame);
  const expression: Expression = compileIn(scope, text);
  const found = expression.evaluate(scope);
  // What it comes to may not be shown as its format asks.
  const shown = found.ok && expression.format !== undefined ? expression.show(scope) : found;
  if (!found.ok || !shown.ok) {
    const error = found.ok ? shown : found;
    throw new RequestError(error.ok ? "" : describeExpressionError(text, error.error));
  }
  const reference = { thread: thread.id, frame: frame.index, group: "expression", path: [text] } as const;
  const { value: result, ...rest } = shownValue(session, launched, reference, scope, found.value, {
    isHexadecimal: format?.hex === true,
    ...(expression.format && { letter: expression.format }),
  });
  return { result, ...rest };
}

/** Does what a statement of the console says. */
function assign(
  session: Session,
  launched: Launched,
  place: Place,
  scope: ExpressionScope,
  text: string,
  statement: Assignment,
): void {
  const parts = statement.evaluate(scope);
  if (!parts.ok) throw new RequestError(describeExpressionError(text, parts.error));
  assignValue(session, launched, place, statement.target.text, parts.value.target, parts.value.value);
}
