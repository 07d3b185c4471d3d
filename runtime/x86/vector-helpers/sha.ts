/** SHA-1 and SHA-256 (FIPS 180-4), in the portions that the Intel SDM (vol. 2, SHA1MSG1 to SHA256RNDS2) defines. */
import type { Vector, VectorHelper } from "./vector.js";

const rotateLeft = (value: number, by: number) => (value << by) | (value >>> (32 - by));
const rotateRight = (value: number, by: number) => rotateLeft(value, 32 - by);

/** Words from the highest down, as the manual numbers them. */
const downwards = (vector: Vector) => [vector.word(3), vector.word(2), vector.word(1), vector.word(0)] as const;
const setDownwards = (vector: Vector, words: readonly number[]) => {
  for (const [index, word] of words.entries()) vector.words[3 - index] = word;
};

const sha1msg1: VectorHelper = (result, first, second) => {
  const [w0, w1, w2, w3] = downwards(first);
  const [w4, w5] = downwards(second);
  setDownwards(result, [w2 ^ w0, w3 ^ w1, w4 ^ w2, w5 ^ w3]);
  return 0;
};

const sha1msg2: VectorHelper = (result, first, second) => {
  const [a, b, c, d] = downwards(first);
  const [, w13, w14, w15] = downwards(second);
  const w16 = rotateLeft(a ^ w13, 1);
  setDownwards(result, [w16, rotateLeft(b ^ w14, 1), rotateLeft(c ^ w15, 1), rotateLeft(d ^ w16, 1)]);
  return 0;
};

const sha1nexte: VectorHelper = (result, first, second) => {
  const [word, ...rest] = downwards(second);
  setDownwards(result, [word + rotateLeft(first.word(3), 30), ...rest]);
  return 0;
};

/** The functions and constants of the four groups of twenty rounds. */
const sha1Rounds: readonly (readonly [(b: number, c: number, d: number) => number, number])[] = [
  [(b, c, d) => (b & c) ^ (~b & d), 0x5a827999],
  [(b, c, d) => b ^ c ^ d, 0x6ed9eba1],
  [(b, c, d) => (b & c) ^ (b & d) ^ (c & d), 0x8f1bbcdc],
  [(b, c, d) => b ^ c ^ d, 0xca62c1d6],
];

/** Four rounds of the group that the immediate names; the first word of the second operand holds E already. */
const sha1rnds4: VectorHelper = (result, first, second, control) => {
  const [mix, constant] = sha1Rounds[control & 3] ?? [() => 0, 0];
  let [a, b, c, d]: [number, number, number, number] = [...downwards(first)];
  let e = 0;
  for (const word of downwards(second)) {
    const next: number = (mix(b, c, d) + rotateLeft(a, 5) + word + e + constant) | 0;
    e = d;
    [a, b, c, d] = [next, a, rotateLeft(b, 30), c];
  }
  setDownwards(result, [a, b, c, d]);
  return 0;
};

const sigma0 = (word: number) => rotateRight(word, 7) ^ rotateRight(word, 18) ^ (word >>> 3);
const sigma1 = (word: number) => rotateRight(word, 17) ^ rotateRight(word, 19) ^ (word >>> 10);

const sha256msg1: VectorHelper = (result, first, second) => {
  for (let i = 0; i < 4; i++) {
    result.words[i] = first.word(i) + sigma0(i < 3 ? first.word(i + 1) : second.word(0));
  }
  return 0;
};

const sha256msg2: VectorHelper = (result, first, second) => {
  const w16 = (first.word(0) + sigma1(second.word(2))) | 0;
  const w17 = (first.word(1) + sigma1(second.word(3))) | 0;
  setDownwards(result, [first.word(3) + sigma1(w17), first.word(2) + sigma1(w16), w17, w16]);
  return 0;
};

/** One round: `first` is C, D, G, H, `second` A, B, E, F, the control the sum of message and constant. */
const sha256round: VectorHelper = (result, first, second, control) => {
  const [c, d, g, h] = downwards(first);
  const [a, b, e, f] = downwards(second);
  const sum1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
  const sum0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
  const one = (h + sum1 + ((e & f) ^ (~e & g)) + control) | 0;
  const two = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
  setDownwards(result, [one + two, a, d + one, e]);
  return 0;
};

export const shaHelpers = { sha1msg1, sha1msg2, sha1nexte, sha1rnds4, sha256msg1, sha256msg2, sha256round };
