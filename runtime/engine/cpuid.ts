/**
 * What CPUID answers: the features that the engine executes, no more (Intel SDM vol. 2, CPUID; AMD APM vol. 3, appendix
 * E). The vendor is AMD, whose processors the engine follows where the manuals leave things open; the C library of GNU
 * looks for features only where it knows the vendor.
 */
import { enabledComponents, extendedArea } from "../x86/extended-area.js";

/** Four characters as a register shows them. */
const characters = (text: string) => [...text].reduceRight((whole, letter) => (whole << 8) | letter.charCodeAt(0), 0);
/** In the order EBX, EDX, ECX: "AuthenticAMD". */
const vendor = { ebx: characters("Auth"), edx: characters("enti"), ecx: characters("cAMD") } as const;
/** Family 25 (Zen 3 and 4), of a model that there is not. */
const signature = 0x00af0f00;
/** In the leaves 80000002h to 80000004h. */
const name = "Green Threads x86-64 emulator";
const nameLeaf = 0x80000002;
const [leafSize, registerSize] = [16, 4];

const lineSize = 64;
const features = {
  leaf1: {
    ecx: {
      sse3: 0,
      pclmulqdq: 1,
      ssse3: 9,
      fma: 12,
      cmpxchg16b: 13,
      sse41: 19,
      sse42: 20,
      movbe: 22,
      popcnt: 23,
      aes: 25,
      xsave: 26,
      osxsave: 27,
      avx: 28,
      f16c: 29,
    },
    edx: { fpu: 0, tsc: 4, cmpxchg8b: 8, cmov: 15, mmx: 23, fxsr: 24, sse: 25, sse2: 26 },
  },
  leaf7: { ebx: { fsgsbase: 0, bmi1: 3, avx2: 5, bmi2: 8, adx: 19, sha: 29 } },
  /** Of leaf 0Dh, subleaf 1. XGETBV with ECX = 1. */
  extendedState: { eax: { xsaveopt: 0, xsavec: 1, xgetbv1: 2 } },
  extended1: { ecx: { lahf: 0, lzcnt: 5 }, edx: { syscall: 11, rdtscp: 27, longMode: 29 } },
} as const;

function bits(of: Readonly<Record<string, number>>): number {
  return Object.values(of).reduce((whole, bit) => whole | (1 << bit), 0);
}

/** Sizes of caches: 32 KiB for data and for code, with 8 ways; then 512 KiB with 8 ways, and 8 MiB with 16. */
const caches = {
  first: (32 << 24) | (8 << 16) | (1 << 8) | lineSize,
  second: (512 << 16) | (6 << 12) | (1 << 8) | lineSize,
  third: (16 << 18) | (8 << 12) | (1 << 8) | lineSize,
} as const;

/** The components of extended state: how large they are, and where they are in the area of XSAVE. */
function extendedStateLeaf(subleaf: number): readonly number[] {
  const { size, upperHalves, upperHalvesSize } = extendedArea;
  switch (subleaf) {
    case 0:
      return [enabledComponents, size, size, 0];
    case 1:
      return [bits(features.extendedState.eax), size, 0, 0];
    case 2:
      return [upperHalvesSize, upperHalves, 0, 0];
    default:
      return nothing;
  }
}

const nothing = [0, 0, 0, 0] as const;

/** EAX, EBX, ECX and EDX. */
export function cpuid(leaf: number, subleaf: number): readonly number[] {
  const { leaf1, leaf7, extended1 } = features;
  switch (leaf) {
    case 0:
      return [0xd, vendor.ebx, vendor.ecx, vendor.edx];
    case 1:
      return [signature, 0, bits(leaf1.ecx), bits(leaf1.edx)];
    case 7:
      return subleaf === 0 ? [0, bits(leaf7.ebx), 0, 0] : nothing;
    case 0xd:
      return extendedStateLeaf(subleaf);
    case 0x80000000:
      return [0x80000008, vendor.ebx, vendor.ecx, vendor.edx];
    case 0x80000001:
      return [signature, 0, bits(extended1.ecx), bits(extended1.edx)];
    case nameLeaf:
    case nameLeaf + 1:
    case nameLeaf + 2: {
      const start = leafSize * (leaf - nameLeaf);
      const part = name.padEnd(3 * leafSize, "\0").slice(start, start + leafSize);
      return [0, 1, 2, 3].map((i) => characters(part.slice(registerSize * i, registerSize * (i + 1))));
    }
    case 0x80000005:
      return [0, 0, caches.first, caches.first];
    case 0x80000006:
      return [0, 0, caches.second, caches.third];
    case 0x80000008:
      // Bits of physical and linear addresses.
      return [48 | (48 << 8), 0, 0, 0];
    default:
      return nothing;
  }
}
