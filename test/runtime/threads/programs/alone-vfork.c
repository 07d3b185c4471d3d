/* One thread: vfork, and code with retpolines. */
#include <sys/wait.h>
#include <unistd.h>
#include <stdlib.h>
#include "truth.h"
static int add(int a) { return a + 1; }
static int twice(int a) { return a * 2; }
int main(void) {
  int (*volatile functions[])(int) = {add, twice};
  int sum = 1;
  for (int i = 0; i < 10; i++) {
    switch (sum % 5) {
      case 0: sum += 3; break;
      case 1: sum += 5; break;
      case 2: sum -= 1; break;
      case 3: sum += 8; break;
      default: sum = functions[i % 2](sum);
    }
    sum = functions[i & 1](sum);
  }
  pid_t child = vfork();
  if (child == 0) _exit(sum & 7);
  int status = 0;
  waitpid(child, &status, 0);
  printf("sum %d, status %d\n", sum, WEXITSTATUS(status));
  return truth("none");
}
