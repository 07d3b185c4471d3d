/* Green threads in C: a table of threads, a round robin, and a switch of seven registers in assembly. Two functions
   run in two threads each. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MaxThreads = 5, StackSize = 0x8000 };

struct gt_context {
  uint64_t rsp, r15, r14, r13, r12, rbx, rbp;
};

enum gt_state { Unused, Running, Ready };

struct gt {
  struct gt_context ctx;
  enum gt_state st;
  char *stack;
  void (*function)(void);
};

static struct gt gttbl[MaxThreads];
static struct gt *gtcur;

void gtswtch(struct gt_context *old, struct gt_context *new);
__asm__(".text\n"
        ".globl gtswtch\n"
        ".type gtswtch, @function\n"
        "gtswtch:\n"
        "  mov %rsp, 0x00(%rdi)\n"
        "  mov %r15, 0x08(%rdi)\n"
        "  mov %r14, 0x10(%rdi)\n"
        "  mov %r13, 0x18(%rdi)\n"
        "  mov %r12, 0x20(%rdi)\n"
        "  mov %rbx, 0x28(%rdi)\n"
        "  mov %rbp, 0x30(%rdi)\n"
        "  mov 0x00(%rsi), %rsp\n"
        "  mov 0x08(%rsi), %r15\n"
        "  mov 0x10(%rsi), %r14\n"
        "  mov 0x18(%rsi), %r13\n"
        "  mov 0x20(%rsi), %r12\n"
        "  mov 0x28(%rsi), %rbx\n"
        "  mov 0x30(%rsi), %rbp\n"
        "  ret\n"
        ".size gtswtch, . - gtswtch\n");

void gtinit(void) {
  gtcur = &gttbl[0];
  gtcur->st = Running;
}

/* Gives the processor to the next thread that is ready; false when there is none. */
bool gtyield(void) {
  struct gt *p = gtcur;
  do {
    if (++p == &gttbl[MaxThreads]) p = &gttbl[0];
    if (p == gtcur) return false;
  } while (p->st != Ready);
  if (gtcur->st != Unused) gtcur->st = Ready;
  p->st = Running;
  struct gt_context *old = &gtcur->ctx, *new = &p->ctx;
  gtcur = p;
  gtswtch(old, new);
  return true;
}

/* The current thread is over. The first one ends the program, when all others are over. */
void gtret(int status) {
  if (gtcur != &gttbl[0]) {
    gtcur->st = Unused;
    gtyield();
  }
  while (gtyield()) {}
  exit(status);
}

/* Where a thread's function returns to. */
static void gtstop(void) { gtret(0); }

int gtgo(void (*f)(void)) {
  struct gt *p = &gttbl[0];
  while (p->st != Unused)
    if (++p == &gttbl[MaxThreads]) return -1;
  if (p->stack == NULL) p->stack = malloc(StackSize);
  if (p->stack == NULL) return -1;
  char *top = (char *)(((uintptr_t)p->stack + StackSize) & ~(uintptr_t)15);
  *(uint64_t *)(top - 8) = (uint64_t)gtstop;
  *(uint64_t *)(top - 16) = (uint64_t)f;
  p->ctx.rsp = (uint64_t)(top - 16);
  p->function = f;
  p->st = Ready;
  return 0;
}

static void count_up(void) {
  static int threads;
  int id = ++threads;
  for (int i = 0; i < 5; i++) {
    printf("up %d: %d\n", id, i);
    gtyield();
  }
}

static void count_down(void) {
  static int threads;
  int id = ++threads;
  for (int i = 4; i > 0; i--) {
    printf("down %d: %d\n", id, i);
    gtyield();
  }
}

int main(void) {
  gtinit();
  gtgo(count_up);
  gtgo(count_down);
  gtgo(count_up);
  gtgo(count_down);
  gtret(0);
}
