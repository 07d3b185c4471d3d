/** PCMPESTRI and its kin: comparisons of strings of up to 16 bytes or 8 words. Intel SDM vol. 2, 4.1. */
import type { Vector, VectorHelper } from "./vector.js";

/** The immediate byte taken apart. */
interface Mode {
  readonly count: 8 | 16;
  readonly isSigned: boolean;
  readonly aggregation: number;
  readonly polarity: number;
  /** The highest index instead of the lowest; a mask of elements instead of bits. */
  readonly isAlternative: boolean;
}

function modeOf(control: number): Mode {
  return {
    count: (control & 1) !== 0 ? 8 : 16,
    isSigned: (control & 2) !== 0,
    aggregation: (control >> 2) & 3,
    polarity: (control >> 4) & 3,
    isAlternative: (control & 0x40) !== 0,
  };
}

/** Elements of the strings at hand; kept, for helpers are called often. */
const [firstElements, secondElements] = [new Int32Array(16), new Int32Array(16)];

function readElements(into: Int32Array, vector: Vector, { count, isSigned }: Mode): void {
  const unused = count === 8 ? 16 : 24;
  for (let i = 0; i < count; i++) {
    const value = count === 8 ? vector.short(i) : vector.byte(i);
    into[i] = isSigned ? (value << unused) >> unused : value;
  }
}

/** Up to the first zero. */
function implicitLength(vector: Vector, { count }: Mode): number {
  for (let i = 0; i < count; i++) if ((count === 8 ? vector.short(i) : vector.byte(i)) === 0) return i;
  return count;
}

/** The comparison that the immediate asks for holds for element `j` of the second string. */
function holds(j: number, firstLength: number, secondLength: number, { aggregation, count }: Mode): boolean {
  const value = secondElements[j] ?? 0;
  switch (aggregation) {
    case 0: // equal any
      if (j >= secondLength) return false;
      for (let i = 0; i < firstLength; i++) if (firstElements[i] === value) return true;
      return false;
    case 1: // ranges: pairs of bounds
      if (j >= secondLength) return false;
      for (let i = 0; i + 1 < firstLength; i += 2) {
        if (value >= (firstElements[i] ?? 0) && value <= (firstElements[i + 1] ?? 0)) return true;
      }
      return false;
    case 2: // equal each; beyond both ends they are equal
      if (j >= firstLength || j >= secondLength) return j >= firstLength && j >= secondLength;
      return firstElements[j] === value;
    default: // equal ordered: the first string begins here
      for (let i = 0; i < firstLength && j + i < count; i++) {
        if (j + i >= secondLength || secondElements[j + i] !== firstElements[i]) return false;
      }
      return true;
  }
}

/** The bits of the result; flags at their places in RFLAGS. */
function compareStrings(first: Vector, second: Vector, lengths: readonly [number, number], mode: Mode) {
  const { count, polarity } = mode;
  const [firstLength, secondLength] = [Math.min(lengths[0], count), Math.min(lengths[1], count)];
  readElements(firstElements, first, mode);
  readElements(secondElements, second, mode);
  let bits = 0;
  for (let j = 0; j < count; j++) {
    const isInverted = polarity === 1 || (polarity === 3 && j < secondLength);
    if (holds(j, firstLength, secondLength, mode) !== isInverted) bits |= 1 << j;
  }
  const flags =
    (bits !== 0 ? 1 : 0) |
    (secondLength < count ? 0x40 : 0) |
    (firstLength < count ? 0x80 : 0) |
    ((bits & 1) !== 0 ? 0x800 : 0);
  return { bits, flags };
}

type Lengths = (first: Vector, second: Vector, control: number, mode: Mode) => readonly [number, number];
const implicit: Lengths = (first, second, _control, mode) => [
  implicitLength(first, mode),
  implicitLength(second, mode),
];
/** The control has them in the bytes above the immediate. */
const explicit: Lengths = (_first, _second, control) => [(control >> 8) & 0xff, (control >> 16) & 0xff];

/** Returns the flags, and the index 16 bits higher. */
function index(lengths: Lengths): VectorHelper {
  return (_result, first, second, control) => {
    const mode = modeOf(control);
    const { bits, flags } = compareStrings(first, second, lengths(first, second, control, mode), mode);
    const found = mode.isAlternative ? 31 - Math.clz32(bits) : 31 - Math.clz32(bits & -bits);
    return flags | ((bits === 0 ? mode.count : found) << 16);
  };
}

/** Returns the flags; the result is the mask. */
function mask(lengths: Lengths): VectorHelper {
  return (result, first, second, control) => {
    const mode = modeOf(control);
    const { bits, flags } = compareStrings(first, second, lengths(first, second, control, mode), mode);
    result.quads.fill(0n);
    if (!mode.isAlternative) result.words[0] = bits;
    else if (mode.count === 8) for (let i = 0; i < 8; i++) result.shorts[i] = ((bits >> i) & 1) * 0xffff;
    else for (let i = 0; i < 16; i++) result.bytes[i] = ((bits >> i) & 1) * 0xff;
    return flags;
  };
}

export const stringHelpers = {
  pcmpistri: index(implicit),
  pcmpistrm: mask(implicit),
  pcmpestri: index(explicit),
  pcmpestrm: mask(explicit),
};
