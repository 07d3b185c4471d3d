/* Calls stop_here from main, from a thread of the system, and from a context of its own. */
#include <pthread.h>
#ifdef CONTEXT
#include <ucontext.h>
static ucontext_t back, there;
static char stack[65536];
#endif

__attribute__((noinline)) void stop_here(void) { __asm__ volatile(""); }
__attribute__((noinline)) static void start_thread(void) {
  stop_here();
  __asm__ volatile("");
}
static void *worker(void *argument) {
  stop_here();
  return argument;
}
#ifdef CONTEXT
static void fiber(void) {
  stop_here();
  swapcontext(&there, &back);
}
#endif

int main(void) {
  pthread_t thread;
  start_thread();
  pthread_create(&thread, 0, worker, 0);
  pthread_join(thread, 0);
#ifdef CONTEXT
  getcontext(&there);
  there.uc_stack.ss_sp = stack;
  there.uc_stack.ss_size = sizeof stack;
  there.uc_link = &back;
  makecontext(&there, fiber, 0);
  swapcontext(&back, &there);
#endif
  return 0;
}
