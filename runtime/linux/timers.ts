import type { Clock } from "./clock.js";

/** Something that happens at a moment of the counted clock, perhaps again and again. Times in nanoseconds. */
export class Timer {
  /** When it goes off next, on the clock; undefined while it is not armed. */
  deadline: bigint | undefined;
  interval = 0n;

  constructor(
    /** Goes off, `count` times at once when the clock has jumped over several moments. */
    readonly fire: (count: bigint) => void,
  ) {}
}

/** The armed timers of a process. */
export class Timers {
  private readonly armed = new Set<Timer>();

  constructor(private readonly clock: Clock) {}

  /** Lets `timer` go off in `delay` (never, when 0), then every `interval` (once, when 0). */
  set(timer: Timer, delay: bigint, interval: bigint): void {
    timer.interval = interval;
    timer.deadline = delay > 0n ? this.clock.elapsed + delay : undefined;
    if (timer.deadline === undefined) this.armed.delete(timer);
    else this.armed.add(timer);
  }

  /** Nanoseconds until it goes off; 0 while it is not armed. */
  remaining(timer: Timer): bigint {
    if (timer.deadline === undefined) return 0n;
    const left = timer.deadline - this.clock.elapsed;
    return left > 0n ? left : 1n;
  }

  /** The moment at which the next one goes off. */
  get next(): bigint | undefined {
    let next: bigint | undefined;
    for (const { deadline } of this.armed) {
      if (deadline !== undefined && (next === undefined || deadline < next)) next = deadline;
    }
    return next;
  }

  /** Lets those go off whose moment has come. True: there was one. */
  fireDue(): boolean {
    const now = this.clock.elapsed;
    const due = [...this.armed].filter(({ deadline }) => deadline !== undefined && deadline <= now);
    due.sort((one, other) => Number((one.deadline ?? 0n) - (other.deadline ?? 0n)));
    for (const timer of due) {
      const { deadline = now, interval } = timer;
      const count = interval > 0n ? (now - deadline) / interval + 1n : 1n;
      if (interval > 0n) {
        timer.deadline = deadline + count * interval;
      } else {
        timer.deadline = undefined;
        this.armed.delete(timer);
      }
      timer.fire(count);
    }
    return due.length > 0;
  }
}
