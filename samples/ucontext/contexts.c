/* getcontext, setcontext, makecontext and swapcontext for musl, which has none: with the layout of <ucontext.h>, and
   without the system calls for signal masks. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

/* Offsets in ucontext_t: uc_mcontext.gregs begins at 40; R8 to R15, RDI, RSI, RBP, RBX, RDX, RAX, RCX, RSP, RIP. */
_Static_assert(offsetof(ucontext_t, uc_mcontext) == 40, "gregs");
_Static_assert(REG_RBX == 11 && REG_RSP == 15 && REG_RIP == 16, "order of gregs");

__asm__(".text\n"
        ".globl getcontext\n"
        ".type getcontext, @function\n"
        "getcontext:\n"
        "  mov %rbx, 128(%rdi)\n"
        "  mov %rbp, 120(%rdi)\n"
        "  mov %r12, 72(%rdi)\n"
        "  mov %r13, 80(%rdi)\n"
        "  mov %r14, 88(%rdi)\n"
        "  mov %r15, 96(%rdi)\n"
        "  mov (%rsp), %rcx\n"
        "  mov %rcx, 168(%rdi)\n"
        "  lea 8(%rsp), %rcx\n"
        "  mov %rcx, 160(%rdi)\n"
        "  xor %eax, %eax\n"
        "  ret\n"
        ".size getcontext, . - getcontext\n"
        ".globl swapcontext\n"
        ".type swapcontext, @function\n"
        "swapcontext:\n"
        "  mov %rbx, 128(%rdi)\n"
        "  mov %rbp, 120(%rdi)\n"
        "  mov %r12, 72(%rdi)\n"
        "  mov %r13, 80(%rdi)\n"
        "  mov %r14, 88(%rdi)\n"
        "  mov %r15, 96(%rdi)\n"
        "  mov (%rsp), %rcx\n"
        "  mov %rcx, 168(%rdi)\n"
        "  lea 8(%rsp), %rcx\n"
        "  mov %rcx, 160(%rdi)\n"
        "  mov %rsi, %rdi\n"
        ".globl setcontext\n"
        "  jmp setcontext\n"
        ".size swapcontext, . - swapcontext\n"
        ".type setcontext, @function\n"
        "setcontext:\n"
        "  mov 128(%rdi), %rbx\n"
        "  mov 120(%rdi), %rbp\n"
        "  mov 72(%rdi), %r12\n"
        "  mov 80(%rdi), %r13\n"
        "  mov 88(%rdi), %r14\n"
        "  mov 96(%rdi), %r15\n"
        "  mov 160(%rdi), %rsp\n"
        "  push 168(%rdi)\n"
        "  mov 112(%rdi), %rsi\n"
        "  mov 136(%rdi), %rdx\n"
        "  mov 152(%rdi), %rcx\n"
        "  mov 40(%rdi), %r8\n"
        "  mov 48(%rdi), %r9\n"
        "  mov 104(%rdi), %rdi\n"
        "  xor %eax, %eax\n"
        "  ret\n"
        ".size setcontext, . - setcontext\n"
        /* Where the function of a context returns to; rbx points to the context to go on with, on the stack. */
        ".type start_link, @function\n"
        "start_link:\n"
        "  mov %rbx, %rsp\n"
        "  mov (%rsp), %rdi\n"
        "  test %rdi, %rdi\n"
        "  jnz setcontext\n"
        "  xor %edi, %edi\n"
        "  call exit\n"
        ".size start_link, . - start_link\n");

void start_link(void);

void makecontext(ucontext_t *context, void (*function)(void), int count, ...) {
  static const int registers[] = {REG_RDI, REG_RSI, REG_RDX, REG_RCX, REG_R8, REG_R9};
  greg_t *gregs = context->uc_mcontext.gregs;
  uintptr_t *top = (uintptr_t *)((uintptr_t)context->uc_stack.ss_sp + context->uc_stack.ss_size);
  int more = count > 6 ? count - 6 : 0;
  top = (uintptr_t *)((uintptr_t)(top - more - 1) & ~(uintptr_t)15) - 1;
  top[0] = (uintptr_t)start_link;
  top[more + 1] = (uintptr_t)context->uc_link;
  gregs[REG_RIP] = (greg_t)function;
  gregs[REG_RSP] = (greg_t)top;
  gregs[REG_RBX] = (greg_t)&top[more + 1];
  va_list arguments;
  va_start(arguments, count);
  for (int i = 0; i < count; i++) {
    uintptr_t argument = va_arg(arguments, uintptr_t);
    if (i < 6) gregs[registers[i]] = (greg_t)argument;
    else top[i - 5] = argument;
  }
  va_end(arguments);
}
