/* The switch routine gives rsp its new value by lea with the distance between the stacks. */
#define SWAP_LOAD "mov (%rsi), %rax\nsub %rsp, %rax\nlea (%rsp,%rax), %rsp\n"
#include "push-pop.c"
