/* Calls, recursion, a loop, and functions that the compiler puts into their callers: to be stepped through. */
#include <stdio.h>

static int square(int number) {
  int result = number * number;
  return result;
}

static inline __attribute__((always_inline)) int twice(int number) {
  int doubled = number + number;
  return doubled;
}

static inline __attribute__((always_inline)) int thrice(int number) {
  int more = twice(number);
  return more + number;
}

static int depth(int left) {
  if (left == 0) return 0;
  int below = depth(left - 1);
  return below + 1;
}

int sum(int count) {
  int total = 0;
  for (int index = 1; index <= count; index++) {
    total += square(index);
    total += thrice(index);
  }
  return total;
}

int main(int argc, char **argv) {
  int total = sum(2 + argc);
  total += depth(3);
  total += square(twice(argc));
  printf("%d\n", total);
  return total & 1;
}
