/* The switch routine gives rsp its new value by add of the distance between the stacks. */
#define SWAP_LOAD "mov (%rsi), %rax\nsub %rsp, %rax\nadd %rax, %rsp\n"
#include "push-pop.c"
