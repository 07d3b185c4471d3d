#include "green.h"
#include "shapes.h"

long other(const Shape &shape);

static void thread() {
  for (long side = 1; side < 4; side++) {
    Square<long> square(side);
    print_integer(larger<long>(other(square), 2));
    print_newline();
    gt_yield();
  }
}

int main() {
  gt_init(4, 16384);
  gt_spawn(thread);
  gt_spawn(thread);
  while (gt_yield()) larger<int>(1, 2);
  return (int)counter();
}
