/* What every program of the benchmark has: a start without a C library, its size from the command line, its result on
   standard output. Nothing here takes time worth measuring. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdint.h>

/* The work itself, `size` times; what it returns is printed and must be the same wherever the program runs. */
uint64_t work(uint64_t size);

/* A generator of numbers that look random (xorshift64). */
static inline uint64_t next_random(uint64_t *state) {
  uint64_t x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

#endif
