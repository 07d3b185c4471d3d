// MMX: every instruction of two registers, with a register and with memory; shifts, shuffles, moves and conversions.
#include <stdint.h>
#include <stdio.h>

#define INSTRUCTIONS \
  X(paddb) X(paddw) X(paddd) X(paddq) X(paddsb) X(paddsw) X(paddusb) X(paddusw) X(psubb) X(psubw) X(psubd) \
  X(psubq) X(psubsb) X(psubsw) X(psubusb) X(psubusw) X(pmullw) X(pmulhw) X(pmulhuw) X(pmuludq) X(pmaddwd) \
  X(pavgb) X(pavgw) X(pmaxub) X(pmaxsw) X(pminub) X(pminsw) X(pcmpeqb) X(pcmpeqw) X(pcmpeqd) X(pcmpgtb) \
  X(pcmpgtw) X(pcmpgtd) X(pand) X(por) X(pxor) X(pandn) X(packsswb) X(packuswb) X(packssdw) X(punpcklbw) \
  X(punpcklwd) X(punpckldq) X(punpckhbw) X(punpckhwd) X(punpckhdq) X(psadbw) X(pshufb) X(pabsb) X(pabsw) X(pabsd) \
  X(psignb) X(psignw) X(psignd) X(phaddw) X(phaddd) X(phaddsw) X(phsubw) X(phsubd) X(phsubsw) X(pmaddubsw) \
  X(pmulhrsw) X(psllw) X(pslld) X(psllq) X(psrlw) X(psrld) X(psrlq) X(psraw) X(psrad)

static const uint64_t values[] = {
    0, ~0ULL, 0x8000800080008000, 0x7fff7fff7fff7fff, 0x0102030405060708, 0x80ff017f00fe8142, 0x123456789abcdef0,
    0xfedcba9876543210, 0x00000001ffffffff, 0x8000000000000000, 0x7fffffff80000000, 0x3f80000040490fdb,
    0xc2f60000cf000000, 5, 0x0000ffff0000ffff, 0x5555aaaa33cc0ff0};
enum { count = sizeof values / sizeof *values };
static uint64_t memory[72] __attribute__((aligned(16)));

static void mix(uint64_t *hash, uint64_t value) {
  *hash = (*hash ^ value) * 0x100000001b3;
  *hash ^= *hash >> 29;
}

/** Runs the instructions with %mm0 = a, %mm1 = b, %xmm1 = b:a; prints a hash of %mm0, %xmm1 and memory. */
#define RUN(text) \
  { \
    uint64_t hash = 0xcbf29ce484222325; \
    for (int i = 0; i < count * count; i++) { \
      uint64_t mm, xmm[2] __attribute__((aligned(16))); \
      memory[0] = values[i / count]; \
      memory[1] = values[i % count]; \
      __asm__ volatile("movq %2, %%mm0; movq %3, %%mm1; movq2dq %%mm0, %%xmm1; movhps %3, %%xmm1;" text \
                       "; movq %%mm0, %0; emms; movups %%xmm1, %1" \
                       : "=m"(mm), "=m"(xmm) : "m"(memory[0]), "m"(memory[1]), "r"(memory) \
                       : "rax", "rdi", "xmm1", "memory"); \
      mix(&hash, mm); \
      mix(&hash, xmm[0]); \
      mix(&hash, xmm[1]); \
      mix(&hash, memory[1]); \
    } \
    printf("%016lx %s\n", hash, text); \
  }
#define X(name) RUN(#name " %%mm1, %%mm0") RUN(#name " 8(%4), %%mm0")
#define SHIFT(name) RUN(#name " $0, %%mm0") RUN(#name " $7, %%mm0") RUN(#name " $31, %%mm0") RUN(#name " $64, %%mm0")

int main(void) {
  INSTRUCTIONS
  SHIFT(psllw) SHIFT(pslld) SHIFT(psllq) SHIFT(psrlw) SHIFT(psrld) SHIFT(psrlq) SHIFT(psraw) SHIFT(psrad)
  RUN("pshufw $0x1b, %%mm1, %%mm0")
  RUN("pshufw $0x93, 8(%4), %%mm0")
  RUN("palignr $3, %%mm1, %%mm0")
  RUN("palignr $12, 8(%4), %%mm0")
  RUN("palignr $99, %%mm1, %%mm0")
  RUN("mov $0x12345, %%eax; pinsrw $6, %%eax, %%mm0")
  RUN("pinsrw $1, 8(%4), %%mm0")
  RUN("pextrw $2, %%mm1, %%eax; movd %%eax, %%mm0")
  RUN("pmovmskb %%mm1, %%eax; movd %%eax, %%mm0")
  RUN("movdq2q %%xmm1, %%mm2; movntq %%mm2, 8(%4)")
  RUN("lea 8(%4), %%rdi; maskmovq %%mm1, %%mm0")
  RUN("movd %%mm1, %%eax; movd %%eax, %%mm0")
  RUN("movd %%mm0, 8(%4)")
  RUN("cvtpi2ps %%mm1, %%xmm1")
  RUN("cvtpi2ps 8(%4), %%xmm1")
  RUN("cvtpi2pd %%mm1, %%xmm1")
  RUN("cvtps2pi %%xmm1, %%mm0")
  RUN("cvttps2pi 8(%4), %%mm0")
  RUN("cvtpd2pi %%xmm1, %%mm0")
  RUN("cvttpd2pi (%4), %%mm0")
  RUN("fxsave 64(%4); movq %%mm1, %%mm0; fxrstor 64(%4)")
  // The registers are the lower parts of the FPU's: one that was written is not a number.
  RUN("fxam; fnstsw %%ax; movzwl %%ax, %%eax; movd %%eax, %%mm0")
  RUN("emms; fld1; fldpi; faddp; fstpl 8(%4); movq %%mm7, %%mm0")
  return 0;
}
