/* Numbers that compilers and libraries make of smaller ones: 128 bits, long double, complex, _Float128, C11 atomics. */
#include <complex.h>
#include <fenv.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef __int128 i128;
typedef unsigned __int128 u128;

static uint64_t seed = 88172645463325252u;
static uint64_t next(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}
static uint64_t sum;
static void add(const void *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) sum = (sum ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3u;
}
static void report(const char *what) {
  printf("%s %016" PRIx64 "\n", what, sum);
  sum = 0xcbf29ce484222325u;
}

static void print128(u128 value) {
  char text[40];
  int at = sizeof text;
  text[--at] = 0;
  do text[--at] = '0' + (int)(value % 10);
  while ((value /= 10) != 0);
  puts(text + at);
}

static void wide_integers(void) {
  print128(~(u128)0);
  print128((u128)0x123456789abcdef0 * 0xfedcba9876543210);
  for (int i = 0; i < 300; i++) {
    u128 a = (u128)next() << 64 | next(), b = (u128)(i % 3 ? next() >> (i % 64) : 0) << 64 | next() | 1;
    int shift = i % 128;
    u128 results[] = {a + b, a - b, a * b, a / b, a % b, a << shift, a >> shift, (u128)((i128)a >> shift), (u128)((i128)a / (i128)b),
                      (u128)((i128)a % -(i128)b), (u128)(a < b), (u128)((i128)a < (i128)b)};
    add(results, sizeof results);
    long double as_long = (long double)(i128)a;
    double as_double = (double)a, from = ldexp((double)b, -3);
    u128 back = (u128)from;
    float as_float = (float)(i128)b;
    add(&as_long, 10), add(&as_double, 8), add(&as_float, 4), add(&back, 16);
    i128 over;
    int flags = __builtin_add_overflow((i128)a, (i128)b, &over) | __builtin_mul_overflow((i128)a, (i128)(int)b, &over) << 1;
    add(&flags, 4), add(&over, 16);
    int64_t small;
    flags = __builtin_sub_overflow((int64_t)a, (int64_t)b, &small) | __builtin_mul_overflow((int64_t)a, (int64_t)b, &small) << 1;
    add(&flags, 4), add(&small, 8);
  }
  report("128 bits");
}

static void long_doubles(void) {
  static const char *const texts[] = {"0.1", "1e4000", "-3.645199531882474602528e-4951", "inf", "0x1.fffffffffffffffep+16383", "12345678901234567890.5", "nan"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    long double value = strtold(texts[i], NULL);
    printf("%Lg %.25Le %La %d %d\n", value, value, value, fpclassify(value), ilogbl(value));
  }
  for (int i = 0; i < 200; i++) {
    long double a = (long double)(int64_t)next() / (1 + i), b = ldexpl((long double)next(), i - 120) + 1;
    long double results[] = {a + b, a * b, a / b, fmal(a, b, -a), sqrtl(fabsl(a)), floorl(a / 3), rintl(b), fmodl(a, b), remainderl(a, b),
                             nextafterl(a, b), frexpl(a, &(int){0}), cbrtl(b), hypotl(a, b), roundl(a / 7), truncl(b)};
    for (size_t k = 0; k < sizeof results / sizeof *results; k++) add(&results[k], 10);
    int64_t as_integer = (int64_t)(a / 10), rounded = llrintl(a / 16);
    uint64_t as_unsigned = (uint64_t)fabsl(a / 10);
    double as_double = (double)a;
    float as_float = (float)a;
    add(&as_integer, 8), add(&rounded, 8), add(&as_unsigned, 8), add(&as_double, 8), add(&as_float, 4);
  }
  report("long double");
  printf("%.18Lf %.18Lf %.18Lf %.18Lf\n", sinl(1), expl(1), logl(10), atan2l(-1, -2));
}

static void complexes(void) {
  double complex a = 1.5 - 2 * I, b = -0.25 + 3 * I;
  double complex results[] = {a * b, a / b, csqrt(a), cexp(b), clog(a), cpow(a, b), csin(a), conj(b), cproj(a / 0.0)};
  for (size_t i = 0; i < sizeof results / sizeof *results; i++) printf("%.12g%+.12gi ", creal(results[i]), cimag(results[i]));
  float complex f = csqrtf(-4.0f + 0.0f * I) * (2.0f - 1.0f * I);
  long double complex l = (1.0L + 1.0L * I) / (3.0L - 1.0L * I) * (INFINITY + 0.0L * I);
  printf("%g%+gi %Lg%+Lgi %.15g\n", crealf(f), cimagf(f), creall(l), cimagl(l), cabs(a));
}

