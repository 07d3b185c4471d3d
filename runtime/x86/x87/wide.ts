/**
 * The significands of the double extended format as pairs of 32-bit numbers, for arithmetic without bigints: the common
 * cases of `quick.ts`. What is written here is exact; `arithmetic.ts` is the definition that it is tested against.
 */
import { exponentBias } from "./extended.js";

/**
 * ± high:low:extra · 2^(exponent - bias - 63), where high:low is a 64-bit integer and `extra` its next 32 bits. All three
 * are unsigned. The lowest bit of `extra` also stands for whatever is below it.
 */
export class Wide {
  negative = false;
  /** Biased, as in the format. */
  exponent = 0;
  high = 0;
  low = 0;
  extra = 0;
}

const two32 = 2 ** 32;

/** Shifts the 96 bits to the right; what is lost stays as the lowest bit. The exponent is the caller's business. */
export function shiftRight(x: Wide, by: number): void {
  let left = by;
  if (left >= 96) {
    x.extra = 1;
    x.high = x.low = 0;
    return;
  }
  for (; left >= 32; left -= 32) {
    x.extra = (x.low | (x.extra !== 0 ? 1 : 0)) >>> 0;
    x.low = x.high;
    x.high = 0;
  }
  if (left === 0) return;
  const lost = x.extra << (32 - left) !== 0 ? 1 : 0;
  x.extra = ((x.low << (32 - left)) | (x.extra >>> left) | lost) >>> 0;
  x.low = ((x.high << (32 - left)) | (x.low >>> left)) >>> 0;
  x.high >>>= left;
}

/** Shifts to the left until the highest bit is set. Not for zero. */
function normalize(x: Wide): void {
  while (x.high === 0) {
    x.high = x.low;
    x.low = x.extra;
    x.extra = 0;
    x.exponent -= 32;
  }
  const by = Math.clz32(x.high);
  if (by === 0) return;
  x.high = ((x.high << by) | (x.low >>> (32 - by))) >>> 0;
  x.low = ((x.low << by) | (x.extra >>> (32 - by))) >>> 0;
  x.extra = (x.extra << by) >>> 0;
  x.exponent -= by;
}

/** One unit in the last place more. */
function increment(x: Wide): void {
  x.low = (x.low + 1) >>> 0;
  if (x.low !== 0) return;
  x.high = (x.high + 1) >>> 0;
  if (x.high !== 0) return;
  x.high = 0x8000_0000;
  x.exponent++;
}

/** Rounds to the nearest integer high:low, ties to even; true if that was upwards. `extra` tells whether it was exact. */
export function roundToNearest(x: Wide): boolean {
  const isUp = x.extra > 0x8000_0000 || (x.extra === 0x8000_0000 && (x.low & 1) !== 0);
  if (isUp) increment(x);
  return isUp;
}

/** 1 if the magnitude of the first is larger, -1 if smaller. Both normalized, or zero with exponent 0. */
export function compareMagnitudes(a: Wide, b: Wide): number {
  if (a.exponent !== b.exponent) return a.exponent < b.exponent ? -1 : 1;
  if (a.high !== b.high) return a.high < b.high ? -1 : 1;
  if (a.low !== b.low) return a.low < b.low ? -1 : 1;
  return 0;
}

/** a + b, not rounded, in `into`; false if it is zero. Both normalized with `extra` 0; `b` is changed. */
export function add(a: Wide, b: Wide, into: Wide): boolean {
  const order = compareMagnitudes(a, b);
  const large = order < 0 ? b : a;
  const small = order < 0 ? a : b;
  const isDifference = a.negative !== b.negative;
  if (isDifference && order === 0) return false;
  const { high, low, exponent, negative } = large;
  shiftRight(small, exponent - small.exponent);
  into.negative = negative;
  into.exponent = exponent;
  if (isDifference) {
    into.extra = -small.extra >>> 0;
    const lowWord = low - small.low - (small.extra !== 0 ? 1 : 0);
    into.low = lowWord >>> 0;
    into.high = high - small.high - (lowWord < 0 ? 1 : 0);
    normalize(into);
    return true;
  }
  const lowWord = low + small.low;
  const highWord = high + small.high + (lowWord >= two32 ? 1 : 0);
  into.extra = small.extra;
  into.low = lowWord >>> 0;
  into.high = highWord >>> 0;
  if (highWord >= two32) {
    shiftRight(into, 1);
    into.high = (into.high | 0x8000_0000) >>> 0;
    into.exponent++;
  }
  return true;
}

