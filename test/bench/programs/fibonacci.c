/* The 28th Fibonacci number by its definition, `size` times: calls and returns. */
#include "support.h"

__attribute__((noinline)) static uint64_t fibonacci(uint64_t number) {
  return number < 2 ? number : fibonacci(number - 1) + fibonacci(number - 2);
}

uint64_t work(uint64_t size) {
  uint64_t sum = 0;
  for (uint64_t round = 0; round < size; round++) sum += fibonacci(28 + (sum == ~0ull));
  return sum;
}
