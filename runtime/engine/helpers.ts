/** What rare instructions compute in TypeScript. Interpreter and compiled code import the same functions. */
import type { HelperName } from "../x86/value.js";

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

/** Four characters as a register shows them. */
const characters = (text: string) => [...text].reduceRight((whole, letter) => (whole << 8) | letter.charCodeAt(0), 0);
/** The vendor in the order EBX, EDX, ECX: "GreenThreads". */
const vendor = { ebx: characters("Gree"), edx: characters("nThr"), ecx: characters("eads") } as const;

/** Feature bits (Intel SDM vol. 2, CPUID; AMD APM vol. 3, appendix E): what the engine executes, no more. */
const features = {
  leaf1: {
    ecx: {
      sse3: 0,
      pclmulqdq: 1,
      ssse3: 9,
      cmpxchg16b: 13,
      sse41: 19,
      sse42: 20,
      movbe: 22,
      popcnt: 23,
      aes: 25,
    },
    edx: { fpu: 0, tsc: 4, cmpxchg8b: 8, cmov: 15, mmx: 23, fxsr: 24, sse: 25, sse2: 26 },
  },
  leaf7: { ebx: { fsgsbase: 0, bmi1: 3, bmi2: 8, adx: 19, sha: 29 } },
  extended1: { ecx: { lahf: 0, lzcnt: 5 }, edx: { syscall: 11, rdtscp: 27, longMode: 29 } },
} as const;

function bits(of: Readonly<Record<string, number>>): number {
  return Object.values(of).reduce((whole, bit) => whole | (1 << bit), 0);
}

function cpuid(leaf: number, subleaf: number): readonly number[] {
  const { leaf1, leaf7, extended1 } = features;
  switch (leaf) {
    case 0:
      return [7, vendor.ebx, vendor.ecx, vendor.edx];
    case 1:
      return [0x600, 0, bits(leaf1.ecx), bits(leaf1.edx)];
    case 7:
      return subleaf === 0 ? [0, bits(leaf7.ebx), 0, 0] : [0, 0, 0, 0];
    case 0x80000000:
      return [0x80000001, 0, 0, 0];
    case 0x80000001:
      return [0, 0, bits(extended1.ecx), bits(extended1.edx)];
    default:
      return [0, 0, 0, 0];
  }
}
