/** What the context of an evaluation asks for besides the value. */
import { evaluateRequests } from "./evaluate.js";
import { withoutHint } from "./number-text.js";
import type { Handler, Handlers } from "./requests.js";

const evaluate = evaluateRequests.evaluate as Handler<"evaluate">;

export const evaluateContextRequests: Handlers = {
  async evaluate(session, args) {
    const answer = await evaluate(session, args);
    // What is copied can be put into an expression again.
    return args.context === "clipboard" ? { ...answer, result: withoutHint(answer.result) } : answer;
  },
};
