/** The requests that DAP does not have: see `protocol.ts`. */
import { addressPlus } from "../runtime/base/guest-address.js";
import { memoryReference, requireMemoryReference } from "./memory-reference.js";
import type { GreenThreadInfo } from "./protocol.js";
import type { Handlers } from "./requests.js";

/** The most bytes that one request annotates. */
const longestAnnotation = 1 << 20;

export const greenThreadRequests: Handlers = {
  "greenThreads/list"(session) {
    const threads = session.requireLaunched().debuggee.threads();
    const reference = (address: bigint | undefined) => (address === undefined ? undefined : memoryReference(address));
    return {
      threads: threads.map(
        ({ id, name, state, slot, entry, entryName, stack, runs, instructions }): GreenThreadInfo => ({
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
        }),
      ),
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
