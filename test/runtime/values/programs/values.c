/* Values of many types, all visible at the line that says "here". */
#include <stdio.h>
#include <stdlib.h>
enum color { RED, GREEN = 4, BLUE = 8 };
struct point { int x; double y; const char *name; struct point *next; unsigned flag : 3; unsigned rest : 5; };
union number { int i; float f; };
typedef struct point point_t;
int global_counter = 42;
static char buffer[16] = "hi there";
int work(int a, unsigned char c, long double ld, float f, enum color col, point_t *p, int (*fn)(int), char **argv) {
  int grid[2][3] = {{1,2,3},{4,5,6}};
  union number n = { .f = 1.5f };
  point_t local = { 7, 2.25, "seven", p, 5, 9 };
  _Bool yes = 1;
  unsigned long long big = 0xffffffffffffffffull;
  __int128 huge = -5;
  {
    int a = 99;
    global_counter += a; /* here */
  }
  return a + c + grid[1][2] + n.i + local.x + yes + (int)big + (int)huge;
}
int main(int argc, char **argv) {
  point_t p = { 1, 0.1, "one", 0, 1, 2 };
  printf("%d %s\n", work(3, 'x', 1.25L, 0.1f, GREEN, &p, abs, argv), buffer);
  return 0;
}