static void quad(void) {
#ifdef __GLIBC__
  _Float128 a = 1, b = 3;
  char text[80];
  strfromf128(text, sizeof text, "%.36g", a / b);
  puts(text);
  _Float128 root = 2;
  for (int i = 0; i < 8; i++) root = (root + 2 / root) / 2;
  strfromf128(text, sizeof text, "%.34f", root);
  puts(text);
  strfromf128(text, sizeof text, "%.30e", strtof128("1.234567890123456789e-4000", NULL));
  puts(text);
#endif
  for (int i = 0; i < 200; i++) {
    _Float128 x = (_Float128)(int64_t)next() / (i + 1), y = (_Float128)(double)next() * 0x1p-40;
    _Float128 results[] = {x + y, x - y, x * y, x / y, -x};
    int compared = (x < y) | (x == y) << 1 | (x >= y) << 2 | (x != x) << 3;
    double down = (double)x;
    long double extended = (long double)y;
    int64_t integer = (int64_t)x;
    u128 large = (u128)(y * 1e10f);
    add(results, sizeof results), add(&compared, 4), add(&down, 8), add(&extended, 10), add(&integer, 8), add(&large, 16);
  }
  report("_Float128");
}

static void environment(void) {
  static const int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
  for (int i = 0; i < 4; i++) {
    fesetround(modes[i]);
    volatile double third = 1.0, negative = -2.5;
    volatile float single = 1.0f;
    volatile long double extended = 1.0L;
    third /= 3, single /= 3, extended /= 3;
    printf("%a %a %La %ld %g %g\n", third, single, extended, lrint(negative), rint(negative), nearbyint(0.5));
  }
  fesetround(FE_TONEAREST);
  static const struct { const char *name; double a, b; } cases[] = {{"division", 1, 0}, {"invalid", 0, 0}, {"overflow", 1e308, 1e-10}, {"exact", 1, 2}, {"underflow", 5e-324, 3}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    feclearexcept(FE_ALL_EXCEPT);
    volatile double a = cases[i].a, b = cases[i].b, c = a / b;
    printf("%s %g %x\n", cases[i].name, c, (unsigned)fetestexcept(FE_ALL_EXCEPT));
  }
  feclearexcept(FE_ALL_EXCEPT);
}

struct mixed { double d; int i; char c; };
struct large { long values[5]; };
static double vary(int count, ...) {
  va_list arguments, again;
  va_start(arguments, count);
  va_copy(again, arguments);
  double total = 0;
  for (int i = 0; i < count; i++) {
    switch (i % 6) {
      case 0: total += va_arg(arguments, int); break;
      case 1: total += va_arg(arguments, double); break;
      case 2: total += (double)va_arg(arguments, long double); break;
      case 3: total += va_arg(arguments, struct mixed).d + 1; break;
      case 4: total += (double)va_arg(arguments, struct large).values[4]; break;
      case 5: total += (double)va_arg(arguments, i128); break;
    }
  }
  total += va_arg(again, int) * 1000.0;
  va_end(again);
  va_end(arguments);
  return total;
}

__attribute__((target("cx16"))) static void atomics(void) {
  _Atomic uint8_t byte = 250;
  _Atomic int16_t word = -3;
  _Atomic uint32_t number = 5;
  _Atomic int64_t large = INT64_MAX;
  _Atomic double real = 1.5;
  uint8_t b = atomic_fetch_add(&byte, 10);
  int16_t w = atomic_fetch_and(&word, 0x7ff0);
  uint32_t n = atomic_fetch_xor(&number, 0xffff);
  int64_t l = atomic_exchange(&large, -1);
  atomic_store(&real, atomic_load(&real) + 2.25);
  uint32_t expected = 1;
  int swapped = atomic_compare_exchange_strong(&number, &expected, 7);
  int again = atomic_compare_exchange_weak(&number, &expected, 7);
  printf("%u %u %d %d %u %u %" PRId64 " %g %d %d\n", b, byte, w, word, n, number, l, real, swapped, again);
  atomic_fetch_sub(&large, 41), atomic_fetch_or(&byte, 0x80), byte <<= 1, word *= 3;
  printf("%" PRId64 " %u %d %d\n", large, byte, word, (int)atomic_is_lock_free(&large));
  u128 cell = 5, seen = 5;
  int changed = __sync_bool_compare_and_swap(&cell, seen, ((u128)7 << 64) + 1);
  seen = __sync_val_compare_and_swap(&cell, (u128)5, (u128)6);
  printf("%d %d %d\n", changed, (int)(seen >> 64), (int)cell);
}

static void bits(void) {
  uint64_t total = 0;
  for (int i = 0; i < 300; i++) {
    uint64_t v = next() >> (i % 60) | 1;
    total += __builtin_popcountll(v) + 3 * __builtin_clzll(v) + 5 * __builtin_ctzll(v) + __builtin_parityll(v) + __builtin_ffs((int)v);
    total = (total << (i & 63) | total >> (-i & 63)) ^ __builtin_bswap64(v) ^ __builtin_bswap32((uint32_t)v);
  }
  printf("bits %016" PRIx64 "\n", total);
}

int main(void) {
  sum = 0xcbf29ce484222325u;
  wide_integers();
  long_doubles();
  complexes();
  quad();
  environment();
  printf("%.3f\n", vary(12, 1, 2.5, 3.5L, (struct mixed){4.5, 1, 'c'}, (struct large){{1, 2, 3, 4, 5}}, (i128)6, 7, 8.5, 9.5L,
                        (struct mixed){10.5, 2, 'd'}, (struct large){{5, 4, 3, 2, 1}}, (i128)-12));
  atomics();
  bits();
  return 0;
}
