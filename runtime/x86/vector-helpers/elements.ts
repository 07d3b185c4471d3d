/** SSE4.1 instructions that search or rearrange elements. Intel SDM vol. 2. */
import type { VectorHelper } from "./vector.js";

/** PHMINPOSUW: the smallest unsigned word, and the lowest index it is at. */
const phminposuw: VectorHelper = (result, _first, source) => {
  let index = 0;
  for (let i = 1; i < 8; i++) if (source.short(i) < source.short(index)) index = i;
  result.quads.fill(0n);
  result.shorts[0] = source.short(index);
  result.shorts[1] = index;
  return 0;
};

/** MPSADBW: sums of differences of four bytes, at eight neighbouring places of the first operand. */
const mpsadbw: VectorHelper = (result, first, second, control) => {
  const from = (control & 4) === 0 ? 0 : 4;
  const block = 4 * (control & 3);
  for (let i = 0; i < 8; i++) {
    let sum = 0;
    for (let k = 0; k < 4; k++) sum += Math.abs(first.byte(from + i + k) - second.byte(block + k));
    result.shorts[i] = sum;
  }
  return 0;
};

/** INSERTPS: element `control[7:6]` of the second operand to place `control[5:4]`; the elements of `control[3:0]` become zero. */
const insertps: VectorHelper = (result, _first, second, control) => {
  result.words[(control >> 4) & 3] = second.word((control >> 6) & 3);
  for (let i = 0; i < 4; i++) if ((control & (1 << i)) !== 0) result.words[i] = 0;
  return 0;
};

export const elementHelpers = { phminposuw, mpsadbw, insertps };
