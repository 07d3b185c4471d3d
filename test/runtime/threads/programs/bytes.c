/* The switch routine is an array of bytes that is made executable when the program runs. */
#include <string.h>
#include <sys/mman.h>
#include "fiber.h"
static const unsigned char code[] = {
    0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57, /* push rbx, rbp, r12 to r15 */
    0x48, 0x89, 0x27,                                           /* mov %rsp, (%rdi) */
    0x48, 0x8b, 0x26,                                           /* mov (%rsi), %rsp */
    0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b, /* pop them */
    0xc3,
};
static void (*routine)(fiber *, fiber *);
static fiber base, one, two;
static char stacks[2][6000];
static int sum;
static void change(fiber *from, fiber *to) { switches++; routine(from, to); }
static void first(void) { for (;;) { sum++; change(&one, &two); } }
static void second(void) { for (;;) { sum += 10; change(&two, &base); } }
int main(void) {
  void *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(page, code, sizeof code);
  mprotect(page, 4096, PROT_READ | PROT_EXEC);
  routine = (void (*)(fiber *, fiber *))page;
  prepare(&one, stacks[0] + 6000, first);
  prepare(&two, stacks[1] + 6000, second);
  for (int i = 0; i < 7; i++) change(&base, &one);
  printf("sum %d\n", sum);
  return truth("first second");
}
