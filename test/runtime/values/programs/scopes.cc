// Names in the scopes of C++, all visible at the line that says "here".
#include <cstdio>
static int total = 5;
namespace ns { int total = 6; namespace { int hidden_away = 7; } }
thread_local int per_thread = 8;
struct Left { int left = 1; };
struct Right { int right = 2; int both = 3; };
struct Both : Left, Right {
  static int made;
  union { int whole; unsigned char bytes[4]; };
  struct { short low, high; } halves = {10, 11};
  int both = 4;
  enum Mode { off, on = 3 } mode = on;
  __attribute__((noinline)) int work(int step);
};
int Both::made = 9;
static inline __attribute__((always_inline)) int twice(int value) {
  static int calls;
  int result = value * 2;
  calls += result; // here
  return result + calls;
}
int Both::work(int step) {
  int value = step;
  {
    int value = step + 100;
    whole = value;
  }
  return twice(value + left) + right + both;
}
int main() {
  Both object;
  object.whole = 0x01020304;
  printf("%d %d\n", object.work(20), total + ns::total + ns::hidden_away + per_thread + Both::made);
}
