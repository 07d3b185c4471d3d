/** Values as the client shows them: in a list of variables, a watch, a hover, the console. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { guestAddress } from "../runtime/base/guest-address.js";
import { type Child, partsOf, type SourceValue, valueType } from "../runtime/debuggee.js";
import { compileExpression, describeExpressionError, type Expression } from "../runtime/expressions/expression.js";
import { showAs, showValue } from "../runtime/expressions/format.js";
import { EvaluationFailure } from "../runtime/expressions/operands.js";
import type { ExpressionScope } from "../runtime/expressions/scope.js";
import type { FormatLetter } from "../runtime/expressions/syntax.js";
import { isOfMachine, threadText, traitsOf } from "../runtime/expressions/types.js";
import type { Launched } from "./launched.js";
import { valueLocation } from "./locations.js";
import { memoryReference } from "./memory-reference.js";
import { describeWord } from "./number-text.js";
import type { GroupReference } from "./references.js";
import { RequestError } from "./request-error.js";
import type { Session } from "./session.js";

interface ShownOptions {
  readonly isHexadecimal?: boolean;
  readonly letter?: FormatLetter;
}

type Shown = Pick<
  DebugProtocol.Variable,
  | "value"
  | "type"
  | "variablesReference"
  | "namedVariables"
  | "indexedVariables"
  | "memoryReference"
  | "valueLocationReference"
  | "presentationHint"
>;

/** `reference`: what the client asks with for the value's parts. */
export function shownValue(
  session: Session,
  launched: Launched,
  reference: GroupReference,
  scope: ExpressionScope,
  value: SourceValue,
  { isHexadecimal = false, letter }: ShownOptions,
): Shown {
  const { source } = scope;
  const isUnknown = value.place.kind === "unknown";
  const { named, indexed } = partsOf(value, source);
  const pointed = pointedAt(value, scope);
  const address = pointed ?? (value.place.kind === "memory" ? value.place.address : undefined);
  return {
    value: shownText(launched, scope, value, isHexadecimal, letter),
    type: typeOf(launched, reference, value),
    variablesReference:
      named.length + indexed === 0
        ? 0
        : session.references.groupId(reference.thread, reference.frame, reference.group, reference.path),
    ...(named.length > 0 && indexed > 0 && { namedVariables: named.length }),
    ...(indexed > 0 && { indexedVariables: indexed }),
    ...(address !== undefined &&
      launched.debuggee.memory.permissionsAt(guestAddress(address)) && { memoryReference: memoryReference(address) }),
    ...valueLocation(launched, pointed),
    ...(isUnknown && { presentationHint: { attributes: ["readOnly"] } }),
  };
}

/** The text alone; `letter`: as a format of an expression has it. */
export function shownText(
  launched: Launched,
  scope: ExpressionScope,
  value: SourceValue,
  isHexadecimal: boolean,
  letter?: FormatLetter,
): string {
  return textOf(launched, scope, value, letter ?? (isHexadecimal && isInteger(value) ? "x" : undefined));
}

function isInteger({ type }: SourceValue): boolean {
  const { kind } = traitsOf(type);
  return type !== undefined && kind === "integer" && (isOfMachine(type) || type.kind !== "enum");
}

function textOf(
  launched: Launched,
  scope: ExpressionScope,
  value: SourceValue,
  letter: FormatLetter | undefined,
): string {
  const { source } = scope;
  try {
    if (letter !== undefined) return showAs(letter, value, source, 0);
    const { type } = value;
    const isWord = type !== undefined && isOfMachine(type) && (type.kind === "pointer" || type.size === 8);
    const bits = isWord ? valueType(value)?.bits(source) : undefined;
    return bits === undefined ? showValue(value, source) : describeWord(launched, bits);
  } catch (error) {
    if (!(error instanceof EvaluationFailure)) throw error;
    return showValue(value, source);
  }
}

/** What a value points to that is an address, or may be one. */
function pointedAt(value: SourceValue, { source }: ExpressionScope): bigint | undefined {
  const { type } = value;
  const number = valueType(value);
  const isWord = type !== undefined && isOfMachine(type) && type.size === 8;
  return number?.isPointer || isWord ? number?.bits(source) : undefined;
}

function typeOf(launched: Launched, reference: GroupReference, { type }: SourceValue): string {
  if (type === threadText) return "text";
  return launched.debuggee.typeName(type, launched.frame(reference).frame.codeAddress);
}

/** The expression for a part of what `whole` is the expression for. */
export function accessed(
  whole: string,
  { access, isBehindPointer }: Pick<Child, "access" | "isBehindPointer">,
): string | undefined {
  if (access === undefined || access === "") return access === undefined ? undefined : whole;
  // The format says how a value is shown, and is no part of what is said of its parts.
  const plain = whole.replace(/,!$/, "");
  const isSimple = /^[$%]?[\w:]+((\.|->)\w+|\[\w+\])*$/.test(plain);
  const closed = isSimple ? plain : `(${plain})`;
  if (isBehindPointer)
    return access.startsWith(".") ? `${closed}->${access.slice(1)}` : accessed(`*${closed}`, { access });
  if (access === "*") return plain.startsWith("*") ? `*${plain}` : `*${closed}`;
  return access.startsWith(",") ? `${plain}${access}` : `${closed}${access}`;
}

/** Compiles an expression of the user's; a `RequestError` says what is wrong with it. */
export function compileIn(scope: ExpressionScope, text: string): Expression {
  const compiled = compileExpression(text, scope.names);
  if (!compiled.ok) throw new RequestError(describeExpressionError(text, compiled.error));
  return compiled.value;
}
