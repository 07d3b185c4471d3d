/** Variables of the source: the locals of a frame, the globals of its file, what was evaluated, and the parts of each. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import {
  type FrameVariable,
  type GreenThread,
  partsOf,
  type SourceValue,
  type StackFrame,
} from "../runtime/debuggee.js";
import { withoutFormat } from "../runtime/expressions/expression.js";
import type { ExpressionScope } from "../runtime/expressions/scope.js";
import type { FormatLetter } from "../runtime/expressions/syntax.js";
import { assignValue, evaluateIn } from "./assignment.js";
import type { Launched } from "./launched.js";
import { declarationLocation } from "./locations.js";
import { withoutHint } from "./number-text.js";
import type { GroupReference } from "./references.js";
import { RequestError } from "./request-error.js";
import type { Session } from "./session.js";
import { accessed, compileIn, shownValue } from "./shown-value.js";
import type { Work } from "./work.js";

export type SourceGroup = "locals" | "globals" | "expression";

export function isSourceGroup(group: string): group is SourceGroup {
  return group === "locals" || group === "globals" || group === "expression";
}

/** The variables of a scope of a frame. */
export function variablesIn(
  launched: Launched,
  thread: GreenThread,
  frame: StackFrame,
  group: "locals" | "globals",
): readonly FrameVariable[] {
  const { debuggee } = launched;
  return group === "locals" ? debuggee.locals(thread.id, frame.index) : debuggee.globals(thread.id, frame.index);
}

type SourceReference = GroupReference & { readonly group: SourceGroup };

/** What the client shows under a scope, or under a variable that it unfolds. */
export async function sourceVariables(
  session: Session,
  launched: Launched,
  reference: SourceReference,
  { start = 0, count = 0, filter, format }: DebugProtocol.VariablesArguments,
  work: Work,
): Promise<DebugProtocol.Variable[]> {
  const { thread, frame } = launched.frame(reference);
  const scope = launched.scope(thread, frame);
  const isHexadecimal = format?.hex === true;
  const wanted = count === 0 ? Number.POSITIVE_INFINITY : count;
  const path = reference.path ?? [];
  const { group } = reference;
  if (path.length === 0) {
    if (filter === "indexed" || group === "expression") return [];
    return variablesIn(launched, thread, frame, group)
      .slice(start, start + wanted)
      .map((variable): DebugProtocol.Variable => {
        const name = nameOf(variable);
        const { value } = variable;
        const evaluateName = expressionFor(variable, scope);
        const shown = shownValue(session, launched, { ...reference, path: [name] }, scope, value, { isHexadecimal });
        return {
          name,
          ...shown,
          ...(evaluateName !== undefined && { evaluateName }),
          ...declarationLocation(launched, variable.declaration),
          ...(value.place.kind !== "unknown" && { presentationHint: { kind: "data" } }),
        };
      });
  }
  const { value, expression, letter } = resolve(launched, reference, scope);
  const parts = partsOf(value, scope.source);
  const named = filter === "indexed" ? [] : parts.named;
  const listed = filter === "named" ? [] : [...parts.elements(start, Math.min(wanted, parts.indexed - start))];
  const chosen =
    filter === undefined ? [...named, ...listed] : filter === "named" ? named.slice(start, start + wanted) : listed;
  const shown: DebugProtocol.Variable[] = [];
  // Arrays can be long.
  for (const child of chosen) {
    if (work.isDue) await work.breathe();
    const within = { ...reference, path: [...path, child.name] };
    const evaluateName = expression && accessed(expression, child);
    shown.push({
      name: child.name,
      ...shownValue(session, launched, within, scope, child.value, { isHexadecimal, letter }),
      ...(evaluateName !== undefined && { evaluateName }),
    });
  }
  return shown;
}

/** Writes a variable, or a part of one; returns it as it is now. */
export function setSourceVariable(
  session: Session,
  launched: Launched,
  reference: SourceReference,
  { name, value: text, format }: DebugProtocol.SetVariableArguments,
): DebugProtocol.SetVariableResponse["body"] {
  const { thread, frame } = launched.frame(reference);
  const within = { ...reference, path: [...(reference.path ?? []), name] };
  const scope = launched.scope(thread, frame);
  const { value } = resolve(launched, within, scope);
  assignValue(session, launched, { thread, frame }, name, value, evaluateIn(scope, withoutHint(text)));
  const after = launched.frame(reference);
  const now = launched.scope(after.thread, after.frame);
  const { value: changed, letter } = resolve(launched, within, now);
  return shownValue(session, launched, within, now, changed, { isHexadecimal: format?.hex === true, letter });
}

/** The variable or part that a reference names, as it is now, and the expression for it. */
export function resolve(
  launched: Launched,
  reference: SourceReference,
  scope: ExpressionScope,
): {
  readonly value: SourceValue;
  readonly expression: string | undefined;
  readonly letter: FormatLetter | undefined;
} {
  const { thread, frame } = launched.frame(reference);
  const [first = "", ...rest] = reference.path ?? [];
  let { value, expression, letter } = rootOf(launched, thread, frame, reference.group, first, scope);
  for (const name of rest) {
    const parts = partsOf(value, scope.source);
    const index = /^\[(\d+)\]$/.exec(name)?.[1];
    const child =
      parts.named.find((one) => one.name === name) ??
      (index === undefined ? undefined : parts.elements(Number(index), 1)[0]);
    if (child === undefined) throw new RequestError(`There is no "${name}" here any more.`);
    // What has no expression itself, because its name is none (`Base<int>`), has parts that do.
    const isNamed = !child.isBase || child.access !== undefined;
    if (isNamed) expression = expression && accessed(expression, child);
    value = child.value;
  }
  return { value, expression, letter };
}

function rootOf(
  launched: Launched,
  thread: GreenThread,
  frame: StackFrame,
  group: SourceGroup,
  name: string,
  scope: ExpressionScope,
): ReturnType<typeof resolve> {
  if (group === "expression") {
    const { format } = compileIn(scope, name);
    return { value: evaluateIn(scope, name), expression: withoutFormat(name), letter: format };
  }
  const variable = variablesIn(launched, thread, frame, group).find((one) => nameOf(one) === name);
  if (variable === undefined) throw new RequestError(`There is no variable "${name}" here any more.`);
  return { value: variable.value, expression: expressionFor(variable, scope), letter: undefined };
}

/** What an expression calls a variable, unless another one has the name in this place. */
function expressionFor({ name, kind, isHidden }: FrameVariable, { names }: ExpressionScope): string | undefined {
  if (isHidden) return undefined;
  const isOther = kind === "global" && !name.includes("::") && names.hides(name);
  return isOther ? undefined : name;
}

/** Of several with one name, the hidden ones are told apart by how they are hidden. */
function nameOf({ name, isHidden }: FrameVariable): string {
  return isHidden ? `${name} (outer)` : name;
}
