/* getcontext, makecontext and swapcontext: three players pass a ball until it is flat. */
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

enum { Players = 3, StackSize = 0x8000 };

static ucontext_t players[Players], end;
static int bounces = 10;

static void play(int me) {
  while (bounces > 0) {
    bounces--;
    int next = (me + 1) % Players;
    printf("player %d passes to %d, %d left\n", me, next, bounces);
    swapcontext(&players[me], &players[next]);
  }
  printf("player %d stops\n", me);
}

int main(void) {
  for (int i = 0; i < Players; i++) {
    getcontext(&players[i]);
    players[i].uc_stack.ss_sp = malloc(StackSize);
    players[i].uc_stack.ss_size = StackSize;
    players[i].uc_link = i + 1 < Players ? &players[i + 1] : &end;
    makecontext(&players[i], (void (*)(void))play, 1, i);
  }
  swapcontext(&end, &players[0]);
  printf("the game is over\n");
  return 0;
}
