/* What the debuggers are measured on: built with gcc -g -O0 -static. Its argument says how often it works. */
#include <stdio.h>
#include <stdlib.h>

struct point {
  long x, y;
  const char *name;
};

volatile long counter;

__attribute__((noinline)) static long work(long round, struct point *place) {
  long before = counter;
  place->x += round;
  place->y -= before;
  counter = before + 1;
  return place->x + place->y;
}

int main(int argc, char **argv) {
  long rounds = argc > 1 ? atol(argv[1]) : 10;
  struct point place = {1, 2, "somewhere"};
  long sum = 0;
  for (long round = 0; round < rounds; round++) {
    sum += work(round, &place);
  }
  printf("%ld\n", sum);
  return 0;
}
