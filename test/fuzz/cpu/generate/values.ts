/** Values that are worth a try: zeros, ones, limits, the odd kinds of floating-point numbers; and anything else. */
import type { Random } from "../../../runtime/engine/random-program.js";

export function word32(random: Random): bigint {
  return BigInt(random.below(0x10000)) | (BigInt(random.below(0x10000)) << 16n);
}

export function word64(random: Random): bigint {
  return word32(random) | (word32(random) << 32n);
}

const integers = [0n, 1n, 2n, 7n, 8n, 15n, 31n, 32n, 63n, 64n, 127n, 128n, 255n, 256n].concat(
  [0x7fffn, 0x8000n, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n],
  [0x7fffffffffffffffn, 0x8000000000000000n, 0x8000000000000001n],
  [-1n, -2n, -128n, -129n, -0x8000n, -0x80000000n],
);

export function integer64(random: Random): bigint {
  switch (random.below(5)) {
    case 0:
    case 1:
      return BigInt.asUintN(64, random.pick(integers));
    case 2:
      return BigInt.asUintN(64, word64(random) >> BigInt(random.below(64)));
    case 3:
      return BigInt.asUintN(64, -(word64(random) >> BigInt(random.below(64))));
    default:
      return word64(random);
  }
}

/** Sign, exponent and fraction are each an edge or anything. */
function float(random: Random, exponentBits: number, fractionBits: number): bigint {
  const [topExponent, topFraction] = [(1 << exponentBits) - 1, (1n << BigInt(fractionBits)) - 1n];
  const bias = topExponent >> 1;
  const exponent = random.pick([
    0,
    0,
    1,
    topExponent - 1,
    topExponent,
    bias,
    bias + random.below(70) - 35,
    bias + random.below(8) - 4,
    bias + random.below(8) - 4,
    random.below(topExponent + 1),
  ]);
  const quiet = 1n << BigInt(fractionBits - 1);
  const any = word64(random) & topFraction;
  const fraction = random.pick([0n, 0n, 1n, quiet, quiet | 5n, topFraction, any, any, any & ~quiet]);
  const sign = BigInt(random.below(2)) << BigInt(exponentBits + fractionBits);
  return sign | (BigInt(Math.max(0, Math.min(exponent, topExponent))) << BigInt(fractionBits)) | fraction;
}

export const float32 = (random: Random): bigint => float(random, 8, 23);
export const float64 = (random: Random): bigint => float(random, 11, 52);

/** With the integer bit as it should be, mostly. */
export function float80(random: Random): bigint {
  const bits = float(random, 15, 63);
  const [low, high] = [bits & 0x7fffffffffffffffn, bits >> 63n];
  const isNormal = (high & 0x7fffn) !== 0n;
  const odd = random.below(12) === 0;
  return (high << 64n) | (isNormal !== odd ? 1n << 63n : 0n) | low;
}

/** A vector of `bytes` bytes with lanes of one kind. */
export function vector(random: Random, bytes: number): bigint {
  const kind = random.below(8);
  const lanes = kind < 3 ? 4 : 8;
  let value = 0n;
  for (let at = 0; at < bytes; at += lanes) {
    const lane =
      kind < 3
        ? float32(random)
        : kind < 6
          ? float64(random)
          : kind === 6
            ? integer64(random)
            : word64(random) & (random.below(2) === 0 ? 0x8080808080808080n : -1n);
    value |= BigInt.asUintN(8 * lanes, lane) << BigInt(8 * at);
  }
  return random.below(16) === 0 ? 0n : value;
}
