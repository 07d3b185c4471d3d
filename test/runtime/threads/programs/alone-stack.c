/* One thread: alloca, arrays of variable length, big frames, deep recursion, longjmp on one stack. */
#include <alloca.h>
#include <setjmp.h>
#include <string.h>
#include "truth.h"
static jmp_buf back;
static int sum;
__attribute__((noinline)) static void escape(int n) {
  volatile char room[100];
  room[0] = 1;
  if (n == 0) longjmp(back, 1);
  escape(n - 1);
  sum += room[0];
}
__attribute__((noinline)) static int recursion(int n) { volatile int local = n; return n == 0 ? 0 : recursion(n - 1) + local % 3; }
__attribute__((noinline)) static int variable(int n) {
  int result = 0;
  for (int i = 1; i < n; i++) {
    char array[i * 37];
    memset(array, i, sizeof array);
    result += array[i];
  }
  return result;
}
__attribute__((noinline)) static int allocating(int n) {
  char *last = 0;
  for (int i = 1; i < n; i++) {
    last = alloca((size_t)i * 100);
    last[0] = (char)i;
  }
  return last[0];
}
__attribute__((noinline)) static int big(int n) {
  volatile char array[300000];
  array[n] = 1;
  return array[n] + (n > 1 ? big(n - 1) : 0);
}
__attribute__((noinline)) static int aligned(int n) {
  _Alignas(128) volatile char array[256];
  char more[n];
  memset(more, 1, (size_t)n);
  array[1] = more[n - 1];
  return array[1];
}
int main(void) {
  for (volatile int i = 0; i < 5; i++)
    if (!setjmp(back)) escape(i * 10);
  sum += recursion(5000) + variable(60) + allocating(40) + big(2) + aligned(100);
  printf("sum %d\n", sum);
  return truth("none");
}
