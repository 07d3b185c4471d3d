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

function elements(vector: Vector, { count, isSigned }: Mode): number[] {
  return Array.from({ length: count }, (_, i) => {
    const value = count === 8 ? vector.short(i) : vector.byte(i);
    const unused = count === 8 ? 16 : 24;
    return isSigned ? (value << unused) >> unused : value;
  });
}

/** Up to the first zero. */
function implicitLength(vector: Vector, mode: Mode): number {
  const end = elements(vector, mode).indexOf(0);
  return end < 0 ? mode.count : end;
}

/** For every element of the second string: whether the comparison that the immediate asks for holds. */
function aggregate(first: readonly number[], second: readonly number[], mode: Mode): boolean[] {
  const indexes = Array.from({ length: mode.count }, (_, j) => j);
  switch (mode.aggregation) {
    case 0: // equal any
      return indexes.map((j) => j < second.length && first.includes(second[j] ?? 0));
    case 1: // ranges: pairs of bounds
      return indexes.map((j) => {
        const value = second[j];
        if (value === undefined) return false;
        return first.some(
          (low, i) => i % 2 === 0 && value >= low && value <= (first[i + 1] ?? Number.NEGATIVE_INFINITY),
        );
      });
    case 2: // equal each; beyond both ends they are equal
      return indexes.map((j) => first[j] === second[j]);
    default: // equal ordered: the first string begins here
      return indexes.map((j) => first.every((value, i) => j + i >= mode.count || second[j + i] === value));
  }
}

/** The bits of the result; flags at their places in RFLAGS. */
function compareStrings(first: Vector, second: Vector, lengths: readonly [number, number], mode: Mode) {
  const [firstLength, secondLength] = lengths.map((length) => Math.min(length, mode.count)) as [number, number];
  const holds = aggregate(
    elements(first, mode).slice(0, firstLength),
    elements(second, mode).slice(0, secondLength),
    mode,
  );
  let bits = 0;
  for (const [j, value] of holds.entries()) {
    const isInverted = mode.polarity === 1 || (mode.polarity === 3 && j < secondLength);
    if (value !== isInverted) bits |= 1 << j;
  }
  const flags =
    (bits !== 0 ? 1 : 0) |
    (secondLength < mode.count ? 0x40 : 0) |
    (firstLength < mode.count ? 0x80 : 0) |
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
