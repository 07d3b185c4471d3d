/** Running and stopping: continue, next, stepIn, stepOut, pause; and telling the client why the program stopped. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { guestAddress } from "../runtime/base/guest-address.js";
import {
  type DebuggeeStop,
  type RunRequest,
  type StepKind,
  signalName,
  statusOfSignal,
  type ThreadId,
} from "../runtime/debuggee.js";
import { describeExit, describeFatalSignal, describeHandledSignal, describeThreadEvent } from "./exception-info.js";
import type { Launched } from "./launched.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";
import type { Session } from "./session.js";

export const executionRequests: Handlers = {
  continue(session, args) {
    const launched = requireStarted(session);
    startRun(session, launched, { kind: "continue", ...alone(launched, args) });
    return { allThreadsContinued: args.singleThread !== true };
  },
  next: (session, args) => step(session, args, "over"),
  stepIn: (session, args) => step(session, args, "into", args.targetId),
  stepOut: (session, args) => step(session, args, "out"),
  pause(session) {
    const launched = session.requireLaunched();
    if (launched.isRunning) launched.debuggee.requestPause();
    return undefined;
  },
};

/** The program, which stands still and may go on. */
function requireStarted(session: Session): Launched {
  const launched = session.requireStopped();
  if (!launched.hasStarted) {
    throw new RequestError("The program has not been started yet: that is what configurationDone does.");
  }
  return launched;
}

type StepArguments = Pick<DebugProtocol.NextArguments, "threadId" | "granularity" | "singleThread">;

/** A thread can run alone when it has the processor: others would have to give it away. */
function alone(
  { debuggee }: Launched,
  { threadId, singleThread }: Pick<StepArguments, "threadId" | "singleThread">,
): Pick<RunRequest, "isAlone"> {
  if (singleThread !== true) return {};
  if (debuggee.currentThread() !== threadId) {
    throw new RequestError(
      `Thread ${threadId} does not have the processor: other threads must run until it does. Let all of them run.`,
    );
  }
  return { isAlone: true };
}

function step(session: Session, args: StepArguments, kind: StepKind, targetId?: number): undefined {
  const launched = requireStarted(session);
  startRun(session, launched, {
    kind: "step",
    thread: launched.thread(args.threadId).id,
    step: kind,
    // Assembly has no statements but its lines.
    granularity: args.granularity === "instruction" ? "instruction" : "line",
    ...(targetId !== undefined && { target: guestAddress(BigInt(targetId)) }),
    ...alone(launched, args),
  });
  return undefined;
}

/** Runs the program once the response to the request at hand is sent, and reports how it stops. */
export function startRun(session: Session, launched: Launched, request: RunRequest): void {
  launched.isRunning = true;
  session.afterResponse(() => run(session, launched, request));
}

/** In milliseconds: the runs of steps, and of programs to their first stop, are over by then. */
const briefRun = 150;

function run(session: Session, launched: Launched, request: RunRequest): void {
  launched.isRunning = true;
  const { whenBusy } = session;
  const busy = whenBusy && setTimeout(whenBusy, briefRun);
  launched.debuggee.run(request).then(
    (stop) => {
      clearTimeout(busy);
      launched.isRunning = false;
      if (!launched.hasEnded) reportStop(session, launched, stop);
    },
    (error: unknown) => {
      clearTimeout(busy);
      launched.isRunning = false;
      if (launched.hasEnded) return;
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      session.emitEvent("output", { category: "important", output: `The debugger failed: ${message}\n` });
      session.emitEvent("terminated", undefined);
    },
  );
}

/** Asks the program to end as the system does, which it may prepare for; it stops nowhere on its way. */
export function askToEnd(session: Session, launched: Launched): void {
  const { debuggee } = launched;
  launched.isTerminating = true;
  debuggee.setBreakpoints([]);
  debuggee.setDataBreakpoints([]);
  debuggee.setEventStops(new Set());
  debuggee.sendSignal(terminationSignal);
  if (!launched.isRunning) run(session, launched, { kind: "continue" });
}

/** SIGTERM. */
const terminationSignal = 15;

/** SIGXCPU: what the system ends a program with that has used its share. */
const processorTimeExceeded = 24;

