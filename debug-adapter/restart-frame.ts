/** Winding the running thread back to the beginning of one of its functions. */
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";

export const restartFrameRequests: Handlers = {
  restartFrame(session, args) {
    const { thread, frame } = session.frameFor(args.frameId);
    const restarted = session.requireStopped().debuggee.restartFrame(thread.id, frame.index);
    if (!restarted.ok) throw new RequestError(restarted.error, true, "refused");
    session.afterResponse(() => {
      session.output.note(`${frame.functionName ?? "The function"} begins again. ${restarted.value}`);
      session.emitEvent("stopped", {
        reason: "restart",
        description: "Paused at the beginning of a restarted function",
        threadId: thread.id,
        allThreadsStopped: true,
      });
    });
    return undefined;
  },
};
