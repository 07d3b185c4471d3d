/* Control that goes elsewhere: sigsetjmp out of faults, stack overflow on an alternate stack, ucontext, nested functions. */
#define _GNU_SOURCE
#include <errno.h>
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <ucontext.h>
#endif

static sigjmp_buf place;
static volatile sig_atomic_t got, code;
static void *volatile where;

static void on_fault(int number, siginfo_t *info, void *context) {
  (void)context;
  got = number, code = info->si_code, where = info->si_addr;
  siglongjmp(place, number);
}

static void faults(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGSEGV, &action, NULL), sigaction(SIGFPE, &action, NULL), sigaction(SIGILL, &action, NULL);
  sigaction(SIGBUS, &action, NULL), sigaction(SIGTRAP, &action, NULL);
  char *page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(page + 4096, 4096);
  volatile int zero = 0;
  for (int round = 0; round < 9; round++) {
    if (sigsetjmp(place, round & 1) == 0) {
      switch (round) {
        case 0: *(volatile char *)(page + 100) = 1; break;
        case 1: zero = *(volatile char *)(page + 5000); break;
        case 2: zero = 100 / zero; break;
        case 3: __asm__ volatile("ud2"); break;
        case 4: zero = *(volatile int *)(uintptr_t)0x8000000000000010; break;
        case 5: __asm__ volatile("int3"); break;
        case 6: __asm__ volatile("hlt"); break;
        case 7: ((void (*)(void))(uintptr_t)(page + 64))(); break;
        case 8: memset(page + 4000, 1, 200); break;
      }
      printf("round %d went on\n", round);
    } else {
      long offset = (char *)where - page;
      printf("round %d: signal %d, code %d, %s", round, got, code, where == NULL ? "no address\n" : "");
      if (where != NULL && offset >= 0 && offset < 8192) printf("at page%+ld\n", offset);
      else if (where != NULL) printf("elsewhere\n");
    }
    zero = 0;
  }
}

static int depth;
static int recurse(int n) {
  volatile char frame[1000];
  frame[n % 1000] = (char)n;
  depth = n;
  return recurse(n + 1) + frame[n % 1000];
}
static void overflow(void) {
  struct rlimit limit = {512 * 1024, RLIM_INFINITY};
  getrlimit(RLIMIT_STACK, &limit);
  static char alternate[65536];
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate}, old;
  printf("alternate stack %d\n", sigaltstack(&stack, NULL));
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGSEGV, &action, NULL);
  for (int i = 0; i < 2; i++) {
    if (sigsetjmp(place, 1) == 0) printf("%d\n", recurse(0));
    else printf("overflow of the stack: signal %d, deeper than 1000: %d\n", got, depth > 1000);
  }
  sigaltstack(NULL, &old);
  printf("%d %zu\n", old.ss_flags, old.ss_size);
  stack.ss_flags = SS_DISABLE;
  sigaltstack(&stack, NULL);
}

#ifdef __GLIBC__
static ucontext_t main_context, contexts[3];
static char stacks[3][32768];
static void generator(int id, int count) {
  double held = id * 1.5;
  for (int i = 0; i < count; i++) {
    printf("context %d: %d %.2f\n", id, i, held);
    held *= 1.25;
    swapcontext(&contexts[id], &contexts[(id + 1) % 3]);
  }
}
static void switches(void) {
  for (int i = 0; i < 3; i++) {
    getcontext(&contexts[i]);
    contexts[i].uc_stack.ss_sp = stacks[i];
    contexts[i].uc_stack.ss_size = sizeof stacks[i];
    contexts[i].uc_link = &main_context;
    makecontext(&contexts[i], (void (*)(void))generator, 2, i, 3);
  }
  swapcontext(&main_context, &contexts[0]);
  volatile int again = 0;
  ucontext_t here;
  getcontext(&here);
  if (again++ < 2) setcontext(&here);
  printf("again %d\n", again);
}
/** A handler that changes the registers that the program goes on with. */
static void skip(int number, siginfo_t *info, void *context) {
  (void)number, (void)info;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  registers[REG_RIP] += 2;
  registers[REG_RAX] = 1234;
  registers[REG_EFL] |= 1;
  ((ucontext_t *)context)->uc_mcontext.fpregs->_xmm[3].element[0] = 0x40490fdb;
}
static void edited(void) {
  struct sigaction action = {.sa_sigaction = skip, .sa_flags = SA_SIGINFO};
  sigaction(SIGILL, &action, NULL);
  long result = 1;
  unsigned char carry = 0;
  float pi = 0;
  __asm__ volatile("clc; xorps %%xmm3, %%xmm3; ud2; setc %1; movss %%xmm3, %2" : "+a"(result), "=m"(carry), "=m"(pi)::"xmm3", "cc", "memory");
  printf("edited %ld %d %.5f\n", result, carry, pi);
}
#else
static void switches(void) {}
static void edited(void) {}
#endif

static volatile int ticks;
static void on_tick(int number) { ticks += number == SIGALRM; }
static void on_user(int number, siginfo_t *info, void *context) {
  (void)context;
  printf("[%d value %d code %d]\n", number - SIGRTMIN, info->si_value.sival_int, info->si_code);
}
static void timers(void) {
  signal(SIGALRM, on_tick);
  struct itimerval interval = {{0, 1000}, {0, 1000}}, off = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &interval, NULL);
  volatile double busy = 1;
  while (ticks < 5) busy = busy * 1.0000001 + 1e-9;
  setitimer(ITIMER_REAL, &off, NULL);
  printf("five ticks %d\n", busy > 1);
  struct sigaction action = {.sa_sigaction = on_user, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigset_t set, old, pending;
  sigemptyset(&set);
  for (int i = 0; i < 3; i++) sigaddset(&set, SIGRTMIN + i), sigaction(SIGRTMIN + i, &action, NULL);
  sigprocmask(SIG_BLOCK, &set, &old);
  for (int i = 0; i < 6; i++) sigqueue(getpid(), SIGRTMIN + (5 - i) % 3, (union sigval){.sival_int = i});
  sigpending(&pending);
  printf("pending %d %d\n", sigismember(&pending, SIGRTMIN + 1), sigismember(&pending, SIGUSR1));
  siginfo_t info;
  printf("waited %d\n", sigwaitinfo(&set, &info) - SIGRTMIN);
  sigprocmask(SIG_SETMASK, &old, NULL);
  fflush(stdout);
  errno = 0;
  alarm(1);
  int result = pause();
  printf("pause %d %d\n", result, errno == EINTR);
}

static jmp_buf buffers[3];
static int order[16], used;
static void jump(int from) {
  order[used++] = from;
  if (used < 9) longjmp(buffers[used % 3], used);
}
static void jumps(void) {
  register double kept = 2.5;
  for (int i = 0; i < 3; i++)
    if (setjmp(buffers[i]) != 0) jump(i + 10);
  if (used == 0) jump(0);
  for (int i = 0; i < used; i++) printf("%d ", order[i]);
  printf("%g\n", kept);
}

int main(void) {
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  faults();
  overflow();
  switches();
  edited();
  timers();
  jumps();
  fflush(stdout);
  signal(SIGSEGV, SIG_DFL);
  *(volatile int *)(uintptr_t)16 = 1;
  return 0;
}