/** Tells the client that the program has stopped, and why; or that it has ended. */
export function reportStop(session: Session, launched: Launched, stop: DebuggeeStop): void {
  launched.lastStop = stop;
  if (launched.isTerminating && stop.kind !== "exited") {
    run(session, launched, { kind: "continue" });
    return;
  }
  if (stop.kind !== "exited") launched.keepShown(stop.thread);
  if (stop.kind === "exited") {
    reportExit(session, launched, stop.status);
  } else if (stop.kind === "limit" && launched.attributes.noDebug === true) {
    session.output.note(stop.description);
    reportExit(session, launched, statusOfSignal(processorTimeExceeded));
  } else if (stop.kind === "fault" && launched.attributes.noDebug === true) {
    const { title, description } = stop.explanation;
    session.emitEvent("output", { category: "stderr", output: `${title}\n${description}\n` });
    reportExit(session, launched, statusOfSignal(stop.signal));
  } else {
    session.emitEvent("stopped", {
      threadId: stop.thread,
      allThreadsStopped: true,
      ...withAbandonedStep(launched, stop, describeStop(session, launched, stop)),
    });
    session.toldSources.update(session);
  }
}

function reportExit(session: Session, launched: Launched, status: number): void {
  launched.end();
  session.output.end();
  session.output.note(`The program ended with exit status ${status}.`);
  session.emitEvent("exited", { exitCode: status });
  session.emitEvent("terminated", undefined);
}

type StopDescription = Pick<DebugProtocol.StoppedEvent["body"], "reason" | "description" | "text" | "hitBreakpointIds">;

/** A stop in another thread than the one that was stepped: the step is not continued. */
function withAbandonedStep(launched: Launched, stop: DebuggeeStop, description: StopDescription): StopDescription {
  const { abandonedStepOf } = stop;
  if (abandonedStepOf === undefined) return description;
  const name = launched.debuggee.thread(abandonedStepOf)?.name ?? `thread ${abandonedStepOf}`;
  const note = `The step of ${name} was abandoned.`;
  return {
    ...description,
    description: `${description.description}${stop.kind === "otherThread" ? "" : " in another thread"}. ${note}`,
    ...(description.text === undefined ? {} : { text: `${description.text}\n${note}` }),
  };
}

function describeStop(
  session: Session,
  launched: Launched,
  stop: Exclude<DebuggeeStop, { kind: "exited" }>,
): StopDescription {
  switch (stop.kind) {
    case "breakpoint":
      return session.breakpoints.describeHits(stop.breakpoints);
    case "dataBreakpoint":
      return session.breakpoints.describeAccesses(launched, stop.hits, stop.breakpoints);
    case "step":
      return { reason: "step", description: "Paused on step" };
    case "pause":
      return { reason: "pause", description: "Paused" };
    case "entry":
      return { reason: "entry", description: "Paused on entry" };
    case "threadEvent": {
      const names = { yield: "yield", switch: "switch", spawn: "spawn", finish: "thread finished" } as const;
      return {
        reason: stop.event.kind,
        description: `Paused on ${names[stop.event.kind]}`,
        text: describeThreadEvent(launched, stop.event),
        hitBreakpointIds: [session.breakpoints.events.id(stop.event.kind)],
      };
    }
    case "fault":
      return {
        reason: "exception",
        description: "Paused on fault",
        text: stop.explanation.title,
        hitBreakpointIds: [session.breakpoints.events.id("fault")],
      };
    case "signal": {
      const { events } = session.breakpoints;
      const description = `Paused on ${signalName(stop.signal)}`;
      return stop.isFatal
        ? { reason: "exception", description, text: describeFatalSignal(stop.signal) }
        : {
            reason: "signal",
            description,
            text: describeHandledSignal(stop.signal),
            hitBreakpointIds: [events.id("signal")],
          };
    }
    case "exiting":
      return {
        reason: "exit",
        description: "Paused on program exit",
        text: describeExit(stop.status),
        hitBreakpointIds: [session.breakpoints.events.id("exit")],
      };
    case "otherThread": {
      const name = (id: ThreadId) => launched.debuggee.thread(id)?.name ?? `thread ${id}`;
      return {
        reason: "pause",
        description: "Paused before another thread runs",
        text: `${name(stop.thread)} was given the processor, and only ${name(stop.alone)} was to run.`,
      };
    }
    case "arrived":
      return { reason: "entry", description: `Paused at ${launched.attributes.stopAt}` };
    case "limit":
      return {
        reason: "pause",
        description: "Paused at the instruction limit",
        text: `${stop.description} Continue to let it execute as many again.`,
      };
  }
}
