/* Processes: fork, vfork, execve, posix_spawn, waiting, signals and pipes between them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended;
static volatile int sharedWithChild = 1;

static void onEnd(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  if (info->si_pid > 0) ended++;
}

static void report(const char *what, int status) {
  if (WIFEXITED(status)) printf("%s: exited with %d\n", what, WEXITSTATUS(status));
  else if (WIFSIGNALED(status)) printf("%s: ended by signal %d\n", what, WTERMSIG(status));
  else printf("%s: status %x\n", what, status);
  fflush(stdout);
}

static void end(const char *what, pid_t child) {
  int status = 0;
  pid_t told;
  do told = waitpid(child, &status, 0);
  while (told < 0 && errno == EINTR);
  if (told != child) printf("%s: waitpid: %s\n", what, strerror(errno));
  report(what, status);
}

static int asChild(int count, char **words) {
  printf("executed: %d words, the last is %s; X=%s; descriptor 50 %s; SIGUSR1 %s, SIGUSR2 %s\n", count, words[count - 1],
         getenv("X"), fcntl(50, F_GETFD) < 0 ? "is closed" : "is open",
         signal(SIGUSR1, SIG_DFL) == SIG_IGN ? "ignored" : "as usual",
         signal(SIGUSR2, SIG_DFL) == SIG_DFL ? "as usual" : "handled");
  return count;
}

static void copiesMemory(void) {
  int ends[2], local = 1, length, total = 0;
  char *heap = strcpy(malloc(100), "of the parent"), text[200];
  if (pipe(ends) != 0) exit(90);
  pid_t child = fork();
  if (child == 0) {
    local = 2;
    strcpy(heap, "of the child");
    dprintf(ends[1], "%s %d %d", heap, local, getppid() == getpgrp() || getppid() > 0);
    _exit(7);
  }
  close(ends[1]);
  while ((length = read(ends[0], text + total, sizeof text - total)) > 0) total += length;
  printf("%.*s; %s %d\n", total, text, heap, local);
  end("a copy", child);
  close(ends[0]);
}

static void sharesOpenFiles(void) {
  int file = open("shared.txt", O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fork() == 0) {
    write(file, "child,", 6);
    lseek(file, 2, SEEK_CUR);
    chdir("/");
    _exit(0);
  }
  wait(NULL);
  write(file, "parent", 6);
  char text[20] = {0};
  pread(file, text, 14, 0);
  for (int at = 0; at < 14; at++) putchar(text[at] ? text[at] : '.');
  printf(" %s\n", access("shared.txt", F_OK) == 0 ? "still here" : "elsewhere");
  unlink("shared.txt");
}

static void signals(void) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) raise(SIGKILL);
  end("killed", child);
  if ((child = fork()) == 0) abort();
  end("aborted", child);
  if ((child = fork()) == 0)
    for (;;) pause();
  kill(child, SIGTERM);
  end("terminated", child);
  if ((child = fork()) == 0)
    for (volatile unsigned long turns = 0;;) turns++;
  struct timespec moment = {0, 3000000};
  nanosleep(&moment, NULL);
  kill(child, SIGINT);
  end("interrupted in a loop", child);
  int ends[2];
  if (pipe(ends) != 0) exit(91);
  if ((child = fork()) == 0) {
    close(ends[0]);
    for (;;) write(ends[1], "endless\n", 8);
  }
  close(ends[1]);
  char text[8];
  read(ends[0], text, 8);
  close(ends[0]);
  end("writer without readers", child);
}

static void waits(void) {
  int status, sum = 0, count = 0;
  for (int number = 1; number <= 5; number++) {
    if (fork() == 0) {
      volatile long total = 0;
      for (long turn = 0; turn < 20000L * (6 - number); turn++) total += turn;
      _exit(number);
    }
  }
  while (wait(&status) > 0) sum += WEXITSTATUS(status), count++;
  printf("%d children, sum %d, then %s\n", count, sum, strerror(errno));
  pid_t slow = fork();
  if (slow == 0) {
    sleep(1);
    _exit(3);
  }
  printf("not yet: %d\n", (int)waitpid(slow, &status, WNOHANG));
  siginfo_t info = {0};
  waitid(P_PID, slow, &info, WEXITED | WNOWAIT);
  printf("waitid: %d %d %d\n", info.si_pid == slow, info.si_code == CLD_EXITED, info.si_status);
  end("slow", slow);
  printf("waited for twice: %d %s\n", (int)waitpid(slow, &status, 0), strerror(errno));
  signal(SIGCHLD, SIG_IGN);
  if (fork() == 0) _exit(1);
  printf("ignored: %d %s\n", (int)wait(NULL), strerror(errno));
  signal(SIGCHLD, SIG_DFL);
  fflush(stdout);
}

static void pipeline(void) {
  int first[2], second[2];
  if (pipe(first) != 0 || pipe(second) != 0) exit(92);
  if (fork() == 0) {
    close(first[0]), close(second[0]), close(second[1]);
    char text[4000];
    for (int batch = 0; batch < 40; batch++) {
      int length = 0;
      for (int number = 0; number < 300; number++) length += sprintf(text + length, "%9d\n", batch * 300 + number);
      write(first[1], text, length);
    }
    _exit(0);
  }
  if (fork() == 0) {
    close(first[1]), close(second[0]);
    FILE *in = fdopen(first[0], "r");
    long number, sum = 0;
    while (fscanf(in, "%ld", &number) == 1) sum += number;
    dprintf(second[1], "sum %ld\n", sum);
    _exit(0);
  }
  close(first[0]), close(first[1]), close(second[1]);
  char text[50] = {0};
  read(second[0], text, 49);
  while (wait(NULL) > 0) {}
  printf("pipeline: %s", text);
  close(second[0]);
}

int main(int count, char **words) {
  if (count > 1 && strcmp(words[1], "child") == 0) return asChild(count, words);
  struct sigaction action = {.sa_sigaction = onEnd, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGCHLD, &action, NULL);
  copiesMemory();
  sharesOpenFiles();
  printf("told of %d\n", (int)ended);
  signals();
  waits();
  pipeline();

  dup2(1, 50);
  fcntl(50, F_SETFD, FD_CLOEXEC);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGUSR2, exit);
  fflush(stdout);
  pid_t child = vfork();
  if (child == 0) {
    sharedWithChild = 2;
    execle("/proc/self/exe", "program", "child", "after vfork", (char *)NULL, (char *[]){"X=1", NULL});
    _exit(99);
  }
  end("vfork", child);
  printf("shared with it: %d\n", sharedWithChild);
  if ((child = vfork()) == 0) {
    execl("/nowhere", "nowhere", (char *)NULL);
    sharedWithChild = errno == ENOENT ? 3 : 4;
    _exit(98);
  }
  end("vfork in vain", child);
  printf("shared with it: %d\n", sharedWithChild);
  fflush(stdout);
  char *const arguments[] = {"program", "child", "spawned", NULL}, *const environment[] = {"X=2", NULL};
  int error = posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environment);
  printf("posix_spawn: %d\n", error);
  if (error == 0) end("spawned", child);
  printf("posix_spawn of nothing: %s\n", strerror(posix_spawn(&child, "/nowhere", NULL, NULL, arguments, environment)));
  fflush(stdout);
  execle("/proc/self/exe", "program", "child", "of the", "first", (char *)NULL, (char *[]){"X=3", NULL});
  return 1;
}
