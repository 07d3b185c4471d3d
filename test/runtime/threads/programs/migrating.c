/* Fibers that wander between two threads of the system: whoever is free takes the next one from a queue. */
#include <pthread.h>
#include <stdlib.h>
#include "fiber.h"
#define COUNT 6
static fiber fibers[COUNT];
static int queue[COUNT], head, tail, left = COUNT, sum;
static volatile char finished[COUNT];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread fiber base;
static __thread int running;
__attribute__((noinline)) static fiber *own_base(void) { __asm__ volatile(""); return &base; }
__attribute__((noinline)) static int own_running(void) { __asm__ volatile(""); return running; }
static void worker(void) {
  int me = own_running();
  for (int turn = 0; turn < 10; turn++) {
    for (volatile int spin = 0; spin < 2500; spin++) {}
    __atomic_fetch_add(&sum, me, __ATOMIC_RELAXED);
    __atomic_fetch_add(&switches, 1, __ATOMIC_RELAXED);
    swap(&fibers[me], own_base());
  }
  __atomic_fetch_sub(&left, 1, __ATOMIC_RELAXED);
  finished[me] = 1;
  __atomic_fetch_add(&switches, 1, __ATOMIC_RELAXED);
  swap(&(fiber){0}, own_base());
}
static void *run(void *argument) {
  while (__atomic_load_n(&left, __ATOMIC_RELAXED) > 0) {
    pthread_mutex_lock(&lock);
    int taken = head < tail ? queue[head++ % COUNT] : -1;
    pthread_mutex_unlock(&lock);
    if (taken < 0) continue;
    running = taken;
    __atomic_fetch_add(&switches, 1, __ATOMIC_RELAXED);
    swap(&base, &fibers[taken]);
    pthread_mutex_lock(&lock);
    if (!finished[taken]) queue[tail++ % COUNT] = taken;
    pthread_mutex_unlock(&lock);
  }
  return argument;
}
int main(void) {
  for (int i = 0; i < COUNT; i++) {
    prepare(&fibers[i], (char *)malloc(8192) + 8192, worker);
    queue[tail++] = i;
  }
  pthread_t other;
  pthread_create(&other, 0, run, 0);
  threads++;
  run(0);
  pthread_join(other, 0);
  printf("sum %d\n", sum);
  return truth("run worker*6");
}
