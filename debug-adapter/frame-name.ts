/** What a stack frame is called, with what the client wishes to see in it (DAP's `StackFrameFormat`). */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { formatAddress } from "../runtime/base/guest-address.js";
import type { FrameVariable, StackFrame, ThreadId } from "../runtime/debuggee.js";
import { programFiles } from "./launch-attributes.js";
import type { Launched } from "./launched.js";
import { shownText } from "./shown-value.js";

type Format = DebugProtocol.StackFrameFormat;

/** Such as `count_up(int id = 0x1) line 96 gthreads`, with what `format` asks for. */
export function frameName(launched: Launched, thread: ThreadId, frame: StackFrame, format: Format = {}): string {
  const name = frame.functionName ?? formatAddress(frame.instruction);
  const line = frame.position?.line;
  const parameters = format.parameters === true ? parameterList(launched, thread, frame, format) : "";
  return [
    `${name}${parameters}`,
    ...(frame.leftByTailCall ? ["(left by a tail call)"] : []),
    ...(format.line === true && line !== undefined ? [`line ${line}`] : []),
    ...(format.module === true ? [programFiles(launched.attributes)[0]] : []),
  ].join(" ");
}

/** Without a wish for one of them, names alone; empty where the program does not tell of parameters. */
function parameterList(launched: Launched, thread: ThreadId, frame: StackFrame, format: Format): string {
  const scope = launched.scope(launched.thread(thread), frame);
  const { parameterTypes, parameterNames, parameterValues } = format;
  const isOpen = parameterTypes === undefined && parameterNames === undefined && parameterValues === undefined;
  const describe = ({ name, value }: FrameVariable): string => {
    const declared = [
      ...(parameterTypes === true ? [launched.debuggee.typeName(value.type, frame.codeAddress)] : []),
      ...(parameterNames === true || isOpen ? [name] : []),
    ].join(" ");
    if (parameterValues !== true) return declared;
    const text = shownText(launched, scope, value, format.hex === true);
    return declared === "" ? text : `${declared} = ${text}`;
  };
  const parameters = launched.debuggee.locals(thread, frame.index).filter(({ kind }) => kind === "parameter");
  const isKnown = parameters.length > 0 || launched.debuggee.locals(thread, frame.index).length > 0;
  return isKnown ? `(${parameters.map(describe).join(", ")})` : "";
}
