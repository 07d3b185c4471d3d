/** What vector helpers work on: copies of two operands and the place of the result, seen as elements of any size. */
import type { X87Unit } from "../x87/unit.js";

export class Vector {
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  readonly shorts: Uint16Array;
  readonly signedWords: Int32Array;
  readonly quads: BigUint64Array;

  constructor() {
    const buffer = new ArrayBuffer(16);
    this.words = new Uint32Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.shorts = new Uint16Array(buffer);
    this.signedWords = new Int32Array(buffer);
    this.quads = new BigUint64Array(buffer);
  }

  word(index: number): number {
    return this.words[index] ?? 0;
  }

  byte(index: number): number {
    return this.bytes[index] ?? 0;
  }

  short(index: number): number {
    return this.shorts[index] ?? 0;
  }

  quad(index: number): bigint {
    return this.quads[index] ?? 0n;
  }
}

/**
 * Computes `result`, which holds the first operand before, from `first` and `second`. `control`: what else the
 * instruction depends on, usually MXCSR in the low 16 bits and an immediate above. The value returned is for the
 * semantics: usually `FloatEnvironment.status`. `x87` is there for the instructions of that unit only, `third` for those
 * that have three operands.
 */
export type VectorHelper = (
  result: Vector,
  first: Vector,
  second: Vector,
  control: number,
  x87: X87Unit,
  third: Vector,
) => number;
