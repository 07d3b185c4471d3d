// SHA-1 and SHA-256 of a growing message by the processor's instructions, where cpuid announces them, against C.
#include <cpuid.h>
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint32_t rotate(uint32_t x, int by) { return (x >> by) | (x << (32 - by)); }

static uint32_t k[64];

/** The constants of SHA-256: the fractions of the cube roots of the first primes, by integers. */
static void make_constants(void) {
  int n = 0;
  for (int p = 2; n < 64; p++) {
    int prime = 1;
    for (int d = 2; d * d <= p; d++) prime &= p % d != 0;
    if (!prime) continue;
    // The largest r with r³ ≤ p · 2⁹⁶.
    unsigned __int128 low = 0, high = (unsigned __int128)8 << 32;
    while (high - low > 1) {
      unsigned __int128 middle = (low + high) / 2;
      if (middle * middle * middle <= (unsigned __int128)p << 96) low = middle;
      else high = middle;
    }
    k[n++] = (uint32_t)low;
  }
}

static void sha256_in_c(uint32_t state[8], const uint32_t block[16]) {
  uint32_t w[64], s[8];
  memcpy(w, block, 64);
  memcpy(s, state, 32);
  for (int i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ (a >> 3)) + (rotate(b, 17) ^ rotate(b, 19) ^ (b >> 10));
  }
  for (int i = 0; i < 64; i++) {
    uint32_t e = s[4], a = s[0];
    uint32_t one = s[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + k[i] + w[i];
    uint32_t two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 28);
    s[4] += one;
    s[0] = one + two;
  }
  for (int i = 0; i < 8; i++) state[i] += s[i];
}

__attribute__((target("sha,sse4.1"))) static void sha256_by_instructions(uint32_t state[8], const uint32_t block[16]) {
  __m128i abef = _mm_set_epi32(state[0], state[1], state[4], state[5]);
  __m128i cdgh = _mm_set_epi32(state[2], state[3], state[6], state[7]);
  __m128i first = abef, second = cdgh, w[16];
  for (int i = 0; i < 16; i++) {
    if (i < 4) w[i] = _mm_loadu_si128((const __m128i *)block + i);
    else {
      __m128i mixed = _mm_add_epi32(_mm_sha256msg1_epu32(w[i - 4], w[i - 3]), _mm_alignr_epi8(w[i - 1], w[i - 2], 4));
      w[i] = _mm_sha256msg2_epu32(mixed, w[i - 1]);
    }
    __m128i sum = _mm_add_epi32(w[i], _mm_loadu_si128((const __m128i *)k + i));
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
  }
  abef = _mm_add_epi32(abef, first);
  cdgh = _mm_add_epi32(cdgh, second);
  state[0] = _mm_extract_epi32(abef, 3), state[1] = _mm_extract_epi32(abef, 2);
  state[4] = _mm_extract_epi32(abef, 1), state[5] = _mm_extract_epi32(abef, 0);
  state[2] = _mm_extract_epi32(cdgh, 3), state[3] = _mm_extract_epi32(cdgh, 2);
  state[6] = _mm_extract_epi32(cdgh, 1), state[7] = _mm_extract_epi32(cdgh, 0);
}

static uint32_t rol(uint32_t x, int by) { return rotate(x, 32 - by); }

static void sha1_in_c(uint32_t state[5], const uint32_t block[16]) {
  static const uint32_t constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
  uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  memcpy(w, block, 64);
  for (int i = 16; i < 80; i++) w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  for (int i = 0; i < 80; i++) {
    uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
    uint32_t next = rol(a, 5) + f + e + constants[i / 20] + w[i];
    e = d, d = c, c = rol(b, 30), b = a, a = next;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

__attribute__((target("sha,sse4.1"))) static void sha1_by_instructions(uint32_t state[5], const uint32_t block[16]) {
  __m128i abcd = _mm_set_epi32(state[0], state[1], state[2], state[3]), start = abcd;
  __m128i e = _mm_set_epi32(state[4], 0, 0, 0), before = e, next, w[20];
  for (int i = 0; i < 20; i++) {
    if (i < 4) w[i] = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)block + i), 0x1b);
    else w[i] = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(w[i - 4], w[i - 3]), w[i - 2]), w[i - 1]);
    switch (i / 5) {
      case 0: next = _mm_sha1rnds4_epu32(abcd, i == 0 ? _mm_add_epi32(e, w[0]) : _mm_sha1nexte_epu32(before, w[i]), 0); break;
      case 1: next = _mm_sha1rnds4_epu32(abcd, _mm_sha1nexte_epu32(before, w[i]), 1); break;
      case 2: next = _mm_sha1rnds4_epu32(abcd, _mm_sha1nexte_epu32(before, w[i]), 2); break;
      default: next = _mm_sha1rnds4_epu32(abcd, _mm_sha1nexte_epu32(before, w[i]), 3); break;
    }
    before = abcd;
    abcd = next;
  }
  __m128i last = _mm_sha1nexte_epu32(before, e);
  abcd = _mm_add_epi32(abcd, start);
  state[0] = _mm_extract_epi32(abcd, 3), state[1] = _mm_extract_epi32(abcd, 2);
  state[2] = _mm_extract_epi32(abcd, 1), state[3] = _mm_extract_epi32(abcd, 0);
  state[4] = _mm_extract_epi32(last, 3);
}

int main(void) {
  unsigned a, b, c, d;
  __get_cpuid_count(7, 0, &a, &b, &c, &d);
  int has = (b >> 29) & 1;
  make_constants();
  uint32_t by_c[13], by_instructions[13], block[16];
  for (int i = 0; i < 13; i++) by_c[i] = by_instructions[i] = 0x6a09e667u * (i + 1);
  for (int round = 0; round < 40; round++) {
    for (int i = 0; i < 16; i++) block[i] = (round + 1) * 0x9e3779b9u * (i + 3) ^ by_c[i % 13];
    sha256_in_c(by_c, block);
    sha1_in_c(by_c + 8, block);
    if (has) {
      sha256_by_instructions(by_instructions, block);
      sha1_by_instructions(by_instructions + 8, block);
      if (memcmp(by_c, by_instructions, sizeof by_c) != 0) return printf("round %d differs\n", round), 1;
    }
  }
  for (int i = 0; i < 13; i++) printf("%08x ", by_c[i]);
  printf("\n");
  return 0;
}
