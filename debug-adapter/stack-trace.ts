/** Green threads as the client's threads, and their call stacks. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { GreenThread, StackFrame, ThreadId } from "../runtime/debuggee.js";
import { withSourcesKnown } from "./absent-sources.js";
import { frameName } from "./frame-name.js";
import type { Launched } from "./launched.js";
import { memoryReference } from "./memory-reference.js";
import { programModule } from "./modules.js";
import type { Program } from "./program.js";
import type { Handlers } from "./requests.js";
import type { Session } from "./session.js";
import { shownThreads, tellOfOthers } from "./shown-threads.js";
import { sourceToClient } from "./sources.js";

export const stackTraceRequests: Handlers = {
  threads(session) {
    const { launched } = session;
    const threads = launched === undefined ? [] : shownThreads(launched);
    if (launched !== undefined) {
      tellOfOthers(session, launched, threads.length);
      session.afterResponse(() => lookAhead(launched));
    }
    return { threads: threads.map((thread) => ({ id: thread.id, name: nameInList(thread) })) };
  },

  stackTrace(session, args) {
    const launched = session.requireStopped();
    const thread = launched.thread(args.threadId);
    const frames = launched.frames(thread.id);
    const first = args.startFrame ?? 0;
    const wanted = args.levels === undefined || args.levels === 0 ? frames.all() : frames.first(first + args.levels);
    // Of frames that nobody has asked for, one is looked for: a number that grows is how a client is made to ask on.
    const total = frames.at(wanted.length) === undefined ? wanted.length : wanted.length + 1;
    session.afterResponse(() => lookIntoFrame(launched, thread.id, first));
    const shown = wanted.slice(first);
    const sources = shown.map(({ position }) => position && launched.program.sourceNamed(position.path));
    return withSourcesKnown(session, launched.program, sources, (isAbsent) => ({
      stackFrames: shown.map((frame) => frameToClient(session, launched, thread.id, frame, isAbsent, args.format)),
      totalFrames: frames.length ?? total,
    }));
  },
};

/** So many frames a client asks for first. */
const usualFrames = 20;

/** While the client reads which threads there are: what it will ask next. */
function lookAhead({ debuggee, isRunning, hasEnded }: Launched): void {
  if (!isRunning && !hasEnded && debuggee.state === "stopped") {
    debuggee.frames(debuggee.currentThread())?.first(usualFrames);
  }
}

/** While the client reads the frames: the variables of the first, which it shows. */
function lookIntoFrame({ debuggee, isRunning }: Launched, thread: ThreadId, frame: number): void {
  if (isRunning || frame !== 0) return;
  debuggee.locals(thread, frame);
  debuggee.globals(thread, frame);
}

/** With its number where its runtime gave it none: discovered threads are called after functions, often the same. */
function nameInList({ id, name, slot, state, creator }: GreenThread): string {
  const number = slot === undefined && creator !== undefined ? ` #${id}` : "";
  return `${name}${number} (${state})`;
}

/** What is not there is not where a client should take its user. The hint is one for all frames in a source. */
function frameSource(session: Session, program: Program, index: number, isAbsent: boolean): DebugProtocol.Source {
  const source = sourceToClient(session, program, index);
  return isAbsent ? { ...source, presentationHint: "deemphasize" } : source;
}

function frameToClient(
  session: Session,
  launched: Launched,
  thread: ThreadId,
  frame: StackFrame,
  isAbsent: (source: number) => boolean,
  format: DebugProtocol.StackFrameFormat | undefined,
): DebugProtocol.StackFrame {
  const { conventions } = session;
  const { program, debuggee } = launched;
  const running = debuggee.currentThread();
  const position = frame.position;
  const index = position && program.sourceNamed(position.path);
  const line = position?.line;
  return {
    id: session.references.frameId(thread, frame.index),
    name: frameName(launched, thread, frame, format),
    line: line === undefined ? 0 : conventions.lineToClient(line),
    column: line === undefined ? 0 : conventions.columnToClient(position?.column ?? 1),
    ...(index === undefined ? {} : { source: frameSource(session, program, index, isAbsent(index)) }),
    instructionPointerReference: memoryReference(frame.instruction),
    moduleId: programModule,
    canRestart: thread === running && frame.isInlined !== true && frame.leftByTailCall !== true,
    ...(frame.presentation === "subtle" ? { presentationHint: "subtle" } : {}),
  };
}
