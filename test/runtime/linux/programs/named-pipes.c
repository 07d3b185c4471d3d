/* Pipes with names, and times of files as older calls set them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

static long check(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, errno == ENXIO ? "ENXIO" : errno == EEXIST ? "EEXIST" : errno == EINTR ? "EINTR" : errno == EPERM ? "EPERM" : errno == EAGAIN ? "EAGAIN" : strerror(errno));
    else printf("%s: %ld\n", what, result);
    return result;
}

static void nothing(int signal) { (void)signal; }

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    unlink("named-pipe");
    check("mkfifo", mkfifo("named-pipe", 0640));
    check("again", mkfifo("named-pipe", 0640));
    struct stat status;
    stat("named-pipe", &status);
    printf("a pipe: %d, mode %o, size %ld\n", S_ISFIFO(status.st_mode), status.st_mode & 0777, (long)status.st_size);
    check("to nobody", open("named-pipe", O_WRONLY | O_NONBLOCK));
    char text[100];
    for (int round = 0; round < 2; round++) {
        if (fork() == 0) {
            int out = open("named-pipe", round ? O_RDONLY : O_WRONLY);
            if (round) printf("the child got %ld\n", (long)read(out, text, sizeof text));
            else write(out, "from the child", 14);
            _exit(0);
        }
        int in = open("named-pipe", round ? O_WRONLY : O_RDONLY);
        if (round) check("write", write(in, "to the child", 12));
        else {
            check("read", read(in, text, sizeof text));
            printf("%.14s\n", text);
            check("end", read(in, text, sizeof text));
        }
        wait(NULL);
        close(in);
    }
    int in = open("named-pipe", O_RDONLY | O_NONBLOCK);
    check("no writer", read(in, text, 1));
    int out = open("named-pipe", O_WRONLY | O_NONBLOCK);
    check("nothing yet", read(in, text, 1));
    check("write", write(out, "hello", 5));
    struct pollfd entry = {in, POLLIN, 0};
    check("poll", poll(&entry, 1, 0));
    check("read", read(in, text, 5));
    close(out);
    close(in);
    int both = open("named-pipe", O_RDWR);
    check("write to itself", write(both, "echo", 4));
    check("read from itself", read(both, text, 10));
    check("closed", close(both));
    struct sigaction action = {.sa_handler = nothing};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval soon = {{0, 0}, {0, 20000}};
    setitimer(ITIMER_REAL, &soon, NULL);
    check("nobody comes", open("named-pipe", O_RDONLY));
    check("nobody is left", open("named-pipe", O_WRONLY | O_NONBLOCK));
    check("unlink", unlink("named-pipe"));
    check("mknod of a file", mknod("made", S_IFREG | 0600, 0));

    struct timeval times[2] = {{1000, 250000}, {2000, 500000}};
    check("utimes", utimes("made", times));
    stat("made", &status);
    printf("%ld.%09ld %ld.%09ld\n", (long)status.st_atim.tv_sec, status.st_atim.tv_nsec, (long)status.st_mtim.tv_sec,
           status.st_mtim.tv_nsec);
    struct utimbuf seconds = {3000, 4000};
    check("utime", syscall(SYS_utime, "made", &seconds));
    check("futimesat", syscall(SYS_futimesat, AT_FDCWD, "made", NULL));
    check("utimes", syscall(SYS_utimes, "made", times));
    stat("made", &status);
    printf("%ld.%09ld\n", (long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    unlink("made");
    return 0;
}
