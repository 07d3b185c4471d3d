/* All stacks lie inside the main stack, in the frame of main: alloca and an array. */
#include <alloca.h>
#include "fiber.h"
static fiber base, one, two, three;
static int sum;
static void first(void) { for (;;) { sum++; go(&one, &two); } }
static void second(void) { for (;;) { sum += 10; go(&two, &base); } }
static void third(void) { for (;;) { sum += 100; go(&three, &base); } }
static void run(fiber *f, int times) {
  volatile char room[100];
  room[0] = 1;
  for (int i = 0; i < times; i++) go(&base, f);
}
int main(void) {
  char array[8192];
  char *a = alloca(8192), *b = alloca(8192);
  prepare(&one, a + 8192, first);
  prepare(&two, b + 8192, second);
  prepare(&three, array + 8192, third);
  go(&base, &one);
  run(&one, 3);
  run(&three, 4);
  go(&base, &one);
  printf("sum %d\n", sum);
  return truth("first second third");
}
