/**
 * Whether a processor finds out that bytes are no instruction before it misses the ones behind them: what AMD's do. They
 * refuse an opcode of one byte, or behind 0F, at once, but LOCK or a repetition that does not belong there, and whatever
 * is wrong in the maps behind 0F 38 and 0F 3A and in VEX forms, only when they have the whole instruction.
 */

const prefixes = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);
const emptyPrefix = 0x3e;
const isRex = (byte: number) => (byte & 0xf0) === 0x40;
const [longVex, shortVex, evex, xop, twoByte] = [0xc4, 0xc5, 0x62, 0x8f, 0x0f];
const longest = 15;

/**
 * `isComplete`: the decoder, which is stricter, needed no more bytes to say that they are none. `decode` says of bytes
 * what they are; undefined if they are cut off.
 */
export function isCutOff(
  bytes: Uint8Array,
  isComplete: boolean,
  decode: (bytes: Uint8Array) => "valid" | "invalid" | undefined,
): boolean {
  const at = bytes.findIndex((byte) => !prefixes.has(byte) && !isRex(byte));
  switch (bytes[at]) {
    case undefined:
      return true;
    case longVex:
      return bytes.length < lengthFrom(bytes, at + 3, (bytes[at + 1] ?? 0) & 31);
    case shortVex:
      return bytes.length < lengthFrom(bytes, at + 2, 1);
    case twoByte: {
      const map = bytes[at + 1];
      if (map === 0x38 || map === 0x3a) return bytes.length < lengthFrom(bytes, at + 2, map === 0x3a ? 3 : 2);
      break;
    }
    case evex:
    case xop:
      return !isComplete;
  }
  const tried = new Uint8Array(longest + 1);
  tried.set(bytes);
  for (let i = 0; i < at; i++) if ((tried[i] ?? 0) >= 0xf0) tried[i] = emptyPrefix;
  if (decode(tried.subarray(0, bytes.length))) return false;
  for (let next = 0; next < 256; next++) {
    tried[bytes.length] = next;
    if (decode(tried) === "valid") return true;
  }
  return false;
}

/** The length of a form whose opcode is at `opcode`, as far as it can be told. */
function lengthFrom(bytes: Uint8Array, opcode: number, map: number): number {
  const modRM = bytes[opcode + 1];
  if (modRM === undefined) return opcode + 2;
  const [mode, rm] = [modRM >> 6, modRM & 7];
  const hasSib = mode !== 3 && rm === 4;
  const sib = hasSib ? (bytes[opcode + 2] ?? 0) : 0;
  const isFar = mode === 2 || (mode === 0 && (rm === 5 || (hasSib && (sib & 7) === 5)));
  const displacement = isFar ? 4 : mode === 1 ? 1 : 0;
  return opcode + 2 + (hasSib ? 1 : 0) + displacement + (map === 3 ? 1 : 0);
}
