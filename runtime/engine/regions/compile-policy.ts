/**
 * When guest code is compiled. Compiling an instruction costs as much as interpreting some ten thousand, and much of the
 * code of a program is hot for a moment only: what is compiled is to cost no more than what has been executed.
 */

export interface CompilePolicy {
  /** So many instructions are only interpreted, however hot. */
  readonly instructionsBefore: number;
  /** Visits to a jump's target before a region is compiled for it. */
  readonly visitsUntilHot: number;
  /** So many instructions are executed for each one that is compiled, beyond the first thousand: the loops of a small program. */
  readonly executedForEach: number;
}

/** For programs: measured with interpreters, a database, sorting and the benchmark, where nothing is lost by it. */
export const patient: CompilePolicy = {
  // Interpreting so many takes no longer than compiling the first region does in a process of the host that has just
  // begun; and many programs end before.
  instructionsBefore: 2 ** 17,
  visitsUntilHot: 10_000,
  executedForEach: 40_000,
};

/** For tests, in which little is executed. */
export const impatient: CompilePolicy = { instructionsBefore: 0, visitsUntilHot: 600, executedForEach: 0 };

const free = 1000;

/** Keeps account of what has been executed and compiled. */
export class CompileBudget {
  private executed = 0;
  private compiled = 0;

  constructor(private readonly policy: CompilePolicy) {}

  /** So many instructions have been executed, in whichever way. */
  execute(instructions: number): void {
    this.executed += instructions;
  }

  compile(instructions: number): void {
    this.compiled += instructions;
  }

  /** No more is compiled for now. */
  get isSpent(): boolean {
    const { instructionsBefore, executedForEach } = this.policy;
    return this.executed < Math.max(instructionsBefore, (this.compiled - free) * executedForEach);
  }
}
