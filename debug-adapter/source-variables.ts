/** Variables of the source: the locals of a frame, the globals of its file, and the parts of each. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { guestAddress } from "../runtime/base/guest-address.js";
import {
  type Child,
  type FrameVariable,
  type GreenThread,
  partsOf,
  type SourceValue,
  type StackFrame,
  summary,
  type ValueSource,
  valueType,
} from "../runtime/debuggee.js";
import { announceRegisterWrite, announcingMemoryWrite } from "./announcements.js";
import { evaluateIn, writeMemoryValue, writeRegisterPart } from "./assignment.js";
import type { Launched } from "./launched.js";
import { memoryReference } from "./memory-reference.js";
import { meaningOfAddress, withoutHint } from "./number-text.js";
import type { GroupReference } from "./references.js";
import { RequestError } from "./request-error.js";
import type { Session } from "./session.js";

export type SourceGroup = "locals" | "globals";

export function isSourceGroup(group: string): group is SourceGroup {
  return group === "locals" || group === "globals";
}

/** What values are read from and described by. */
export function valueSource(launched: Launched): ValueSource {
  return {
    read: (address, size) => launched.debuggee.memory.read(guestAddress(address), size),
    describe: (address) => meaningOfAddress(launched, address),
  };
}

/** The variables of a scope of a frame. */
export function variablesIn(launched: Launched, thread: GreenThread, frame: StackFrame, group: SourceGroup) {
  const { debuggee } = launched;
  return group === "locals" ? debuggee.locals(thread.id, frame.index) : debuggee.globals(thread.id, frame.index);
}

/** What the client shows under a scope, or under a variable that it unfolds. */
export function sourceVariables(
  session: Session,
  launched: Launched,
  reference: GroupReference & { readonly group: SourceGroup },
  { start = 0, count = 0, filter, format }: DebugProtocol.VariablesArguments,
): DebugProtocol.Variable[] {
  const { thread, frame } = launched.frame(reference);
  const isHexadecimal = format?.hex === true;
  const wanted = count === 0 ? Number.POSITIVE_INFINITY : count;
  const path = reference.path ?? [];
  if (path.length === 0) {
    if (filter === "indexed") return [];
    return variablesIn(launched, thread, frame, reference.group)
      .slice(start, start + wanted)
      .map((variable) =>
        show(
          session,
          launched,
          reference,
          nameOf(variable),
          variable,
          variable.isHidden ? undefined : variable.name,
          isHexadecimal,
        ),
      );
  }
  const { value, expression } = resolve(launched, reference);
  const parts = partsOf(value, valueSource(launched));
  const named = filter === "indexed" ? [] : parts.named;
  const listed: Child[] = filter === "named" ? [] : [...parts.elements(start, Math.min(wanted, parts.indexed - start))];
  const chosen =
    filter === undefined ? [...named, ...listed] : filter === "named" ? named.slice(start, start + wanted) : listed;
  return chosen.map((child) =>
    show(
      session,
      launched,
      reference,
      child.name,
      { value: child.value },
      expression && expressionOf(expression, child),
      isHexadecimal,
    ),
  );
}

/** Writes a variable, or a part of one; returns it as it is now. */
export function setSourceVariable(
  session: Session,
  launched: Launched,
  reference: GroupReference & { readonly group: SourceGroup },
  { name, value: text, format }: DebugProtocol.SetVariableArguments,
): DebugProtocol.Variable {
  const { thread, frame } = launched.frame(reference);
  const path = [...(reference.path ?? []), name];
  const { value, expression } = resolve(launched, { ...reference, path });
  const type = valueType(value);
  if (type === undefined || value.bits !== undefined) {
    throw new RequestError(`"${name}" cannot be written as a whole: it is no number. Write its parts.`);
  }
  const given = evaluateIn(launched, thread, frame, withoutHint(text));
  const bits = type.convert(given);
  if (bits === undefined) throw new RequestError(`"${text}" is no value for ${type.name}.`);
  const number = { type: { kind: "integer", bits: 64, signed: false } as const, bits };
  const { place } = value;
  if (place.kind === "memory") {
    const address = guestAddress(place.address);
    announcingMemoryWrite(session, launched, address, () => writeMemoryValue(launched, address, type.size, number));
  } else if (place.kind === "bytes" && place.register !== undefined) {
    const savedAt = writeRegisterPart(launched, thread, frame, place.register, number);
    session.afterResponse(() => announceRegisterWrite(session, savedAt));
  } else {
    throw new RequestError(
      place.kind === "unknown"
        ? `"${name}" is ${place.reason}.`
        : `"${name}" is kept nowhere: the compiler knows its value.`,
    );
  }
  const after = resolve(launched, { ...reference, path });
  return show(session, launched, reference, name, { value: after.value }, expression, format?.hex === true);
}

