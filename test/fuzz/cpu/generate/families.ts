/**
 * Which instructions there are to choose from: the rows of the encoding table, by family. Whoever adds instructions to
 * the engine adds their CPUID feature here.
 */
import {
  cpuidFeatures,
  Encoding,
  type EncodingRow,
  encodingRowsOf,
  tableMnemonics,
} from "../../../../runtime/asm/encoding-table.js";
import { helpers } from "../../../../runtime/engine/helpers.js";

/** Where CPUID announces a feature: leaf (place in `leaves`), register EAX to EDX, bit. */
const announcedAt: Readonly<Record<string, readonly [leaf: number, register: number, bit: number]>> = {
  FPU: [1, 3, 0],
  CX8: [1, 3, 8],
  CMOV: [1, 3, 15],
  CLFSH: [1, 3, 19],
  MMX: [1, 3, 23],
  FXSR: [1, 3, 24],
  SSE: [1, 3, 25],
  SSE2: [1, 3, 26],
  SSE3: [1, 2, 0],
  PCLMULQDQ: [1, 2, 1],
  SSSE3: [1, 2, 9],
  FMA: [1, 2, 12],
  CMPXCHG16B: [1, 2, 13],
  SSE4_1: [1, 2, 19],
  SSE4_2: [1, 2, 20],
  MOVBE: [1, 2, 22],
  POPCNT: [1, 2, 23],
  AES: [1, 2, 25],
  AVX: [1, 2, 28],
  F16C: [1, 2, 29],
  FSGSBASE: [2, 1, 0],
  BMI1: [2, 1, 3],
  AVX2: [2, 1, 5],
  BMI2: [2, 1, 8],
  ADX: [2, 1, 19],
  SHA: [2, 1, 29],
  CLFLUSHOPT: [2, 1, 23],
  LZCNT: [3, 2, 5],
  PREFETCHW: [3, 2, 8],
  XSAVE: [1, 2, 26],
  XSAVEOPT: [4, 0, 0],
  XSAVEC: [4, 0, 1],
};
/** Leaf and subleaf. */
const leaves = [
  [0, 0],
  [1, 0],
  [7, 0],
  [0x80000001, 0],
  [0xd, 1],
] as const;
/** What every processor in 64-bit mode has; FPU387 and FPU287 are iced's. */
const always = new Set(
  [
    "INTEL8086",
    "INTEL186",
    "INTEL286",
    "INTEL386",
    "INTEL486",
    "X64",
    "MULTIBYTENOP",
    "PAUSE",
    "FPU287",
    "FPU387",
  ].concat("CET_IBT"),
);

/** CPUID of our processor, in the form that the native runner gives. */
export function ownCpuid(): Uint32Array {
  const words = leaves.flatMap(([leaf, subleaf]) =>
    [0, 1, 2, 3].map((register) => Number(helpers.cpuid(BigInt(leaf), BigInt(subleaf), BigInt(register)))),
  );
  return Uint32Array.from(words);
}

export function hasFeature(cpuid: Uint32Array, feature: string): boolean {
  if (always.has(feature)) return true;
  const place = announcedAt[feature];
  return place !== undefined && (((cpuid[4 * place[0] + place[1]] ?? 0) >>> place[2]) & 1) !== 0;
}

/**
 * What cannot be compared: clocks and random numbers, what only the system may do or what enters it, what depends on
 * the processor's model, segments; what AMD's processors alone have; and INT1, which virtual machines report where it stands. Of these, those that only the system may do have a family of their own.
 */
const incomparable =
  /^(int1|rdtscp?|rdpmc|rdrand|rdseed|rdpid|cpuid|syscall|sysret.*|sysenter|sysexit.*|int|iret.*|retf|xgetbv|xsaves.*|xrstors.*|rdpkru|wrpkru|monitorx?|mwaitx?|s[gil]dt|smsw|str|l[gil]dt|lmsw|ltr|lar|lsl|verr|verw|l[sfg]s|swapgs|mcommit|rdpru|clzero|xtest|xbegin|xend|xabort|vm.*|stgi|clgi|skinit|movnts[sd]|extrq|insertq|wrss.*|wruss.*|incssp.*|rdssp.*|setssbsy|saveprevssp|rstorssp|clrssbsy|endbr32)$/;
export const isIncomparable = (mnemonic: string): boolean => incomparable.test(mnemonic);
/** Vendors approximate differently. */
const estimates = /^v?(rcp|rsqrt)[ps]s$/;
const transcendental = /^(fsin|fcos|fsincos|fptan|fpatan|f2xm1|fyl2x|fyl2xp1)$/;
const privileged = /^(hlt|cli|sti|clts|in|out|ins[bwd]|outs[bwd]|invd|wbinvd|wbnoinvd|invlpg|rdmsr|wrmsr)$/;

