/* Three threads of the system, each with two fibers of its own. */
#include <pthread.h>
#include <stdlib.h>
#include "fiber.h"
static __thread fiber base, fibers[2];
static __thread int running;
static int sums[4];
static __thread int number;
static void worker(void) {
  int me = running;
  for (;;) {
    sums[number] += me + 1;
    for (volatile int spin = 0; spin < 3000; spin++) {}
    __atomic_fetch_add(&switches, 1, __ATOMIC_RELAXED);
    swap(&fibers[me], &base);
  }
}
static void *run(void *argument) {
  number = (int)(intptr_t)argument;
  for (int i = 0; i < 2; i++) prepare(&fibers[i], (char *)malloc(8192) + 8192, worker);
  for (int turn = 0; turn < 20; turn++)
    for (running = 0; running < 2; running++) {
      __atomic_fetch_add(&switches, 1, __ATOMIC_RELAXED);
      swap(&base, &fibers[running]);
    }
  return 0;
}
int main(void) {
  pthread_t all[3];
  for (intptr_t i = 0; i < 3; i++) pthread_create(&all[i], 0, run, (void *)(i + 1));
  threads += 3;
  run((void *)0);
  for (int i = 0; i < 3; i++) pthread_join(all[i], 0);
  printf("sums %d %d %d %d\n", sums[0], sums[1], sums[2], sums[3]);
  return truth("run*3 worker*8");
}
