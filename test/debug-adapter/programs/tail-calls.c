/* Functions that leave by a tail call: on the only way there is, on one of two, and by a computed address. */
#include <stdio.h>

static volatile int sink;

__attribute__((noinline)) int deepest(int number) {
  sink = number;
  return sink + 1;
}

__attribute__((noinline)) int middle(int number) {
  sink = 2;
  return deepest(number + 1);
}

__attribute__((noinline)) int outer(int number) {
  sink = 1;
  return middle(number + 1);
}

__attribute__((noinline)) static int left(int number) {
  sink = 3;
  return deepest(number);
}

__attribute__((noinline)) static int right(int number) {
  sink = 4;
  return deepest(number);
}

__attribute__((noinline)) int either(int number) {
  if (number > 3) return left(number + 1);
  return right(number + 2);
}

__attribute__((noinline)) int computed(int number, int (*next)(int)) {
  sink = 5;
  return next(number);
}

__attribute__((noinline)) int plain(int number) {
  int result = deepest(number);
  return result + sink;
}

static inline __attribute__((always_inline)) int inlined(int number) {
  sink = 6;
  return middle(number);
}

__attribute__((noinline)) int around(int number) { return inlined(number * 2); }

int main(int argc, char **argv) {
  int total = outer(argc) + sink;
  total += either(argc + 4) + sink;
  total += either(argc) + sink;
  total += computed(argc, deepest) + sink;
  total += computed(argc, outer) + sink;
  total += plain(argc) + sink;
  total += around(argc) + sink;
  printf("%d\n", total);
  return 0;
}
