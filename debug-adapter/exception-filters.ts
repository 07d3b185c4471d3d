/** The events on which the program can stop without a breakpoint, as the Breakpoints view shows them. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { dumpsCore, type StopEvent, type StopEventKind } from "../runtime/debuggee.js";

type Filter = DebugProtocol.ExceptionBreakpointsFilter & { readonly filter: StopEventKind };

const about = (whom: string) => ({
  supportsCondition: true,
  conditionDescription: `Expression about ${whom}, such as thread.id == 2 or thread.entry == "worker"`,
});

export const exceptionFilters: Filter[] = [
  {
    filter: "yield",
    label: "Yield",
    description: "Stop whenever a green thread yields to the others.",
    ...about("the thread that yields"),
  },
  {
    filter: "switch",
    label: "Switch",
    description: "Stop after each switch, on the stack of the thread that was switched to.",
    ...about("the thread that was switched to"),
  },
  {
    filter: "spawn",
    label: "Spawn",
    description: "Stop whenever a green thread is spawned.",
    ...about("the new thread"),
  },
  {
    filter: "finish",
    label: "Thread finished",
    description: "Stop whenever a green thread has returned from its entry function.",
    ...about("the thread that finished"),
  },
  {
    filter: "fault",
    label: "Fault",
    description: "Stop at a fault that the program does not handle, and where it ends by a signal such as SIGABRT.",
    default: true,
    ...about("the thread that faulted"),
  },
  {
    filter: "signal",
    label: "Signal",
    description: "Stop whenever a signal is about to be handled by the program, or ends it.",
    ...about("the thread that runs"),
  },
  {
    filter: "exit",
    label: "Program exit",
    description: "Stop when the program is about to end.",
    ...about("the thread that runs"),
  },
];

/** Those that clients tick on their own, until they say otherwise. */
export const defaultFilters: readonly StopEventKind[] = exceptionFilters
  .filter((filter) => filter.default === true)
  .map(({ filter }) => filter);

/** The kinds of events that a filter stops at. */
export function eventKindsOf(filter: StopEventKind): readonly StopEventKind[] {
  return filter === "fault" ? ["fault", "signal"] : [filter];
}

/** Whether a filter is meant by an event of one of its kinds: the end by a signal such as SIGABRT counts as a fault. */
export function isMeant(filter: StopEventKind, event: StopEvent): boolean {
  if (filter !== "fault" || event.kind !== "signal") return event.kind === filter;
  return event.isFatal === true && dumpsCore(event.signal ?? 0);
}
