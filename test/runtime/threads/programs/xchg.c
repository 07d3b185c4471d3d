/* The switch routine gives rsp its new value by xchg. */
#define SWAP_LOAD "mov (%rsi), %rax\nxchg %rax, %rsp\n"
#include "push-pop.c"
