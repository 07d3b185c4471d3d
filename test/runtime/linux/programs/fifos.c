/* Pipes that have a name: opening waits for the other end, or does not; what is left when ends are closed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int alarms;
static void on_alarm(int number) { alarms += number == SIGALRM; }

int main(void) {
  char text[64] = "";
  struct stat state;
  unlink("named");
  int made = mkfifo("named", 0640);
  printf("mkfifo %d %d", made, stat("named", &state));
  printf(" %d %o\n", S_ISFIFO(state.st_mode), state.st_mode & 0777);
  printf("again %d", mkfifo("named", 0600));
  printf(" %d", errno == EEXIST);
  printf(", a file %d", mknod("plain", S_IFREG | 0600, 0));
  printf(" %d\n", unlink("plain"));
  errno = 0;
  printf("no reader %d", open("named", O_WRONLY | O_NONBLOCK));
  printf(" %d\n", errno == ENXIO);
  int reader = open("named", O_RDONLY | O_NONBLOCK);
  printf("reader %d, end %zd", reader >= 0, read(reader, text, 10));
  int writer = open("named", O_WRONLY);
  printf(", nothing yet %zd", read(reader, text, 10));
  printf(" %d\n", errno == EAGAIN);
  printf("written %zd", write(writer, "hello", 5));
  printf(", read %zd", read(reader, text, sizeof text));
  printf(" %s\n", text);
  close(writer);
  struct pollfd poll_for = {reader, POLLIN, 0};
  printf("poll %d", poll(&poll_for, 1, 0));
  printf(" %d, end %zd\n", poll_for.revents == POLLHUP, read(reader, text, 10));
  close(reader);
  fflush(stdout);

  /* Each waits for the other to open. */
  pid_t child = fork();
  if (child == 0) {
    int out = open("named", O_WRONLY);
    for (int i = 0; i < 3000; i++) dprintf(out, "%08d\n", i);
    _exit(out >= 0 ? 5 : 6);
  }
  reader = open("named", O_RDONLY);
  long total = 0, count;
  static char block[7000];
  while ((count = read(reader, block, sizeof block)) > 0) total += count;
  int status = 0;
  waitpid(child, &status, 0);
  printf("child %d, %ld bytes\n", WEXITSTATUS(status), total);
  close(reader);
  child = fork();
  if (child == 0) _exit(close(open("named", O_RDONLY)) == 0 ? 7 : 8);
  /* The reader has gone again, perhaps before we look. */
  writer = open("named", O_WRONLY);
  waitpid(child, &status, 0);
  signal(SIGPIPE, SIG_IGN);
  printf("reader came and went %d, write %zd", WEXITSTATUS(status), write(writer, "x", 1));
  printf(" %d\n", errno == EPIPE);
  close(writer);

  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval soon = {{0, 0}, {0, 20000}};
  setitimer(ITIMER_REAL, &soon, NULL);
  errno = 0;
  printf("interrupted %d", open("named", O_RDONLY));
  printf(" %d %d", errno == EINTR, alarms);
  printf(", nobody reads %d\n", open("named", O_WRONLY | O_NONBLOCK));

  int both = open("named", O_RDWR);
  printf("both %zd", write(both, "kept", 4));
  printf(" %zd", read(both, text, 10));
  printf(" %.4s\n", text);
  printf("left %zd", write(both, "lost", 4));
  printf(", closed %d", close(both));
  reader = open("named", O_RDONLY | O_NONBLOCK);
  printf(", gone %zd, unlinked %d", read(reader, text, 10), unlink("named"));
  printf(" %d\n", stat("named", &state));
  return 0;
}
