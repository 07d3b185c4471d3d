/* Linked with main.c or main.s: what a compiler makes of data, tables of functions and copies of structures. */
#include "green.h"

struct point {
  long x, y;
  char label[300];
};

extern int limits[4];
int total;
static int calls;
const char *const names[] = {"zero", "one", "two", "three"};
__attribute__((weak)) int absent(void);
__attribute__((weak)) int factor(void) { return 1; }

static long twice(long n) { return n * 2; }
static long squared(long n) { return n * n; }
static long (*const functions[])(long) = {twice, squared};

__attribute__((noinline)) struct point moved(struct point from, long by) {
  struct point to = from;
  to.x += by;
  to.label[299] = (char)by;
  return to;
}

void work(void *data) {
  long id = *(long *)data;
  struct point at = {id, 1, "here"};
  for (int round = 0; round < limits[id]; round++) {
    at = moved(at, functions[round & 1](round));
    total += (int)at.x * factor() + at.label[299];
    calls++;
    print_string(names[id]);
    print_string(" ");
    print_integer(at.x);
    print_newline();
    gt_yield();
  }
}

static int chosen(int n) {
  switch (n) {
    case 0: return 7;
    case 1: return 11;
    case 2: return 13;
    case 3: return 17;
    case 4: return 19;
    case 5: return 23;
    default: return 1;
  }
}

int summary(void) { return total + calls + chosen(calls) + (absent ? absent() : 100); }
