/** The requests that DAP does not have: see `protocol.ts`. */
import { addressPlus } from "../runtime/base/guest-address.js";
import type { ThreadFilter, ThreadId } from "../runtime/debuggee.js";
import { memoryReference, requireMemoryReference } from "./memory-reference.js";
import type { GreenThreadsFilter } from "./protocol.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";
import { shownThreads } from "./shown-threads.js";
import { codePlace, threadInfo } from "./thread-facts.js";

/** The most threads that one request lists. */
const mostListed = 1000;
/** The most bytes that one request annotates. */
const longestAnnotation = 1 << 20;

export const greenThreadRequests: Handlers = {
  "greenThreads/list"(session, args) {
    const launched = session.requireLaunched();
    const { debuggee } = launched;
    const filter = threadFilter(args.filter);
    const start = wholeNumber("start", args.start, 0);
    const count = Math.min(wholeNumber("count", args.count, mostListed), mostListed);
    const threads = args.shown === true ? shownThreads(launched) : debuggee.threadsPage(filter, start, count);
    return {
      threads: threads.map((thread) => threadInfo(session, launched, thread)),
      counts: debuggee.threadCounts(filter),
      total: debuggee.threadCount,
    };
  },

  "greenThreads/creation"(session, args) {
    const launched = session.requireLaunched();
    const { creator } = launched.thread(args.threadId);
    return { calls: (creator?.calls ?? []).map((call) => codePlace(session, launched, call)) };
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
    // A client focuses a thread that it finds in the answer to `threads`.
    launched.keepShown(thread.id);
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

/** Empty texts ask for nothing. */
function threadFilter(given: GreenThreadsFilter | undefined): ThreadFilter {
  const { id, state, function: inFunction, name, text } = given ?? {};
  return {
    ...(id !== undefined && { id: id as ThreadId }),
    ...(state !== undefined && { state }),
    ...(inFunction && { function: inFunction }),
    ...(name && { name }),
    ...(text && { text }),
  };
}

function wholeNumber(what: string, given: number | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  if (given < 0) throw new RequestError(`"${what}" must be a whole number from 0 on.`);
  return given;
}
