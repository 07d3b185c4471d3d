/**
 * Whether a processor finds out that bytes are no instruction before it misses the ones behind them: what AMD's do. They
 * refuse an opcode of one byte, or behind 0F, at once, but LOCK or a repetition that does not belong there, and whatever
 * is wrong in the maps behind 0F 38 and 0F 3A and in VEX forms, only when they have the whole instruction.
 */

const prefixes = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);
const emptyPrefix = 0x3e;
const isRex = (byte: number) => (byte & 0xf0) === 0x40;
const [longVex, shortVex, evex, xop, twoByte] = [0xc4, 0xc5, 0x62, 0x8f, 0x0f];
/** Instructions of 32-bit mode. */
const [oldGroup, farCall, farJump] = [0x82, 0x9a, 0xea];
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
  const isShorterThan = (length: number) => !isComplete || bytes.length < length;
  const second = bytes[at + 1];
  switch (bytes[at]) {
    case undefined:
      return true;
    case longVex:
      if (isUnknown(bytes[at + 3], ((second ?? 0) & 31) === 1, decode)) return false;
      return isShorterThan(lengthFrom(bytes, at + 3, ((second ?? 0) & 31) === 3));
    case shortVex:
      if (isUnknown(bytes[at + 2], true, decode)) return false;
      return isShorterThan(lengthFrom(bytes, at + 2, false));
    case twoByte:
      if (second === 0x38 || second === 0x3a) return isShorterThan(lengthFrom(bytes, at + 2, second === 0x3a));
      break;
    case xop:
      // Below 8 it is POP.
      return isShorterThan(lengthFrom(bytes, ((second ?? 0) & 31) < 8 ? at : at + 3, false));
    case oldGroup:
      return isShorterThan(lengthFrom(bytes, at, true));
    case farCall:
    case farJump:
      return isShorterThan(at + 7);
    case evex:
      return !isComplete;
  }
  const withoutRepetition = bytes.map((byte, i) => (i < at && byte >= 0xf0 ? emptyPrefix : byte));
  return [bytes, withoutRepetition].some((tried) => canBeCompleted(tried, decode));
}

/** There is no instruction with the opcode behind 0F, with or without VEX. */
function isUnknown(opcode: number | undefined, isFirstMap: boolean, decode: Parameters<typeof isCutOff>[2]): boolean {
  if (opcode === undefined || !isFirstMap) return false;
  const legacy = [[], [0x66], [0xf3], [0xf2]].map((prefix) => Uint8Array.of(...prefix, twoByte, opcode));
  const vex = [0, 1, 2, 3].map((prefix) => Uint8Array.of(shortVex, 0xf8 | prefix, opcode));
  return ![...legacy, ...vex].some((bytes) => canBeCompleted(bytes, decode));
}

/** They are cut off, and there is a byte that makes an instruction of them, with zeros behind it. */
function canBeCompleted(bytes: Uint8Array, decode: Parameters<typeof isCutOff>[2]): boolean {
  if (decode(bytes)) return false;
  const whole = new Uint8Array(longest + 1);
  whole.set(bytes);
  for (let next = 0; next < 256; next++) {
    whole[bytes.length] = next;
    if (decode(whole) === "valid") return true;
  }
  return false;
}

/** The length of a form whose opcode is at `opcode`, as far as it can be told. */
function lengthFrom(bytes: Uint8Array, opcode: number, hasImmediate: boolean): number {
  const modRM = bytes[opcode + 1];
  if (modRM === undefined) return opcode + 2;
  const [mode, rm] = [modRM >> 6, modRM & 7];
  const hasSib = mode !== 3 && rm === 4;
  const sib = hasSib ? (bytes[opcode + 2] ?? 0) : 0;
  const isFar = mode === 2 || (mode === 0 && (rm === 5 || (hasSib && (sib & 7) === 5)));
  const displacement = isFar ? 4 : mode === 1 ? 1 : 0;
  return opcode + 2 + (hasSib ? 1 : 0) + displacement + (hasImmediate ? 1 : 0);
}
