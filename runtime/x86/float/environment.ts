/** MXCSR: what it asks of floating-point operations, and the exceptions that they report in it. Intel SDM vol. 1, 10.2.3. */

import type { Format } from "./format.js";

/** Exceptions, as the status bits of MXCSR; the mask bits are the same, seven higher. */
export const exceptions = {
  invalid: 1,
  denormal: 2,
  divideByZero: 4,
  overflow: 8,
  underflow: 16,
  precision: 32,
} as const;
export const allExceptions = 0x3f;
const maskShift = 7;
/** Reported before anything is computed; unmasked, they keep the others from being reported. */
const beforeComputation = exceptions.invalid | exceptions.denormal | exceptions.divideByZero;

export const rounding = { nearest: 0, down: 1, up: 2, zero: 3 } as const;
export type Rounding = (typeof rounding)[keyof typeof rounding];

const roundings: readonly Rounding[] = [0, 1, 2, 3];

/** What one instruction computes under; it gathers the exceptions. */
export class FloatEnvironment {
  /** Exceptions of the step at hand; most instructions have but one. */
  raised = 0;
  /** Exceptions of earlier steps. */
  private settled = 0;
  rounding: Rounding;
  /** The last result that was rounded is larger than the exact one, in magnitude. */
  roundedUp = false;
  /** Extended results are rounded to this format's precision (the precision control of the x87 FPU). */
  precisionControl: Format | undefined;
  readonly denormalsAreZero: boolean;
  readonly overflowMasked: boolean;
  readonly underflowMasked: boolean;
  readonly flushToZero: boolean;
  private readonly masked: number;

  constructor(mxcsr: number) {
    this.rounding = roundings[(mxcsr >> 13) & 3] ?? rounding.nearest;
    this.masked = (mxcsr >> maskShift) & allExceptions;
    this.overflowMasked = (this.masked & exceptions.overflow) !== 0;
    this.underflowMasked = (this.masked & exceptions.underflow) !== 0;
    this.denormalsAreZero = (mxcsr & 0x40) !== 0;
    this.flushToZero = (mxcsr & 0x8000) !== 0 && this.underflowMasked;
  }

  raise(exception: number): void {
    this.raised |= exception;
  }

  /**
   * Ends a step of an instruction that rounds several times in a row. False if an exception of the step is not masked:
   * then the next one does not happen.
   */
  endStep(): boolean {
    if ((this.raised & ~this.masked) !== 0) return false;
    this.settled |= this.raised;
    this.raised = 0;
    return true;
  }

  /** The exceptions to report, and with bit 6 that one of them is not masked. */
  status(): number {
    const { raised, masked, settled } = this;
    if ((raised & ~masked) === 0) return raised | settled;
    const first = raised & beforeComputation;
    return ((first & ~masked) !== 0 ? first : raised) | settled | unmaskedException;
  }
}

/** The status of an instruction whose elements were computed in several environments: all that they report, or-ed. */
export function joinedStatus(mxcsr: number, status: number): number {
  const environment = new FloatEnvironment(mxcsr);
  environment.raise(status & allExceptions);
  return environment.status();
}

/** In the status that helpers return: an exception is not masked, and the instruction faults. */
export const unmaskedException = 0x40;
