/** Comparing many bytes at once, for those who do it often. */

/** The bytes are the same. */
export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  const [words, otherWords] = [wordsOf(one), wordsOf(other)];
  for (let index = 0; index < words.length; index++) if (words[index] !== otherWords[index]) return false;
  for (let at = words.length * 4; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** All bytes are zero. */
export function areZeros(bytes: Uint8Array): boolean {
  const words = wordsOf(bytes);
  for (let index = 0; index < words.length; index++) if (words[index] !== 0) return false;
  for (let at = words.length * 4; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** The whole words of 32 bits at the beginning. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, bytes.length >> 2);
}
