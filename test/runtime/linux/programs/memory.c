/* Mapping, protecting, moving and giving back memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void check(const char *what, long result) {
  if (result < 0) printf("%s: %s\n", what, strerror(errno));
  else printf("%s: %ld\n", what, result);
}

int main(void) {
  char *block = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 8; i++) block[i * 4096] = i + 1;
  check("shrink", mremap(block, 8 * 4096, 4 * 4096, 0) == block ? 0 : -1);
  char *moved = mremap(block, 4 * 4096, 400 * 4096, MREMAP_MAYMOVE);
  printf("%d %d %d %d\n", moved[0], moved[3 * 4096], moved[4 * 4096], moved[399 * 4096]);
  check("not needed", madvise(moved, 4096, MADV_DONTNEED));
  printf("%d %d\n", moved[0], moved[4096]);
  check("protect", mprotect(moved, 4096, PROT_READ));
  check("unmap a part", munmap(moved + 4096, 4096));
  check("advise a hole", madvise(moved, 3 * 4096, MADV_DONTNEED));
  check("sync a hole", msync(moved, 3 * 4096, MS_ASYNC));
  check("unmap", munmap(moved, 400 * 4096));
  check("map nothing", mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);

  char name[] = "/tmp/green-threads-map-XXXXXX";
  int file = mkstemp(name);
  for (int i = 0; i < 3000; i++) if (write(file, "0123456789", 10) != 10) return 1;
  char *mapped = mmap(NULL, 30000, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 4096);
  printf("%.10s %d\n", mapped, mapped[26000]);
  mapped[0] = 'x';
  char byte;
  check("read", pread(file, &byte, 1, 4096));
  printf("%c\n", byte);
  unlink(name);
  check("map what is only for writing", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED ? -1 : 0);

  char *start = (char *)syscall(SYS_brk, 0);
  check("grow", syscall(SYS_brk, start + 100000) - (long)start);
  start[99999] = 1;
  check("shrink", syscall(SYS_brk, start) - (long)start);
  char *big = malloc(300 << 20);
  for (long at = 0; at < 300L << 20; at += 50 << 20) big[at] = at >> 20;
  printf("%d\n", big[250 << 20]);
  free(big);

  struct rlimit limit;
  check("limit", getrlimit(RLIMIT_STACK, &limit));
  struct utsname names;
  check("uname", uname(&names));
  printf("%s %s\n", names.sysname, names.machine);
  struct timespec one, other, request = {0, 3000000};
  clock_gettime(CLOCK_MONOTONIC, &one);
  nanosleep(&request, NULL);
  clock_gettime(CLOCK_MONOTONIC, &other);
  long passed = (other.tv_sec - one.tv_sec) * 1000000000 + other.tv_nsec - one.tv_nsec;
  printf("slept long enough %d\n", passed >= 3000000);
  unsigned char random[32];
  check("random", getentropy(random, sizeof random));
  printf("%d %d\n", getpid() > 0, getppid() > 0);
  abort();
}
