/* Contexts in the manner of Boost.Context: make, jump with a value, and ontop: a function called on the other stack. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "truth.h"
typedef struct { void *context; void *data; } transfer;
transfer jump_context(void *to, void *data);
transfer ontop_context(void *to, void *data, transfer (*function)(transfer));
void *make_context(void *top, size_t size, void (*entry)(transfer));
__asm__(".text\n.globl jump_context\n.type jump_context, @function\njump_context:\n"
        "lea -0x38(%rsp), %rsp\nstmxcsr (%rsp)\nfnstcw 4(%rsp)\n"
        "mov %r12, 8(%rsp)\nmov %r13, 16(%rsp)\nmov %r14, 24(%rsp)\nmov %r15, 32(%rsp)\nmov %rbx, 40(%rsp)\nmov %rbp, 48(%rsp)\n"
        "mov %rsp, %rax\nmov %rdi, %rsp\nmov 0x38(%rsp), %r8\n"
        "ldmxcsr (%rsp)\nfldcw 4(%rsp)\n"
        "mov 8(%rsp), %r12\nmov 16(%rsp), %r13\nmov 24(%rsp), %r14\nmov 32(%rsp), %r15\nmov 40(%rsp), %rbx\nmov 48(%rsp), %rbp\n"
        "lea 0x40(%rsp), %rsp\nmov %rsi, %rdx\nmov %rax, %rdi\njmp *%r8\n"
        ".size jump_context, . - jump_context\n"
        ".globl ontop_context\n.type ontop_context, @function\nontop_context:\n"
        "mov %rdx, %r8\nlea -0x38(%rsp), %rsp\nstmxcsr (%rsp)\nfnstcw 4(%rsp)\n"
        "mov %r12, 8(%rsp)\nmov %r13, 16(%rsp)\nmov %r14, 24(%rsp)\nmov %r15, 32(%rsp)\nmov %rbx, 40(%rsp)\nmov %rbp, 48(%rsp)\n"
        "mov %rsp, %rax\nmov %rdi, %rsp\n"
        "mov 8(%rsp), %r12\nmov 16(%rsp), %r13\nmov 24(%rsp), %r14\nmov 32(%rsp), %r15\nmov 40(%rsp), %rbx\nmov 48(%rsp), %rbp\n"
        "lea 0x38(%rsp), %rsp\nmov %rsi, %rdx\nmov %rax, %rdi\njmp *%r8\n"
        ".size ontop_context, . - ontop_context\n"
        ".globl make_context\n.type make_context, @function\nmake_context:\n"
        "mov %rdi, %rax\nand $-16, %rax\nlea -0x40(%rax), %rax\n"
        "mov %rdx, 0x28(%rax)\nstmxcsr (%rax)\nfnstcw 4(%rax)\n"
        "lea trampoline(%rip), %rcx\nmov %rcx, 0x38(%rax)\nlea finish(%rip), %rcx\nmov %rcx, 0x30(%rax)\nret\n"
        "trampoline: push %rbp\nmov %rdi, %rdi\nmov %rdx, %rsi\njmp *%rbx\n"
        "finish: ud2\n.size make_context, . - make_context\n");

static transfer jump(void *to, void *data) { switches++; return jump_context(to, data); }
static int sum;
static void counter(transfer from) {
  for (intptr_t i = 1;; i++) {
    sum += (int)(intptr_t)from.data;
    from = jump(from.context, (void *)i);
  }
}
static void doubler(transfer from) {
  for (;;) from = jump(from.context, (void *)(2 * (intptr_t)from.data));
}
static transfer greeting(transfer from) {
  sum += 1000;
  return from;
}
static void *stack(void) {
  char *low = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(low, 4096, PROT_NONE);
  threads++;
  return low + 65536;
}
int main(void) {
  void *one = make_context(stack(), 65536, counter), *two = make_context(stack(), 65536, doubler);
  for (intptr_t i = 0; i < 5; i++) {
    transfer back = jump(one, (void *)i);
    one = back.context;
    back = jump(two, back.data);
    two = back.context;
    sum += (int)(intptr_t)back.data;
  }
  switches++;
  one = ontop_context(one, (void *)7, greeting).context;
  printf("sum %d\n", sum);
  return truth("counter doubler");
}
