// Fibers in which exceptions are thrown and caught, and switches inside of handlers.
#include <stdexcept>
#include <cstdlib>
extern "C" {
#include "fiber.h"
}
static fiber base, one, two;
static int sum;
__attribute__((noinline)) static void deep(int n) {
  if (n == 0) throw std::runtime_error("deep");
  deep(n - 1);
  sum++;
}
extern "C" void first() {
  for (int i = 0;; i++) {
    try {
      deep(i);
    } catch (const std::runtime_error &) {
      sum += 10;
      go(&one, &two);
    }
  }
}
extern "C" void second() {
  for (;;) {
    try {
      deep(3);
    } catch (...) {
      go(&two, &base);
    }
    go(&two, &base);
  }
}
int main() {
  prepare(&one, static_cast<char *>(std::malloc(32768)) + 32768, first);
  prepare(&two, static_cast<char *>(std::malloc(32768)) + 32768, second);
  for (int i = 0; i < 6; i++) go(&base, &one);
  printf("sum %d\n", sum);
  return truth("first second");
}