/** The variable or part that a reference names, as it is now, and the expression for it. */
function resolve(
  launched: Launched,
  reference: GroupReference & { readonly group: SourceGroup },
): { readonly value: SourceValue; readonly expression: string | undefined } {
  const { thread, frame } = launched.frame(reference);
  const [first, ...rest] = reference.path ?? [];
  const variable = variablesIn(launched, thread, frame, reference.group).find((one) => nameOf(one) === first);
  if (variable === undefined) throw new RequestError(`There is no variable "${first}" here any more.`);
  const source = valueSource(launched);
  let { value } = variable;
  let expression: string | undefined = variable.isHidden ? undefined : variable.name;
  for (const name of rest) {
    const parts = partsOf(value, source);
    const index = /^\[(\d+)\]$/.exec(name)?.[1];
    const child =
      parts.named.find((one) => one.name === name) ??
      (index === undefined ? undefined : parts.elements(Number(index), 1)[0]);
    if (child === undefined) throw new RequestError(`There is no "${name}" here any more.`);
    expression = expression && expressionOf(expression, child);
    value = child.value;
  }
  return { value, expression };
}

function expressionOf(whole: string, { access }: Child): string | undefined {
  if (access === undefined) return undefined;
  return access === "*" ? `*${whole}` : whole.startsWith("*") ? `(${whole})${access}` : `${whole}${access}`;
}

/** Of several with one name, the hidden ones are told apart by how they are hidden. */
function nameOf({ name, isHidden }: FrameVariable): string {
  return isHidden ? `${name} (outer)` : name;
}

function show(
  session: Session,
  launched: Launched,
  reference: GroupReference,
  name: string,
  { value, kind }: { readonly value: SourceValue; readonly kind?: FrameVariable["kind"] },
  evaluateName: string | undefined,
  isHexadecimal: boolean,
): DebugProtocol.Variable {
  const source = valueSource(launched);
  const { named, indexed } = partsOf(value, source);
  const type = valueType(value);
  const isUnknown = value.place.kind === "unknown";
  const path = [...(reference.path ?? []), name];
  const pointed = type?.isPointer ? type.bits(source) : undefined;
  const address = pointed ?? (value.place.kind === "memory" ? value.place.address : undefined);
  return {
    name,
    value: isHexadecimal && type?.isInteger ? `0x${(type.bits(source) ?? 0n).toString(16)}` : summary(value, source),
    type: launched.debuggee.typeName(value.type, launched.frame(reference).frame.codeAddress),
    ...(evaluateName !== undefined && { evaluateName }),
    variablesReference:
      named.length + indexed === 0
        ? 0
        : session.references.groupId(reference.thread, reference.frame, reference.group, path),
    ...(named.length > 0 && indexed > 0 && { namedVariables: named.length }),
    ...(indexed > 0 && { indexedVariables: indexed }),
    ...(address !== undefined &&
      launched.debuggee.memory.permissionsAt(guestAddress(address)) && { memoryReference: memoryReference(address) }),
    ...(isUnknown
      ? { presentationHint: { attributes: ["readOnly"] } }
      : kind === undefined
        ? {}
        : { presentationHint: { kind: "data" } }),
  };
}
