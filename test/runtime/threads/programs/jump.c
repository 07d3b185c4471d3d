/* A switch routine that returns by a jump, to an address kept in the context beside rsp, rbx and rbp. */
#include <stdint.h>
#include <stdlib.h>
#include "truth.h"
typedef struct { uintptr_t rip, rsp, rbx, rbp, r12, r13, r14, r15; } context;
void change(context *from, context *to);
__asm__(".text\n.globl change\n.type change, @function\nchange:\n"
        "pop %rax\nmov %rax, (%rdi)\nmov %rsp, 8(%rdi)\nmov %rbx, 16(%rdi)\nmov %rbp, 24(%rdi)\n"
        "mov %r12, 32(%rdi)\nmov %r13, 40(%rdi)\nmov %r14, 48(%rdi)\nmov %r15, 56(%rdi)\n"
        "mov 8(%rsi), %rsp\nmov 16(%rsi), %rbx\nmov 24(%rsi), %rbp\n"
        "mov 32(%rsi), %r12\nmov 40(%rsi), %r13\nmov 48(%rsi), %r14\nmov 56(%rsi), %r15\njmp *(%rsi)\n"
        ".size change, . - change\n");
static context base, one, two;
static int total;
static void go(context *from, context *to) { switches++; change(from, to); }
static void first(void) { for (int i = 0;; i++) { total += i; go(&one, &two); } }
static void second(void) { for (;;) { total += 100; go(&two, &base); } }
static void prepare(context *c, void (*entry)(void)) {
  char *stack = malloc(16384);
  c->rip = (uintptr_t)entry;
  c->rsp = (((uintptr_t)stack + 16384) & ~15ul) - 8;
  threads++;
}
int main(void) {
  prepare(&one, first);
  prepare(&two, second);
  for (int i = 0; i < 6; i++) go(&base, &one);
  printf("total %d\n", total);
  return truth("first second");
}
