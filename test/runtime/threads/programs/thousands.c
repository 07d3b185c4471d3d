/* Three thousand fibers with stacks of 1 KiB, side by side in one mapping; each runs three times. */
#include <sys/mman.h>
#include "fiber.h"
#define COUNT 3000
#define SIZE 1024
static fiber base, fibers[COUNT];
static int running, sum;
static void worker(void) {
  fiber *me = &fibers[running];
  for (;;) { sum++; go(me, &base); }
}
int main(void) {
  char *stacks = mmap(0, COUNT * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < COUNT; i++) prepare(&fibers[i], stacks + (i + 1) * SIZE, worker);
  for (int turn = 0; turn < 3; turn++)
    for (running = 0; running < COUNT; running++) go(&base, &fibers[running]);
  printf("sum %d\n", sum);
  return truth("worker*3000");
}
