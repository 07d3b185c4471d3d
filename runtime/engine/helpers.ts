/** What rare instructions compute in TypeScript. Interpreter and compiled code import the same functions. */
import type { HelperName } from "../x86/value.js";
import { cpuid } from "./cpuid.js";

/** As WebAssembly hands them over: signed 64-bit integers. */
type Helper = (first: bigint, second: bigint, third: bigint) => bigint;

const mask64 = (1n << 64n) - 1n;

function signed128(high: bigint, low: bigint): bigint {
  return (BigInt.asIntN(64, high) << 64n) | BigInt.asUintN(64, low);
}

export const helpers: Readonly<Record<HelperName, Helper>> = {
  /** Quotient of (high:low) by the divisor, unsigned; the caller has excluded overflow. */
  divideUnsigned128: (high, low, divisor) => {
    const dividend = (BigInt.asUintN(64, high) << 64n) | BigInt.asUintN(64, low);
    return (dividend / BigInt.asUintN(64, divisor)) & mask64;
  },
  /** Quotient, signed, rounded towards zero. */
  divideSigned128: (high, low, divisor) => BigInt.asIntN(64, signed128(high, low) / BigInt.asIntN(64, divisor)),
  /** 1 when that quotient does not fit in 64 bits. */
  divideSigned128Overflows: (high, low, divisor) => {
    const quotient = signed128(high, low) / BigInt.asIntN(64, divisor);
    return quotient === BigInt.asIntN(64, quotient) ? 0n : 1n;
  },
  /** The checksum with `width` more bytes of data; Castagnoli's polynomial, bits reversed. */
  crc32: (checksum, data, width) => BigInt(crc32(Number(BigInt.asUintN(32, checksum)), data, Number(width))),
  /** EAX, EBX, ECX or EDX (`register` 0 to 3) of the leaf. */
  cpuid: (leaf, subleaf, register) => BigInt(cpuid(Number(leaf), Number(subleaf))[Number(register)] ?? 0),
};

function crc32(checksum: number, data: bigint, width: number): number {
  let sum = checksum;
  for (let i = 0; i < width; i++) {
    sum ^= Number((data >> BigInt(8 * i)) & 0xffn);
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ ((sum & 1) !== 0 ? 0x82f63b78 : 0);
  }
  return sum >>> 0;
}
