/* What a program knows of its own threads: printed at its end, and compared with what discovery found. */
#ifndef TRUTH_H
#define TRUTH_H
#include <stdio.h>

/* Threads that have run, the base thread among them; switches between them. */
static int threads = 1, switches;

/* `entries`: the function that each thread but the base thread starts in, in order of birth, name*count. */
static int truth(const char *entries) {
  printf("truth: threads %d, switches %d, entries %s\n", threads, switches, entries);
  return 0;
}
#endif
