/* What a program can notice of its standard streams. The first argument says what it does. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

static int copy(size_t size) {
  char *buffer = malloc(size);
  for (;;) {
    ssize_t count = read(0, buffer, size);
    if (count <= 0) return count == 0 ? 0 : 2;
    for (ssize_t at = 0; at < count;) {
      ssize_t written = write(1, buffer + at, count - at);
      if (written < 0) {
        fprintf(stderr, "write: %s\n", strerror(errno));
        return 3;
      }
      at += written;
    }
  }
}

/* Waits for input in three ways, reads it, and shows what they told. */
static void wait_for_input(void) {
  struct pollfd entry = {.fd = 0, .events = POLLIN};
  int count = poll(&entry, 1, -1);
  printf("poll %d %s%s\n", count, entry.revents & POLLIN ? "in " : "", entry.revents & POLLHUP ? "hup" : "");
  fd_set set;
  FD_ZERO(&set);
  FD_SET(0, &set);
  count = select(1, &set, NULL, NULL, NULL);
  printf("select %d %d\n", count, FD_ISSET(0, &set) != 0);
  int instance = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = 5};
  if (epoll_ctl(instance, EPOLL_CTL_ADD, 0, &event) == 0) {
    count = epoll_wait(instance, &event, 1, -1);
    printf("epoll %d %x %u\n", count, event.events, event.data.u32);
  } else {
    printf("epoll: %s\n", strerror(errno));
  }
  close(instance);
  char text[6];
  ssize_t length = read(0, text, sizeof text);
  printf("read %zd %.*s\n", length, (int)length, text);
}

static void describe(int descriptor) {
  struct stat status;
  fstat(descriptor, &status);
  struct winsize size = {0};
  int is_terminal = isatty(descriptor);
  ioctl(descriptor, TIOCGWINSZ, &size);
  printf("%d %o %d %dx%d\n", descriptor, status.st_mode & S_IFMT, is_terminal, size.ws_col, size.ws_row);
}

/* Tells the place in standard input, reads on, and looks back. */
static void seek(int back) {
  char text[20];
  long at = lseek(0, 0, SEEK_CUR);
  printf("at %ld of %ld\n", at, (long)lseek(0, 0, SEEK_END));
  lseek(0, back, SEEK_SET);
  ssize_t length = read(0, text, sizeof text);
  printf("%.*s|", (int)length, text);
  length = pread(0, text, sizeof text, 3);
  printf("%.*s| at %ld\n", (int)length, text, (long)lseek(0, -5, SEEK_CUR));
  fflush(stdout);
}

static void on_signal(int number) {
  char text[32];
  int length = snprintf(text, sizeof text, "signal %d\n", number);
  if (write(1, text, length) == length && number == SIGTERM) _exit(7);
}

int main(int count, char **words) {
  const char *what = words[1];
  int number = count > 2 ? atoi(words[2]) : 0;
  if (strcmp(what, "copy") == 0) return copy(number);
  if (strcmp(what, "ignore-pipe") == 0) {
    signal(SIGPIPE, SIG_IGN);
    return copy(number);
  }
  if (strcmp(what, "wait") == 0) wait_for_input();
  if (strcmp(what, "read") == 0) {
    char text[16];
    return write(1, text, read(0, text, number)) != number;
  }
  if (strcmp(what, "seek") == 0) seek(number);
  if (strcmp(what, "describe") == 0) {
    for (int descriptor = 0; descriptor < 3; descriptor++) describe(descriptor);
  }
  if (strcmp(what, "write") == 0) {
    for (int line = 0; line < number; line++) printf("line %d\n", line);
    fprintf(stderr, "%d lines\n", number);
  }
  if (strcmp(what, "die") == 0) {
    fputs("before", stdout);
    fflush(stdout);
    raise(number);
  }
  if (strcmp(what, "fault") == 0) *(volatile int *)(long)number = 1;
  if (strcmp(what, "handle") == 0) {
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
  }
  if (strcmp(what, "handle") == 0 || strcmp(what, "sit") == 0) {
    char byte;
    puts("ready");
    fflush(stdout);
    while (read(0, &byte, 1) == 1 || errno == EINTR) putchar(byte);
  }
  return 0;
}
