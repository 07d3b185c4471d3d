/* The switch routine gives rsp its new value by leave, of a frame pointer that was loaded. */
#define SWAP_LOAD "mov (%rsi), %rbp\nsub $8, %rbp\nleave\n"
#include "push-pop.c"
