/** Ending green threads by hand, where the program's runtime is known that far. */
import type { ThreadId } from "../runtime/debuggee.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";

export const terminateThreadsRequests: Handlers = {
  terminateThreads(session, { threadIds = [] }) {
    const { debuggee } = session.requireStopped();
    const refused: string[] = [];
    for (const id of threadIds) {
      const name = debuggee.thread(id as ThreadId)?.name ?? `thread ${id}`;
      const ended = debuggee.terminateThread(id as ThreadId);
      if (!ended.ok) refused.push(`${name} cannot be terminated: ${ended.error}.`);
    }
    if (refused.length > 0) throw new RequestError(refused.join("\n"), true, "refused");
    return undefined;
  },
};
