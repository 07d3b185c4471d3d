/* Variables to be watched: a local, parts of a struct, a global, one that recursion has several of. */
#include <setjmp.h>

struct pair {
  int first;
  int second;
};

static struct pair both;
static int values[4];
static jmp_buf back;

static int count(int most) {
  int total = 0;
  for (int index = 0; index < most; index++) total += index;
  return total;
}

static int deep(int left) {
  int mine = left;
  if (left > 0) mine += deep(left - 1);
  return mine;
}

static void leap(int number) {
  int here = number;
  here += 1;
  both.first = here;
  longjmp(back, 1);
}

int main(void) {
  both.second = count(4);
  both.second = 6;
  both.second = count(3);
  values[2] = deep(2);
  if (setjmp(back) == 0) leap(7);
  return both.first + count(2);
}
