/** Which threads a client is shown: all, or of very many those that matter now. */
import type { GreenThread } from "../runtime/debuggee.js";
import { threadsShown } from "./launch-attributes.js";
import type { Launched } from "./launched.js";
import type { Session } from "./session.js";

/** All threads in order of birth; of too many, where the program stopped, and those that ran last. */
export function shownThreads({ debuggee, attributes, keptShown }: Launched): readonly GreenThread[] {
  const most = threadsShown(attributes);
  return debuggee.threadCount <= most ? debuggee.threads() : debuggee.recentThreads(most, [...keptShown].reverse());
}

/** Says once that the client is shown a part of the threads. */
export function tellOfOthers(session: Session, launched: Launched, shown: number): void {
  const total = launched.debuggee.threadCount;
  // While the program runs, clients ask, too, and the number grows.
  if (launched.hasSaidPart || launched.isRunning || total <= shown) return;
  launched.hasSaidPart = true;
  session.afterResponse(() =>
    session.output.note(
      `Showing ${shown.toLocaleString("en")} of ${total.toLocaleString("en")} threads: where the program stopped, and ` +
        'those that ran last. The view "Green Threads" has all of them. ("threadsShown" in the launch configuration ' +
        "says how many are shown.)",
    ),
  );
}
