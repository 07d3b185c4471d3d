// The floating-point state in the frame of a signal handler: where it is, what it says of itself, and what becomes of
// changes when the handler returns. Nothing is printed that depends on which other components a processor has.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

static uint64_t ymm[4] __attribute__((aligned(32)));
static uint64_t in_handler[4] __attribute__((aligned(32)));
static int action;
static sigjmp_buf back;

static uint32_t u32(const uint8_t *at) { uint32_t value; memcpy(&value, at, 4); return value; }
static uint64_t u64(const uint8_t *at) { uint64_t value; memcpy(&value, at, 8); return value; }
static void put32(uint8_t *at, uint32_t value) { memcpy(at, &value, 4); }

enum { magic = 464, extended_size = 468, features = 472, size = 480, header = 512, upper_halves = 576 };

static void handle(int signal, siginfo_t *info, void *argument) {
  (void)info;
  __asm__ volatile("vmovdqu %%ymm3, %0" : "=m"(in_handler));
  ucontext_t *context = argument;
  uint8_t *state = (uint8_t *)context->uc_mcontext.fpregs;
  if (signal == SIGSEGV) {
    printf("segmentation fault\n");
    siglongjmp(back, 1);
  }
  uint32_t area = u32(state + size);
  if (action == 0) {
    printf("uc_flags %d, aligned %d\n", (int)(context->uc_flags & 7), (int)((uintptr_t)state & 63));
    printf("magic %x, sizes differ by %d, features %d, end %x\n", u32(state + magic),
           (int)(u32(state + extended_size) - area), (int)(u64(state + features) & 7), u32(state + area));
    printf("at least %d\n", area >= 832);
    printf("compaction %d, reserved %d\n", (int)u64(state + header + 8), (int)u64(state + header + 16));
  }
  printf("there: %d, low %lx, upper %lx %lx, in the handler %lx %lx\n", (int)(u64(state + header) & 7),
         u64(state + 160 + 3 * 16), u64(state + upper_halves + 3 * 16), u64(state + upper_halves + 3 * 16 + 8),
         in_handler[0], in_handler[2]);
  switch (action) {
    case 1: put32(state + 160 + 3 * 16, 0x1234), put32(state + upper_halves + 3 * 16, 0x5678); break;
    case 2: put32(state + header, u32(state + header) & ~4u); break;
    case 3: put32(state + header, u32(state + header) & ~2u); break;
    case 4: put32(state + features, u32(state + features) & ~4u); break;
    case 5: put32(state + area, 0); break;
    case 6: put32(state + magic, 0); break;
    case 7: put32(state + size, 576); break;
    case 8: put32(state + header + 8, 4); break;
    case 9: put32(state + 24, 0x1001f80); break;
    case 10: context->uc_mcontext.fpregs = NULL; break;
    case 11: put32(state + header, u32(state + header) & ~1u); break;
    case 12: put32(state + header + 4, 0x40000000); break;
  }
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  struct sigaction handler = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGUSR1, &handler, NULL);
  sigaction(SIGSEGV, &handler, NULL);
  for (action = 0; action < 13; action++) {
    printf("%d\n", action);
    if (sigsetjmp(back, 1)) continue;
    for (int i = 0; i < 4; i++) ymm[i] = 0x0101010101010101 * (i + 1);
    uint16_t control = 0x27f, after = 0;
    uint32_t mxcsr = 0x3fa0, mxcsr_after = 0;
    long result;
    // kill(getpid(), SIGUSR1), by hand: nothing may touch the registers in between.
    __asm__ volatile(
        "fninit\n fldcw %4\n ldmxcsr %6\n vmovdqu %1, %%ymm3\n"
        "mov $39, %%eax\n syscall\n mov %%eax, %%edi\n mov $10, %%esi\n mov $62, %%eax\n syscall\n"
        "vmovdqu %%ymm3, %1\n fnstcw %3\n stmxcsr %5\n fninit\n"
        : "=a"(result), "+m"(ymm), "+m"(action), "=m"(after)
        : "m"(control), "m"(mxcsr_after), "m"(mxcsr)
        : "rcx", "r11", "rdi", "rsi", "xmm3", "memory");
    printf("after: %lx %lx %lx %lx, control %x, mxcsr %x\n", ymm[0], ymm[1], ymm[2], ymm[3], after,
           *(volatile uint32_t *)&mxcsr_after);
    __asm__ volatile("ldmxcsr %0" : : "m"((uint32_t){0x1f80}));
  }
}
