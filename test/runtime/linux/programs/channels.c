/* Pipes, counters, timers, and waiting for one of several. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

static void check(const char *what, long result) {
  if (result < 0) printf("%s: %s\n", what, strerror(errno));
  else printf("%s: %ld\n", what, result);
}

int main(void) {
  int ends[2];
  char text[70000];
  memset(text, 'a', sizeof text);
  check("pipe2", pipe2(ends, O_NONBLOCK));
  check("read nothing", read(ends[0], text, 1));
  check("write", write(ends[1], "hello", 5));
  int available;
  check("ioctl", ioctl(ends[0], FIONREAD, &available));
  check("available", available);
  struct pollfd entries[3] = {{ends[0], POLLIN}, {ends[1], POLLOUT}, {77, POLLIN}};
  check("poll", poll(entries, 3, -1));
  printf("%x %x %x\n", entries[0].revents, entries[1].revents, entries[2].revents);
  check("read", read(ends[0], text, 100));
  check("poll", poll(entries, 1, 10));
  check("fill", write(ends[1], text, sizeof text));
  check("full", write(ends[1], text, 1));
  check("poll", poll(entries + 1, 1, 0));
  check("empty", read(ends[0], text, sizeof text));
  close(ends[1]);
  check("end", read(ends[0], text, 1));
  check("poll", poll(entries, 1, 0));
  printf("%x\n", entries[0].revents);
  check("seek", lseek(ends[0], 0, SEEK_SET));
  close(ends[0]);

  int counter = eventfd(3, EFD_NONBLOCK);
  uint64_t value = 4;
  check("add", write(counter, &value, 8));
  check("take", read(counter, &value, 8));
  printf("%lu\n", (unsigned long)value);
  check("take again", read(counter, &value, 8));
  check("too short", read(counter, &value, 4));

  int instance = epoll_create1(0);
  if (pipe(ends) != 0) return 1;
  struct epoll_event event = {EPOLLIN, {.u64 = 0x1122334455667788}}, found[4];
  check("add", epoll_ctl(instance, EPOLL_CTL_ADD, counter, &event));
  check("add again", epoll_ctl(instance, EPOLL_CTL_ADD, counter, &event));
  event.data.u64 = 2;
  event.events = EPOLLIN | EPOLLET;
  check("add", epoll_ctl(instance, EPOLL_CTL_ADD, ends[0], &event));
  check("wait", epoll_wait(instance, found, 4, 0));
  value = 1;
  check("count", write(counter, &value, 8));
  check("wait", epoll_wait(instance, found, 4, -1));
  printf("%x %lx\n", found[0].events, (unsigned long)found[0].data.u64);
  check("write", write(ends[1], "abc", 3));
  check("wait", epoll_wait(instance, found, 4, 0));
  check("the edge is over", epoll_wait(instance, found, 4, 0));
  check("write", write(ends[1], "abc", 3));
  check("another edge", epoll_wait(instance, found, 4, 0));
  check("delete", epoll_ctl(instance, EPOLL_CTL_DEL, counter, NULL));
  check("wait", epoll_wait(instance, found, 4, 5));
  check("delete again", epoll_ctl(instance, EPOLL_CTL_DEL, counter, NULL));

  int timer = timerfd_create(CLOCK_MONOTONIC, 0);
  struct itimerspec times = {{0, 0}, {0, 1000000}};
  check("set", timerfd_settime(timer, 0, &times, NULL));
  check("read", read(timer, &value, 8));
  printf("%d\n", value >= 1);
  fd_set set, writable;
  FD_ZERO(&set);
  FD_ZERO(&writable);
  FD_SET(timer, &set);
  FD_SET(ends[0], &set);
  FD_SET(ends[1], &writable);
  struct timeval limit = {10, 0};
  check("select", select(ends[1] + timer + 1, &set, &writable, NULL, &limit));
  printf("%d %d\n", FD_ISSET(ends[0], &set), FD_ISSET(ends[1], &writable));

  int sockets[2];
  check("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
  check("write", write(sockets[0], "ping", 4));
  check("write", write(sockets[1], "pong!", 5));
  check("read", read(sockets[1], text, 100));
  check("read", read(sockets[0], text, 100));
  printf("%.5s\n", text);
  close(sockets[1]);
  check("end", read(sockets[0], text, 100));
  check("terminal", isatty(1));
  return 0;
}
