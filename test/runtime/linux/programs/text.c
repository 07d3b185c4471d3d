/* Text and memory of the C library: printf, scanf, conversions, sorting, allocation patterns, non-local jumps. */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *one, const void *other) {
  int a = *(const int *)one, b = *(const int *)other;
  return (a > b) - (a < b);
}

static int by_text(const void *one, const void *other) { return strcmp(*(char *const *)one, *(char *const *)other); }

static jmp_buf place;
static void dive(int depth) {
  char filler[64];
  memset(filler, depth, sizeof filler);
  if (depth == 0) longjmp(place, 42);
  dive(depth - 1);
  printf("never %d\n", filler[3]);
}

static void print(void) {
  printf("[%d] [%5d] [%-5d] [%05d] [%+d] [%x] [%#o] [%X]\n", 42, 42, 42, 42, 42, 0xbeef, 8, 0xcafe);
  printf("[%ld] [%lld] [%llu] [%zu] [%hhd] [%hd]\n", -5L, INT64_MIN, UINT64_MAX, sizeof(long), (char)300, (short)70000);
  printf("[%s] [%10s] [%-10s] [%.3s] [%*s] [%c] [%%]\n", "text", "right", "left", "shortened", 8, "star", 'c');
  printf("[%p] [%n]\n", (void *)0x1234, &(int){0});
}

static void convert(void) {
  char *end;
  printf("%ld %ld %lu\n", strtol("  -123abc", &end, 10), strtol("0x7f", NULL, 0), strtoul("777", NULL, 8));
  printf("rest %s\n", end);
  errno = 0;
  long big = strtol("99999999999999999999", NULL, 10);
  printf("%ld %s\n", big, strerror(errno));
  int a, b;
  char word[16];
  int count = sscanf("10 0x20 hello", "%d %i %15s", &a, &b, word);
  printf("%d %d %d %s\n", count, a, b, word);
  printf("%d %d %c\n", atoi("77"), isalpha('q') != 0, toupper('q'));
}

static void handle_text(void) {
  char text[256] = "the quick brown fox jumps over the lazy dog";
  printf("%zu %s %s\n", strlen(text), strstr(text, "fox"), strrchr(text, 'o'));
  char *words[16];
  int count = 0;
  for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) words[count++] = word;
  qsort(words, count, sizeof *words, by_text);
  for (int i = 0; i < count; i++) printf("%s%s", words[i], i + 1 < count ? "," : "\n");
  char wide[5000];
  memset(wide, 'x', sizeof wide);
  wide[sizeof wide - 1] = 0;
  memmove(wide + 3, wide, 4000);
  wide[4090] = 'y';
  printf("%zu %ld %d\n", strlen(wide), (long)(strchr(wide, 'y') - wide), memcmp(wide, wide + 1, 100));
}

static void allocate(void) {
  unsigned state = 1, sum = 0;
  char *blocks[200] = {0};
  size_t sizes[200] = {0};
  for (int round = 0; round < 5000; round++) {
    state = state * 1103515245u + 12345u;
    int i = (state >> 8) % 200;
    size_t size = (state >> 16) % 3000 + (round % 100 == 0 ? 200000 : 0);
    if (blocks[i] && (state & 4)) {
      for (size_t at = 0; at < sizes[i]; at += 97) sum += (unsigned char)blocks[i][at];
      free(blocks[i]);
      blocks[i] = NULL;
    } else {
      size_t old = blocks[i] ? sizes[i] : 0;
      blocks[i] = realloc(blocks[i], size + 1);
      for (size_t at = 0; at < old && at < size; at += 97) sum = sum * 31 + (unsigned char)blocks[i][at];
      memset(blocks[i], round, size + 1);
      sizes[i] = size + 1;
    }
  }
  for (int i = 0; i < 200; i++) free(blocks[i]);
  int *zeros = calloc(1000, sizeof *zeros);
  for (int i = 0; i < 1000; i++) sum += zeros[i];
  free(zeros);
  void *aligned = NULL;
  int result = posix_memalign(&aligned, 4096, 100);
  printf("%u %d %d\n", sum, result, (int)((uintptr_t)aligned % 4096));
  free(aligned);
}

static _Thread_local int counter = 7;

int main(void) {
  print();
  convert();
  handle_text();
  allocate();
  int numbers[100];
  for (int i = 0; i < 100; i++) numbers[i] = (i * 7919) % 211 - 100;
  qsort(numbers, 100, sizeof *numbers, by_value);
  for (int i = 0; i < 100; i += 11) printf("%d ", numbers[i]);
  int key = numbers[40];
  printf("| %d\n", *(int *)bsearch(&key, numbers, 100, sizeof *numbers, by_value) == key);
  int value = setjmp(place);
  printf("setjmp %d\n", value);
  if (value == 0) dive(10);
  counter += 3;
  printf("thread-local %d\n", counter);
  fprintf(stderr, "to standard error\n");
  fflush(stdout);
  return 33;
}
