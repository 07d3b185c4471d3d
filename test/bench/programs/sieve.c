/* The sieve of Eratosthenes over a quarter of a million numbers, `size` times; the sum of the primes found. */
#include "support.h"

enum { limit = 1 << 18 };
static uint8_t composite[limit];

static uint64_t sieve(void) {
  uint64_t sum = 0;
  for (uint32_t number = 0; number < limit; number++) composite[number] = 0;
  for (uint32_t number = 2; number < limit; number++) {
    if (composite[number]) continue;
    sum += number;
    for (uint64_t multiple = (uint64_t)number * number; multiple < limit; multiple += number) composite[multiple] = 1;
  }
  return sum;
}

uint64_t work(uint64_t size) {
  uint64_t sum = 0;
  for (uint64_t round = 0; round < size; round++) sum = sum * 31 + sieve();
  return sum;
}
