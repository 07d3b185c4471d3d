/* Stacks of finished threads are used again at once: by a pool, and through free and malloc. */
#include <stdlib.h>
#include "fiber.h"
static fiber base, worker_fiber, nested_fiber, *running;
static int sum;
static int deep(int n) { volatile char room[64]; room[0] = (char)n; return n == 0 ? room[0] : deep(n - 1) + 1; }
static void shallow(void) { sum++; go(&worker_fiber, &base); __builtin_trap(); }
static void deeper(void) {
  sum += deep(10);
  go(&worker_fiber, &base);
  sum += deep(3);
  go(&worker_fiber, &base);
  __builtin_trap();
}
static void nested(void) { sum += 5; go(&nested_fiber, &worker_fiber); __builtin_trap(); }
static void nesting(void) {
  char *stack = malloc(6000);
  prepare(&nested_fiber, stack + 6000, nested);
  go(&worker_fiber, &nested_fiber);
  free(stack);
  go(&worker_fiber, &base);
  __builtin_trap();
}
int main(void) {
  char *pool = malloc(8000);
  for (int i = 0; i < 6; i++) {
    prepare(&worker_fiber, pool + 8000, i % 2 ? deeper : shallow);
    go(&base, &worker_fiber);
    if (i % 2) go(&base, &worker_fiber);
  }
  free(pool);
  for (int i = 0; i < 3; i++) {
    char *stack = malloc(8000);
    prepare(&worker_fiber, stack + 8000 - 64 * i, nesting);
    go(&base, &worker_fiber);
    free(stack);
  }
  printf("sum %d\n", sum);
  return truth("shallow*3 deeper*3 nesting*3 nested*3");
}
