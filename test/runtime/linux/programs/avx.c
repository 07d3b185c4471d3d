// AVX and AVX2: what has SSE twins, of 128 and of 256 bits, with registers and with memory; prints hashes.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct { uint64_t q[4]; } __attribute__((aligned(32))) ymm;
static uint64_t seed = 0x9e3779b97f4a7c15;
static uint64_t next(void) {
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return seed;
}

static const uint64_t doubles[] = {0, 0x8000000000000000, 0x3ff0000000000000, 0xbff8000000000000, 0x7ff0000000000000,
    0xfff0000000000000, 0x7ff8000000001234, 0x7ff4000000000001, 0x0000000000000001, 0x800fffffffffffff,
    0x0010000000000000, 0x7fefffffffffffff, 0x4340000000000001, 0x41dfffffffc00000, 0xc1e0000000200000,
    0x3fb999999999999a, 0x47efffffe0000000, 0x36a0000000000000, 0x380fffffe0000000};
static const uint32_t singles[] = {0, 0x80000000, 0x3f800000, 0xbfc00000, 0x7f800000, 0xff800000, 0x7fc01234,
    0x7fa00001, 1, 0x807fffff, 0x00800000, 0x7f7fffff, 0x4b800001, 0x4effffff, 0xcf000001, 0x3dcccccd, 0x5f000000};
static const uint64_t integers[] = {0, ~0ULL, 0x8000800080008000, 0x7fff7fff7fff7fff, 0x0102030405060708,
    0x80ff017f00fe8142, 5, 17, 31, 40, 64, 0x0000ffff0000ffff, 0x00000001ffffffff, 0x8000000000000000};
#define PICK(table) table[next() % (sizeof table / sizeof *table)]

enum kind { INTEGERS, SINGLES, DOUBLES };
static uint64_t word(enum kind kind) {
  if (next() % 4 == 0) return kind == DOUBLES && next() % 2 ? (next() & 0x800fffffffffffff) | 0x3fe0000000000000 : next();
  if (kind == DOUBLES) return PICK(doubles);
  if (kind == SINGLES) return PICK(singles) | (uint64_t)PICK(singles) << 32;
  return PICK(integers);
}
static ymm vector(enum kind kind) {
  ymm value;
  for (int i = 0; i < 4; i++) value.q[i] = word(kind);
  return value;
}

static void mix(uint64_t *hash, const void *data, size_t size) {
  for (size_t i = 0; i < size; i += 8) {
    uint64_t value;
    memcpy(&value, (const char *)data + i, 8);
    *hash = (*hash ^ value) * 0x100000001b3;
    *hash ^= *hash >> 29;
  }
}

static char memory[160] __attribute__((aligned(32)));
static ymm v[4];
static uint64_t rax, flags, hash;
static uint32_t control;
enum { rounds = 12 };
static const uint32_t controls[] = {0x1f80, 0x1fa0, 0x3f80, 0x5f80, 0x7f80, 0x9f80, 0x1fc0, 0xffc0};

static void prepare(enum kind kind, int round) {
  if (round == 0) hash = 0xcbf29ce484222325;
  for (int k = 0; k < 4; k++) v[k] = vector(kind);
  for (int k = 0; k < 20; k++) memcpy(memory + 8 * k, &(uint64_t){word(kind)}, 8);
  rax = word(INTEGERS);
  control = controls[round % 8];
}
static void finish(void) {
  flags &= 0x8d5;
  mix(&hash, v, sizeof v);
  mix(&hash, memory, sizeof memory);
  mix(&hash, &rax, 8);
  mix(&hash, &flags, 8);
  mix(&hash, &(uint64_t){control}, 8);
}

