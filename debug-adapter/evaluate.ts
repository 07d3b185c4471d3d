/** Expressions of the user's: watches, hovers, the console, and assignments. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { guestAddress } from "../runtime/base/guest-address.js";
import type { GreenThread, StackFrame } from "../runtime/debuggee.js";
import { describeExpressionError } from "../runtime/expressions/expression.js";
import { flagBits, registerPartNames } from "../runtime/expressions/registers.js";
import { formatValue, nameOfType, type Value } from "../runtime/expressions/value.js";
import { announceRegisterWrite, announcingMemoryWrite } from "./announcements.js";
import { compileFor, evaluateIn, writeMemoryValue, writeRegisterPart } from "./assignment.js";
import type { Launched } from "./launched.js";
import { memoryReference } from "./memory-reference.js";
import { describeWord, memoryReferenceFor, withoutHint } from "./number-text.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";
import type { Session } from "./session.js";

/** `left = right`, but none of `==`, `!=`, `<=`, `>=`. */
const assignment = /^([^=]*[^=!<>])=([^=].*)$/s;

export const evaluateRequests: Handlers = {
  evaluate(session, args) {
    const launched = session.requireStopped();
    const { thread, frame } = session.frameFor(args.frameId);
    const [, target, source] = (args.context === "repl" && assignment.exec(args.expression)) || [];
    if (target !== undefined && source !== undefined) {
      return result(launched, assign(session, launched, thread, frame, target.trim(), source.trim()), args.format);
    }
    const expression = compileFor(launched, args.expression);
    const scope = launched.scope(thread, frame);
    const value = expression.evaluate(scope);
    if (!value.ok) throw new RequestError(describeExpressionError(args.expression, value.error));
    if (expression.format === undefined) return result(launched, value.value, args.format);
    const shown = expression.show(scope);
    if (!shown.ok) throw new RequestError(describeExpressionError(args.expression, shown.error));
    return { ...result(launched, value.value, args.format), result: shown.value };
  },

  setExpression(session, args) {
    const launched = session.requireStopped();
    const { thread, frame } = session.frameFor(args.frameId);
    const { result: text, ...rest } = result(
      launched,
      assign(session, launched, thread, frame, args.expression, withoutHint(args.value)),
      args.format,
    );
    return { value: text, ...rest };
  },

  completions(session, args) {
    const launched = session.requireLaunched();
    const { conventions } = session;
    const before = args.text.slice(0, conventions.columnFromClient(args.column) - 1);
    const word = /[$%]?[A-Za-z_.][\w.$]*$/.exec(before)?.[0] ?? "";
    if (word === "") return { targets: [] };
    const sigil = /^[$%]/.exec(word)?.[0] ?? "";
    const typed = word.slice(sigil.length).toLowerCase();
    const target = (label: string, type: DebugProtocol.CompletionItemType): DebugProtocol.CompletionItem => ({
      label,
      type,
      start: conventions.columnToClient(before.length - word.length + sigil.length + 1) - conventions.columnToClient(1),
      length: typed.length,
    });
    const matches = (name: string) => name.toLowerCase().startsWith(typed);
    const registers = [...registerPartNames(), ...Object.keys(flagBits)].filter(matches);
    if (sigil !== "") return { targets: registers.map((name) => target(name, "variable")) };
    const properties = ["thread.id", "thread.name", "thread.slot", "thread.state"].filter(matches);
    const symbols = launched.program.symbols.filter(({ name }) => matches(name)).slice(0, 200);
    return {
      targets: [
        ...registers.map((name) => target(name, "variable")),
        ...properties.map((name) => target(name, "property")),
        ...symbols.map(({ name, kind }) => target(name, kind === "function" ? "function" : "value")),
      ],
    };
  },
};

/** The frame that the client means; without one, where the processor is. */
/** Writes what `target` names, and returns its new value. */
function assign(
  session: Session,
  launched: Launched,
  thread: GreenThread,
  frame: StackFrame,
  target: string,
  source: string,
): Value {
  const { location } = evaluateIn(launched, thread, frame, target);
  const value = evaluateIn(launched, thread, frame, source);
  switch (location?.kind) {
    case undefined:
      throw new RequestError(
        `"${target}" cannot be written: write a register such as $rax, or memory such as [rsp+8].`,
      );
    case "register": {
      const savedAt = writeRegisterPart(launched, thread, frame, location.register, value);
      session.afterResponse(() => announceRegisterWrite(session, savedAt));
      break;
    }
    case "memory": {
      const { bytes } = location;
      const address = guestAddress(location.address);
      announcingMemoryWrite(session, launched, address, () => writeMemoryValue(launched, address, bytes, value));
    }
  }
  const after = launched.frame({ thread: thread.id, frame: frame.index });
  return evaluateIn(launched, after.thread, after.frame, target);
}

function result(
  launched: Launched,
  value: Value,
  format: DebugProtocol.ValueFormat | undefined,
): DebugProtocol.EvaluateResponse["body"] {
  const { type, location } = value;
  const isWord = type.kind === "pointer" || (type.kind === "integer" && type.bits === 64);
  const text =
    format?.hex === true && type.kind !== "text"
      ? formatValue(value, "x")
      : isWord
        ? describeWord(launched, value.bits)
        : formatValue(value);
  return {
    result: text,
    type: nameOfType(type),
    variablesReference: 0,
    ...(isWord
      ? memoryReferenceFor(launched, value.bits)
      : location?.kind === "memory"
        ? { memoryReference: memoryReference(location.address) }
        : {}),
  };
}
