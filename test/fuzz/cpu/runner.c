// Executes instruction cases on this processor. A batch comes on standard input, results leave on standard output as
// they happen, so that a crash loses one case only. Every case is entered by returning from a signal handler whose
// frame holds its registers, and ends in a signal (INT3 stands behind the code): the kernel moves the whole state,
// x87 and vector registers included. No C library: nothing here may depend on the FS base, which belongs to the case.
// The layout of the structures below is that of native.ts.
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <cpuid.h>
#include <elf.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>

typedef uint64_t u64;
typedef uint32_t u32;
typedef uint16_t u16;
typedef uint8_t u8;

struct state {
  u64 general[16]; // hardware order
  u64 rip, flags, fs, gs;
  u32 mxcsr;
  u16 fcw, fsw;
  u8 ftw, unused[7];
  u8 st[8][16]; // relative to the top of the stack
  u8 ymm[16][32];
};

struct region {
  u64 address, size;
  u32 protection, unused;
};

struct result {
  u32 signal, code, trap, changes;
  u64 error, address;
  struct state state;
};

struct change {
  u64 address, value;
};

enum { most_regions = 16, most_changes = 4096, input_room = 1 << 26 };

static u8 input[input_room];
static const u8 *position;
static u32 cases_left;
static struct region regions[most_regions];
static u8 *views[most_regions];        // the same memory, writable and out of the reach of the cases
static const u8 *templates[most_regions];
static u32 region_count;
static struct {
  struct result result;
  struct change changes[most_changes];
} output;
static u8 handler_stack[1 << 16] __attribute__((aligned(64)));
static u32 ticks;
static u32 upper_halves; // where the XSAVE image has the upper halves of YMM; 0: nowhere

