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
  /** EAX, EBX, ECX or EDX (`register` 0 to 3) of the leaf. */
  cpuid: (leaf, subleaf, register) => BigInt(cpuid(Number(leaf), Number(subleaf))[Number(register)] ?? 0),
};

/** Four characters as a register shows them. */
const characters = (text: string) => [...text].reduceRight((whole, letter) => (whole << 8) | letter.charCodeAt(0), 0);
/** The vendor in the order EBX, EDX, ECX: "GreenThreads". */
const vendor = { ebx: characters("Gree"), edx: characters("nThr"), ecx: characters("eads") } as const;

/** Feature bits of leaf 1 (Intel SDM vol. 2, CPUID): what the engine executes, no more. */
const features = {
  ecx: { cmpxchg16b: 13, popcnt: 23 },
  edx: { tsc: 4, cmpxchg8b: 8, cmov: 15 },
} as const;

function bits(of: Readonly<Record<string, number>>, ...names: string[]): number {
  return names.reduce((whole, name) => whole | (1 << (of[name] ?? 0)), 0);
}

function cpuid(leaf: number, _subleaf: number): readonly number[] {
  switch (leaf) {
    case 0:
      return [1, vendor.ebx, vendor.ecx, vendor.edx];
    case 1:
      return [0x600, 0, bits(features.ecx, "cmpxchg16b", "popcnt"), bits(features.edx, "tsc", "cmpxchg8b", "cmov")];
    case 0x80000000:
      return [0x80000001, 0, 0, 0];
    case 0x80000001:
      // LAHF and SAHF in 64-bit mode, LZCNT; SYSCALL, 64-bit mode.
      return [0, 0, (1 << 0) | (1 << 5), (1 << 11) | (1 << 29)];
    default:
      return [0, 0, 0, 0];
  }
}
