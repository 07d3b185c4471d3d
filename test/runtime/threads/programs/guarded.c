/* Guard-paged stacks by mmap and mprotect, in one mapping, with threads that end and whose stacks are unmapped. */
#include <sys/mman.h>
#include "fiber.h"
#define SIZE 16384
static fiber base, *running;
static int sum, over;
static void worker(void) {
  fiber *me = running;
  for (int i = 0; i < 3; i++) { sum += i; go(me, &base); }
  over = 1;
  go(me, &base);
  __builtin_trap();
}
int main(void) {
  for (int generation = 0; generation < 4; generation++) {
    fiber fibers[3];
    char *low = mmap(0, 3 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 3; i++) {
      mprotect(low + i * SIZE + 4096, SIZE - 4096, PROT_READ | PROT_WRITE);
      prepare(&fibers[i], low + (i + 1) * SIZE, worker);
    }
    for (int turn = 0; turn < 4; turn++)
      for (int i = 0; i < 3; i++) go(&base, running = &fibers[i]);
    munmap(low, 3 * SIZE);
  }
  printf("sum %d\n", sum);
  return truth("worker*12");
}
