/** Rarer instruction forms: prefixes, suffixes, masks, predicates inside names. */
import { describe, expect, it } from "vitest";
import { assemble } from "../../../runtime/asm/assembler.js";
import { writeElfObject } from "../../../runtime/asm/elf-object.js";
import { gnuLines, hasGnuAs } from "./gnu-as.js";
import { readElf } from "./read-elf.js";

/** Line and what GNU as 2.40 makes of it; null: it rejects the line. */
const forms: readonly (readonly [string, string | null])[] = [
  ["{rex} mov %al, %bl", "4088c3"],
  ["{rex} mov %ah, %bl", "88e3"],
  ["{rex} movb $-128, %dil", "40b780"],
  ["{rex} vaddps %xmm0, %xmm1, %xmm2", null],
  ["{nooptimize} xorw $0, %ax", "6683f000"],
  ["rep bsf %eax, %ebx", "f30fbcd8"],
  ["rep bsrq (%rax), %rbx", "f3480fbd18"],
  ["rex.w kxorq %k0, %k2, %k1", null],
  ["data16 vpsllvq %ymm3, %ymm4, %ymm11", null],
  ["vaddps %xmm31, %xmm4, %xmm14{%k0}", null],
  ["vmovapd %ymm13, 128(%r12){%k2}{z}", null],
  ["vmovapd 128(%r12), %ymm13{%k2}{z}", "6251fdaa286c2404"],
  ["vcvtph2psx -8(%r10), %ymm0", "62d67d281382f8ffffff"],
  ["vcvtpd2phz (%rax), %xmm3", "62f5fd485a18"],
  ["vfpclasspsy $3, (%rax), %k5", "62f37d28662803"],
  ["vcmpeqph %zmm1, %zmm2, %k3", "62f36c48c2d900"],
  ["vcmpnle_uqsh (%rax), %xmm2, %k3{%k1}", "62f36e09c21816"],
  ["vpcomgeud %xmm1, %xmm2, %xmm3", "8fe868eed903"],
  ["vpcomtrueb (%rax), %xmm2, %xmm3", "8fe868cc1807"],
  ["{vex} vpcmov %xmm2, %xmm11, %xmm12, %xmm3", "8fc818a2db20"],
  ["{vex} blcicl %edx, %ebx", "8fe96001ea"],
  ["fcmova %st(1), %st", "dbd1"],
  ["fcompi %st(2), %st", "dff2"],
  ["fucompi", "dfe9"],
  ["movsxw (%rdi), %r12w", "66440fbf27"],
  ["movzxw (%rax), %r10", "4c0fb710"],
  ["movzxb %al, %eax", "0fb6c0"],
  ["crc32b %spl, %eax", "f2400f38f0c4"],
  ["movmskpdq %xmm3, %rsi", "660f50f3"],
  ["vmovmskpsq %ymm14, %rdi", "c4c17c50fe"],
  ["pextrwq $-1, %xmm9, %rbp", "66410fc5e9ff"],
  ["vpmovmskbq %xmm0, %rsi", "c5f9d7f0"],
  ["cltdl", null],
  ["clflushb (%rbp)", null],
  ["extractpsl $3, %xmm1, (%rax)", null],
  ["rdrandq %rax", null],
  ["pinsrdl $1, %eax, %xmm1", null],
  ["vmovdqu8x %xmm0, %xmm30", null],
  ["vpmaxsby %ymm15, %ymm0, %ymm16", null],
];

function ourBytes(line: string): string | null {
  const { object } = assemble({ path: "form.s", text: `${line}\n` });
  return object === undefined ? null : (readElf(writeElfObject(object)).sections[".text"]?.bytes ?? "");
}

describe("rarer instruction forms", () => {
  it.each(forms)("%s", (line, expected) => {
    expect(ourBytes(line)).toBe(expected);
  });

  it.runIf(hasGnuAs())("GNU as says the same", () => {
    const lines = forms.map(([line]) => line);
    expect(gnuLines(lines, "att")).toEqual(forms.map(([, expected]) => expected));
  });
});
