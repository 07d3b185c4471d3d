/** What there is to tell of a stop at an event: of the threads, of the processor, or of the program. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { type DebuggeeStop, signalName, type ThreadEvent, type ThreadId } from "../runtime/debuggee.js";
import { frameName } from "./frame-name.js";
import type { Launched } from "./launched.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";

type Information = DebugProtocol.ExceptionInfoResponse["body"];

export const exceptionInfoRequests: Handlers = {
  exceptionInfo(session, { threadId }) {
    const launched = session.requireStopped();
    const { lastStop } = launched;
    const isMeant = lastStop !== undefined && lastStop.kind !== "exited" && lastStop.thread === threadId;
    const information = isMeant ? informationOf(launched, lastStop) : undefined;
    if (information !== undefined) {
      const { details } = information;
      return { ...information, details: { ...details, stackTrace: stackText(launched, threadId as ThreadId) } };
    }
    throw new RequestError(
      "This thread has not stopped because of an event, a fault, a signal or the program's end: there is nothing to tell.",
    );
  },
};

function informationOf(launched: Launched, stop: DebuggeeStop): Information | undefined {
  switch (stop.kind) {
    case "threadEvent": {
      const { kind } = stop.event;
      const description = describeThreadEvent(launched, stop.event);
      return { exceptionId: kind, description, breakMode: "always", details: { message: description, typeName: kind } };
    }
    case "fault": {
      const { title, description, fault } = stop.explanation;
      return {
        exceptionId: title,
        description,
        breakMode: "always",
        details: {
          message: description,
          typeName: fault.kind,
          fullTypeName: `${fault.kind}, ${signalName(stop.signal)}`,
        },
      };
    }
    case "signal": {
      const name = signalName(stop.signal);
      return {
        exceptionId: name,
        description: stop.isFatal ? describeFatalSignal(stop.signal) : describeHandledSignal(stop.signal),
        breakMode: stop.isFatal ? "unhandled" : "always",
        details: { typeName: name },
      };
    }
    case "exiting": {
      const description = describeExit(stop.status);
      return {
        exceptionId: "exit",
        description,
        breakMode: "always",
        details: { message: description, typeName: "exit" },
      };
    }
    case "breakpoint":
    case "dataBreakpoint":
    case "step":
    case "pause":
    case "entry":
    case "arrived":
    case "otherThread":
    case "limit":
    case "exited":
      return undefined;
  }
}

/** So many frames say where something happened. */
const mostTold = 20;

/** A stack as a text: a line for each frame. */
function stackText(launched: Launched, thread: ThreadId): string {
  return launched
    .frames(thread)
    .first(mostTold)
    .map((frame) => {
      const { position } = frame;
      const place = position === undefined ? "" : ` at ${position.path}:${position.line}`;
      return `${frameName(launched, thread, frame)}${place}`;
    })
    .join("\n");
}

/** What the end by a signal means for who looks at it. */
export function describeFatalSignal(signal: number): string {
  return `The program has no handler for ${signalName(signal)}, which ends it. Continue to let it end.`;
}

export function describeHandledSignal(signal: number): string {
  return `A handler of ${signalName(signal)} is about to run.`;
}

export function describeExit(status: number): string {
  return `The program is about to end with exit status ${status}.`;
}

/** `thread 1: counter_one yields`. */
export function describeThreadEvent({ debuggee }: Launched, event: ThreadEvent): string {
  const name = (id: ThreadId) => debuggee.thread(id)?.name ?? `thread ${id}`;
  switch (event.kind) {
    case "yield":
      return `${name(event.thread)} yields`;
    case "switch":
      return event.other === undefined
        ? `switched to ${name(event.thread)}`
        : `switched from ${name(event.other)} to ${name(event.thread)}`;
    case "spawn":
      return event.other === undefined
        ? `${name(event.thread)} was spawned`
        : `${name(event.other)} spawned ${name(event.thread)}`;
    case "finish":
      return `${name(event.thread)} has finished`;
  }
}
