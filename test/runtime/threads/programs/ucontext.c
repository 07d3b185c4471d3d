/* getcontext, makecontext, swapcontext, setcontext and uc_link, round robin. */
#include <stdlib.h>
#include <ucontext.h>
#include "truth.h"
static ucontext_t base, one, two;
static int total;
static void go(ucontext_t *from, ucontext_t *to) { switches++; swapcontext(from, to); }
static void first(int times) {
  for (int i = 0; i < times; i++) { total += i; go(&one, &two); }
  switches++; /* uc_link */
}
static void second(int a, int b) {
  for (int i = 0; i < 4; i++) { total += a * b; go(&two, &base); }
  go(&two, &one);
  total += 1000000;
}
static void prepare(ucontext_t *context, ucontext_t *link) {
  getcontext(context);
  context->uc_stack.ss_sp = malloc(20000);
  context->uc_stack.ss_size = 20000;
  context->uc_link = link;
  threads++;
}
int main(void) {
  prepare(&one, &base);
  makecontext(&one, (void (*)(void))first, 1, 5);
  prepare(&two, &base);
  makecontext(&two, (void (*)(void))second, 2, 3, 7);
  for (int i = 0; i < 5; i++) go(&base, &one);
  printf("total %d\n", total);
  volatile int once = 0;
  ucontext_t here;
  getcontext(&here);
  if (!once++) setcontext(&here); /* on one stack: no switch */
  return truth("first second");
}
