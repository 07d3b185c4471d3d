/* One thread: signal handlers on its own and on an alternate stack, nested, left by siglongjmp. */
#include <alloca.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "truth.h"
static volatile int sum;
static sigjmp_buf back;
__attribute__((noinline)) static int frames(int n) {
  volatile char *room = alloca((size_t)n * 16 + 16);
  room[0] = 1;
  return n == 0 ? 0 : frames(n - 1) + room[0];
}
static void plain(int signal) { (void)signal; sum += frames(20); }
static void nested(int signal) { (void)signal; sum += frames(5); raise(SIGUSR1); sum += frames(5); }
static void leaving(int signal) { (void)signal; sum += frames(9); siglongjmp(back, 1); }
static void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigaction(signal, &action, 0);
}
int main(void) {
  stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
  sigaltstack(&stack, 0);
  handle(SIGUSR1, plain, 0);
  raise(SIGUSR1);
  handle(SIGUSR1, plain, SA_ONSTACK);
  raise(SIGUSR1);
  handle(SIGUSR2, nested, SA_ONSTACK);
  raise(SIGUSR2);
  handle(SIGTERM, leaving, SA_ONSTACK);
  for (volatile int i = 0; i < 4; i++)
    if (!sigsetjmp(back, 1)) raise(SIGTERM);
  handle(SIGSEGV, leaving, SA_ONSTACK);
  if (!sigsetjmp(back, 1)) *(volatile int *)8 = 1;
  printf("sum %d\n", sum + frames(30));
  return truth("none");
}
