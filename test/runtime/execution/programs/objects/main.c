#include "green.h"

extern int summary(void);
extern void work(void *data);
extern int total;
int limits[4] = {0, 2, 3, 1};
long ids[3] = {1, 2, 3};
int common_room[16];

int factor(void) { return 3; }

int main(int argc, char **argv) {
  gt_init(8, 16384);
  for (int i = 0; i < 3; i++) gt_spawn_arg(work, &ids[i]);
  while (gt_yield()) common_room[argc]++;
  print_integer(total);
  print_newline();
  return (summary() + common_room[1]) & 127;
}
