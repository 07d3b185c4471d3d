import type { ThreadsObserver } from "../threads/green-threads.js";
import type { ThreadEvent, ThreadId } from "../threads/types.js";

/** Stands between the green threads and the debuggee that observes them: the one is made before the other. */
export class ThreadEventRelay implements ThreadsObserver {
  private target: ThreadsObserver | undefined;
  private readonly early: ((target: ThreadsObserver) => void)[] = [];

  connect(target: ThreadsObserver): void {
    this.target = target;
    for (const deliver of this.early.splice(0)) deliver(target);
  }

  threadStarted(id: ThreadId): void {
    this.deliver((target) => target.threadStarted(id));
  }

  threadExited(id: ThreadId): void {
    this.deliver((target) => target.threadExited(id));
  }

  event(event: ThreadEvent): void {
    this.deliver((target) => target.event(event));
  }

  note(text: string): void {
    this.deliver((target) => target.note(text));
  }

  private deliver(deliver: (target: ThreadsObserver) => void): void {
    if (this.target === undefined) this.early.push(deliver);
    else deliver(this.target);
  }
}
