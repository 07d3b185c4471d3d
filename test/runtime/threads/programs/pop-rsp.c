/* The switch routine gives rsp its new value by pop %rsp. */
#define SWAP_LOAD "push (%rsi)\npop %rsp\n"
#include "push-pop.c"
