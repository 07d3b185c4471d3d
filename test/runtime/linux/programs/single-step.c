// The trap flag: a trap behind every instruction, and behind every round of a repeated one; INT3. Where each signal was
// delivered is printed relative to the code.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { most = 64 };
static struct { int signal, code, trap, offset, address, flags; unsigned rcx; } seen[most];
static int count, stop_after;
static uint8_t *code, *data;
static sigjmp_buf back;

static void handle(int signal, siginfo_t *info, void *argument) {
  ucontext_t *context = argument;
  greg_t *registers = context->uc_mcontext.gregs;
  uint64_t flags;
  __asm__ volatile("pushfq\n pop %0" : "=r"(flags));
  if (count < most) {
    seen[count].signal = signal;
    seen[count].code = info->si_code;
    seen[count].trap = registers[REG_TRAPNO];
    seen[count].offset = registers[REG_RIP] - (long)code;
    seen[count].address = signal == SIGTRAP ? (int)((long)info->si_addr == registers[REG_RIP]) : -1;
    seen[count].flags = (registers[REG_EFL] & 0x100) | (flags >> 8 & 1);
    seen[count].rcx = registers[REG_RCX];
  }
  if (++count > most || signal == SIGSEGV || signal == SIGILL) siglongjmp(back, 1);
  if (count == stop_after) registers[REG_EFL] &= ~0x100;
}

// popf with the trap flag, then the code, then popf without; ends in ret.
static void trace(const char *name, const char *bytes, int size, int stop) {
  static const char set[] = "\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d";   // pushf; orl $0x100, (%rsp); popf
  static const char clear[] = "\x9c\x81\x24\x24\xff\xfe\xff\xff\x9d"; // pushf; andl $~0x100, (%rsp); popf
  uint8_t *at = code;
  memcpy(at, set, sizeof set - 1), at += sizeof set - 1;
  memcpy(at, bytes, size), at += size;
  memcpy(at, clear, sizeof clear - 1), at += sizeof clear - 1;
  *at++ = 0x90, *at++ = 0xc3;
  count = 0;
  stop_after = stop;
  memset(data, 0, 64);
  long rcx = 3, rdi = (long)data + 32, rsi = (long)data, rax = 39;
  if (!sigsetjmp(back, 1)) {
    __asm__ volatile("call *%4" : "+c"(rcx), "+D"(rdi), "+S"(rsi), "+a"(rax) : "r"(code)
                     : "memory", "cc", "rdx", "r8", "r9", "r11", "rbx");
  }
  printf("%s: %d\n", name, count);
  for (int i = 0; i < count && i < most; i++) {
    printf("  signal %d, code %d, trap %d at %d, address %d, flags %x, rcx %x\n", seen[i].signal, seen[i].code,
           seen[i].trap, seen[i].offset, seen[i].address, seen[i].flags, seen[i].rcx < 16 ? seen[i].rcx : 0x99);
  }
}
#define TRACE(name, bytes, stop) trace(name, bytes, sizeof bytes - 1, stop)

int main(void) {
  code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  data = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(data + 4096, 4096, PROT_NONE);
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
  sigaction(SIGTRAP, &action, NULL);
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGILL, &action, NULL);
  TRACE("nothing", "", 0);
  TRACE("nops", "\x90\x66\x90\x0f\x1f\x00", 0);
  TRACE("jump, loop", "\xeb\x00\xe2\xfe", 0);
  TRACE("rep stosb", "\xf3\xaa\x90", 0);
  TRACE("rep movsb of nothing", "\x31\xc9\xf3\xa4\x90", 0);
  TRACE("repe cmpsb", "\xf3\xa6\x90", 0);
  TRACE("repne scasb", "\xf2\xae\x90", 0);
  TRACE("repe scasb that ends early", "\xf3\xae\x90", 0);
  TRACE("call and ret", "\xe8\x02\x00\x00\x00\xeb\x01\xc3\x90", 0);
  TRACE("until the handler clears it", "\x90\x90\x90\x90", 2);
  TRACE("int3", "\x90\xcc\x90", 0);
  TRACE("ud2", "\x90\x0f\x0b", 0);
  TRACE("page fault", "\x90\x8a\x86\x00\x10\x00\x00\x90", 0);
  TRACE("popf that keeps it", "\x9c\x9d\x90", 0);
  TRACE("system call", "\x90\x0f\x05\x90", 0);
  TRACE("cpuid", "\x31\xc0\x0f\xa2\x31\xc9\x90", 0);
  TRACE("loop of many", "\xb9\x05\x00\x00\x00\xff\xc9\x75\xfc", 0);
  memcpy(code, "\xcc\x66\xcc\xc3", 4);
  count = 0;
  __asm__ volatile("call *%0" : : "r"(code) : "memory", "cc");
  printf("without the flag: %d\n", count);
  for (int i = 0; i < count; i++) printf("  code %d, trap %d at %d, address %d\n", seen[i].code, seen[i].trap, seen[i].offset, seen[i].address);
  return 0;
}
