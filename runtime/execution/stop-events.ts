import type { DebuggeeStop, StopEvent, StopEventKind } from "../debuggee.js";
import { type ThreadEvent, type ThreadEventKind, type ThreadId, threadEventKinds } from "../threads/types.js";

/** The events that end a run, as the user has chosen them, and those that have happened and are still to be told. */
export class StopEvents {
  private kinds: ReadonlySet<StopEventKind> = new Set(["fault"]);
  private accept: (event: StopEvent) => boolean = () => true;
  private pending: StopEvent[] = [];

  choose(kinds: ReadonlySet<StopEventKind>, accept: (event: StopEvent) => boolean): void {
    this.kinds = new Set(kinds);
    this.accept = accept;
  }

  /** The chosen ones that green threads tell of. */
  get ofThreads(): ReadonlySet<ThreadEventKind> {
    return new Set([...threadEventKinds].filter((kind) => this.kinds.has(kind)));
  }

  happened(event: StopEvent): void {
    if (this.stopsAt(event)) this.pending.push(event);
  }

  stopsAt(event: StopEvent): boolean {
    return this.kinds.has(event.kind) && this.accept(event);
  }

  /** The stop for the first one that has not been told; `thread` has the processor. */
  next(thread: () => ThreadId): DebuggeeStop | undefined {
    if (this.pending.length === 0) return undefined;
    const event = this.pending.shift();
    if (event === undefined) return undefined;
    if (isThreadEvent(event)) return { kind: "threadEvent", thread: thread(), event };
    return { kind: "signal", thread: thread(), signal: event.signal ?? 0, isFatal: false };
  }

  forget(): void {
    this.pending = [];
  }
}

function isThreadEvent(event: StopEvent): event is ThreadEvent {
  return (threadEventKinds as ReadonlySet<StopEventKind>).has(event.kind);
}
