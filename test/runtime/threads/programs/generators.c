/* Asymmetric coroutines: resume and yield; generators that resume generators; each ends. */
#include <stdlib.h>
#include "fiber.h"
typedef struct coroutine { fiber own, resumer; void (*body)(struct coroutine *); int value, argument, done; } coroutine;
static coroutine *starting;
static void yield(coroutine *c, int value) { c->value = value; go(&c->own, &c->resumer); }
static void start(void) {
  coroutine *c = starting;
  c->body(c);
  c->done = 1;
  go(&c->own, &c->resumer);
}
static coroutine *create(void (*body)(coroutine *), int argument) {
  coroutine *c = calloc(1, sizeof *c);
  c->body = body;
  c->argument = argument;
  prepare(&c->own, (char *)malloc(16384) + 16384, start);
  return c;
}
static int resume(coroutine *c) { starting = c; go(&c->resumer, &c->own); return !c->done; }
static void numbers(coroutine *c) { for (int i = 2; i < 40; i++) yield(c, i); }
typedef struct { coroutine base; coroutine *source; int prime; } filter;
static void filtering(coroutine *c) {
  filter *f = (filter *)c;
  while (resume(f->source)) if (f->source->value % f->prime) yield(c, f->source->value);
}
int main(void) {
  coroutine *source = create(numbers, 0);
  int sum = 0;
  while (resume(source)) {
    int prime = source->value;
    sum += prime;
    filter *f = calloc(1, sizeof *f);
    f->base.body = filtering;
    f->source = source;
    f->prime = prime;
    prepare(&f->base.own, (char *)malloc(16384) + 16384, start);
    source = &f->base;
  }
  printf("sum %d\n", sum);
  return truth("start*13");
}
