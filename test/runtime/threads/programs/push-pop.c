/* Symmetric fibers in a ring; their stacks are neighbours in one static array, without gaps. */
#include "fiber.h"
#define COUNT 4
static _Alignas(16) char stacks[COUNT][8192];
static fiber base, fibers[COUNT];
static int sum, running;

static void worker(void) {
  int me = running;
  for (;;) {
    volatile int deep[64];
    deep[me] = me;
    sum += deep[me] + 1;
    running = (me + 1) % COUNT;
    go(&fibers[me], running ? &fibers[running] : &base);
  }
}

int main(void) {
  for (int i = 0; i < COUNT; i++) prepare(&fibers[i], stacks[i + 1], worker);
  for (int round = 0; round < 5; round++) go(&base, &fibers[running = 0]);
  printf("sum %d\n", sum);
  return truth("worker*4");
}