static long call(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

void *memcpy(void *to, const void *from, unsigned long size) {
  void *result = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
  return result;
}

void *memset(void *to, int value, unsigned long size) {
  void *result = to;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
  return result;
}

static void leave(int status) {
  for (;;) call(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

static void put(const void *bytes, u64 size) {
  while (size > 0) {
    long written = call(SYS_write, 1, (long)bytes, size, 0, 0, 0);
    if (written <= 0) leave(3);
    bytes = (const u8 *)bytes + written;
    size -= written;
  }
}

static const void *take(u64 size) {
  const void *result = position;
  position += size;
  return result;
}

// RAX to R15 in hardware order, as the kernel's frame numbers them.
static const u8 frame_place[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                   REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static void capture(int signal, siginfo_t *info, ucontext_t *context) {
  struct result *result = &output.result;
  struct state *state = &result->state;
  const greg_t *registers = context->uc_mcontext.gregs;
  const u8 *image = (const u8 *)context->uc_mcontext.fpregs;
  result->signal = signal;
  result->code = info->si_code;
  result->trap = registers[REG_TRAPNO];
  result->error = registers[REG_ERR];
  result->address = registers[REG_TRAPNO] == 14 ? (u64)registers[REG_CR2] : (u64)info->si_addr;
  for (int i = 0; i < 16; i++) state->general[i] = registers[frame_place[i]];
  state->rip = registers[REG_RIP];
  state->flags = registers[REG_EFL];
  call(SYS_arch_prctl, ARCH_GET_FS, (long)&state->fs, 0, 0, 0, 0);
  call(SYS_arch_prctl, ARCH_GET_GS, (long)&state->gs, 0, 0, 0, 0);
  memcpy(&state->fcw, image, 2);
  memcpy(&state->fsw, image + 2, 2);
  state->ftw = image[4];
  memcpy(&state->mxcsr, image + 24, 4);
  for (int i = 0; i < 8; i++) memcpy(state->st[i], image + 32 + 16 * i, 10);
  for (int i = 0; i < 16; i++) {
    memcpy(state->ymm[i], image + 160 + 16 * i, 16);
    if (upper_halves) memcpy(state->ymm[i] + 16, image + upper_halves + 16 * i, 16);
  }
  u32 count = 0;
  for (u32 r = 0; r < region_count; r++) {
    u64 *now = (u64 *)views[r];
    const u64 *before = (const u64 *)templates[r];
    for (u64 i = 0; i < regions[r].size / 8; i++) {
      if (now[i] == before[i]) continue;
      if (count < most_changes) output.changes[count++] = (struct change){regions[r].address + 8 * i, now[i]};
      now[i] = before[i];
    }
  }
  result->changes = count;
  put(&output, sizeof output.result + count * sizeof(struct change));
}

static void prepare(ucontext_t *context) {
  if (cases_left-- == 0) leave(0);
  ticks = 0;
  const struct state *state = take(sizeof *state);
  greg_t *registers = context->uc_mcontext.gregs;
  u8 *image = (u8 *)context->uc_mcontext.fpregs;
  for (int i = 0; i < 16; i++) registers[frame_place[i]] = state->general[i];
  registers[REG_RIP] = state->rip;
  registers[REG_EFL] = state->flags;
  call(SYS_arch_prctl, ARCH_SET_FS, state->fs, 0, 0, 0, 0);
  call(SYS_arch_prctl, ARCH_SET_GS, state->gs, 0, 0, 0, 0);
  memset(image, 0, 24);
  memcpy(image, &state->fcw, 2);
  memcpy(image + 2, &state->fsw, 2);
  image[4] = state->ftw;
  memcpy(image + 24, &state->mxcsr, 4);
  for (int i = 0; i < 8; i++) memcpy(image + 32 + 16 * i, state->st[i], 10);
  for (int i = 0; i < 16; i++) {
    memcpy(image + 160 + 16 * i, state->ymm[i], 16);
    if (upper_halves) memcpy(image + upper_halves + 16 * i, state->ymm[i] + 16, 16);
  }
  // XSTATE_BV: all of it is there.
  if (upper_halves) image[512] |= 7;

  u64 patches = *(const u64 *)take(8);
  while (patches-- > 0) {
    const u64 *patch = take(16);
    u64 address = patch[0], length = patch[1];
    const u8 *bytes = take((length + 7) & ~7ull);
    for (u64 i = 0; i < length; i++) {
      for (u32 r = 0; r < region_count; r++) {
        if (address + i - regions[r].address < regions[r].size) views[r][address + i - regions[r].address] = bytes[i];
      }
    }
  }
}

static void handle(int signal, siginfo_t *info, void *argument) {
  // What the case did to AC, ID and NT, which the kernel lets pass, is neither ours nor the next one's.
  __asm__ volatile("pushfq; andl $0xffdbbfff, (%%rsp); popfq" : : : "memory", "cc");
  if (signal == SIGALRM && ++ticks < 3) return;
  if (signal != SIGUSR1) capture(signal, info, argument);
  prepare(argument);
}

__attribute__((naked)) static void restorer(void) {
  __asm__("mov $15, %eax; syscall"); // rt_sigreturn
}

static void on(int signal) {
  struct {
    void (*handler)(int, siginfo_t *, void *);
    u64 flags;
    void (*restorer)(void);
    u64 mask;
  } action = {handle, SA_SIGINFO | SA_ONSTACK | 0x04000000 /* SA_RESTORER */, restorer, ~0ull};
  call(SYS_rt_sigaction, signal, (long)&action, 0, 8, 0, 0);
}

static void show_cpuid(void) {
  static const u32 leaves[][2] = {{0, 0}, {1, 0}, {7, 0}, {0x80000001, 0}, {13, 1}};
  for (unsigned i = 0; i < sizeof leaves / sizeof *leaves; i++) {
    u32 values[4];
    __cpuid_count(leaves[i][0], leaves[i][1], values[0], values[1], values[2], values[3]);
    put(values, sizeof values);
  }
  leave(0);
}

static void find_upper_halves(void) {
  u32 a, b, c, d;
  __cpuid(1, a, b, c, d);
  if (!(c & bit_OSXSAVE)) return;
  __asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
  if ((a & 6) != 6) return;
  __cpuid_count(13, 2, a, b, c, d);
  upper_halves = b;
}

static void begin(const long *stack) {
  if (stack[0] > 1) show_cpuid();
  find_upper_halves();
  u64 size = 0;
  for (;;) {
    long got = call(SYS_read, 0, (long)input + size, input_room - size, 0, 0, 0);
    if (got < 0) leave(2);
    if (got == 0) break;
    size += got;
  }
  position = input;
  const u32 *counts = take(8);
  region_count = counts[0];
  cases_left = counts[1];
  if (region_count > most_regions) leave(2);
  for (u32 r = 0; r < region_count; r++) {
    memcpy(&regions[r], take(sizeof(struct region)), sizeof(struct region));
    const struct region *region = &regions[r];
    long file = call(SYS_memfd_create, (long)"region", 0, 0, 0, 0, 0);
    call(SYS_ftruncate, file, region->size, 0, 0, 0, 0);
    views[r] = (u8 *)call(SYS_mmap, 0, region->size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    long at = call(SYS_mmap, region->address, region->size, region->protection, MAP_SHARED | MAP_FIXED, file, 0);
    // The kernel maps pages when they are touched, and says of a fault whether one was there.
    if (at == (long)region->address) {
      for (u64 i = 0; i < region->size; i += 4096) (void)*(volatile u8 *)(at + i);
    }
    if (at != (long)region->address) leave(2);
    templates[r] = take(region->size);
    memcpy(views[r], templates[r], region->size);
  }
  stack_t alternate = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
  call(SYS_sigaltstack, (long)&alternate, 0, 0, 0, 0, 0);
  on(SIGSEGV), on(SIGBUS), on(SIGILL), on(SIGFPE), on(SIGTRAP), on(SIGALRM), on(SIGUSR1);
  struct itimerval timer = {{0, 20000}, {0, 20000}};
  call(SYS_setitimer, ITIMER_REAL, (long)&timer, 0, 0, 0, 0);
  call(SYS_kill, call(SYS_getpid, 0, 0, 0, 0, 0, 0), SIGUSR1, 0, 0, 0, 0);
  leave(2);
}

__attribute__((used)) static void start(const long *stack) { begin(stack); }

__attribute__((naked)) void _start(void) { __asm__("mov %rsp, %rdi; and $-16, %rsp; call start"); }
