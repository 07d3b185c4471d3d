/* Functions that the compiler puts into their callers: alone on a line, at the start of others, and in several places. */
#include <stdio.h>

static volatile int sink;

static inline __attribute__((always_inline)) int increment(int number) { return number + 1; }

static inline __attribute__((always_inline)) void note(int number) {
  sink = number;
  sink += 2;
}

static inline __attribute__((always_inline)) int nested(int number) {
  int more = increment(number);
  note(more);
  return more;
}

static __attribute__((noinline)) int kept(int number) {
  note(number);
  return number * 3;
}

__attribute__((noinline)) int work(int count) {
  int total = 0;
  for (int index = 0; index < count; index++) {
    note(index);
    total += kept(index);
    total += nested(total); sink = total;
  }
  nested(total);
  return total;
}

__attribute__((noinline)) int last(int number) {
  sink = number;
  return work(number);
}

int main(int argc, char **argv) {
  note(argc);
  int total = work(argc + 2);
  total += last(argc);
  printf("%d\n", total);
  return 0;
}
