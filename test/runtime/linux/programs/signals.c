/* Signals: true frames, masks, alternate stacks, interrupted calls, faults that handlers repair. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t count;
static volatile int order[8];
static void note(int signal) { order[count++ & 7] = signal; }

static void set(int signal, void (*handler)(int), int flags) {
  struct sigaction action = {0};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(signal, &action, NULL);
}

static void set_with_info(int signal, void (*handler)(int, siginfo_t *, void *), int flags) {
  struct sigaction action = {0};
  action.sa_sigaction = handler;
  action.sa_flags = flags | SA_SIGINFO;
  sigaction(signal, &action, NULL);
}

static char *page;
static void *expected;
/* A write to a page without permissions: permit it, and let the instruction begin again. */
static void repair(int signal, siginfo_t *info, void *context) {
  ucontext_t *machine = context;
  printf("signal %d code %d address %d trap %lld error %llx cr2 %d\n", signal, info->si_code, info->si_addr == expected,
         machine->uc_mcontext.gregs[REG_TRAPNO], machine->uc_mcontext.gregs[REG_ERR],
         (void *)machine->uc_mcontext.gregs[REG_CR2] == expected);
  mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

/* An instruction that cannot be executed: go on behind it with another rax. */
static int skip;
static void pass(int signal, siginfo_t *info, void *context) {
  ucontext_t *machine = context;
  printf("signal %d code %d trap %lld error %llx\n", signal, info->si_code, machine->uc_mcontext.gregs[REG_TRAPNO],
         machine->uc_mcontext.gregs[REG_ERR]);
  machine->uc_mcontext.gregs[REG_RIP] += skip;
  machine->uc_mcontext.gregs[REG_RAX] = 1234;
}

static sigjmp_buf place;
static void jump(int signal) { siglongjmp(place, signal); }

static char alternate[65536];
static void on_alternate(int signal) {
  char local;
  stack_t current;
  sigaltstack(NULL, &current);
  printf("on the alternate stack: %d, flags %d\n", &local >= alternate && &local < alternate + sizeof alternate,
         current.ss_flags);
}

static void spoil(int signal) {
  __asm__ volatile("xorps %%xmm0, %%xmm0\n xorps %%xmm9, %%xmm9\n xor %%ecx, %%ecx\n std\n cld\n cmp %%ecx, %%ecx" ::: "rcx", "xmm0", "xmm9", "cc");
}

static void nested(int signal) {
  note(signal);
  if (signal == SIGUSR1) raise(SIGUSR2);
  note(signal + 100);
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  set(SIGUSR1, note, 0);
  set(SIGUSR2, note, 0);
  raise(SIGUSR1);
  kill(getpid(), SIGUSR2);
  printf("raised: %d %d %d\n", (int)count, order[0], order[1]);

  sigset_t blocked, old, pending;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigaddset(&blocked, SIGUSR2);
  sigprocmask(SIG_BLOCK, &blocked, &old);
  count = 0;
  raise(SIGUSR2);
  raise(SIGUSR1);
  raise(SIGUSR1);
  sigpending(&pending);
  printf("blocked: %d, pending %d %d %d\n", (int)count, sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2),
         sigismember(&pending, SIGINT));
  sigprocmask(SIG_SETMASK, &old, NULL);
  printf("delivered: %d, in order %d %d\n", (int)count, order[0], order[1]);

  sigprocmask(SIG_BLOCK, &blocked, NULL);
  count = 0;
  raise(SIGUSR1);
  int result = sigsuspend(&old);
  printf("suspended: %d %s, handled %d\n", result, strerror(errno), (int)count);
  raise(SIGUSR2);
  printf("waited for: %d\n", sigwaitinfo(&blocked, NULL));
  struct timespec short_time = {0, 1000000};
  printf("timed out: %d %s\n", sigtimedwait(&blocked, NULL, &short_time), strerror(errno));
  sigprocmask(SIG_SETMASK, &old, NULL);

  count = 0;
  set(SIGUSR1, nested, 0);
  set(SIGUSR2, nested, 0);
  raise(SIGUSR1);
  printf("nested: %d %d %d %d\n", order[0], order[1], order[2], order[3]);

  page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  expected = page + 100;
  set_with_info(SIGSEGV, repair, 0);
  page[100] = 7;
  printf("repaired: %d\n", page[100]);

  long rax = 0;
  set_with_info(SIGILL, pass, 0);
  skip = 2;
  __asm__ volatile("ud2" : "+a"(rax));
  printf("passed: %ld\n", rax);
  set_with_info(SIGFPE, pass, 0);
  __asm__ volatile("xor %%edx, %%edx\n xor %%ecx, %%ecx\n div %%ecx" : "+a"(rax) :: "rcx", "rdx");
  printf("passed: %ld\n", rax);
  set_with_info(SIGTRAP, pass, 0);
  skip = 0;
  __asm__ volatile("int3" : "+a"(rax));
  printf("passed: %ld\n", rax);
  set_with_info(SIGSEGV, pass, 0);
  skip = 2;
  __asm__ volatile("mov (%%rcx), %%eax" : "+a"(rax) : "c"(0x8000000000000000));
  printf("passed: %ld\n", rax);
  skip = 1;
  __asm__ volatile("hlt" : "+a"(rax));
  printf("passed: %ld\n", rax);

  set(SIGSEGV, jump, 0);
  for (int i = 0; i < 3; i++) {
    int jumped = sigsetjmp(place, 1);
    if (jumped) { printf("jumped out: %d\n", jumped); continue; }
    *(volatile int *)16 = 1;
  }

  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, NULL);
  set(SIGUSR1, on_alternate, SA_ONSTACK);
  raise(SIGUSR1);
  sigaltstack(NULL, &stack);
  printf("off again: %d\n", stack.ss_flags);

  set(SIGUSR1, spoil, 0);
  double vector = 1.5;
  unsigned long flags, carried;
  register double kept __asm__("xmm9") = 2.5;
  __asm__ volatile("mov %3, %%rdi\n mov %4, %%rsi\n mov $62, %%eax\n movsd %5, %%xmm0\n stc\n syscall\n setc %b1\n movzbl %b1, %k1\n movq %%xmm0, %0"
                   : "=&r"(flags), "=&r"(carried), "+x"(kept)
                   : "r"((long)getpid()), "r"((long)SIGUSR1), "m"(vector)
                   : "rax", "rcx", "rdx", "rdi", "rsi", "r11", "xmm0", "memory", "cc");
  printf("kept: %lx %lu %d\n", flags, carried, kept == 2.5);

  set(SIGUSR1, note, SA_RESETHAND);
  raise(SIGUSR1);
  struct sigaction now;
  sigaction(SIGUSR1, NULL, &now);
  printf("reset: %d\n", now.sa_handler == SIG_DFL);

  count = 0;
  set(SIGALRM, note, 0);
  struct itimerval timer = {{0, 0}, {0, 2000}};
  setitimer(ITIMER_REAL, &timer, NULL);
  result = pause();
  printf("paused: %d %s, handled %d\n", result, strerror(errno), (int)count);
  setitimer(ITIMER_REAL, &timer, NULL);
  struct timespec request = {5, 0}, rest = {0};
  result = nanosleep(&request, &rest);
  printf("slept: %d %s, seconds left %ld\n", result, strerror(errno), (long)rest.tv_sec);
  int ends[2];
  char byte;
  if (pipe(ends) != 0) return 1;
  setitimer(ITIMER_REAL, &timer, NULL);
  result = read(ends[0], &byte, 1);
  printf("read: %d %s\n", result, strerror(errno));
  setitimer(ITIMER_REAL, &timer, NULL);
  while (count < 4) {}
  printf("interrupted a loop: %d\n", (int)count);

  set(SIGPIPE, note, 0);
  count = 0;
  close(ends[0]);
  result = write(ends[1], "x", 1);
  printf("nobody reads: %d %s, handled %d (%d)\n", result, strerror(errno), (int)count, order[0]);
  set(SIGCHLD, SIG_DFL, 0);
  raise(SIGCHLD);
  set(SIGTERM, SIG_IGN, 0);
  raise(SIGTERM);
  printf("ignored\n");
  set(SIGTERM, SIG_DFL, 0);
  raise(SIGTERM);
  printf("never\n");
  return 0;
}
