/* Stacks carved out of the main stack by recursion: each coroutine begins below a large array of its caller. */
#include <setjmp.h>
#include "truth.h"
#define COUNT 3
static jmp_buf base, coroutines[COUNT];
static volatile int sum;
static void body(int me) {
  for (int i = 1;; i++) {
    sum += i * (me + 1);
    switches++;
    if (!_setjmp(coroutines[me])) _longjmp(base, 1);
  }
}
__attribute__((noinline)) static void carve(int me) {
  volatile char room[16384];
  room[0] = 0;
  if (me + 1 < COUNT && !_setjmp(coroutines[me])) carve(me + 1);
  else if (me + 1 == COUNT && !_setjmp(coroutines[me])) _longjmp(base, 1);
  body(me);
}
int main(void) {
  if (!_setjmp(base)) carve(0);
  threads += COUNT;
  for (volatile int round = 0; round < 4; round++)
    for (volatile int i = 0; i < COUNT; i++) {
      switches++;
      if (!_setjmp(base)) _longjmp(coroutines[i], 1);
    }
  printf("sum %d\n", sum);
  return truth("carve*3");
}
