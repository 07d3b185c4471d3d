/* Stacks made by sigaltstack: a signal handler on the new stack calls setjmp; later longjmp goes there and back. */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include "truth.h"
#define COUNT 3
static jmp_buf base, coroutines[COUNT];
static volatile int starting, sum;
static void body(int me) {
  for (int i = 1;; i++) {
    sum += i * (me + 1);
    switches++;
    if (!_setjmp(coroutines[me])) _longjmp(base, 1);
  }
}
static void handler(int signal) {
  (void)signal;
  int me = starting;
  if (!_setjmp(coroutines[me])) return;
  body(me);
}
int main(void) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, 0);
  for (int i = 0; i < COUNT; i++) {
    stack_t stack = {.ss_sp = malloc(32768), .ss_size = 32768};
    sigaltstack(&stack, 0);
    starting = i;
    raise(SIGUSR1);
    threads++;
  }
  for (volatile int round = 0; round < 4; round++)
    for (volatile int i = 0; i < COUNT; i++) {
      switches++;
      if (!_setjmp(base)) _longjmp(coroutines[i], 1);
    }
  printf("sum %d\n", sum);
  return truth("handler*3");
}
