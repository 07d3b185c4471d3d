/* A hundred thousand green threads, each with a stack of 16 KiB; the first argument says how many instead. Every one of
   them adds its number to a sum and waits for its next turn. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { StackSize = 0x4000, Turns = 2 };

struct thread {
  void *rsp;
  long number;
};

static void *scheduler;
static struct thread *current;
static long sum;

void change(void **from, void *to);
__asm__(".text\n"
        ".globl change\n"
        ".type change, @function\n"
        "change:\n"
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
        "  ret\n"
        ".size change, . - change\n");

static void wait_for_turn(struct thread *self) { change(&self->rsp, scheduler); }

static void worker(void) {
  struct thread *self = current;
  for (;;) {
    sum += self->number;
    wait_for_turn(self);
  }
}

static void prepare(struct thread *thread, char *stack) {
  uintptr_t *top = (uintptr_t *)(stack + StackSize);
  *--top = 0;
  *--top = (uintptr_t)worker;
  for (int i = 0; i < 6; i++) *--top = 0;
  thread->rsp = top;
}

int main(int count, char **arguments) {
  long threads = count > 1 ? atol(arguments[1]) : 100000;
  size_t size = (size_t)threads * StackSize;
  struct thread *all = calloc((size_t)threads, sizeof *all);
  char *stacks = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == NULL || stacks == MAP_FAILED) {
    fprintf(stderr, "there is no memory for %ld threads\n", threads);
    return 1;
  }
  for (long i = 0; i < threads; i++) {
    all[i].number = i + 1;
    prepare(&all[i], stacks + i * StackSize);
  }
  for (int turn = 0; turn < Turns; turn++)
    for (long i = 0; i < threads; i++) {
      current = &all[i];
      change(&scheduler, current->rsp);
    }
  printf("%ld threads had %d turns each: %ld\n", threads, Turns, sum);
  return 0;
}
