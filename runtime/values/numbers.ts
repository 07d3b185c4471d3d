/** How the bits of a base type read. */
import type { BaseType } from "../object/dwarf/types.js";

const scratch = new DataView(new ArrayBuffer(8));

/** `bits` has `8 * type.size` bits, or fewer for a bit field of `width` bits. */
export function formatBase(type: BaseType, bits: bigint, width: number): string {
  switch (type.encoding) {
    case "boolean":
      return bits === 0n ? "false" : bits === 1n ? "true" : `true (0x${bits.toString(16)})`;
    case "float":
      return formatFloat(bits, type.size ?? 8);
    case "complex": {
      const half = BigInt(4 * (type.size ?? 16));
      const [real, imaginary] = [BigInt.asUintN(Number(half), bits), bits >> half].map((part) =>
        formatFloat(part, Number(half) / 8),
      );
      return `${real} + ${imaginary}i`;
    }
    case "signed":
      return BigInt.asIntN(width, bits).toString();
    case "signed-character":
      return `${BigInt.asIntN(width, bits)} ${quotedCharacter(Number(bits))}`;
    case "unsigned-character":
      return `${bits} ${quotedCharacter(Number(bits))}`;
    case "character":
      return quotedCharacter(Number(bits));
    case "address":
      return `0x${bits.toString(16)}`;
    case "unsigned":
    case "other":
      return bits.toString();
  }
}

/** As short as it can be read back; whole numbers with a point, so that they are seen to be no integers. */
function formatFloat(bits: bigint, size: number): string {
  const value = floatOf(bits, size);
  if (value === undefined) return `0x${bits.toString(16)}`;
  return withPoint(size === 4 ? shortestSingle(value) : String(value));
}

/** The number that the bits of a float of `size` bytes stand for; of a `long double` the nearest double. */
export function floatOf(bits: bigint, size: number): number | undefined {
  switch (size) {
    case 4:
      scratch.setUint32(0, Number(bits));
      return scratch.getFloat32(0);
    case 8:
      scratch.setBigUint64(0, bits);
      return scratch.getFloat64(0);
    case 10:
    case 12:
    case 16:
      return numberOfExtended(bits);
    default:
      return undefined;
  }
}

/** The bits of a number as a float of 4 or 8 bytes; undefined for other sizes. */
export function bitsOfFloat(value: number, size: number): bigint | undefined {
  switch (size) {
    case 4:
      scratch.setFloat32(0, value);
      return BigInt(scratch.getUint32(0));
    case 8:
      scratch.setFloat64(0, value);
      return scratch.getBigUint64(0);
    default:
      return undefined;
  }
}

/** The fewest digits that name this number among those of single precision. */
function shortestSingle(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}

function withPoint(text: string): string {
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** A `long double` of the x87 FPU as the nearest double (Intel SDM vol. 1, 4.2.2). */
function numberOfExtended(bits: bigint): number {
  const significand = BigInt.asUintN(64, bits);
  const exponent = Number((bits >> 64n) & 0x7fffn);
  const sign = ((bits >> 79n) & 1n) === 1n ? -1 : 1;
  if (exponent === 0x7fff) return BigInt.asUintN(63, significand) === 0n ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * Number(significand) * 2 ** (Math.max(1, exponent) - 16383 - 63);
}

const escapes: Readonly<Record<number, string>> = { 0: "\\0", 9: "\\t", 10: "\\n", 13: "\\r", 39: "\\'", 92: "\\\\" };

function quotedCharacter(code: number): string {
  const isPlain = code >= 0x20 && code !== 0x7f && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000);
  const isAscii = code < 0x80;
  const plain = isPlain && (isAscii || code > 0xff) ? String.fromCodePoint(code) : `\\x${code.toString(16)}`;
  return `'${escapes[code] ?? plain}'`;
}