/** Runs the instructions with %ymm0 to %ymm3, %rax and memory given; prints a hash of what they are then. */
#define RUN(kind, text) \
  for (int i = 0; i < rounds; i++) { \
    prepare(kind, i); \
    __asm__ volatile("vldmxcsr %3; vmovdqa (%4), %%ymm0; vmovdqa 32(%4), %%ymm1; vmovdqa 64(%4), %%ymm2;" \
                     "vmovdqa 96(%4), %%ymm3; cmp %%eax, %%eax;" text "; pushfq; popq %1; vmovdqa %%ymm0, (%4);" \
                     "vmovdqa %%ymm1, 32(%4); vmovdqa %%ymm2, 64(%4); vmovdqa %%ymm3, 96(%4); vstmxcsr %3; vzeroupper" \
                     : "+a"(rax), "=&r"(flags) \
                     : "r"(memory), "m"(control), "r"(v) \
                     : "rcx", "rdx", "rdi", "xmm0", "xmm1", "xmm2", "xmm3", "memory", "cc"); \
    finish(); \
  } \
  printf("%016lx %s\n", hash, text);
#define BOTH(kind, name, before, after) \
  RUN(kind, name before " %%xmm2, %%xmm1, %%xmm0" after) RUN(kind, name before " 9(%2), %%xmm1, %%xmm0" after) \
  RUN(kind, name before " %%ymm2, %%ymm1, %%ymm0" after) RUN(kind, name before " 9(%2), %%ymm1, %%ymm0" after)
#define TWO(kind, name) BOTH(kind, name, "", "")
#define TWO_IMMEDIATE(kind, name, immediate) BOTH(kind, name, " $" #immediate ",", "")
#define ONE(kind, name, before) \
  RUN(kind, name before " %%xmm2, %%xmm0") RUN(kind, name before " 9(%2), %%xmm0") \
  RUN(kind, name before " %%ymm2, %%ymm0") RUN(kind, name before " 9(%2), %%ymm0")
#define SCALAR(kind, name, before) \
  RUN(kind, name before " %%xmm2, %%xmm1, %%xmm0") RUN(kind, name before " 9(%2), %%xmm1, %%xmm0")
#define UNARY128(kind, name, before) \
  RUN(kind, name before " %%xmm2, %%xmm0") RUN(kind, name before " 9(%2), %%xmm0")
#define WIDEN(name) \
  RUN(INTEGERS, name " %%xmm2, %%xmm0") RUN(INTEGERS, name " 9(%2), %%xmm0") \
  RUN(INTEGERS, name " %%xmm2, %%ymm0") RUN(INTEGERS, name " 9(%2), %%ymm0")
#define SHIFT(name) \
  RUN(INTEGERS, name " %%xmm2, %%xmm1, %%xmm0") RUN(INTEGERS, name " 9(%2), %%ymm1, %%ymm0") \
  RUN(INTEGERS, name " %%xmm2, %%ymm1, %%ymm0") RUN(INTEGERS, name " $3, %%ymm1, %%ymm0") \
  RUN(INTEGERS, name " $3, %%xmm1, %%xmm0") RUN(INTEGERS, name " $17, %%ymm1, %%ymm1") \
  RUN(INTEGERS, name " $64, %%ymm1, %%ymm0")
