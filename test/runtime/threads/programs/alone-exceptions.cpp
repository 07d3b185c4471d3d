// One thread: exceptions thrown across frames, caught and thrown again, from recursion; destructors run.
#include <stdexcept>
#include <string>
#include "truth.h"
static int sum;
struct Counted { ~Counted() { sum++; } };
__attribute__((noinline)) static void deep(int n) {
  Counted counted;
  volatile char room[200];
  room[0] = 1;
  if (n == 0) throw std::runtime_error("deep");
  deep(n - 1);
  sum += room[0];
}
__attribute__((noinline)) static int again(int n) {
  try {
    deep(n);
  } catch (const std::exception &problem) {
    sum += static_cast<int>(std::string(problem.what()).size());
    if (n % 2) throw;
    return n;
  }
  return 0;
}
int main() {
  for (int i = 0; i < 6; i++) {
    try {
      sum += again(i);
    } catch (...) {
      sum += 100;
    }
  }
  std::printf("sum %d\n", sum);
  return truth("none");
}
