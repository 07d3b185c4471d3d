/* Four floats or two doubles at a time: products of 4 by 4 matrices, and scaled sums and dot products of long vectors;
   `size` rounds. The result depends on every bit of both. */
#include <emmintrin.h>

#include "support.h"

enum { matrices = 64, length = 4096 };
static __m128 left[matrices][4], right[matrices][4], product[matrices][4];
static double first[length] __attribute__((aligned(16))), second[length] __attribute__((aligned(16)));

static void multiply(__m128 *result, const __m128 *a, const __m128 *b) {
  for (int row = 0; row < 4; row++) {
    __m128 sum = _mm_mul_ps(_mm_shuffle_ps(a[row], a[row], 0x00), b[0]);
    sum = _mm_add_ps(sum, _mm_mul_ps(_mm_shuffle_ps(a[row], a[row], 0x55), b[1]));
    sum = _mm_add_ps(sum, _mm_mul_ps(_mm_shuffle_ps(a[row], a[row], 0xaa), b[2]));
    sum = _mm_add_ps(sum, _mm_mul_ps(_mm_shuffle_ps(a[row], a[row], 0xff), b[3]));
    result[row] = sum;
  }
}

/* first ← first · scale + second */
static void scale_and_add(double scale) {
  __m128d factor = _mm_set1_pd(scale);
  for (int i = 0; i < length; i += 2) {
    __m128d sum = _mm_add_pd(_mm_mul_pd(_mm_load_pd(first + i), factor), _mm_load_pd(second + i));
    _mm_store_pd(first + i, sum);
  }
}

static double dot(void) {
  __m128d even = _mm_setzero_pd(), odd = _mm_setzero_pd();
  for (int i = 0; i < length; i += 4) {
    even = _mm_add_pd(even, _mm_mul_pd(_mm_load_pd(first + i), _mm_load_pd(second + i)));
    odd = _mm_add_pd(odd, _mm_mul_pd(_mm_load_pd(first + i + 2), _mm_load_pd(second + i + 2)));
  }
  __m128d both = _mm_add_pd(even, odd);
  return _mm_cvtsd_f64(both) + _mm_cvtsd_f64(_mm_unpackhi_pd(both, both));
}

uint64_t work(uint64_t size) {
  uint64_t state = 0x2545f4914f6cdd1d, result = 0;
  for (int i = 0; i < matrices * 16; i++) {
    ((float *)left)[i] = (float)(next_random(&state) >> 40) / (1 << 25);
    ((float *)right)[i] = (float)(next_random(&state) >> 40) / (1 << 25);
  }
  for (int i = 0; i < length; i++) {
    first[i] = (double)(next_random(&state) >> 32) / (1 << 30);
    second[i] = (double)(next_random(&state) >> 32) / (1 << 30);
  }
  for (uint64_t round = 0; round < size; round++) {
    for (int i = 0; i < matrices; i++) multiply(product[i], left[i], right[i]);
    for (int i = 0; i < matrices; i++) multiply(left[i], product[i], right[matrices - 1 - i]);
    scale_and_add(0.75);
    union {
      double number;
      uint64_t bits;
    } sum = {dot()};
    result = result * 31 + sum.bits;
    for (int i = 0; i < 4; i++) {
      union {
        __m128 floats;
        uint64_t bits[2];
      } row = {product[round % matrices][i]};
      result = (result ^ row.bits[0]) * 31 + row.bits[1];
    }
    /* Back to where the numbers began: neither infinite nor denormal. */
    for (int i = 0; i < matrices; i++)
      for (int k = 0; k < 4; k++) left[i][k] = _mm_sub_ps(right[i][k], _mm_set1_ps(0.25f));
  }
  return result;
}
