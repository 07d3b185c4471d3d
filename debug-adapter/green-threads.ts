/** The requests that DAP does not have: see `protocol.ts`. */
import { addressPlus } from "../runtime/base/guest-address.js";
import type { GreenThread, ThreadFilter, ThreadState } from "../runtime/debuggee.js";
import { memoryReference, requireMemoryReference } from "./memory-reference.js";
import type { GreenThreadInfo, GreenThreadsFilter } from "./protocol.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";

/** The most threads that one request lists. */
const mostListed = 1000;
/** The most bytes that one request annotates. */
const longestAnnotation = 1 << 20;

const states: ReadonlySet<ThreadState> = new Set(["running", "ready", "new"]);

export const greenThreadRequests: Handlers = {
  "greenThreads/list"(session, args) {
    const { debuggee } = session.requireLaunched();
    const filter = threadFilter(args.filter);
    const start = wholeNumber("start", args.start, 0);
    const count = Math.min(wholeNumber("count", args.count, mostListed), mostListed);
    return {
      threads: debuggee.threadsPage(filter, start, count).map(threadInfo),
      counts: debuggee.threadCounts(filter),
      total: debuggee.threadCount,
    };
  },

  "greenThreads/annotateMemory"(session, args) {
    const { debuggee } = session.requireStopped();
    const address = addressPlus(requireMemoryReference(args.memoryReference), args.offset ?? 0);
    const count = Math.min(Math.max(0, args.count), longestAnnotation);
    return {
      annotations: debuggee.annotate(address, count).map(({ address, length, kind, text, thread }) => ({
        memoryReference: memoryReference(address),
        length,
        kind,
        text,
        threadId: thread,
      })),
    };
  },

  "greenThreads/focus"(session, args) {
    const launched = session.requireStopped();
    const thread = launched.thread(args.threadId);
    session.afterResponse(() =>
      session.emitEvent("stopped", {
        reason: "focus",
        description: "Paused",
        threadId: thread.id,
        preserveFocusHint: false,
        allThreadsStopped: true,
      }),
    );
    return undefined;
  },
};

function threadInfo(thread: GreenThread): GreenThreadInfo {
  const { id, name, state, slot, entry, entryName, stack, runs, instructions } = thread;
  const reference = (address: bigint | undefined) => (address === undefined ? undefined : memoryReference(address));
  return {
    id,
    name,
    state,
    slot,
    entryName,
    entryReference: reference(entry),
    stackPointerReference: memoryReference(stack.pointer),
    stackLowReference: reference(stack.low),
    stackHighReference: reference(stack.high),
    stackUsed: stack.used,
    stackSize: stack.size,
    stackHighWaterMark: stack.highWaterMark,
    runs,
    instructions,
  };
}

/** What a client may get wrong is refused, and empty texts ask for nothing. */
function threadFilter(given: GreenThreadsFilter | undefined): ThreadFilter {
  const { state, function: functionName, name } = given ?? {};
  if (state !== undefined && !states.has(state)) {
    throw new RequestError(`A thread's state is one of ${[...states].join(", ")}, not ${JSON.stringify(state)}.`);
  }
  for (const [what, text] of Object.entries({ function: functionName, name })) {
    if (text !== undefined && typeof text !== "string")
      throw new RequestError(`The filter's "${what}" must be a text.`);
  }
  return {
    ...(state !== undefined && { state }),
    ...(functionName && { function: functionName }),
    ...(name && { name }),
  };
}

function wholeNumber(what: string, given: number | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  if (!Number.isInteger(given) || given < 0) throw new RequestError(`"${what}" must be a whole number from 0 on.`);
  return given;
}
