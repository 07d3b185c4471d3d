/* Asymmetric coroutines: `resume` runs one until it yields a value, or ends. Generators resume generators: a sieve that
   grows by one coroutine with each prime that it finds. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { StackSize = 0x4000 };

typedef struct coroutine coroutine;
struct coroutine {
  void *rsp;          /* while it does not run */
  void *resumer;      /* rsp of the one that resumed it */
  char *stack;
  void (*body)(coroutine *self);
  coroutine *source;  /* what a filter filters */
  long argument;
  long value;         /* what it has yielded */
  bool is_over;
};

/* Pushes the registers that a function preserves, keeps rsp in *from, and pops those of the other stack. */
void *coroutine_swap(void **from, void *to, coroutine *argument);
__asm__(".text\n"
        ".globl coroutine_swap\n"
        ".type coroutine_swap, @function\n"
        "coroutine_swap:\n"
        "  push %rbp\n"
        "  push %rbx\n"
        "  push %r12\n"
        "  push %r13\n"
        "  push %r14\n"
        "  push %r15\n"
        "  mov %rsp, (%rdi)\n"
        "  mov %rsi, %rsp\n"
        "  pop %r15\n"
        "  pop %r14\n"
        "  pop %r13\n"
        "  pop %r12\n"
        "  pop %rbx\n"
        "  pop %rbp\n"
        "  mov %rdx, %rdi\n"
        "  ret\n"
        ".size coroutine_swap, . - coroutine_swap\n");

static void coroutine_start(coroutine *self) {
  self->body(self);
  self->is_over = true;
  coroutine_swap(&self->rsp, self->resumer, NULL);
}

coroutine *create(void (*body)(coroutine *), coroutine *source, long argument) {
  coroutine *made = calloc(1, sizeof *made);
  made->stack = malloc(StackSize);
  made->body = body;
  made->source = source;
  made->argument = argument;
  uintptr_t *top = (uintptr_t *)(((uintptr_t)made->stack + StackSize) & ~(uintptr_t)15);
  *--top = 0;
  *--top = (uintptr_t)coroutine_start;
  for (int i = 0; i < 6; i++) *--top = 0;
  made->rsp = top;
  return made;
}

/* Runs it until it has a value; false when it has ended instead. */
bool resume(coroutine *it) {
  if (!it->is_over) coroutine_swap(&it->resumer, it->rsp, it);
  return !it->is_over;
}

void yield(coroutine *self, long value) {
  self->value = value;
  coroutine_swap(&self->rsp, self->resumer, NULL);
}

static void destroy(coroutine *it) {
  if (it->source != NULL) destroy(it->source);
  free(it->stack);
  free(it);
}

static void numbers(coroutine *self) {
  for (long n = 2; n <= self->argument; n++) yield(self, n);
}

/* Passes on what is no multiple. */
static void sieve(coroutine *self) {
  while (resume(self->source))
    if (self->source->value % self->argument != 0) yield(self, self->source->value);
}

int main(void) {
  coroutine *source = create(numbers, NULL, 50);
  while (resume(source)) {
    printf("%ld\n", source->value);
    source = create(sieve, source, source->value);
  }
  destroy(source);
  return 0;
}
