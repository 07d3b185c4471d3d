/* The plainest fibers: a switch routine of pushes and pops, symmetric. */
#ifndef FIBER_H
#define FIBER_H
#include <stdint.h>
#include "truth.h"

typedef struct { void *rsp; } fiber;

/* swap(from, to): SWAP_LOAD is how rsp gets its new value, which rsi points to. */
#ifndef SWAP_LOAD
#define SWAP_LOAD "mov (%rsi), %rsp\n"
#endif
void swap(fiber *from, fiber *to);
__asm__(".text\n.globl swap\n.type swap, @function\nswap:\n"
        "push %rbp\npush %rbx\npush %r12\npush %r13\npush %r14\npush %r15\n"
        "mov %rsp, (%rdi)\n" SWAP_LOAD
        "pop %r15\npop %r14\npop %r13\npop %r12\npop %rbx\npop %rbp\nret\n"
        ".size swap, . - swap\n");

static inline void prepare(fiber *f, void *top, void (*entry)(void)) {
  uintptr_t *p = (uintptr_t *)((uintptr_t)top & ~15ul);
  *--p = 0;
  *--p = (uintptr_t)entry;
  for (int i = 0; i < 6; i++) *--p = 0;
  f->rsp = p;
  threads++;
}

static inline void go(fiber *from, fiber *to) {
  switches++;
  swap(from, to);
}
#endif