/** The upper half of a product of two 32-bit numbers. */
function upperProduct(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aLow * bHigh + aHigh * bLow + ((aLow * bLow) >>> 16);
  return aHigh * bHigh + Math.floor(middle / 65536);
}

/** a · b, not rounded, in `into`. Both normalized with `extra` 0. */
export function multiply(a: Wide, b: Wide, into: Wide): void {
  const lowest = Math.imul(a.low, b.low);
  const first = upperProduct(a.low, b.low) + (Math.imul(a.low, b.high) >>> 0) + (Math.imul(a.high, b.low) >>> 0);
  const second =
    upperProduct(a.low, b.high) +
    upperProduct(a.high, b.low) +
    (Math.imul(a.high, b.high) >>> 0) +
    Math.floor(first / two32);
  into.negative = a.negative !== b.negative;
  into.exponent = a.exponent + b.exponent - exponentBias + 1;
  into.high = upperProduct(a.high, b.high) + Math.floor(second / two32);
  into.low = second >>> 0;
  into.extra = (first | (lowest !== 0 ? 1 : 0)) >>> 0;
  if (into.high >= 0x8000_0000) return;
  // The lowest bit stays: it also stands for what is below it.
  const sticky = into.extra & 1;
  normalize(into);
  into.extra = (into.extra | sticky) >>> 0;
}

/** a / b, not rounded, in `into`. Both normalized with `extra` 0. Digits of 16 bits (Knuth, 4.3.1). */
export function divide(a: Wide, b: Wide, into: Wide): void {
  let high = a.high;
  let low = a.low;
  const isAtLeastOne = high > b.high || (high === b.high && low >= b.low);
  if (isAtLeastOne) {
    const lowWord = low - b.low;
    low = lowWord >>> 0;
    high = high - b.high - (lowWord < 0 ? 1 : 0);
  }
  const divisor = b.high * two32 + b.low;
  let first = 0;
  let second = 0;
  let third = 0;
  for (let digits = 0; digits < 6; digits++) {
    // The estimate is off by one at most: the remainder is mended below.
    let digit = Math.floor(((high * two32 + low) * 65536) / divisor);
    const lowProduct = digit * b.low;
    const lowWord = ((low << 16) >>> 0) - (lowProduct >>> 0);
    let rest = lowWord < 0 ? lowWord + two32 : lowWord;
    let upper = high * 65536 + (low >>> 16) - digit * b.high - Math.floor(lowProduct / two32) - (lowWord < 0 ? 1 : 0);
    while (upper < 0) {
      digit--;
      rest += b.low;
      upper += b.high + (rest >= two32 ? 1 : 0);
      rest %= two32;
    }
    while (upper > b.high || (upper === b.high && rest >= b.low)) {
      digit++;
      rest -= b.low;
      upper -= b.high + (rest < 0 ? 1 : 0);
      if (rest < 0) rest += two32;
    }
    high = upper;
    low = rest;
    first = ((first << 16) | (second >>> 16)) >>> 0;
    second = ((second << 16) | (third >>> 16)) >>> 0;
    third = ((third << 16) | digit) >>> 0;
  }
  into.negative = a.negative !== b.negative;
  into.exponent = a.exponent - b.exponent + exponentBias - 1;
  into.high = first;
  into.low = second;
  into.extra = (third | (high !== 0 || low !== 0 ? 1 : 0)) >>> 0;
  if (!isAtLeastOne) return;
  shiftRight(into, 1);
  into.high = (into.high | 0x8000_0000) >>> 0;
  into.exponent++;
}
