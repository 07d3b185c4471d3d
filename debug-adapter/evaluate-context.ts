/** What the context of an evaluation asks for besides the value: input of the program, and what the clipboard gets. */
import type { ConsoleInput } from "./console-streams.js";
import { evaluateRequests } from "./evaluate.js";
import { withoutHint } from "./number-text.js";
import { RequestError } from "./request-error.js";
import type { Handler, Handlers } from "./requests.js";
import type { Session } from "./session.js";

/** What begins a line of the console that is meant for the program, whether it waits for one or not. */
const inputMark = ">";
/** A line that ends the input: what Ctrl-D types at a terminal, or its usual name. */
const endOfInput = new Set(["\u0004", "^D"]);

const evaluate = evaluateRequests.evaluate as Handler<"evaluate">;

export const evaluateContextRequests: Handlers = {
  evaluate(session, args, work) {
    if (args.context === "repl" && takeAsInput(session, args.expression)) return { result: "", variablesReference: 0 };
    const answer = evaluate(session, args, work);
    if (args.context !== "clipboard") return answer;
    // What is copied can be put into an expression again.
    return Promise.resolve(answer).then((body) => ({ ...body, result: withoutHint(body.result) }));
  },
};

/**
 * A line of the console goes to the program when it says so, and while a program runs that has asked for input: it could
 * not be evaluated then.
 */
function takeAsInput(session: Session, text: string): boolean {
  const { launched } = session;
  const input = launched?.consoleInput;
  const isMarked = text.startsWith(inputMark);
  if (!isMarked && !(launched?.isRunning === true && input?.wasAwaited === true)) return false;
  const running = session.requireLaunched();
  if (running.debuggee.state === "exited")
    throw new RequestError("The program has ended: it reads no input any more.", false, "ended");
  if (input === undefined) {
    throw new RequestError(
      'The program reads what "stdin" of the launch configuration gives it. Without that attribute it reads what is typed here.',
    );
  }
  give(input, isMarked ? text.slice(inputMark.length).replace(/^ /, "") : text);
  return true;
}

/** Each line for itself: what is pasted may have several. */
function give(input: ConsoleInput, text: string): void {
  for (const line of text.split(/\r?\n/)) {
    if (endOfInput.has(line)) input.end();
    else input.type(line);
  }
}
