/**
 * The rare forms that programs are likely to have all the same, the likeliest first: what the start and the end of static
 * C (glibc and musl), C++ and Rust programs and of busybox have. They share the first groups, so that a short program
 * loads few. Each is a name and, as in `Variant`,
 * kinds of operands and widths.
 */
const text = `
cmp aa 2,2; cmpxchg mr 4,4; hlt  ; mov aa 8,8; movaps aa 16,16; movdqa aa 16,16; movdqu aa 16,16; movups aa 16,16;
pxor ra 16,16; rep stos a 8; sub aa 8,8; syscall  ; blsmsk aa 4,4; bsr aa 4,4; bt rr 4,4; call b 8; cmove aa 8,8;
cmp aa 1,1; cmp aa 8,8; cpuid  ; div a 8; idiv a 8; mov aa 1,1; mov aa 4,4; movd ra 16,4; movhps rm 16,8;
movq ar 8,16; movq ra 16,8; or aa 1,1; pand ra 16,16; pcmpeqd ra 16,16; punpckldq ra 16,16; punpcklqdq ra 16,16;
sarx aaa 4,4,4; test aa 2,2; tzcnt aa 4,4; vmovd ra 16,4; vmovdqu mr 32,32; vmovdqu ra 32,32;
vpbroadcastb rx 32,1; vpcmpeqb rra 32,32,32; vpmovmskb rr 4,32; vpxor rra 16,16,16; vzeroupper  ; xchg aa 4,4;
xgetbv  ; xor aa 8,8; mul a 8; and aa 2,2; shr aa 1,1; vmovdqu mr 16,16; add aa 8,8; bsf aa 4,4; cvtsi2sd ra 16,4;
div a 4; fcomi i 2; idiv a 4; movsd rm 16,8; mulsd rx 16,8; sbb aa 1,1; vmovdqa mr 32,32; vmovdqu ra 16,16;
vpandn rra 32,32,32; vpor rra 32,32,32; x87 control store im 2,2; x87 i 2; x87 load80 im 2,8; add aa 1,1;
add aa 2,2; andpd ra 16,16; bsr aa 8,8; bswap a 4; bt ri 4,4; bts ri 8,8; bzhi aaa 4,4,4; bzhi aaa 8,8,8;
cmpxchg mr 8,8; cwde  ; dec a 1; fnstsw ax i 2; int3  ; movapd aa 16,16; movbe rm 4,4; movd ar 4,16;
movmskpd rr 4,16; movmskps rr 4,16; movs a 1; movsd mr 8,16; neg a 1; or aa 2,2; packuswb ra 16,16;
paddq ra 16,16; pinsrw rmi 16,2,1; punpckhwd ra 16,16; punpcklwd ra 16,16; rep movs a 8; setge a 1; setle a 1;
setne a 1; shl aa 1,1; shld aaa 8,8,1; shr aa 2,1; shufps rxi 16,16,1; tzcnt aa 8,8; ucomisd rx 16,8;
vmovdqa ra 32,32; vpand rra 32,32,32; vpbroadcastb rx 16,1; x87 load im 2,2; x87 load im 2,4; x87 load im 2,8;
x87 store im 2,8; x87 store80 im 2,8; xadd mr 4,4; xchg aa 8,8; xorps ra 16,16
`;

export interface UsualForm {
  readonly name: string;
  /** `form` and `widths` of the variant, parted by a space. */
  readonly variant: string;
}

export const usualForms: readonly UsualForm[] = text
  .trim()
  .split(/;\s*/)
  .map((line) => {
    const [, name = "", variant = ""] = /^(.*) (\S* \S*)$/.exec(line) ?? [];
    return { name, variant };
  });
