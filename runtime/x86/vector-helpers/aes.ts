/** AES and carry-less multiplication, as FIPS 197 and the Intel SDM (vol. 2, AESENC, PCLMULQDQ) define them. */
import type { Vector, VectorHelper } from "./vector.js";

/** The product with x in the field of 256 elements. */
function double(value: number): number {
  return ((value << 1) ^ ((value & 0x80) !== 0 ? 0x1b : 0)) & 0xff;
}

function product(first: number, second: number): number {
  let result = 0;
  let factor = first;
  for (let rest = second; rest > 0; rest >>= 1) {
    if ((rest & 1) !== 0) result ^= factor;
    factor = double(factor);
  }
  return result;
}

interface Tables {
  readonly substitution: Uint8Array;
  readonly inverse: Uint8Array;
}
let computed: Tables | undefined;

/** The substitution of bytes and its inverse. */
function tables(): Tables {
  if (computed) return computed;
  const substitution = new Uint8Array(256);
  const inverse = new Uint8Array(256);
  for (let value = 0; value < 256; value++) {
    let reciprocal = 0;
    for (let candidate = 1; candidate < 256 && value > 0; candidate++) {
      if (product(value, candidate) === 1) reciprocal = candidate;
    }
    let byte = 0x63;
    for (let shift = 0; shift < 5; shift++) byte ^= (reciprocal << shift) | (reciprocal >> (8 - shift));
    substitution[value] = byte;
    inverse[byte & 0xff] = value;
  }
  computed = { substitution, inverse };
  return computed;
}

/** Row i of the state rotates by i columns: to the left, or for decryption to the right. */
function shiftRows(result: Vector, state: Vector, substitution: Uint8Array, direction: 1 | -1): void {
  for (let i = 0; i < 16; i++) {
    const from = (i + direction * 4 * (i % 4) + 16) % 16;
    result.bytes[i] = substitution[state.byte(from)] ?? 0;
  }
}

const encryption = [2, 3, 1, 1] as const;
const decryption = [14, 11, 13, 9] as const;

function mixColumns(state: Vector, factors: readonly number[]): void {
  const before = state.bytes.slice();
  for (let i = 0; i < 16; i++) {
    const column = i & ~3;
    let byte = 0;
    for (let k = 0; k < 4; k++) byte ^= product(before[column + ((i + k) & 3)] ?? 0, factors[k] ?? 0);
    state.bytes[i] = byte;
  }
}

function addKey(state: Vector, key: Vector): void {
  for (let i = 0; i < 4; i++) state.words[i] = state.word(i) ^ key.word(i);
}

function round(isEncryption: boolean, isLast: boolean): VectorHelper {
  return (result, state, key) => {
    const { substitution, inverse } = tables();
    shiftRows(result, state, isEncryption ? substitution : inverse, isEncryption ? 1 : -1);
    if (!isLast) mixColumns(result, isEncryption ? encryption : decryption);
    addKey(result, key);
    return 0;
  };
}

/** The round constant is the control. */
const keyGenerationAssist: VectorHelper = (result, _first, source, constant) => {
  const { substitution } = tables();
  for (const [k, word] of [source.word(1), source.word(3)].entries()) {
    let substituted = 0;
    for (let shift = 0; shift < 32; shift += 8) substituted |= (substitution[(word >>> shift) & 0xff] ?? 0) << shift;
    result.words[2 * k] = substituted;
    result.words[2 * k + 1] = ((substituted >>> 8) | (substituted << 24)) ^ constant;
  }
  return 0;
};

/** Bits 0 and 4 of the control choose the halves. */
const carrylessMultiply: VectorHelper = (result, first, second, control) => {
  const factor = first.quad(control & 1);
  let whole = 0n;
  for (let i = 0n, rest = second.quad((control >> 4) & 1); rest > 0n; i++, rest >>= 1n) {
    if ((rest & 1n) !== 0n) whole ^= factor << i;
  }
  result.quads[0] = BigInt.asUintN(64, whole);
  result.quads[1] = whole >> 64n;
  return 0;
};

export const aesHelpers = {
  aesenc: round(true, false),
  aesenclast: round(true, true),
  aesdec: round(false, false),
  aesdeclast: round(false, true),
  aesimc: ((result, _first, source) => {
    result.bytes.set(source.bytes);
    mixColumns(result, decryption);
    return 0;
  }) satisfies VectorHelper,
  aeskeygenassist: keyGenerationAssist,
  pclmulqdq: carrylessMultiply,
};
