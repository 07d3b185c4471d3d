/* POSIX timers, signals that are read from files, files without names, copying between files, what /proc/self tells. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long check(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, errno == EAGAIN ? "EAGAIN" : errno == EINVAL ? "EINVAL" : errno == EBADF ? "EBADF" : errno == ESPIPE ? "ESPIPE" : errno == ESRCH ? "ESRCH" : errno == EINTR ? "EINTR" : errno == EFAULT ? "EFAULT" : errno == ENOMEM ? "ENOMEM" : errno == EPERM ? "EPERM" : strerror(errno));
    else printf("%s: %ld\n", what, result);
    return result;
}

static volatile sig_atomic_t fired, value, code, overruns;
static timer_t timer;

static void on_timer(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    fired++;
    value = info->si_value.sival_int;
    code = info->si_code;
    overruns += timer_getoverrun(timer);
}

static void posix_timers(void) {
    puts("== POSIX timers");
    struct sigaction action = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 42};
    check("create", timer_create(CLOCK_MONOTONIC, &event, &timer));
    struct itimerspec once = {.it_value.tv_nsec = 2000000}, old;
    check("set", timer_settime(timer, 0, &once, NULL));
    check("get", timer_gettime(timer, &old));
    printf("armed: %d, once: %d\n", old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 2000000, old.it_interval.tv_nsec == 0);
    while (!fired) pause();
    printf("fired %d, value %d, a timer: %d\n", (int)fired, (int)value, code == SI_TIMER);
    timer_gettime(timer, &old);
    printf("disarmed: %d\n", old.it_value.tv_nsec == 0);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct itimerspec at = {.it_value = now};
    at.it_value.tv_nsec += 3000000;
    if (at.it_value.tv_nsec >= 1000000000) at.it_value.tv_sec++, at.it_value.tv_nsec -= 1000000000;
    fired = 0;
    check("at a moment", timer_settime(timer, TIMER_ABSTIME, &at, NULL));
    while (!fired) pause();
    puts("fired at it");
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    struct itimerspec often = {.it_value.tv_nsec = 1000000, .it_interval.tv_nsec = 1000000};
    fired = overruns = 0;
    check("often", timer_settime(timer, 0, &often, NULL));
    struct timespec while_blocked = {0, 20500000};
    nanosleep(&while_blocked, NULL);
    sigset_t pending;
    sigpending(&pending);
    printf("pending: %d\n", sigismember(&pending, SIGRTMIN));
    sigprocmask(SIG_SETMASK, &before, NULL);
    struct itimerspec never = {0};
    timer_settime(timer, 0, &never, NULL);
    printf("delivered: %d, overran several times: %d\n", fired >= 1, overruns >= 10);
    check("delete", timer_delete(timer));
    check("delete again", syscall(SYS_timer_delete, 0));
    check("no such clock", syscall(SYS_timer_create, 99, NULL, &timer));
    int id;
    check("by default", syscall(SYS_timer_create, CLOCK_REALTIME, NULL, &id));
    syscall(SYS_timer_settime, id, 0, &once, NULL);
    fired = 0;
    while (!fired) pause();
    printf("fired %d\n", (int)fired);
    check("delete", syscall(SYS_timer_delete, id));
}

static pthread_t main_thread;
static void on_thread(union sigval given) {
    printf("a thread for it: %d, another: %d\n", given.sival_int, !pthread_equal(pthread_self(), main_thread));
    fired = 1;
}

static void thread_timer(void) {
    puts("== a timer with a thread");
    main_thread = pthread_self();
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_thread, .sigev_value.sival_int = 7};
    check("create", timer_create(CLOCK_MONOTONIC, &event, &timer));
    struct itimerspec once = {.it_value.tv_nsec = 1000000};
    fired = 0;
    timer_settime(timer, 0, &once, NULL);
    while (!fired) {
        struct timespec little = {0, 1000000};
        nanosleep(&little, NULL);
    }
    check("delete", timer_delete(timer));
}

static void signal_files(void) {
    puts("== signals from files");
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int file = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    struct signalfd_siginfo info[3];
    check("nothing", read(file, info, sizeof info));
    int instance = epoll_create1(0);
    struct epoll_event event = {EPOLLIN | EPOLLET, {0}}, found;
    epoll_ctl(instance, EPOLL_CTL_ADD, file, &event);
    check("nothing waits", epoll_wait(instance, &found, 1, 0));
    kill(getpid(), SIGUSR2);
    union sigval with = {.sival_int = 99};
    sigqueue(getpid(), SIGUSR1, with);
    check("something waits", epoll_wait(instance, &found, 1, 0));
    check("once", epoll_wait(instance, &found, 1, 0));
    long length = check("read", read(file, info, sizeof info));
    for (int i = 0; i < length / (long)sizeof *info; i++) {
        printf("signal %d, code %d, from here: %d, value %d\n", info[i].ssi_signo, info[i].ssi_code,
               info[i].ssi_pid == (uint32_t)getpid(), info[i].ssi_int);
    }
    check("too short", read(file, info, 10));
    fcntl(file, F_SETFL, 0);
    if (fork() == 0) _exit(5);
    check("of a child", read(file, info, sizeof *info));
    printf("signal %d, code %d, status %d\n", info[0].ssi_signo, info[0].ssi_code, info[0].ssi_status);
    wait(NULL);
    sigset_t other;
    sigemptyset(&other);
    sigaddset(&other, SIGUSR2);
    check("another set", signalfd(file, &other, 0) == file);
    raise(SIGUSR1);
    struct pollfd entry = {file, POLLIN, 0};
    check("not in it", poll(&entry, 1, 0));
    raise(SIGUSR2);
    check("in it", poll(&entry, 1, 0));
    close(file);
    close(instance);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, SIG_IGN);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void on_alarm(int signal) { (void)signal; }

static void masks(void) {
    puts("== waiting with another mask");
    sigset_t set, none;
    sigemptyset(&none);
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    signal(SIGALRM, on_alarm);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGALRM);
    struct timespec time = {1, 0};
    check("pselect", pselect(0, NULL, NULL, NULL, &time, &none));
    raise(SIGALRM);
    check("ppoll", ppoll(NULL, 0, &time, &none));
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("blocked again: %d\n", sigismember(&now, SIGALRM));
    struct timespec little = {0, 1000000};
    check("pselect in time", pselect(0, NULL, NULL, NULL, &little, NULL));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void copies(void) {
    puts("== copying");
    char text[100];
    int file = memfd_create("a file in memory", MFD_CLOEXEC);
    check("write", write(file, "The quick brown fox jumps", 25));
    struct stat status;
    fstat(file, &status);
    printf("size %ld, links %ld, a file: %d\n", (long)status.st_size, (long)status.st_nlink, S_ISREG(status.st_mode));
    check("grow", ftruncate(file, 8192));
    char *mapped = mmap(NULL, 8192, PROT_READ, MAP_SHARED, file, 0);
    printf("mapped: %.9s\n", mapped);
    munmap(mapped, 8192);
    ftruncate(file, 25);
    int pipes[2], sockets[2], other = memfd_create("other", 0);
    if (pipe(pipes)) return;
    socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
    off_t offset = 4;
    check("sendfile to a pipe", sendfile(pipes[1], file, &offset, 11));
    check("offset", offset);
    check("read", read(pipes[0], text, sizeof text));
    printf("%.11s\n", text);
    lseek(file, 0, SEEK_SET);
    check("sendfile to a socket", sendfile(sockets[0], file, NULL, 9));
    check("position", lseek(file, 0, SEEK_CUR));
    check("sendfile to a file", sendfile(other, file, NULL, 100));
    check("at the end", sendfile(other, file, NULL, 100));
    check("splice from a socket", splice(sockets[1], NULL, pipes[1], NULL, 100, 0));
    int more[2];
    if (pipe(more)) return;
    check("tee", tee(pipes[0], more[1], 5, 0));
    check("read", read(more[0], text, sizeof text));
    printf("%.5s\n", text);
    loff_t at = 100;
    check("splice to a file", splice(pipes[0], NULL, other, &at, 100, 0));
    check("offset", at);
    check("nothing left", splice(pipes[0], NULL, other, NULL, 100, SPLICE_F_NONBLOCK));
    check("no pipe", splice(file, NULL, other, NULL, 100, 0));
    off_t from = 0, to = 200;
    check("copy_file_range", copy_file_range(file, &from, other, &to, 10, 0));
    printf("%ld %ld\n", (long)from, (long)to);
    check("within a file", copy_file_range(other, &from, other, &from, 10, 0));
    check("not to write", copy_file_range(other, NULL, pipes[0], NULL, 10, 0));
    fstat(other, &status);
    check("size", status.st_size);
    check("fallocate", fallocate(other, 0, 0, 1000));
    fstat(other, &status);
    check("size", status.st_size);
    close(pipes[0]);
    signal(SIGPIPE, SIG_IGN);
    from = 0;
    check("to nobody", sendfile(pipes[1], file, &from, 10) < 0 ? errno == EPIPE : -1);
    char here[4] = "abcd", there[4] = "____";
    struct iovec one = {here, 4}, two = {there, 4};
    check("process_vm_readv", process_vm_readv(getpid(), &two, 1, &one, 1, 0));
    printf("%.4s\n", there);
    one.iov_base = "wxyz";
    check("process_vm_writev", process_vm_writev(getpid(), &one, 1, &two, 1, 0));
    printf("%.4s\n", there);
    check("of nobody", process_vm_readv(999999, &two, 1, &one, 1, 0));
    unsigned char resident[2] = {0};
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pages[0] = pages[4096] = 1;
    check("mincore", mincore(pages, 8192, resident));
    printf("%d %d\n", resident[0] & 1, resident[1] & 1);
    check("odd", mincore(pages + 1, 4096, resident));
    munmap(pages, 8192);
    check("not mapped", mincore(pages, 4096, resident));
}

static void about_itself(char **argv) {
    puts("== /proc/self");
    char line[4096], name[64];
    int pid, parent, group;
    FILE *file = fopen("/proc/self/stat", "r");
    if (fscanf(file, "%d (%63[^)]) %*c %d %d", &pid, name, &parent, &group) != 4) puts("stat cannot be read");
    const char *own = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    printf("stat: %d %d, its name: %d\n", pid == getpid(), parent == getppid(), !strncmp(name, own, 15));
    fclose(file);
    file = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, file)) {
        if (!strncmp(line, "Name:", 5)) printf("the same name: %d\n", !strncmp(line + 6, name, strlen(name)));
        if (!strncmp(line, "Threads:", 8) || !strncmp(line, "SigBlk:", 7)) fputs(line, stdout);
    }
    fclose(file);
    file = fopen("/proc/self/cmdline", "r");
    long length = fread(line, 1, sizeof line, file);
    printf("cmdline: as argv: %d, ends with zero: %d\n", !strcmp(line, argv[0]), line[length - 1] == 0);
    fclose(file);
    Elf64_auxv_t vector[64];
    file = fopen("/proc/self/auxv", "r");
    int entries = fread(vector, sizeof *vector, 64, file), same = 0;
    for (int i = 0; i < entries; i++) {
        if (vector[i].a_type == AT_PAGESZ || vector[i].a_type == AT_ENTRY || vector[i].a_type == AT_PHDR)
            same += vector[i].a_un.a_val == getauxval(vector[i].a_type);
    }
    printf("auxv: %d, ends: %d\n", same, vector[entries - 1].a_type == AT_NULL);
    fclose(file);
    int heap = 0, stack = 0, inside = 0;
    file = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, file)) {
        unsigned long low, high;
        sscanf(line, "%lx-%lx", &low, &high);
        heap += strstr(line, "[heap]") != NULL;
        stack += strstr(line, "[stack]") != NULL;
        inside += (unsigned long)&length >= low && (unsigned long)&length < high;
    }
    printf("maps: stack %d, a variable in one: %d, heap: %d\n", stack, inside, heap > 0);
    fclose(file);
    int pipes[2];
    if (pipe(pipes)) return;
    snprintf(line, sizeof line, "/proc/self/fd/%d", pipes[0]);
    long size = readlink(line, name, sizeof name);
    printf("fd: %.5s, %d\n", name, size > 5);
    int again = open(line, O_RDONLY);
    write(pipes[1], "again", 5);
    check("opened again", read(again, line, 5));
    int descriptor = open("/dev/null", O_RDWR);
    snprintf(line, sizeof line, "/dev/fd/%d", descriptor);
    size = readlink(line, name, sizeof name);
    printf("%.*s\n", (int)size, name);
    check("/dev/stdin", access("/dev/stdin", F_OK));
    check("the executable", access("/proc/self/exe", X_OK));
    size = readlink("/proc/self/cwd", line, sizeof line);
    char working[4096];
    line[size] = 0;
    printf("cwd: %d\n", !strcmp(line, getcwd(working, sizeof working)));
    check("of nobody", access("/proc/self/fd/999", F_OK) < 0 ? errno == ENOENT : -1);
    struct sched_param parameter = {0};
    check("policy", sched_getscheduler(0));
    check("parameter", sched_getparam(0, &parameter));
    check("highest", sched_get_priority_max(SCHED_FIFO));
    check("lowest", sched_get_priority_min(SCHED_RR));
    check("of the usual policy", sched_get_priority_max(SCHED_OTHER));
    check("no policy", sched_get_priority_max(99));
    check("priority", sched_setscheduler(0, SCHED_FIFO, &parameter));
    check("membarrier", syscall(SYS_membarrier, 16, 0, 0));
    check("membarrier", syscall(SYS_membarrier, 8, 0, 0));
}

int main(int argc, char **argv) {
    (void)argc;
    setvbuf(stdout, NULL, _IOLBF, 0);
    posix_timers();
    thread_timer();
    signal_files();
    masks();
    copies();
    about_itself(argv);
    return 0;
}
