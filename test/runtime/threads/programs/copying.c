/* Coroutines that share one stack: what is on it is copied away when another one runs, and back. */
#include <stdlib.h>
#include <string.h>
#include "fiber.h"
#define SIZE 16384
static _Alignas(16) char shared[SIZE];
typedef struct { fiber own; char *saved; size_t length; int number; } coroutine;
static fiber base;
static coroutine *current;
static int sum;
static void yield(void) { go(&current->own, &base); }
static void worker(void) {
  volatile int local = current->number;
  for (int i = 0; i < 4; i++) {
    sum += local;
    local += current->number;
    yield();
  }
  current->number = -1;
  yield();
}
static void resume(coroutine *c) {
  current = c;
  if (c->length) memcpy(shared + SIZE - c->length, c->saved, c->length);
  else prepare(&c->own, shared + SIZE, worker);
  go(&base, &c->own);
  c->length = shared + SIZE - (char *)c->own.rsp;
  c->saved = realloc(c->saved, c->length);
  memcpy(c->saved, c->own.rsp, c->length);
}
int main(void) {
  coroutine all[3] = {{.number = 1}, {.number = 10}, {.number = 100}};
  for (int turn = 0; turn < 5; turn++)
    for (int i = 0; i < 3; i++) resume(&all[i]);
  printf("sum %d\n", sum);
  return truth("worker*3");
}