#define FLOATS(name) TWO(SINGLES, name "ps") TWO(DOUBLES, name "pd") SCALAR(SINGLES, name "ss", "") SCALAR(DOUBLES, name "sd", "")
#define COMPARE(n) \
  RUN(SINGLES, "vcmpps $" #n ", 9(%2), %%ymm1, %%ymm0") RUN(DOUBLES, "vcmppd $" #n ", %%xmm2, %%xmm1, %%xmm0") \
  SCALAR(SINGLES, "vcmpss", " $" #n ",") RUN(DOUBLES, "vcmpsd $" #n ", %%xmm2, %%xmm1, %%xmm0")
#define ROUND(n) \
  ONE(SINGLES, "vroundps", " $" #n ",") ONE(DOUBLES, "vroundpd", " $" #n ",") \
  SCALAR(SINGLES, "vroundss", " $" #n ",") SCALAR(DOUBLES, "vroundsd", " $" #n ",")
#define MOVE(name, at) \
  RUN(INTEGERS, name " %%ymm1, " at "(%2)") RUN(INTEGERS, name " " at "(%2), %%ymm1") \
  RUN(INTEGERS, name " %%xmm1, " at "(%2)") RUN(INTEGERS, name " " at "(%2), %%xmm1") \
  RUN(INTEGERS, name " %%ymm2, %%ymm1") RUN(INTEGERS, name " %%xmm2, %%xmm1")

static void floating_point(void) {
  FLOATS("vadd") FLOATS("vsub") FLOATS("vmul") FLOATS("vdiv") FLOATS("vmin") FLOATS("vmax")
  TWO(SINGLES, "vaddsubps") TWO(DOUBLES, "vaddsubpd") TWO(SINGLES, "vhaddps") TWO(DOUBLES, "vhaddpd")
  TWO(SINGLES, "vhsubps") TWO(DOUBLES, "vhsubpd") TWO_IMMEDIATE(SINGLES, "vdpps", 0x7b)
  SCALAR(DOUBLES, "vdppd", " $0x31,")
  ONE(SINGLES, "vsqrtps", "") ONE(DOUBLES, "vsqrtpd", "") SCALAR(SINGLES, "vsqrtss", "") SCALAR(DOUBLES, "vsqrtsd", "")
  ROUND(0) ROUND(1) ROUND(2) ROUND(3) ROUND(4) ROUND(12)
  COMPARE(0) COMPARE(1) COMPARE(2) COMPARE(3) COMPARE(4) COMPARE(5) COMPARE(6) COMPARE(7)
  COMPARE(8) COMPARE(9) COMPARE(10) COMPARE(11) COMPARE(12) COMPARE(13) COMPARE(14) COMPARE(15)
  COMPARE(16) COMPARE(17) COMPARE(18) COMPARE(19) COMPARE(20) COMPARE(21) COMPARE(22) COMPARE(23)
  COMPARE(24) COMPARE(25) COMPARE(26) COMPARE(27) COMPARE(28) COMPARE(29) COMPARE(30) COMPARE(31)
  SCALAR(SINGLES, "vcvtss2sd", "") SCALAR(DOUBLES, "vcvtsd2ss", "")
  RUN(INTEGERS, "vcvtsi2ss %%eax, %%xmm1, %%xmm0") RUN(INTEGERS, "vcvtsi2sd %%rax, %%xmm1, %%xmm0")
  RUN(INTEGERS, "vcvtsi2ssq 9(%2), %%xmm1, %%xmm0") RUN(INTEGERS, "vcvtsi2sdl 9(%2), %%xmm1, %%xmm0")
  RUN(SINGLES, "vcvtss2si %%xmm2, %%rax") RUN(SINGLES, "vcvttss2si 9(%2), %%eax")
  RUN(DOUBLES, "vcvtsd2si %%xmm2, %%rax") RUN(DOUBLES, "vcvttsd2si 9(%2), %%eax")
  ONE(INTEGERS, "vcvtdq2ps", "") WIDEN("vcvtdq2pd") ONE(SINGLES, "vcvtps2dq", "") ONE(SINGLES, "vcvttps2dq", "")
  RUN(SINGLES, "vcvtps2pd %%xmm2, %%ymm0") RUN(SINGLES, "vcvtps2pd 9(%2), %%ymm0") UNARY128(SINGLES, "vcvtps2pd", "")
  RUN(DOUBLES, "vcvtpd2ps %%ymm2, %%xmm0") RUN(DOUBLES, "vcvtpd2psy 9(%2), %%xmm0")
  RUN(DOUBLES, "vcvtpd2ps %%xmm2, %%xmm0") RUN(DOUBLES, "vcvtpd2psx 9(%2), %%xmm0")
  RUN(DOUBLES, "vcvtpd2dq %%ymm2, %%xmm0") RUN(DOUBLES, "vcvttpd2dqy 9(%2), %%xmm0")
  RUN(DOUBLES, "vcvttpd2dq %%xmm2, %%xmm0") RUN(DOUBLES, "vcvtpd2dqx 9(%2), %%xmm0")
  UNARY128(SINGLES, "vcomiss", "") UNARY128(DOUBLES, "vcomisd", "") UNARY128(SINGLES, "vucomiss", "")
  UNARY128(DOUBLES, "vucomisd", "")
  TWO(SINGLES, "vandps") TWO(DOUBLES, "vandpd") TWO(SINGLES, "vandnps") TWO(DOUBLES, "vandnpd") TWO(SINGLES, "vorps")
  TWO(DOUBLES, "vorpd") TWO(SINGLES, "vxorps") TWO(DOUBLES, "vxorpd")
}

static void packed_integers(void) {
#define X(name) TWO(INTEGERS, #name)
  X(vpand) X(vpor) X(vpxor) X(vpandn) X(vpaddb) X(vpaddw) X(vpaddd) X(vpaddq) X(vpaddsb) X(vpaddsw) X(vpaddusb)
  X(vpaddusw) X(vpsubb) X(vpsubw) X(vpsubd) X(vpsubq) X(vpsubsb) X(vpsubsw) X(vpsubusb) X(vpsubusw) X(vpmullw)
  X(vpmulhw) X(vpmulhuw) X(vpmulld) X(vpmuludq) X(vpmuldq) X(vpmaddwd) X(vpmaddubsw) X(vpmulhrsw) X(vpsadbw)
  X(vpavgb) X(vpavgw) X(vpmaxub) X(vpmaxsb) X(vpmaxuw) X(vpmaxsw) X(vpmaxud) X(vpmaxsd) X(vpminub) X(vpminsb)
  X(vpminuw) X(vpminsw) X(vpminud) X(vpminsd) X(vpcmpeqb) X(vpcmpeqw) X(vpcmpeqd) X(vpcmpeqq) X(vpcmpgtb)
  X(vpcmpgtw) X(vpcmpgtd) X(vpcmpgtq) X(vpacksswb) X(vpackuswb) X(vpackssdw) X(vpackusdw) X(vpunpcklbw)
  X(vpunpcklwd) X(vpunpckldq) X(vpunpcklqdq) X(vpunpckhbw) X(vpunpckhwd) X(vpunpckhdq) X(vpunpckhqdq) X(vunpcklps)
  X(vunpcklpd) X(vunpckhps) X(vunpckhpd) X(vpshufb) X(vpsignb) X(vpsignw) X(vpsignd) X(vphaddw) X(vphaddd)
  X(vphaddsw) X(vphsubw) X(vphsubd) X(vphsubsw)
#undef X
#define X(name) ONE(INTEGERS, #name, "")
  X(vpabsb) X(vpabsw) X(vpabsd) X(vmovsldup) X(vmovshdup) X(vmovddup) X(vptest) X(vtestps) X(vtestpd)
#undef X
  WIDEN("vpmovsxbw") WIDEN("vpmovsxbd") WIDEN("vpmovsxbq") WIDEN("vpmovsxwd") WIDEN("vpmovsxwq") WIDEN("vpmovsxdq")
  WIDEN("vpmovzxbw") WIDEN("vpmovzxbd") WIDEN("vpmovzxbq") WIDEN("vpmovzxwd") WIDEN("vpmovzxwq") WIDEN("vpmovzxdq")
  SHIFT("vpsllw") SHIFT("vpslld") SHIFT("vpsllq") SHIFT("vpsrlw") SHIFT("vpsrld") SHIFT("vpsrlq") SHIFT("vpsraw")
  SHIFT("vpsrad")
  RUN(INTEGERS, "vpslldq $5, %%ymm1, %%ymm0") RUN(INTEGERS, "vpsrldq $11, %%xmm1, %%xmm0")
  RUN(INTEGERS, "vpsrldq $3, %%ymm1, %%ymm0") RUN(INTEGERS, "vpslldq $200, %%xmm1, %%xmm0")
  TWO_IMMEDIATE(INTEGERS, "vpalignr", 5) TWO_IMMEDIATE(INTEGERS, "vpalignr", 21) TWO_IMMEDIATE(INTEGERS, "vpblendw", 0xa6)
  TWO_IMMEDIATE(INTEGERS, "vshufps", 0x6c) TWO_IMMEDIATE(INTEGERS, "vshufpd", 0x6) TWO_IMMEDIATE(INTEGERS, "vblendps", 0x6c)
  TWO_IMMEDIATE(INTEGERS, "vblendpd", 0x9) TWO_IMMEDIATE(INTEGERS, "vmpsadbw", 0x2e)
  ONE(INTEGERS, "vpshufd", " $0x6c,") ONE(INTEGERS, "vpshuflw", " $0x93,") ONE(INTEGERS, "vpshufhw", " $0x1e,")
#define BLEND(name) \
  RUN(INTEGERS, name " %%xmm3, %%xmm2, %%xmm1, %%xmm0") RUN(INTEGERS, name " %%xmm3, 9(%2), %%xmm1, %%xmm0") \
  RUN(INTEGERS, name " %%ymm3, %%ymm2, %%ymm1, %%ymm0") RUN(INTEGERS, name " %%ymm3, 9(%2), %%ymm1, %%ymm3")
  BLEND("vblendvps") BLEND("vblendvpd") BLEND("vpblendvb")
  SCALAR(INTEGERS, "vinsertps", " $0x9a,") SCALAR(INTEGERS, "vaesenc", "") SCALAR(INTEGERS, "vaesenclast", "")
  SCALAR(INTEGERS, "vaesdec", "") SCALAR(INTEGERS, "vaesdeclast", "") SCALAR(INTEGERS, "vpclmulqdq", " $0x10,")
  UNARY128(INTEGERS, "vphminposuw", "") UNARY128(INTEGERS, "vaesimc", "") UNARY128(INTEGERS, "vaeskeygenassist", " $7,")
  RUN(INTEGERS, "vpinsrb $11, %%eax, %%xmm1, %%xmm0") RUN(INTEGERS, "vpinsrw $3, 9(%2), %%xmm1, %%xmm0")
  RUN(INTEGERS, "vpinsrd $2, %%eax, %%xmm1, %%xmm0") RUN(INTEGERS, "vpinsrq $1, 9(%2), %%xmm1, %%xmm0")
  RUN(INTEGERS, "vpextrb $11, %%xmm1, %%eax") RUN(INTEGERS, "vpextrw $3, %%xmm1, 9(%2)")
  RUN(INTEGERS, "vpextrw $5, %%xmm1, %%eax") RUN(INTEGERS, "vpextrd $2, %%xmm1, 9(%2)")
  RUN(INTEGERS, "vpextrq $1, %%xmm1, %%rax") RUN(INTEGERS, "vextractps $3, %%xmm1, %%eax")
  RUN(INTEGERS, "vmovmskps %%xmm1, %%eax") RUN(INTEGERS, "vmovmskps %%ymm1, %%eax")
  RUN(INTEGERS, "vmovmskpd %%xmm1, %%eax") RUN(INTEGERS, "vmovmskpd %%ymm1, %%eax")
  RUN(INTEGERS, "vpmovmskb %%xmm1, %%eax") RUN(INTEGERS, "vpmovmskb %%ymm1, %%eax")
  RUN(INTEGERS, "lea 9(%2), %%rdi; vmaskmovdqu %%xmm2, %%xmm1")
  RUN(INTEGERS, "vpcmpistri $0x0c, %%xmm2, %%xmm1; mov %%ecx, %%eax") RUN(INTEGERS, "vpcmpistrm $0x44, 9(%2), %%xmm1")
  RUN(INTEGERS, "mov $7, %%eax; mov $9, %%edx; vpcmpestri $0x19, %%xmm2, %%xmm1; mov %%ecx, %%eax")
  RUN(INTEGERS, "mov $7, %%eax; mov $9, %%edx; vpcmpestrm $0x40, 9(%2), %%xmm1")
}

static void moves(void) {
  MOVE("vmovups", "9") MOVE("vmovupd", "9") MOVE("vmovdqu", "9") MOVE("vmovaps", "32") MOVE("vmovapd", "32")
  MOVE("vmovdqa", "32")
  RUN(INTEGERS, "vlddqu 9(%2), %%ymm1") RUN(INTEGERS, "vlddqu 9(%2), %%xmm1")
  RUN(INTEGERS, "vmovntps %%ymm1, 32(%2)") RUN(INTEGERS, "vmovntpd %%xmm1, 16(%2)") RUN(INTEGERS, "vmovntdq %%ymm1, 64(%2)")
  RUN(INTEGERS, "vmovntdqa 64(%2), %%ymm1") RUN(INTEGERS, "vmovntdqa 16(%2), %%xmm1")
  RUN(INTEGERS, "vmovss %%xmm2, %%xmm1, %%xmm0") RUN(INTEGERS, "vmovss 9(%2), %%xmm0") RUN(INTEGERS, "vmovss %%xmm0, 9(%2)")
  RUN(INTEGERS, "vmovsd %%xmm2, %%xmm1, %%xmm2") RUN(INTEGERS, "vmovsd 9(%2), %%xmm0") RUN(INTEGERS, "vmovsd %%xmm0, 9(%2)")
  RUN(INTEGERS, "vmovd %%eax, %%xmm0") RUN(INTEGERS, "vmovd %%xmm0, %%eax") RUN(INTEGERS, "vmovd 9(%2), %%xmm0")
  RUN(INTEGERS, "vmovd %%xmm0, 9(%2)") RUN(INTEGERS, "vmovq %%rax, %%xmm0") RUN(INTEGERS, "vmovq %%xmm0, %%rax")
  RUN(INTEGERS, "vmovq 9(%2), %%xmm0") RUN(INTEGERS, "vmovq %%xmm0, 9(%2)") RUN(INTEGERS, "vmovq %%xmm1, %%xmm0")
  RUN(INTEGERS, "vmovlps 9(%2), %%xmm1, %%xmm0") RUN(INTEGERS, "vmovlps %%xmm1, 9(%2)")
  RUN(INTEGERS, "vmovlpd 9(%2), %%xmm1, %%xmm0") RUN(INTEGERS, "vmovlpd %%xmm1, 9(%2)")
  RUN(INTEGERS, "vmovhps 9(%2), %%xmm1, %%xmm0") RUN(INTEGERS, "vmovhps %%xmm1, 9(%2)")
  RUN(INTEGERS, "vmovhpd 9(%2), %%xmm1, %%xmm0") RUN(INTEGERS, "vmovhpd %%xmm1, 9(%2)")
  RUN(INTEGERS, "vmovhlps %%xmm2, %%xmm1, %%xmm2") RUN(INTEGERS, "vmovlhps %%xmm2, %%xmm1, %%xmm2")
  RUN(INTEGERS, "vzeroupper") RUN(INTEGERS, "vzeroall")
  // What SSE writes leaves the upper half alone.
  RUN(INTEGERS, "paddd %%xmm2, %%xmm0; movss 9(%2), %%xmm1; cvtdq2pd %%xmm2, %%xmm2; movd %%eax, %%xmm3")
}

#define MASKED(name) \
  RUN(INTEGERS, name " 9(%2), %%xmm1, %%xmm0") RUN(INTEGERS, name " 9(%2), %%ymm1, %%ymm0") \
  RUN(INTEGERS, name " %%xmm2, %%xmm1, 9(%2)") RUN(INTEGERS, name " %%ymm2, %%ymm1, 9(%2)")
// Indices from 0 to 15, and from 0 to -15.
#define GATHER(name, letter, shift, x, y, z) \
  RUN(INTEGERS, "vpsrl" letter " " shift ", %%xmm2, %%xmm2; " name " %%xmm1, 9(%2, %%xmm2, 8), %%xmm0") \
  RUN(INTEGERS, "vpsrl" letter " " shift ", %%ymm2, %%ymm3; vpxor %%ymm2, %%ymm2, %%ymm2; vpsub" letter \
                " %%ymm3, %%ymm2, %%ymm2; " name " %%" x "mm1, 64(%2, %%" y "mm2, 4), %%" z "mm0")

static void avx_only(void) {
  RUN(INTEGERS, "vbroadcastss 9(%2), %%xmm0") RUN(INTEGERS, "vbroadcastss 9(%2), %%ymm0")
  RUN(INTEGERS, "vbroadcastss %%xmm2, %%xmm0") RUN(INTEGERS, "vbroadcastss %%xmm2, %%ymm0")
  RUN(INTEGERS, "vbroadcastsd 9(%2), %%ymm0") RUN(INTEGERS, "vbroadcastsd %%xmm2, %%ymm0")
  RUN(INTEGERS, "vbroadcastf128 9(%2), %%ymm0") RUN(INTEGERS, "vbroadcasti128 9(%2), %%ymm0")
  WIDEN("vpbroadcastb") WIDEN("vpbroadcastw") WIDEN("vpbroadcastd") WIDEN("vpbroadcastq")
  RUN(INTEGERS, "vinsertf128 $0, 9(%2), %%ymm1, %%ymm0") RUN(INTEGERS, "vinserti128 $1, %%xmm0, %%ymm1, %%ymm0")
  RUN(INTEGERS, "vextractf128 $1, %%ymm1, %%xmm0") RUN(INTEGERS, "vextracti128 $0, %%ymm1, %%xmm0")
  RUN(INTEGERS, "vextractf128 $0, %%ymm1, 9(%2)") RUN(INTEGERS, "vextracti128 $1, %%ymm1, 9(%2)")
  RUN(INTEGERS, "vperm2f128 $0x13, 9(%2), %%ymm1, %%ymm0") RUN(INTEGERS, "vperm2i128 $0x28, %%ymm2, %%ymm1, %%ymm0")
  RUN(INTEGERS, "vperm2f128 $0x02, %%ymm0, %%ymm1, %%ymm0") RUN(INTEGERS, "vperm2i128 $0x81, %%ymm2, %%ymm1, %%ymm1")
  ONE(INTEGERS, "vpermilps", " $0x6c,") ONE(INTEGERS, "vpermilpd", " $0x6,") TWO(INTEGERS, "vpermilps")
  TWO(INTEGERS, "vpermilpd")
  MASKED("vmaskmovps") MASKED("vmaskmovpd") MASKED("vpmaskmovd") MASKED("vpmaskmovq")
}

static void avx2_only(void) {
  RUN(INTEGERS, "vpermd %%ymm2, %%ymm1, %%ymm0") RUN(INTEGERS, "vpermps 9(%2), %%ymm1, %%ymm0")
  RUN(INTEGERS, "vpermq $0x6c, %%ymm2, %%ymm0") RUN(INTEGERS, "vpermpd $0xb1, 9(%2), %%ymm0")
  TWO(INTEGERS, "vpsllvd") TWO(INTEGERS, "vpsrlvd") TWO(INTEGERS, "vpsravd") TWO(INTEGERS, "vpsllvq") TWO(INTEGERS, "vpsrlvq")
  // Counts that are small.
  RUN(INTEGERS, "vpsrld $27, %%ymm2, %%ymm2; vpsllvd %%ymm2, %%ymm1, %%ymm0; vpsrlvd %%ymm2, %%ymm1, %%ymm3")
  RUN(INTEGERS, "vpsrld $27, %%ymm2, %%ymm2; vpsravd %%ymm2, %%ymm1, %%ymm0; vpsrlq $32, %%ymm2, %%ymm3;"
                "vpsllvq %%ymm3, %%ymm1, %%ymm2; vpsrlvq %%ymm3, %%ymm1, %%ymm3")
  TWO_IMMEDIATE(INTEGERS, "vpblendd", 0xa6)
  GATHER("vpgatherdd", "d", "$28", "y", "y", "y") GATHER("vgatherdps", "d", "$28", "y", "y", "y") GATHER("vpgatherdq", "d", "$28", "y", "x", "y")
  GATHER("vgatherdpd", "d", "$28", "y", "x", "y") GATHER("vpgatherqd", "q", "$60", "x", "y", "x") GATHER("vgatherqps", "q", "$60", "x", "y", "x")
  GATHER("vpgatherqq", "q", "$60", "y", "y", "y") GATHER("vgatherqpd", "q", "$60", "y", "y", "y")
}

int main(void) {
  avx_only();
  avx2_only();
  floating_point();
  packed_integers();
  moves();
  return 0;
}
