#include <stdio.h>
#include <string.h>
struct point { int x, y; unsigned flag : 3; int neg : 5; union { float f; int i; } u; };
enum colour { RED, GREEN = 5, BLUE };
typedef struct point point_t;
static int counter;
__thread int tls = 7;
static inline int square(int n) { int r = n * n; return r; }
static inline int twice(int n) { return square(n) + square(n + 1); }
__attribute__((noinline)) int work(point_t *p, const char *name, double d, enum colour c) {
  int arr[3][4] = {{1}};
  for (int i = 0; i < 3; i++) {
    int t = twice(i + p->x);
    arr[i][1] = t;
    counter += t;
  }
  { char buf[16]; strncpy(buf, name, 15); counter += buf[0]; }
  return arr[1][1] + (int)d + c + tls;
}
int (*fp)(point_t *, const char *, double, enum colour) = work;
int main(int argc, char **argv) {
  point_t p = { argc, 2, 3, -1, { 1.5f } };
  int r = fp(&p, argv[0], 2.5, BLUE);
  printf("%d %d\n", r, counter);
  return 0;
}
