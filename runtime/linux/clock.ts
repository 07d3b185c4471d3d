import type { Machine } from "../engine/machine.js";

/** Every process begins at this moment: 2025-01-01 00:00:00 UTC, in seconds since 1970. */
export const startOfTime = 1_735_689_600n;
export const nanosecondsPerSecond = 1_000_000_000n;

/** The counted clock: a nanosecond an instruction, and what the program has slept. The same in every run. */
export class Clock {
  private slept = 0n;

  constructor(private readonly machine: Machine) {}

  /** Nanoseconds since the process began. */
  get elapsed(): bigint {
    return BigInt(this.machine.instructionCount) + this.slept;
  }

  /** Nanoseconds during which instructions were executed. */
  get executed(): bigint {
    return BigInt(this.machine.instructionCount);
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
