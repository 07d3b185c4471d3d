/* A fiber whose stack grows by segments: functions are called on another piece of memory and come back. */
#include <stdlib.h>
#include "fiber.h"
int call_on(void *top, int (*function)(int), int argument);
__asm__(".text\n.globl call_on\n.type call_on, @function\ncall_on:\n"
        "push %rbp\nmov %rsp, %rbp\nmov %rdi, %rsp\nmov %edx, %edi\ncall *%rsi\nmov %rbp, %rsp\npop %rbp\nret\n"
        ".size call_on, . - call_on\n");
static fiber base, one;
static int sum;
static int deep(int n) {
  volatile char room[512];
  room[0] = (char)n;
  if (n == 0) return 0;
  if (n % 4 == 0) {
    char *segment = malloc(8192);
    int result = call_on(segment + 8192, deep, n - 1);
    free(segment);
    return result + room[0];
  }
  if (n == 3) go(&one, &base);
  return deep(n - 1) + room[0];
}
static void worker(void) {
  for (;;) { sum += deep(10); go(&one, &base); }
}
int main(void) {
  prepare(&one, (char *)malloc(8192) + 8192, worker);
  for (int i = 0; i < 5; i++) go(&base, &one);
  char *segment = malloc(65536);
  sum += call_on(segment + 65536, (int (*)(int))abs, -7);
  printf("sum %d\n", sum);
  return truth("worker");
}
