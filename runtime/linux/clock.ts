/** The first process begins at this moment: 2025-01-01 00:00:00 UTC, in seconds since 1970. */
export const startOfTime = 1_735_689_600n;
export const nanosecondsPerSecond = 1_000_000_000n;

/** The counted clock: a nanosecond an instruction, and what the processes have slept together. The same in every run. */
export class Clock {
  private slept = 0n;

  /** `counter` counts the instructions of all processes. */
  constructor(private readonly counter: { readonly instructionCount: number }) {}

  /** Nanoseconds since the first process began. */
  get elapsed(): bigint {
    return BigInt(this.counter.instructionCount) + this.slept;
  }

  /** Nanoseconds since 1970. */
  get timeOfDay(): bigint {
    return startOfTime * nanosecondsPerSecond + this.elapsed;
  }

  /** Passes time without instructions, up to that moment. */
  sleepUntil(elapsed: bigint): void {
    if (elapsed > this.elapsed) this.slept += elapsed - this.elapsed;
  }
}