const integerFamilies: readonly (readonly [string, RegExp])[] = [
  ["privileged", privileged],
  ["estimate", estimates],
  ["transcendental", transcendental],
  ["string", /^(movs|cmps|stos|lods|scas)[bwdq]$/],
  ["arithmetic", /^(add|adc|sub|sbb|and|or|xor|cmp|test|inc|dec|neg|not|cbw|cwde?|cdqe?|cqo|xadd|cmpxchg.*)$/],
  ["shift", /^(sh[lr]d?|sal|sar|rc[lr]|ro[lr])$/],
  ["bit", /^(bt[src]?|bs[fr]|bswap|lzcnt|tzcnt|popcnt|crc32)$/],
  ["multiply", /^(i?mul|i?div)$/],
  ["stack", /^(push|pop|pushfq?|popfq?|enter|leave)$/],
  ["flags", /^(cl[cd]|st[cd]|cmc|[ls]ahf|set.*)$/],
  ["branch", /^(jmp|call|ret)$/],
];

/** Jumps that only a sequence can place: `sequence.ts`. */
const placed = /^(j\w+|loop(n?e)?)$/;

export function familyOf(mnemonic: string, features: readonly string[]): string {
  const found = integerFamilies.find(([, names]) => names.test(mnemonic));
  if (found) return found[0];
  const feature = features.find((name) => !always.has(name) && name !== "FPU") ?? features[0] ?? "";
  if (features.some((name) => name.startsWith("FPU"))) return "x87";
  return always.has(feature) || feature === "CMOV" ? "move" : feature.toLowerCase();
}

/** Far ones change segments; those of 16 bits are what Intel's and AMD's processors disagree on. */
function isNearBranch({ kinds, mnemonic, operandSize }: EncodingRow): boolean {
  return mnemonic === "ret" ? operandSize !== 16 : kinds.some(({ name }) => name === "r64_or_mem");
}

/** 0F 0D with a register: on Intel's processors it does nothing, on AMD's it is no instruction. */
const isReservedHint = ({ mnemonic, opcode }: EncodingRow) => mnemonic === "reservednop" && opcode === 0x0d;

/** Estimates, and results that differ in the last bit: alone, for what follows would differ more. */
export const approximateFamilies: ReadonlySet<string> = new Set(["estimate", "transcendental"]);

export interface Choice {
  readonly mnemonic: string;
  readonly rows: readonly EncodingRow[];
}

/** Instructions by family, of those that all the given processors have. */
export function families(processors: readonly Uint32Array[]): ReadonlyMap<string, readonly Choice[]> {
  const found = new Map<string, Choice[]>();
  for (const mnemonic of tableMnemonics()) {
    if (isIncomparable(mnemonic)) continue;
    const rows = encodingRowsOf(mnemonic).filter(
      (row) =>
        (row.encoding === Encoding.legacy || row.encoding === Encoding.vex) &&
        row.addressSize !== 16 &&
        !isReservedHint(row) &&
        cpuidFeatures(row).every((feature) => processors.every((cpuid) => hasFeature(cpuid, feature))) &&
        !row.kinds.some(({ name, slot }) => slot === "branch" || /^(cr|dr|seg|fs|gs)(_|$)/.test(name)) &&
        (familyOf(mnemonic, cpuidFeatures(row)) !== "branch" || isNearBranch(row)),
    );
    const byFamily = new Map<string, EncodingRow[]>();
    for (const row of rows) {
      if (placed.test(mnemonic) && mnemonic !== "jmp") continue;
      const family = familyOf(mnemonic, cpuidFeatures(row));
      byFamily.set(family, [...(byFamily.get(family) ?? []), row]);
    }
    for (const [family, list] of byFamily) {
      found.set(family, [...(found.get(family) ?? []), { mnemonic, rows: list }]);
    }
  }
  return found;
}

/** How often a family is chosen; those that are not listed: once. */
export const weights: Readonly<Record<string, number>> = {
  arithmetic: 6,
  shift: 4,
  bit: 2,
  multiply: 2,
  stack: 2,
  flags: 2,
  move: 4,
  string: 2,
  branch: 0.4,
  privileged: 0.1,
  estimate: 0.2,
  transcendental: 0.3,
  x87: 4,
  sse: 3,
  sse2: 4,
  fxsr: 0.1,
  xsave: 0.2,
  xsaveopt: 0.1,
  xsavec: 0.1,
  avx: 4,
  avx2: 3,
};
