/** The scope "Thread": what is known of the green thread that a frame belongs to. Nothing of it can be changed. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { formatAddress } from "../runtime/base/guest-address.js";
import type { CallSite, GreenThread } from "../runtime/debuggee.js";
import type { Launched } from "./launched.js";
import { placeLocation, valueLocation } from "./locations.js";
import { memoryReference } from "./memory-reference.js";
import { describeWord } from "./number-text.js";
import type { GroupReference, VariableGroup } from "./references.js";
import type { Session } from "./session.js";
import { codePlace } from "./thread-facts.js";

export type ThreadGroup = "thread" | "creation";

export function isThreadGroup(group: VariableGroup): group is ThreadGroup {
  return group === "thread" || group === "creation";
}

const stateMeanings: Readonly<Record<GreenThread["state"], string>> = {
  running: "running: owns the processor",
  ready: "ready: waits for its turn",
  new: "new: has not run yet",
};

export function threadVariables(
  session: Session,
  launched: Launched,
  { thread: id, frame, group }: GroupReference,
): DebugProtocol.Variable[] {
  const thread = launched.thread(id);
  if (group === "creation") return creationVariables(session, launched, thread);
  const { stack, creator, switchedOutAt } = thread;
  const variables: (DebugProtocol.Variable | undefined)[] = [
    fact("id", String(thread.id)),
    fact("name", thread.name),
    fact("state", stateMeanings[thread.state]),
    thread.slot === undefined ? undefined : fact("slot", String(thread.slot)),
    thread.kernelThread === undefined ? undefined : fact("system thread", String(thread.kernelThread)),
    address(launched, "entry", thread.entry),
    creator && {
      ...fact("created by", describeCreator(launched, creator)),
      variablesReference: session.references.groupId(thread.id, frame, "creation"),
      namedVariables: creator.calls.length,
      ...placeLocation(launched, creator.calls.find(({ position }) => position)?.position),
    },
    switchedOutAt && place(session, launched, "switched out at", switchedOutAt),
    address(launched, "stack pointer", stack.pointer),
    address(launched, "stack low", stack.low),
    address(launched, "stack high", stack.high),
    bytes("stack used", stack.used),
    bytes("stack size", stack.size),
    bytes("most stack used", stack.highWaterMark),
    fact("runs", String(thread.runs)),
    fact("instructions", String(thread.instructions)),
  ];
  return variables.filter((variable) => variable !== undefined);
}

/** The calls in which the thread was created, innermost first. */
function creationVariables(session: Session, launched: Launched, { creator }: GreenThread): DebugProtocol.Variable[] {
  return (creator?.calls ?? []).map((call, index) => place(session, launched, String(index), call));
}

function describeCreator(launched: Launched, creator: NonNullable<GreenThread["creator"]>): string {
  const name = launched.debuggee.thread(creator.thread)?.name ?? `thread ${creator.thread}, which is over`;
  const where = creator.calls[0]?.functionName;
  return where === undefined ? name : `${name}, in ${where}`;
}

function place(session: Session, launched: Launched, name: string, site: CallSite): DebugProtocol.Variable {
  const { name: functionName, source, line } = codePlace(session, launched, site);
  const where = source?.name === undefined ? formatAddress(site.instruction) : `${source.name}:${line}`;
  return {
    ...fact(name, `${functionName} (${where})`),
    memoryReference: memoryReference(site.instruction),
    ...placeLocation(launched, site.position),
  };
}

function address(launched: Launched, name: string, bits: bigint | undefined): DebugProtocol.Variable | undefined {
  if (bits === undefined) return undefined;
  return {
    ...fact(name, describeWord(launched, bits)),
    memoryReference: memoryReference(bits),
    ...valueLocation(launched, bits),
  };
}

function bytes(name: string, count: number | undefined): DebugProtocol.Variable | undefined {
  return count === undefined ? undefined : fact(name, `${count} bytes`);
}

function fact(name: string, value: string): DebugProtocol.Variable {
  return { name, value, variablesReference: 0, presentationHint: { attributes: ["readOnly"] } };
}
